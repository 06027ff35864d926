"""Receptive fields: which part of the image each output of each node depends on, exactly, borders, strides and dilations included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.nets.attrs import pair
from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.op import padding

Ints = NDArray[np.int64]
FAR = 2**30  # the first pixel of a field that is empty, and minus the last
WINDOWS = ("conv", "dw_conv", "sep_conv", "max_pool", "avg_pool")
WHOLE = ("global_avg_pool", "flatten", "linear", "recurrent")  # each number depends on everything
MOVED = (*WINDOWS, "pad", "resize", "bilinear", "unpool")


@dataclass(frozen=True, eq=False)
class Field:
    """What a node sees, as the smallest rectangles around it.

    box  (H, W, 4) of int64 for a node of the shape (C, H, W), (1, 1, 4) for (C,): the first and the last row, the first and the last column
         that an output depends on; where it depends on none, the first lies behind the last
    """

    box: Ints

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns) of the largest rectangle: away from borders the receptive field of textbooks, cut where it is larger than the image."""
        rows, columns = (self.box[..., k + 1] - self.box[..., k] + 1 for k in (0, 2))
        return max(0, int(rows.max())), max(0, int(columns.max()))

    def at(self, row: int, column: int) -> tuple[slice, slice]:
        """The part of the image that the output at (row, column) depends on."""
        top, bottom, left, right = np.maximum(self.box[row, column], [0, -1, 0, -1]).tolist()
        return slice(top, bottom + 1) if bottom >= top else slice(0), slice(left, right + 1) if right >= left else slice(0)


def receptive_fields(graph: LayerGraph) -> dict[str, Field]:
    """Node name -> its field in the network's input, in evaluation (in training batch norm looks at everything).

    >>> b = LayerGraph.start((1, 9, 9))
    >>> x = b.add("conv", b.add("conv", "input", channels=1, kernel=3), name="last", channels=1, kernel=3, dilation=2)
    >>> receptive_fields(b.finish("last"))["last"].size
    (7, 7)
    """
    height, width = (*graph.nodes[0].shape[1:], 1, 1)[:2]
    rows, columns = np.mgrid[:height, :width]
    boxes: dict[str, Ints] = {"input": np.stack([rows, -rows, columns, -columns], -1)}  # the last ones negative: then all are the least
    for node in graph.nodes[1:]:
        boxes[node.name] = _box(graph, node, [boxes[name] for name in node.inputs])
    return {name: Field(box * np.array([1, -1, 1, -1])) for name, box in boxes.items()}


def receptive_field(graph: LayerGraph, name: str | None = None) -> Field:
    """The field of one node; without a name, of the last one that is an image (C, H, W) and depends on it."""
    if name is None:
        name = [node.name for node in graph.nodes if len(node.shape) == 3 or node.op == "input"][-1]
    graph.node(name)  # refuses unknown names
    return receptive_fields(graph)[name]


def _box(graph: LayerGraph, node: Node, boxes: list[Ints]) -> Ints:
    box = np.minimum.reduce(boxes)
    if node.op == "zero":
        return np.full((*(*node.shape[1:], 1, 1)[:2], 4), FAR)
    if node.op in WHOLE:
        return box.min((0, 1), keepdims=True)
    if node.op == "squeeze_excite":
        return np.broadcast_to(box.min((0, 1)), box.shape)
    if node.op in MOVED:
        before, attrs = graph.shapes(node)[0], dict(node.attrs)
        for axis in (0, 1):
            box = _moved(box, _taps(node.op, attrs, axis, before[axis + 1], node.shape[axis + 1]), axis)
    return box


def _moved(box: Ints, taps: Ints, axis: int) -> Ints:
    """The union over what each output reads along an axis; taps (outputs, K), -1 for nothing."""
    edge = np.full_like(box.take([0], axis), FAR)
    return np.asarray(np.concatenate([box, edge], axis).take(taps, axis).min(axis + 1))


def _taps(op: str, a: dict[str, Any], axis: int, before: int, after: int) -> Ints:
    """For each of `after` outputs along an axis the numbers of the inputs that it reads, -1 for none."""
    i = np.arange(after)[:, None]
    if op in WINDOWS:
        dilation = pair(a.get("dilation", 1))[axis]
        found = i * pair(a["stride"])[axis] - padding(a)[axis] + dilation * np.arange(pair(a["kernel"])[axis])
    elif op == "pad":
        found = i - a[("top", "left")[axis]]
    elif op == "unpool":
        stride = pair(a["stride"])[axis]
        found = np.where(i % stride == 0, i // stride, -1)
    elif op == "bilinear":
        steps = max(after - 1, 1)
        found = np.concatenate([i * (before - 1) // steps, -(-i * (before - 1) // steps)], 1)
    else:
        first, last = i * before // after, -(-(i + 1) * before // after)  # as adaptive pooling has it
        found = first + np.arange(int((last - first).max()))
        found = np.where(found < last, found, -1)
    return np.asarray(np.where((found >= 0) & (found < before), found, -1))
