"""What an operation is, and the arithmetic of shapes that several of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

from nastutor.nets.attrs import pair
from nastutor.values import Value

Shape: TypeAlias = tuple[int, ...]
Attrs: TypeAlias = Mapping[str, Value]
Runner: TypeAlias = Callable[..., Any]  # tensors of shape (B, *shape) -> a tensor; a module where there is something to keep


class Op:
    """What a node does.

    attrs        its settings with their defaults; REQUIRED where there is none
    inputs       how many inputs it takes, at least and at most
    layers       how many layers with weights it has
    linear_free  linear and without parameters: op(x + y) = op(x) + op(y)
    view         its output takes no memory of its own
    """

    attrs: ClassVar[dict[str, Any]] = {}
    inputs: ClassVar[tuple[int, float]] = (1, 1)
    layers: ClassVar[int] = 0
    linear_free: ClassVar[bool] = False
    view: ClassVar[bool] = False

    def shape(self, a: Any, *shapes: Shape) -> Shape:
        """The shape of the output; raises ValueError with the reason where the inputs do not fit."""
        return shapes[0]

    def params(self, a: Any, *shapes: Shape) -> int:
        """The number of parameters that are trained."""
        return 0

    def mult_adds(self, a: Any, *shapes: Shape) -> int:
        """The number of multiply-adds for one image."""
        return 0

    def inside(self, a: Any, *shapes: Shape) -> int:
        """How many numbers it computes on the way to its output, which training keeps as well, for one image."""
        return 0

    def depth(self, a: Any, *shapes: Shape) -> int:
        """The layers with weights one after the other on the longest way through it."""
        return self.layers

    def build(self, a: Any, *shapes: Shape) -> Runner:
        """What computes it; the weights of a module are still without values and memory (device `meta`)."""
        raise TypeError(f"{type(self).__name__} does not say how it is computed: define build")


def image(x: Shape) -> Shape:
    if len(x) != 3:
        raise ValueError(f"it takes an image (C, H, W), not {x}")
    return x


def alike(doing: str, shapes: tuple[Shape, ...]) -> Shape:
    """The one shape that all inputs have; `doing` is what is done with them."""
    if len(set(shapes)) > 1:
        raise ValueError(f"it {doing} inputs of one shape, not {', '.join(map(str, shapes))}")
    return shapes[0]


def positive(shape: Shape, x: Shape) -> Shape:
    if min(shape) < 1:
        raise ValueError(f"its input {x} is too small: the output would be {shape}")
    return shape


def padding(a: Attrs) -> tuple[int, int]:
    """(top and bottom, left and right): `padding` itself, or for "same" half the window."""
    if a["padding"] != "same":
        return pair(a["padding"])
    return tuple(d * (k - 1) // 2 for k, d in zip(pair(a["kernel"]), pair(a.get("dilation", 1)), strict=True))  # type: ignore[return-value]


def reads_points(a: Attrs) -> bool:
    """Whether it is a 1x1 convolution with a stride: it reads some pixels and leaves the others out."""
    return pair(a["kernel"]) == (1, 1) and pair(a["stride"]) != (1, 1) and padding(a) == (0, 0)


def window(a: Attrs, x: Shape, pool: bool = False) -> Shape:
    """(H, W) after a window went over the image (Dumoulin & Visin 2016, relationship 15)."""
    kernels, strides, pads, dilations = pair(a["kernel"]), pair(a["stride"]), padding(a), pair(a.get("dilation", 1))
    if pool and any(2 * p > k for p, k in zip(pads, kernels, strict=True)):
        raise ValueError(f"`padding` is {a['padding']}: a pool allows half its kernel ({a['kernel']})")
    sizes = zip(image(x)[1:], kernels, strides, pads, dilations, strict=True)
    return positive(tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes), x)
