"""Depthwise convolutions whose way back is as fast as their way there, on a CPU.

The library that torch uses there has fast kernels for some of their derivatives only: with a dilation of 2 the gradient of the weights takes
20 to 50 times what the convolution takes. The input's gradient is a convolution with the kernel turned round; and a kernel of dilation 2 sees
the even and the odd rows and columns of an image apart, so that on these four images it is an ordinary kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


def depthwise(conv: nn.Conv2d) -> Callable[[Tensor], Tensor]:
    """What runs a depthwise convolution of stride 1: faster on a CPU, and as usual elsewhere."""
    kernel, dilation, pad = conv.kernel_size[0], conv.dilation[0], conv.padding[0]
    square = len({*conv.kernel_size}) == len({*conv.dilation}) == len({*conv.padding}) == 1 and conv.bias is None
    if conv.stride != (1, 1) or not square or 2 * int(pad) != dilation * (kernel - 1):
        return conv
    return lambda x: _Depthwise.apply(x, conv.weight, pad, dilation) if x.device.type == "cpu" else conv(x)  # type: ignore[no-any-return]


class _Depthwise(torch.autograd.Function):
    """x (B, C, H, W), weight (C, 1, k, k), the pad that keeps the size, dilation."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, pad: int, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = pad, dilation
        return F.conv2d(x, weight, None, 1, pad, dilation, len(weight))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x, weight), (pad, dilation) = ctx.saved_tensors, ctx.how
        back = F.conv2d(grad, weight.flip(2, 3), None, 1, pad, dilation, len(weight)) if ctx.needs_input_grad[0] else None
        if not ctx.needs_input_grad[1]:
            return back, None, None, None
        if dilation == 2 and x.shape[2] % 2 == x.shape[3] % 2 == 0:
            x, grad, pad, dilation = _quarters(x), _quarters(grad), pad // 2, 1
        how = (1, 1), (pad, pad), (dilation, dilation), False, (0, 0), len(weight), [False, True, False]
        return back, torch.ops.aten.convolution_backward(grad, x, weight, None, *how)[1], None, None


def _quarters(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (4 B, C, H / 2, W / 2): even and odd rows and columns apart, in channels-last order."""
    images, channels, height, width = x.shape
    parts = x.permute(0, 2, 3, 1).reshape(images, height // 2, 2, width // 2, 2, channels).permute(0, 2, 4, 1, 3, 5)
    return parts.reshape(4 * images, height // 2, width // 2, channels).permute(0, 3, 1, 2)
