"""Depthwise convolutions whose way back is as fast as their way there, on a CPU.

The library that torch uses there has fast kernels for some of their derivatives only: with a dilation of 2 the gradient of the weights takes
20 to 50 times what the convolution takes. The input's gradient is a convolution with the kernel turned round; and a kernel of dilation 2 sees
the even and the odd rows and columns of an image apart, so that on these four images it is an ordinary kernel. With a stride of 2 as well it
sees the even ones alone. Of images that are smaller than the kernel the sum over each of its places is taken by itself,
and of a kernel of 5x5 over large images the library is slow, but quick for its corners of 3x3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

LARGE = 16  # rows of an image from which on the corners of a 5x5 kernel take less time than the whole


def depthwise(conv: nn.Conv2d) -> Callable[[Tensor], Tensor]:
    """What runs a depthwise convolution of stride 1, or of stride and dilation 2: faster on a CPU, and as usual elsewhere."""
    kernel, (stride, *_), dilation, pad = conv.kernel_size[0], conv.stride, conv.dilation[0], conv.padding[0]
    square = len({*conv.kernel_size}) == len({*conv.stride}) == len({*conv.dilation}) == len({*conv.padding}) == 1 and conv.bias is None
    if not square or (stride, dilation) not in ((1, dilation), (2, 2)) or kernel % 2 == 0 or 2 * int(pad) != dilation * (kernel - 1):
        return conv
    how = int(pad) // stride, dilation // stride, stride
    return lambda x: _Depthwise.apply(x, conv.weight, *how) if x.device.type == "cpu" else conv(x)  # type: ignore[no-any-return]


class _Depthwise(torch.autograd.Function):
    """x (B, C, H, W), of which every so many rows and columns are seen; weight (C, 1, k, k), the pad that keeps their number, dilation."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, pad: int, dilation: int, every: int) -> Tensor:
        seen = x if every == 1 else x[:, :, ::every, ::every].contiguous(memory_format=torch.channels_last)
        ctx.save_for_backward(seen, weight)
        ctx.how = pad, dilation, every, x.shape
        return F.conv2d(seen, weight, None, 1, pad, dilation, len(weight))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        (seen, weight), (pad, dilation, every, shape) = ctx.saved_tensors, ctx.how
        back = F.conv2d(grad, weight.flip(2, 3), None, 1, pad, dilation, len(weight)) if ctx.needs_input_grad[0] else None
        if back is not None and every > 1:
            whole = torch.empty(shape, dtype=back.dtype, memory_format=torch.channels_last).zero_()
            whole[:, :, ::every, ::every] = back
            back = whole
        return back, _by_weight(seen, grad, weight, pad, dilation) if ctx.needs_input_grad[1] else None, None, None, None


def _by_weight(x: Tensor, grad: Tensor, weight: Tensor, pad: int, dilation: int) -> Tensor:
    """The gradient of the weights."""
    if dilation == 2 and x.shape[2] % 2 == x.shape[3] % 2 == 0:
        if min(x.shape[2:]) // 2 < weight.shape[2]:
            return _place_by_place(x, grad, weight, pad, dilation)
        x, grad, pad, dilation = _quarters(x), _quarters(grad), pad // 2, 1
    if weight.shape[2] == 5 and dilation == 1 and min(x.shape[2:]) >= LARGE:
        return _by_corners(x, grad, weight, pad)
    return _library(x, grad, weight, pad, dilation)


def _library(x: Tensor, grad: Tensor, weight: Tensor, pad: int, dilation: int = 1) -> Tensor:
    how = (1, 1), (pad, pad), (dilation, dilation), False, (0, 0), len(weight), [False, True, False]
    return torch.ops.aten.convolution_backward(grad, x, weight, None, *how)[1]  # type: ignore[no-any-return]


def _by_corners(x: Tensor, grad: Tensor, weight: Tensor, pad: int) -> Tensor:
    """The same of a 5x5 kernel by its four corners of 3x3, which share the row and the column in the middle."""
    (height, width), found, corner = grad.shape[2:], torch.empty_like(weight), weight[:, :, :3, :3].contiguous()
    around = F.pad(x, (pad, pad, pad, pad)).contiguous(memory_format=torch.channels_last)
    for i in (0, 2):
        for j in (0, 2):
            found[:, :, i : i + 3, j : j + 3] = _library(around[:, :, i : i + height + 2, j : j + width + 2], grad, corner, 0)
    return found


def _place_by_place(x: Tensor, grad: Tensor, weight: Tensor, pad: int, dilation: int) -> Tensor:
    """The same by as many products of images as the kernel has places."""
    (height, width), kernel = grad.shape[2:], weight.shape[2]
    around, rows = F.pad(x, (pad, pad, pad, pad)).permute(0, 2, 3, 1).contiguous(), grad.permute(0, 2, 3, 1)
    places = [(i * dilation, j * dilation) for i in range(kernel) for j in range(kernel)]
    sums = [(around[:, i : i + height, j : j + width] * rows).sum((0, 1, 2)) for i, j in places]
    return torch.stack(sums, dim=1).view(weight.shape)


def _quarters(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (4 B, C, H / 2, W / 2): even and odd rows and columns apart, in channels-last order."""
    images, channels, height, width = x.shape
    parts = x.permute(0, 2, 3, 1).reshape(images, height // 2, 2, width // 2, 2, channels).permute(0, 2, 4, 1, 3, 5)
    return parts.reshape(4 * images, height // 2, width // 2, channels).permute(0, 3, 1, 2)
