"""`LayerGraph`: a network as a labelled graph of operations, a value that knows no framework."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from math import prod
from typing import TYPE_CHECKING, Any

from nastutor.inputs import is_whole
from nastutor.nets.attrs import check_attrs
from nastutor.nets.op import Op, Shape
from nastutor.nets.ops import OPS
from nastutor.values import Value

if TYPE_CHECKING:
    from pathlib import Path

    from nastutor.nets.receptive import Field


@dataclass(frozen=True)
class Node:
    """One operation.

    inputs  names of the nodes it reads
    attrs   all its settings; `node["kernel"]` reads one
    shape   of its output, without the batch: (C, H, W) or (C,)
    group   a label for drawings ("cell 3"); not compared
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    attrs: tuple[tuple[str, Value], ...]
    shape: Shape
    group: str | None = field(default=None, compare=False)

    def __getitem__(self, attr: str) -> Value:
        return dict(self.attrs)[attr]

    @property
    def label(self) -> str:
        """The op and those of its settings that are not the defaults: `conv channels=8 kernel=3`."""
        defaults = OPS[self.op].attrs
        return " ".join([self.op, *(f"{name}={_short(value)}" for name, value in self.attrs if value != defaults[name])])


@dataclass(frozen=True)
class Counts:
    """What a network costs for one image.

    params         numbers that are trained
    mult_adds      multiply-adds of convolutions and linear layers; nothing else counts
    activation_mb  memory of all nodes' outputs and of what they compute on the way (what training keeps), in 10^6 bytes of float32: both
                   halves of a separable convolution, every step of a recurrent layer; not masks of dropout nor places of maxima
    depth          layers with weights on the longest way from input to output, those of each step of a recurrent layer one after the other
    """

    params: int
    mult_adds: int
    activation_mb: float
    depth: int


