"""What the ops of memory banks are, and how often the release of SMASH draws what (ajbrock/SMASH, SMASH.py: sample_architecture)."""

from __future__ import annotations

from collections.abc import Iterable
from math import comb, exp
from typing import Any, NamedTuple

from nastutor.spaces.base import Choose

# Which of an op's four convolutions there are: two in a row on the first path, two on the second; and how often each is drawn.
PATTERNS = {"1000": 0.05, "1010": 0.1, "1100": 0.15, "1110": 0.25, "1111": 0.45}


class Conv(NamedTuple):
    """(height, width) of the filter, dilation in both directions, groups."""

    kernel: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


class Op(NamedTuple):
    """Banks read and written (from 1, rising), filters in units of `channels`, and the convolutions (None: not there)."""

    reads: tuple[int, ...]
    writes: tuple[int, ...]
    filters: int
    convs: tuple[Conv | None, ...]


class Block(NamedTuple):
    """Size of a bank in units of `channels`, and what happens to the memory, one op after the other."""

    bank: int
    ops: tuple[Op, ...]


class Room(NamedTuple):
    """Of a block: channels that enter and that its banks may have in all, and how many slices of the code its ops share."""

    enters: int
    most: int
    slices: int


class Odds(tuple[Any, ...]):
    """Options that are not drawn equally often."""

    odds: tuple[float, ...]

    def __new__(cls, options: Iterable[Any], odds: Iterable[float]) -> Odds:
        self = super().__new__(cls, options)
        self.odds = tuple(odds)
        return self


def possible_writes(written: int, parts: int) -> Odds:
    """To how many banks an op writes whose output has so many parts: to one for each at least, to half of those written at most; fewer are likelier."""
    options = range(parts, max(written // 2, parts) + 1)
    return Odds(options, [exp(parts - writes) for writes in options])


def possible_new(written: int, empty: int, writes: int) -> Odds:
    """How many of them are filled for the first time: as if all sets of `writes` among the written and `empty` further ones were equally likely."""
    options = range(max(0, writes - written), min(empty, writes) + 1)
    return Odds(options, [comb(empty, new) * comb(written, writes - new) for new in options])


def dilations(size: int) -> tuple[int, ...]:
    """By what a filter of this height or width may be dilated (SMASH.py of the release; a filter of 1 cannot be)."""
    return tuple(range(1, 5 - (size - 1) // 2)) if size > 1 else (1,)


def picked(choose: Choose, name: str, count: int, banks: int) -> tuple[int, ...]:
    """So many of the first `banks`, bank after bank; asked as long as both answers are possible. All sets are equally likely."""
    picked: list[int] = []
    for bank in range(1, banks + 1):
        needed, left = count - len(picked), banks - bank + 1
        if needed == left or (needed and choose(f"{name} {bank}", Odds((False, True), (left - needed, needed)))):
            picked.append(bank)
    return tuple(picked)
