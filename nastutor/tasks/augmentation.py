"""Random changes to training images, a whole batch at once, from an explicit generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nastutor.inputs import is_whole, require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Augment:
    """What may happen to a training image.

    crop    moved by up to this many pixels in each direction, black comes in (He et al. 2016, section 4.2: 4 for CIFAR)
    flip    mirrored, one time in two
    cutout  a square of this many pixels, anywhere, also half outside, is erased (DeVries & Taylor 2017: 16 for CIFAR-10)
    """

    crop: int = 0
    flip: bool = False
    cutout: int = 0

    def __post_init__(self) -> None:
        for name in ("crop", "cutout"):
            require(name, getattr(self, name), lambda value: is_whole(value, 0), "whole numbers of pixels from 0")

    def check(self, shape: tuple[int, ...]) -> None:
        """Raises where images of this shape cannot be changed so."""
        if len(shape) != 3:
            raise ValueError(f"`augment` is {self}, but inputs of shape {shape} are no images (C, H, W)")
        for name in ("crop", "cutout"):
            if getattr(self, name) >= min(shape[1:]):
                raise ValueError(f"`{name}` is {getattr(self, name)}; images of {shape[1]}x{shape[2]} pixels allow less than {min(shape[1:])}")


def augmented(x: torch.Tensor, generator: torch.Generator, how: Augment, black: Sequence[float]) -> torch.Tensor:  # (B, C, H, W) -> (B, C, H, W)
    """A batch, changed; `black` is the value of a black pixel in each channel, `x` itself stays as it is."""
    if how.crop or how.flip:
        x = _moved(x, generator, how, black)
    return _cut(x, generator, how.cutout) if how.cutout else x


def _moved(x: torch.Tensor, generator: torch.Generator, how: Augment, black: Sequence[float]) -> torch.Tensor:
    """Crop and flip in one look-up."""
    import torch

    batch, _, height, width = x.shape
    frame = x.new_tensor(black).view(1, -1, 1, 1).expand(batch, -1, height + 2 * how.crop, width + 2 * how.crop).clone()
    frame[:, :, how.crop : how.crop + height, how.crop : how.crop + width] = x
    rows = torch.arange(height) + _draw(2 * how.crop + 1, batch, generator)  # (B, H)
    columns = torch.arange(width).expand(batch, width)
    if how.flip:
        columns = torch.where(_draw(2, batch, generator) == 1, columns.flip(1), columns)
    columns = columns + _draw(2 * how.crop + 1, batch, generator)  # (B, W)
    images = torch.arange(batch).view(-1, 1, 1)
    places = (images.to(x.device), rows[:, :, None].to(x.device), columns[:, None, :].to(x.device))
    return frame.permute(0, 2, 3, 1)[places].permute(0, 3, 1, 2).contiguous()


def _cut(x: torch.Tensor, generator: torch.Generator, size: int) -> torch.Tensor:
    """The square is filled with the mean, 0."""
    import torch

    batch, _, height, width = x.shape
    rows = torch.arange(height) - _draw(height, batch, generator) + size // 2  # (B, H), 0 at the upper edge of the square
    columns = torch.arange(width) - _draw(width, batch, generator) + size // 2
    inside = ((rows >= 0) & (rows < size))[:, :, None] & ((columns >= 0) & (columns < size))[:, None, :]
    return x.masked_fill(inside[:, None].to(x.device), 0.0)


def _draw(below: int, batch: int, generator: torch.Generator) -> torch.Tensor:  # (B, 1), on the CPU
    import torch

    return torch.randint(below, (batch, 1), generator=generator, device=generator.device).cpu()