@dataclass(frozen=True)
class LayerGraph:
    """A network; made by `LayerGraph.start(shape)`.

    nodes   in topological order, the first is "input"
    output  the name of the node whose output is the network's

    >>> b = LayerGraph.start((1, 8, 8))
    >>> x = b.add("conv", "input", channels=4, kernel=3)
    >>> graph = b.finish(b.add("linear", b.add("global_avg_pool", x), units=10))
    >>> graph.counts()
    Counts(params=86, mult_adds=2344, activation_mb=0.001336, depth=2)
    """

    nodes: tuple[Node, ...]
    output: str

    @staticmethod
    def start(shape: Shape) -> GraphBuilder:
        """A builder of a network for inputs of `shape`: (C, H, W) or (C,)."""
        return GraphBuilder(shape)

    @cached_property
    def _index(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _hash(self) -> int:
        return hash((self.nodes, self.output))

    def __hash__(self) -> int:
        return self._hash

    def __len__(self) -> int:
        return len(self.nodes)

    def __str__(self) -> str:
        from nastutor.nets.text import table

        return table(self)

    def node(self, name: str) -> Node:
        if name not in self._index:
            raise KeyError(f"`name` is {name!r}; the nodes are {', '.join(self._index)}")
        return self._index[name]

    def edges(self) -> Iterator[tuple[str, str]]:
        """(from, to) for each input of each node."""
        return ((source, node.name) for node in self.nodes for source in node.inputs)

    def shapes(self, node: Node) -> list[Shape]:
        """The shapes of the inputs of a node."""
        return [self._index[name].shape for name in node.inputs]

    def cost(self, node: Node) -> tuple[int, int]:
        """(params, mult_adds) of one node."""
        op, a, shapes = OPS[node.op], dict(node.attrs), self.shapes(node)
        return op.params(a, *shapes), op.mult_adds(a, *shapes)

    def counts(self) -> Counts:
        """Of the graph as it is, dead parts included: `graph.simplified().counts()` leaves them out."""
        return self._counts

    @cached_property
    def _counts(self) -> Counts:
        depth: dict[str, int] = {}
        for node in self.nodes:
            own = OPS[node.op].depth(dict(node.attrs), *self.shapes(node))
            depth[node.name] = own + max((depth[name] for name in node.inputs), default=0)
        costs = [self.cost(node) for node in self.nodes]
        return Counts(sum(p for p, _ in costs), sum(m for _, m in costs), 4 * self.activations / 1e6, depth[self.output])

    @cached_property
    def activations(self) -> int:
        """How many numbers all nodes compute for one image: outputs that take memory of their own, and what comes before them inside a node."""
        outputs = sum(prod(node.shape) for node in self.nodes if not OPS[node.op].view)
        return outputs + sum(OPS[node.op].inside(dict(node.attrs), *self.shapes(node)) for node in self.nodes)

    def depth(self) -> int:
        """Layers with weights on the longest way from input to output."""
        return self._counts.depth

    def receptive_field(self, name: str | None = None) -> Field:
        """Which part of the image the outputs of a node depend on; without a name, of the last node that is an image (C, H, W)."""
        from nastutor.nets.receptive import receptive_field

        return receptive_field(self, name)

    def simplified(self) -> LayerGraph:
        """The same network without dead parts, identities and sums of one (nets/simplify.py says what dead means)."""
        from nastutor.nets.simplify import simplified

        return simplified(self)

    def build(self, seed: int = 0, device: Any = "cpu") -> Any:
        """The network as a `torch.nn.Module`; the same weights for the same graph and seed."""
        from nastutor.nets.build import build

        return build(self, seed, device)

    def export(self, path: str | Path, net: Any = None) -> Path:
        """Writes the built network `net`, or one with random weights, as TorchScript, torch.export or ONNX (nets/export.py)."""
        from nastutor.nets.export import export_of

        return export_of(self, path, net)

    def to_dot(self) -> str:
        """For Graphviz."""
        from nastutor.nets.text import dot

        return dot(self)

    def to_json(self) -> str:
        nodes = [[node.name, node.op, node.inputs, dict(node.attrs), node.group] for node in self.nodes[1:]]
        return json.dumps({"shape": self.nodes[0].shape, "nodes": nodes, "output": self.output}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> LayerGraph:
        form = json.loads(text)
        builder = cls.start(tuple(form["shape"]))
        for name, op, inputs, attrs, group in form["nodes"]:
            builder.add(op, *inputs, name=name, group=group, **attrs)
        return builder.finish(form["output"])


class GraphBuilder:
    """Adds node after node; each is checked at once, so that an error points at the line that made it.

    shape  of the input: (C, H, W) or (C,)
    """

    input = "input"

    def __init__(self, shape: Shape) -> None:
        shape = tuple(shape)
        if len(shape) not in (1, 3) or not all(is_whole(size, 1) for size in shape):
            raise ValueError(f"`shape` is {shape}; allowed are (C, H, W) and (C,) of whole numbers from 1")
        self.nodes: dict[str, Node] = {self.input: Node(self.input, "input", (), (), shape)}

    def shape(self, name: str) -> Shape:
        """The shape of a node's output."""
        return self.nodes[name].shape

    def add(self, op: str, *inputs: str, name: str | None = None, group: str | None = None, **attrs: Any) -> str:
        """Adds a node and returns its name: `name`, or the op with a number."""
        name = self._free_name(op) if name is None else name
        rule = self._check(name, op, inputs)
        settings = check_attrs(f"node {name!r} ({op})", attrs, rule.attrs)
        shapes = [self.nodes[source].shape for source in inputs]
        try:
            shape = rule.shape(dict(settings), *shapes)
        except ValueError as error:
            asked = Node(name, op, inputs, settings, ()).label
            raise ValueError(f"node {name!r} ({asked}) cannot take its input from {', '.join(map(repr, inputs))}: {error}") from None
        self.nodes[name] = Node(name, op, tuple(inputs), settings, shape, group)
        return name

    def finish(self, output: str) -> LayerGraph:
        """The graph, with the node that is its output."""
        if output not in self.nodes:
            raise ValueError(f"`output` is {output!r}; the nodes are {', '.join(self.nodes)}")
        return LayerGraph(tuple(self.nodes.values()), output)

    def _free_name(self, op: str) -> str:
        number = sum(node.op == op for node in self.nodes.values())
        while f"{op}{number}" in self.nodes:
            number += 1
        return f"{op}{number}"

    def _check(self, name: str, op: str, inputs: tuple[str, ...]) -> Op:
        if op not in OPS or op == "input":
            raise ValueError(f"`op` is {op!r}; allowed are {', '.join(own for own in OPS if own != 'input')}")
        if not isinstance(name, str) or not name or "." in name or name in self.nodes:
            raise ValueError(f"`name` is {name!r}; it must be a text without dots that no other node has")
        if unknown := [source for source in inputs if source not in self.nodes]:
            raise ValueError(f"node {name!r} ({op}): input {unknown[0]!r} is not there; the nodes so far are {', '.join(self.nodes)}")
        least, most = OPS[op].inputs
        if not least <= len(inputs) <= most:
            raise ValueError(f"node {name!r} ({op}) got {len(inputs)} inputs; allowed is {least}{'' if least == most else ' or more'}")
        return OPS[op]


def _short(value: Value) -> str:
    """Long texts (a whole step of a recurrent layer) as six digits of a hash."""
    if isinstance(value, str) and len(value) > 40:
        return "#" + blake2b(value.encode(), digest_size=3).hexdigest()
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
