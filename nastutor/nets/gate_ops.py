"""Operations of gates, fabrics and recurrent layers, beside those of ops.py: smooth activations, products, slices, a step repeated in time."""

# each op has its own number of inputs:
# mypy: disable-error-code="override"
from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from nastutor.nets.attrs import REQUIRED, pair
from nastutor.nets.op import Op, Runner, Shape, alike, image

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph


class Sigmoid(Op):
    def build(self, a: Any, x: Shape) -> Runner:
        from torch import sigmoid

        return sigmoid


class Tanh(Op):
    def build(self, a: Any, x: Shape) -> Runner:
        from torch import tanh

        return tanh


class ELU(Op):
    """x where it is above 0, else exp(x) - 1 (Clevert et al. 2016)."""

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn.functional import elu

        return elu


class Mul(Op):
    """The product of inputs of one shape, value by value: a gate."""

    inputs = (2, math.inf)

    def shape(self, a: Any, *shapes: Shape) -> Shape:
        return alike("multiplies", shapes)

    def build(self, a: Any, *shapes: Shape) -> Runner:
        return lambda *xs: math.prod(xs[1:], start=xs[0])


class Scale(Op):
    """Every value times the number `by`; a mean of n inputs is their sum scaled by 1 / n."""

    attrs: ClassVar[dict[str, Any]] = {"by": REQUIRED}
    linear_free = True

    def build(self, a: Any, x: Shape) -> Runner:
        by = a["by"]
        return lambda x: x * by


class Slice(Op):
    """Of all channels so many from number `start` on."""

    attrs: ClassVar[dict[str, Any]] = {"start": REQUIRED, "channels": REQUIRED}
    linear_free = view = True

    def shape(self, a: Any, x: Shape) -> Shape:
        if a["start"] < 0 or a["start"] + a["channels"] > x[0]:
            raise ValueError(f"`start` is {a['start']} and `channels` {a['channels']}, but its input {x} has the channels 0 to {x[0] - 1}")
        return (a["channels"], *x[1:])

    def build(self, a: Any, x: Shape) -> Runner:
        start, channels = a["start"], a["channels"]
        return lambda x: x.narrow(1, start, channels)


class Unpool(Op):
    """An image `stride` times as large: each pixel goes to the upper left of its cell, zeros fill the rest (Saxena & Verbeek 2016, section 3)."""

    attrs: ClassVar[dict[str, Any]] = {"stride": REQUIRED}
    linear_free = True

    def shape(self, a: Any, x: Shape) -> Shape:
        return (image(x)[0], *(size * s for size, s in zip(x[1:], pair(a["stride"]), strict=True)))

    def build(self, a: Any, x: Shape) -> Runner:
        shape, (down, right) = self.shape(a, x), pair(a["stride"])

        def unpool(x: Any) -> Any:
            out = x.new_zeros((x.shape[0], *shape))
            out[:, :, ::down, ::right] = x
            return out

        return unpool


class Bilinear(Op):
    """To `size` (H, W) by bilinear interpolation whose corners are the image's corners (`align_corners`)."""

    attrs: ClassVar[dict[str, Any]] = {"size": REQUIRED}
    linear_free = True

    def shape(self, a: Any, x: Shape) -> Shape:
        return (image(x)[0], *pair(a["size"]))

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn.functional import interpolate

        size = pair(a["size"])
        return lambda x: interpolate(x, size, mode="bilinear", align_corners=True)


class Recurrent(Op):
    """Reads an image (C, H, W) row after row, each as C*W numbers, and gives the last state: (units,).

    step   the graph of one step as JSON: a flat input (C*W + S,), first the row, then the state of S numbers, which start as zeros;
           its output is the next state. The weights are the same at each step.
    units  how many numbers of the state are the output, from the first on (an LSTM keeps its memory behind them)
    """

    attrs: ClassVar[dict[str, Any]] = {"step": REQUIRED, "units": REQUIRED}
    layers = 1

    def shape(self, a: Any, x: Shape) -> Shape:
        step, row = step_of(a["step"]), image(x)[0] * x[2]
        (reads,), state = step.nodes[0].shape, step.node(step.output).shape
        if state != (reads - row,):
            raise ValueError(f"its step reads {reads} numbers and gives {state}; rows of {x} have {row}, so a state of ({reads - row},) is needed")
        if a["units"] > state[0]:
            raise ValueError(f"`units` is {a['units']}, but the state has {state[0]} numbers")
        return (a["units"],)

    def params(self, a: Any, x: Shape) -> int:
        return step_of(a["step"]).counts().params

    def mult_adds(self, a: Any, x: Shape) -> int:
        return x[1] * step_of(a["step"]).counts().mult_adds

    def inside(self, a: Any, x: Shape) -> int:
        return x[1] * step_of(a["step"]).activations

    def depth(self, a: Any, x: Shape) -> int:
        """Each step's longest way, one step behind the other: row and state are one input, so every way of a step goes on in the next."""
        return x[1] * step_of(a["step"]).depth()

    def build(self, a: Any, x: Shape) -> Runner:
        from nastutor.nets.rnn import Rows

        return Rows(step_of(a["step"]), a["units"])


@lru_cache(maxsize=1024)
def step_of(text: str) -> LayerGraph:
    """The graph of a step from its JSON."""
    from nastutor.nets.graph import LayerGraph

    graph = LayerGraph.from_json(text)
    if len(graph.nodes[0].shape) != 1:
        raise ValueError(f"`step` reads {graph.nodes[0].shape}; allowed is a flat input (row and state,)")
    return graph


GATE_OPS: dict[str, Op] = {
    "sigmoid": Sigmoid(), "tanh": Tanh(), "mul": Mul(), "scale": Scale(), "slice": Slice(), "unpool": Unpool(), "bilinear": Bilinear(),
    "recurrent": Recurrent(), "elu": ELU(),
}  # fmt: skip
