"""How one operation runs for many networks at once. Each has a *lane*: the values of K of them lie side by side in one tensor.

An image of K lanes is a tensor (B, H, W, K, C), a vector (B, K, C). Seen as (B, K*C, H, W) in channels-last order, which costs nothing,
it is what grouped convolutions and pools want: a group for each lane. Weights of K lanes lie one after the other along dimension 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call

from nastutor.nets.attrs import pair
from nastutor.nets.gate_ops import step_of
from nastutor.nets.op import padding, reads_points
from nastutor.nets.rnn import Rows

Weights: TypeAlias = Mapping[str, Tensor]  # by the name it has in the module of a lone node
Kernel: TypeAlias = Callable[[Sequence[Tensor], Any, Weights, bool], Tensor]  # inputs, settings, weights, training?

POINT = {"kernel": 1, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}


def wide(x: Tensor) -> Tensor:
    """(B, H, W, K, C) -> (B, K*C, H, W), (B, K, C) -> (B, K*C): a view."""
    x = x.flatten(-2)
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def laned(x: Tensor, lanes: int) -> Tensor:
    """The way back from `wide`."""
    x = x.permute(0, 2, 3, 1) if x.dim() == 4 else x
    return x.contiguous().unflatten(-1, (lanes, -1))


def channelwise(run: Callable[[Tensor, Any], Tensor]) -> Kernel:
    """A kernel of what treats each channel by itself, whichever lane it belongs to."""
    return lambda xs, a, weights, training: laned(run(wide(xs[0]), a), xs[0].shape[-2])


def conv(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    (x,) = xs
    weight, stride, dilation, pads = weights["weight"], pair(a["stride"]), pair(a["dilation"]), padding(a)
    groups = x.shape[-2] * a.get("groups", x.shape[-1])  # a depthwise one has as many as channels
    if reads_points(a):  # as in build.Pointwise, and for its reason
        x, stride = x[:, :: stride[0], :: stride[1]], (1, 1)
    if stride == (1, 1) and weight.shape[-1] > 1 and weight.requires_grad:
        out = _Conv.apply(wide(x), weight, weights.get("bias"), pads, dilation, groups)
    else:
        out = F.conv2d(wide(x), weight, weights.get("bias"), stride, pads, dilation, groups)
    return laned(out, x.shape[-2])


class _Conv(torch.autograd.Function):
    """A convolution of stride 1 whose input gradient is a convolution forwards with turned weights (as fast as the first, on a CPU 2-3 times the usual)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, pads: Any, dilation: Any, groups: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how, ctx.bias = (pads, dilation, groups), bias is not None
        return F.conv2d(x, weight, bias, 1, pads, dilation, groups)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x, weight), (pads, dilation, groups) = ctx.saved_tensors, ctx.how
        grad_x = None
        if ctx.needs_input_grad[0]:
            turned = weight.unflatten(0, (groups, -1)).transpose(1, 2).flip(3, 4).flatten(0, 1)
            back = [d * (k - 1) - p for d, k, p in zip(dilation, weight.shape[2:], pads, strict=True)]
            grad_x = F.conv2d(grad, turned, None, 1, back, dilation, groups)
        mask = [False, True, ctx.bias]
        more = torch.ops.aten.convolution_backward(grad, x, weight, [len(weight)] if ctx.bias else None, (1, 1), pads, dilation, False, (0, 0), groups, mask)
        return grad_x, more[1], more[2], None, None, None


