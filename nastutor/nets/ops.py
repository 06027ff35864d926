"""The operations of networks: for each its shape rule, its analytic counts and its builder side by side.

Shapes are without the batch: (C, H, W) or (C,). Counts are for one image. One multiply-add is one weight times one input; biases, batch
norm, pools and sums count 0 (the convention of "mult-adds" in Zoph et al. 2018 and Liu et al. 2019). Builders import torch when they are called.
"""

# each op has its own number of inputs:
# mypy: disable-error-code="override"
from __future__ import annotations

import math
from typing import Any, ClassVar

from nastutor.nets.attrs import REQUIRED, pair
from nastutor.nets.gate_ops import GATE_OPS
from nastutor.nets.op import Op, Runner, Shape, alike, image, padding, positive, reads_points, window
from nastutor.nets.shake_ops import SHAKE_OPS
from nastutor.nets.squeeze import SqueezeExcite


class Input(Op):
    """The image."""

    inputs = (0, 0)

    def build(self, a: Any, *shapes: Shape) -> Runner:
        return _same


class Identity(Op):
    linear_free = view = True

    def build(self, a: Any, x: Shape) -> Runner:
        return _same


class Zero(Op):
    """Zeros: of the input's shape divided by `stride`, or of `shape` where it is given."""

    attrs: ClassVar[dict[str, Any]] = {"stride": 1, "shape": None}
    linear_free = True

    def shape(self, a: Any, x: Shape) -> Shape:
        if a["shape"] or a["stride"] == 1:
            return a["shape"] or x
        return (x[0], *(-(-size // s) for size, s in zip(image(x)[1:], pair(a["stride"]), strict=True)))

    def build(self, a: Any, x: Shape) -> Runner:
        shape = self.shape(a, x)
        return lambda x: x.new_zeros((x.shape[0], *shape))


class Conv(Op):
    """Convolution of (C, H, W); `padding` "same" is dilation * (kernel - 1) // 2 on each side, so stride 1 and an odd kernel keep H and W."""

    attrs: ClassVar[dict[str, Any]] = {"channels": REQUIRED, "kernel": REQUIRED, "stride": 1, "groups": 1, "dilation": 1, "padding": "same", "bias": False}
    layers = 1

    def shape(self, a: Any, x: Shape) -> Shape:
        size = window(a, x)
        for what, channels in (("input", x[0]), ("output", a["channels"])):
            if channels % a["groups"]:
                raise ValueError(f"`groups` is {a['groups']}, which does not divide its {channels} {what} channels")
        return (a["channels"], *size)

    def params(self, a: Any, x: Shape) -> int:
        return a["channels"] * (x[0] // a["groups"] * math.prod(pair(a["kernel"])) + a["bias"])

    def mult_adds(self, a: Any, x: Shape) -> int:
        return math.prod(self.shape(a, x)) * (x[0] // a["groups"]) * math.prod(pair(a["kernel"]))

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn import Conv2d

        from nastutor.nets.build import Pointwise

        how = {"stride": pair(a["stride"]), "padding": padding(a), "dilation": pair(a["dilation"])}
        kind = Pointwise if reads_points(a) else Conv2d
        return kind(x[0], a["channels"], pair(a["kernel"]), groups=a["groups"], bias=a["bias"], device="meta", **how)  # type: ignore[arg-type]


class Depthwise(Op):
    """Depthwise convolution: a filter for each channel."""

    attrs: ClassVar[dict[str, Any]] = {name: value for name, value in Conv.attrs.items() if name not in ("channels", "groups")}
    layers = 1

    def as_conv(self, a: Any, x: Shape) -> dict[str, Any]:
        return {**a, "channels": x[0], "groups": x[0]}

    def shape(self, a: Any, x: Shape) -> Shape:
        return OPS["conv"].shape(self.as_conv(a, x), x)

    def params(self, a: Any, x: Shape) -> int:
        return OPS["conv"].params(self.as_conv(a, x), x)

    def mult_adds(self, a: Any, x: Shape) -> int:
        return OPS["conv"].mult_adds(self.as_conv(a, x), x)

    def build(self, a: Any, x: Shape) -> Runner:
        return OPS["conv"].build(self.as_conv(a, x), x)


class Separable(Op):
    """A depthwise convolution, then a 1x1 convolution to `channels` (Chollet 2017); the bias is the second one's."""

    attrs: ClassVar[dict[str, Any]] = {name: value for name, value in Conv.attrs.items() if name != "groups"}
    layers = 2

    def parts(self, a: Any, x: Shape) -> tuple[tuple[Op, dict[str, Any], Shape], ...]:
        deep = {**a, "channels": x[0], "groups": x[0], "bias": False}
        point = {"channels": a["channels"], "kernel": 1, "stride": 1, "groups": 1, "dilation": 1, "padding": 0, "bias": a["bias"]}
        return (OPS["conv"], deep, x), (OPS["conv"], point, OPS["conv"].shape(deep, x))

    def shape(self, a: Any, x: Shape) -> Shape:
        return (a["channels"], *window(a, x))

    def params(self, a: Any, x: Shape) -> int:
        return sum(op.params(own, shape) for op, own, shape in self.parts(a, x))

    def mult_adds(self, a: Any, x: Shape) -> int:
        return sum(op.mult_adds(own, shape) for op, own, shape in self.parts(a, x))

    def inside(self, a: Any, x: Shape) -> int:
        return math.prod(self.parts(a, x)[1][2])

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn import Sequential

        return Sequential(*(op.build(own, shape) for op, own, shape in self.parts(a, x)))


class BatchNorm(Op):
    """Batch normalisation with scale and shift (Ioffe & Szegedy 2015)."""

    attrs: ClassVar[dict[str, Any]] = {"affine": True}

    def params(self, a: Any, x: Shape) -> int:
        return 2 * x[0] * a["affine"]

    def build(self, a: Any, x: Shape) -> Runner:
        from torch import nn

        return (nn.BatchNorm2d if len(x) == 3 else nn.BatchNorm1d)(x[0], affine=a["affine"], device="meta")


class ReLU(Op):
    def build(self, a: Any, x: Shape) -> Runner:
        from torch import relu

        return relu


class ReLU6(Op):
    """ReLU that stops at 6 (Howard et al. 2017)."""

    def build(self, a: Any, x: Shape) -> Runner:
        return lambda x: x.clamp(0, 6)


class MaxPool(Op):
    attrs: ClassVar[dict[str, Any]] = {"kernel": REQUIRED, "stride": 1, "padding": "same"}

    def shape(self, a: Any, x: Shape) -> Shape:
        return (x[0], *window(a, x, pool=True))

    def build(self, a: Any, x: Shape) -> Runner:
        from torch import max_pool2d

        how = pair(a["kernel"]), pair(a["stride"]), padding(a)
        return lambda x: max_pool2d(x, *how)


class AvgPool(MaxPool):
    """The mean of those pixels of the window that lie inside the image."""

    linear_free = True

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn.functional import avg_pool2d

        how = pair(a["kernel"]), pair(a["stride"]), padding(a)
        return lambda x: avg_pool2d(x, *how, count_include_pad=False)


class GlobalAvgPool(Op):
    """(C, H, W) -> (C,)"""

    linear_free = True

    def shape(self, a: Any, x: Shape) -> Shape:
        return image(x)[:1]

    def build(self, a: Any, x: Shape) -> Runner:
        return lambda x: x.mean((2, 3))


class Flatten(Op):
    """(C, H, W) -> (C*H*W,)"""

    linear_free = view = True

    def shape(self, a: Any, x: Shape) -> Shape:
        return (math.prod(x),)

    def build(self, a: Any, x: Shape) -> Runner:
        return lambda x: x.flatten(1)


class Linear(Op):
    """(C,) -> (units,)"""

    attrs: ClassVar[dict[str, Any]] = {"units": REQUIRED, "bias": True}
    layers = 1

    def shape(self, a: Any, x: Shape) -> Shape:
        if len(x) != 1:
            raise ValueError(f"it takes a flat input (C,), not {x}: put `flatten` or `global_avg_pool` before it")
        return (a["units"],)

    def params(self, a: Any, x: Shape) -> int:
        return a["units"] * (x[0] + a["bias"])

    def mult_adds(self, a: Any, x: Shape) -> int:
        return a["units"] * x[0]

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn import Linear

        return Linear(x[0], a["units"], bias=a["bias"], device="meta")


class Dropout(Op):
    """In training each value is dropped with probability `p`, the rest is divided by 1 - p (Srivastava et al. 2014)."""

    attrs: ClassVar[dict[str, Any]] = {"p": REQUIRED}
    whole: ClassVar[bool] = False

    def build(self, a: Any, x: Shape) -> Runner:
        from nastutor.nets.build import Drop

        return Drop(a["p"], len(x) if self.whole else 0)


class DropPath(Dropout):
    """The same for the whole path of an image at once (Larsson et al. 2017)."""

    whole = True


class Add(Op):
    inputs = (1, math.inf)
    linear_free = True

    def shape(self, a: Any, *shapes: Shape) -> Shape:
        return alike("adds", shapes)

    def build(self, a: Any, *shapes: Shape) -> Runner:
        return _sum


class Concat(Op):
    """Channels one after the other."""

    inputs = (1, math.inf)
    linear_free = True

    def shape(self, a: Any, *shapes: Shape) -> Shape:
        if len({shape[1:] for shape in shapes}) > 1:
            raise ValueError(f"it joins inputs of one height and width, not {', '.join(map(str, shapes))}")
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def build(self, a: Any, *shapes: Shape) -> Runner:
        from torch import cat

        return lambda *xs: cat(xs, 1)


class Pad(Op):
    """Zeros around the image; a negative number cuts off."""

    attrs: ClassVar[dict[str, Any]] = {"top": 0, "bottom": 0, "left": 0, "right": 0}
    linear_free = True

    def shape(self, a: Any, x: Shape) -> Shape:
        channels, height, width = image(x)
        return positive((channels, height + a["top"] + a["bottom"], width + a["left"] + a["right"]), x)

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn.functional import pad

        sides = [a["left"], a["right"], a["top"], a["bottom"]]
        return lambda x: pad(x, sides)


class PadChannels(Op):
    """Channels of zeros after the image's own, up to `channels`; with fewer, the last ones are cut off."""

    attrs: ClassVar[dict[str, Any]] = {"channels": REQUIRED}
    linear_free = True

    def shape(self, a: Any, x: Shape) -> Shape:
        return (a["channels"], *x[1:])

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn.functional import pad

        sides = [0, 0] * (len(x) - 1) + [0, a["channels"] - x[0]]
        return lambda x: pad(x, sides)


class Resize(Op):
    """To `size` (H, W) by means over windows as even as possible; an image that is too small repeats its pixels."""

    attrs: ClassVar[dict[str, Any]] = {"size": REQUIRED}
    linear_free = True

    def shape(self, a: Any, x: Shape) -> Shape:
        return (image(x)[0], *pair(a["size"]))

    def build(self, a: Any, x: Shape) -> Runner:
        from torch.nn.functional import adaptive_avg_pool2d

        size = pair(a["size"])
        return lambda x: adaptive_avg_pool2d(x, size)


OPS: dict[str, Op] = {
    "input": Input(), "identity": Identity(), "zero": Zero(), "conv": Conv(), "dw_conv": Depthwise(), "sep_conv": Separable(),
    "bn": BatchNorm(), "relu": ReLU(), "relu6": ReLU6(), "squeeze_excite": SqueezeExcite(),
    "max_pool": MaxPool(), "avg_pool": AvgPool(), "global_avg_pool": GlobalAvgPool(),
    "flatten": Flatten(), "linear": Linear(), "dropout": Dropout(), "drop_path": DropPath(),
    "add": Add(), "concat": Concat(), "pad": Pad(), "pad_channels": PadChannels(), "resize": Resize(),
    **GATE_OPS, **SHAKE_OPS,
}  # fmt: skip


def _same(x: Any) -> Any:
    return x


def _sum(x: Any, *others: Any) -> Any:
    if others:
        x = x + others[0]
        for other in others[1:]:
            x += other  # the sum is ours alone
    return x
