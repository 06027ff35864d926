"""`Stack`: the one set of settings for networks of stacked cells."""

from __future__ import annotations

from dataclasses import dataclass, fields

from nastutor.inputs import require, share, whole

STEMS = ("cifar", "imagenet")


@dataclass(frozen=True)
class Stack:
    """How large a network of cells is and what stands before them; the spaces of cells take these as arguments of their own, those that their papers have.

    channels       F (DARTS: C) of the first stage
    cells          N, normal ones in each stage
    stages         how many, with a reduction cell before each but the first; two suit images of 8x8
    stem           "cifar": one convolution; "imagenet": convolutions of stride 2, and what the paper puts behind them
    stem_channels  of the first convolution; None: 3F
    drop_path      how often the last cell's paths are dropped at the end of training; earlier cells' in proportion, where the paper has it so
    narrow_convs   whether full 3x3, 1x3-3x1 and 1x7-7x1 convolutions work on a quarter (3/8) of the channels, as the code of AmoebaNet has it
    skip_reduction_input  whether the cell after a reduction takes its older input from before that reduction's own input
    odd_halves     whether channels may be odd where a factorised reduction halves them: its second path takes one more

    >>> Stack(channels=32, cells=6, stages=3).first_channels
    96
    """

    channels: int = 8
    cells: int = 1
    stages: int = 2
    stem: str = "cifar"
    stem_channels: int | None = None
    drop_path: float = 0.0
    narrow_convs: bool = True
    skip_reduction_input: bool = False
    odd_halves: bool = False

    def __post_init__(self) -> None:
        for name in ("channels", "cells", "stages"):
            whole(name, getattr(self, name))
        require("stem", self.stem, lambda stem: stem in STEMS, ", ".join(map(repr, STEMS)))
        share("drop_path", self.drop_path)
        for name in ("narrow_convs", "skip_reduction_input", "odd_halves"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"`{name}` is {getattr(self, name)!r}; allowed are True and False")
        if self.stem == "imagenet" and (self.channels < 4 or (self.channels % 4 and not self.odd_halves)):
            raise ValueError(
                f"`channels` is {self.channels}; allowed with `stem`='imagenet' are multiples of 4: its cells have a quarter and half of them, "
                "and a factorised reduction halves that (`odd_halves`=True, where a space has it, rounds down)"
            )
        whole("stem_channels", self.first_channels)

    @property
    def first_channels(self) -> int:
        """Of the first convolution."""
        return 3 * self.channels if self.stem_channels is None else self.stem_channels


STACKING = tuple(field.name for field in fields(Stack))
