"""Sizes inside one another: a smaller kernel is the middle of a larger one, fewer channels are the first of more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def kernel_masks(sizes: Sequence[int]) -> Tensor:
    """(options, k, k) of the largest kernel k: 1 where the kernel of an option is."""
    k = max(sizes)
    distance = (torch.arange(k) - k // 2).abs()
    inside = torch.maximum(distance[:, None], distance[None, :])  # (k, k): how far from the middle
    return torch.stack([(inside <= size // 2).float() for size in sizes])


def channel_masks(counts: Sequence[int]) -> Tensor:
    """(options, C, 1, 1) of the most channels C: 1 for the first ones."""
    return (torch.arange(max(counts)) < torch.tensor(counts)[:, None]).float()[:, :, None, None]


def weighed(masks: Tensor, weights: Tensor | None, options: Sequence[int], like: Tensor) -> Tensor:
    """The sum of the masks of some options, each with its weight; None: 1 each."""
    own = masks[list(options)].to(like)
    return own.sum(0) if weights is None else torch.tensordot(weights[list(options)].to(like), own, 1)


def masked_conv(module: nn.Module, x: Tensor, mask: Tensor) -> Tensor:
    """A convolution whose kernel is multiplied by a mask (k, k) (Shin, Packer & Song 2018): linear in the mask, and of one option the smaller kernel."""
    return torch.func.functional_call(module, {"weight": module.weight * mask}, (x,))  # type: ignore[operator,no-any-return]


def cut(tensor: Any, shape: Sequence[int]) -> Any:
    """A tensor of weights at a smaller size: its first channels, and the middle of its kernel."""
    for axis, (size, wanted) in enumerate(zip(tensor.shape, shape, strict=True)):
        tensor = tensor.narrow(axis, (size - wanted) // 2 if axis >= 2 else 0, wanted)
    return tensor