def separable(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    deep = conv(xs, {**a, "groups": xs[0].shape[-1]}, {"weight": weights["0.weight"]}, training)
    return conv([deep], POINT, {name[2:]: weight for name, weight in weights.items() if name.startswith("1.")}, training)


def batch_norm(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    """In training it brings the running statistics among `weights` up to date."""
    scale, shift, mean, var = (weights.get(name) for name in ("weight", "bias", "running_mean", "running_var"))
    return laned(F.batch_norm(wide(xs[0]), mean, var, scale, shift, training), xs[0].shape[-2])


def linear(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    (x,) = xs
    weight, bias = (weights[name].unflatten(0, (x.shape[-2], -1)) if name in weights else None for name in ("weight", "bias"))
    out = torch.einsum("bkc,kuc->bku", x, weight)
    return out if bias is None else out + bias


def squeeze_excite(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    (x,) = xs
    inner, outer = ({key: weights[f"{name}.{key}"] for key in ("weight", "bias")} for name in ("squeeze", "excite"))
    units = torch.relu(linear([x.mean((1, 2))], a, inner, training))  # (B, K, units)
    return x * linear([units], a, outer, training).sigmoid()[:, None, None]


def flatten(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    """In the order of a lone network: channel, row, column."""
    (x,) = xs
    return x.permute(0, 3, 4, 1, 2).flatten(2) if x.dim() == 5 else x


def zero(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    (x,) = xs
    if a["shape"]:
        channels, *size = a["shape"]
        return x.new_zeros(len(x), *size, x.shape[-2], channels)
    if a["stride"] == 1:
        return torch.zeros_like(x)
    size = [-(-n // stride) for n, stride in zip(x.shape[1:3], pair(a["stride"]), strict=True)]
    return x.new_zeros(len(x), *size, *x.shape[3:])


def total(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    out = xs[0]
    for number, x in enumerate(xs[1:]):
        out = out.add_(x) if number else out + x  # the first sum is ours alone
    return out


def pad(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    return F.pad(xs[0], [0, 0, 0, 0, a["left"], a["right"], a["top"], a["bottom"]])


def _pool(how: Callable[..., Tensor], **more: Any) -> Kernel:
    return channelwise(lambda x, a: how(x, pair(a["kernel"]), pair(a["stride"]), padding(a), **more))


def unpool(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    (x,), (down, right) = xs, pair(a["stride"])
    out = x.new_zeros(len(x), x.shape[1] * down, x.shape[2] * right, *x.shape[3:])
    out[:, ::down, ::right] = x
    return out


def recurrent(xs: Sequence[Tensor], a: Any, weights: Weights, training: bool) -> Tensor:
    """Lane after lane: the steps of one depend on each other."""
    (x,) = xs
    rows, lanes = Rows(step_of(a["step"]), a["units"]).train(training), x.shape[-2]
    own = [{name: weight.chunk(lanes)[lane] for name, weight in weights.items()} for lane in range(lanes)]
    return torch.stack([functional_call(rows, mine, lane.permute(0, 3, 1, 2)) for mine, lane in zip(own, x.unbind(-2), strict=True)], -2)


KERNELS: dict[str, Kernel] = {
    "conv": conv, "dw_conv": conv, "sep_conv": separable, "bn": batch_norm, "linear": linear, "flatten": flatten, "zero": zero,
    "add": total, "pad": pad, "squeeze_excite": squeeze_excite,
    "identity": lambda xs, a, weights, training: xs[0],
    "relu": lambda xs, a, weights, training: torch.relu(xs[0]),
    "relu6": lambda xs, a, weights, training: xs[0].clamp(0, 6),
    "max_pool": _pool(F.max_pool2d), "avg_pool": _pool(F.avg_pool2d, count_include_pad=False),
    "global_avg_pool": lambda xs, a, weights, training: xs[0].sum((1, 2)) / math.prod(xs[0].shape[1:3]),
    "concat": lambda xs, a, weights, training: torch.cat(list(xs), -1),
    "pad_channels": lambda xs, a, weights, training: F.pad(xs[0], [0, a["channels"] - xs[0].shape[-1]]),
    "resize": channelwise(lambda x, a: F.adaptive_avg_pool2d(x, pair(a["size"]))),
    "bilinear": channelwise(lambda x, a: F.interpolate(x, pair(a["size"]), mode="bilinear", align_corners=True)),
    "sigmoid": lambda xs, a, weights, training: torch.sigmoid(xs[0]),
    "tanh": lambda xs, a, weights, training: torch.tanh(xs[0]),
    "elu": lambda xs, a, weights, training: F.elu(xs[0]),
    "mul": lambda xs, a, weights, training: math.prod(xs[1:], start=xs[0]),
    "scale": lambda xs, a, weights, training: xs[0] * a["by"],
    "slice": lambda xs, a, weights, training: xs[0].narrow(-1, a["start"], a["channels"]),
    "unpool": unpool, "recurrent": recurrent,
}  # fmt: skip
