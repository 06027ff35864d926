"""Architectures as numbers: which option each decision takes, a row for each architecture, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, repeat
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np

from nastutor.values import Arch

NUMBERS = {bool, int, float}  # of these types values of two are equal: 1, True and 1.0


class Coding:
    """The one definition of an architecture as numbers; `ChoiceSpace.codes` says what is checked beyond it.

    sites   decision -> its options, D of them in the order in which they are asked for
    absent  what stands in place of a decision that is not asked for: the largest number of `dtype`, 255 for up to 255 options

    >>> coding = Coding({"depth": (1, 2), "width1": (8, 16)})
    >>> coding.of([Arch((("depth", 2), ("width1", 8))), Arch((("depth", 1),))]).tolist()
    [[1, 0], [0, 255]]
    """

    def __init__(self, sites: Mapping[str, Sequence[Any]]) -> None:
        self.sites = {name: tuple(options) for name, options in sites.items()}
        self.dtype = np.min_scalar_type(max(map(len, self.sites.values()), default=0))
        self.absent = int(np.iinfo(self.dtype).max)
        pairs = [(place, number, name, option) for place, (name, options) in enumerate(self.sites.items()) for number, option in enumerate(options)]
        self.columns: dict[tuple[str, Any], int] = {(name, option): column for column, (_, _, name, option) in enumerate(pairs)}  # of the one-hot form
        self._where = np.array([(place, number) for place, number, _, _ in pairs], dtype=np.int64).reshape(-1, 2).T
        self._typed = {(column, type(option)) for (_, option), column in self.columns.items()}

    def one(self, arch: Any) -> list[int] | None:
        """The row of one architecture, in a microsecond or two; None where it is not spelt in these decisions and options, in this order."""
        if type(arch) is not Arch:
            return None
        row, last = self._blank.copy(), -1
        for name, value in arch.choices:
            place, numbers = self._numbers.get(name, (-1, {}))
            number = numbers.get((type(value), value), -1)
            if place <= last or number < 0:
                return None
            row[place], last = number, place
        return row

    def of(self, archs: Iterable[Arch]) -> np.ndarray:
        """The rows of many, (n, D), some 0.1 microseconds a decision; ValueError with the first that is not spelt like these."""
        archs = list(archs)
        found = self._at_once(archs) if set(map(type, archs)) <= {Arch} else None
        if found is None:
            number = next(number for number, arch in enumerate(archs) if self.one(arch) is None)
            raise ValueError(f"`archs` hold {archs[number]} at {number}, which is not spelt in the decisions {', '.join(self.sites)} and their options")
        return found

    def archs(self, codes: Any) -> list[Arch]:
        """The architectures of rows (n, D); whether their decisions fit together is not looked at."""
        pairs = [[(name, option) for option in options] for name, options in self.sites.items()]
        rows = self.checked(codes).tolist()
        return [Arch(tuple([own[taken] for own, taken in zip(pairs, row, strict=True) if taken != self.absent])) for row in rows]

    def checked(self, codes: Any) -> np.ndarray:
        """`codes` as (n, D) of `dtype`, if every number is that of an option, or `absent`."""
        array = np.asarray(codes)
        if array.shape == (0,):
            array = array.reshape(0, len(self.sites)).astype(self.dtype)
        if array.ndim != 2 or array.shape[1] != len(self.sites) or array.dtype.kind not in "iu":
            raise ValueError(f"`codes` are {array.dtype} of shape {array.shape}; allowed are whole numbers of shape (n, {len(self.sites)}): what `codes` gives")
        wrong = (array != self.absent) & ((array < 0) | (array >= self.options))
        if wrong.any():
            row, place = np.argwhere(wrong)[0].tolist()
            name, allowed = list(self.sites)[place], f"0 to {self.options[place] - 1}, and {self.absent} where there is no such decision"
            raise ValueError(f"`codes` hold {array[row, place]} at ({row}, {place}), for {name!r}; allowed are {allowed}")
        return array.astype(self.dtype, copy=False)

    @cached_property
    def options(self) -> np.ndarray:
        """How many options each decision has, (D,)."""
        return np.array([len(options) for options in self.sites.values()], dtype=np.int64)

    def _at_once(self, archs: list[Arch]) -> np.ndarray | None:
        choices = list(map(attrgetter("choices"), archs))
        pairs = list(chain.from_iterable(choices))
        column = np.fromiter(map(self.columns.get, pairs, repeat(-1)), dtype=np.int64, count=len(pairs))
        if (column < 0).any() or not self._of_their_types(pairs, column):
            return None
        place, number = self._where[:, column]
        row = np.repeat(np.arange(len(archs)), list(map(len, choices)))
        if ((np.diff(place) <= 0) & (np.diff(row) == 0)).any():  # not in their order
            return None
        codes = np.full((len(archs), len(self.sites)), self.absent, dtype=self.dtype)
        codes[row, place] = number
        return codes

    def _of_their_types(self, pairs: list[tuple[str, Any]], column: np.ndarray) -> bool:
        """Whether no value only equals the option that it should be, as True equals 1."""
        if not self._numeric:
            return True
        types = list(map(type, map(itemgetter(1), pairs)))
        if len(self._numeric) == 1:
            return set(types) & NUMBERS <= self._numeric
        return set(zip(column.tolist(), types, strict=True)) <= self._typed

    @cached_property
    def _numeric(self) -> set[type]:
        return {kind for _, kind in self._typed} & NUMBERS

    @cached_property
    def _blank(self) -> list[int]:
        return [self.absent] * len(self.sites)

    @cached_property
    def _numbers(self) -> dict[str, tuple[int, dict[Any, int]]]:
        """Decision -> its place, and option (with its type) -> its number."""
        return {name: (place, {(type(o), o): k for k, o in enumerate(options)}) for place, (name, options) in enumerate(self.sites.items())}
