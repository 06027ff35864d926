"""Which row of a table an architecture is: its decisions, as the numbers of the options taken."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from nastutor.spaces.coding import Coding
from nastutor.values import Arch

EXACT = 2**63  # keys below this are int64; larger ones are Python's own whole numbers, slow and exact


class Rows:
    """Finds architectures in a table by their decisions, and makes them from there.

    space    whose decisions they are
    choices  (A, D) as `space.codes` gives them
    name     of the table, for its refusals
    """

    def __init__(self, space: Any, choices: np.ndarray, name: str) -> None:
        self.space, self.name, self.coding = space, name, Coding(space.sites())
        self.choices = np.ascontiguousarray(choices, dtype=self.coding.dtype)

    def one(self, arch: Any) -> int:
        """The row of an architecture, in a microsecond or two; ValueError where it is not in the table, TypeError where it is none."""
        code = self.coding.one(arch)
        row = None if code is None else self._rows.get(tuple(code))
        if row is not None:
            return row
        self.space.validate(arch)
        raise ValueError(f"`arch` is {arch}, which the table {self.name} does not hold")

    def of(self, archs: Iterable[Any]) -> np.ndarray:
        """The rows of many, int64 (n,): of architectures, or, several times as quick, of an array of their codes (n, D)."""
        if isinstance(archs, np.ndarray):
            codes = self.coding.checked(archs)
            rows = self._of_codes(codes)
            if (rows < 0).any():
                raise ValueError(f"`codes` hold {codes[np.argmin(rows)].tolist()} at {np.argmin(rows)}, which the table {self.name} does not hold")
            return rows
        archs = list(archs)
        try:
            rows = self._of_codes(self.coding.of(archs))
        except (ValueError, TypeError):  # TypeError: values that have no hash
            rows = np.full(len(archs), -1)
        if (rows < 0).any():
            return np.array([self.one(arch) for arch in archs], dtype=np.int64)  # raises, in words
        return rows

    @cached_property
    def archs(self) -> list[Arch]:
        """Every architecture of the table, in the order of enumeration."""
        return self.coding.archs(self.choices)

    def _of_codes(self, codes: np.ndarray) -> np.ndarray:
        """(n, D) -> (n,), -1 where there is no such row."""
        keys, order = self._keys
        asked = self._key(codes)
        place = np.minimum(keys.searchsorted(asked), len(keys) - 1)
        return np.where(keys[place] == asked, order[place], -1)

    def _key(self, codes: np.ndarray) -> np.ndarray:
        """Rows as one number each, (n,): mixed radix, 0 where a decision is absent."""
        bases = [int(base) + 1 for base in self.coding.options]
        weights = [1]
        for base in bases[:0:-1]:
            weights.insert(0, weights[0] * base)
        kind = np.int64 if weights[0] * bases[0] < EXACT else object
        digits = np.where(codes == self.coding.absent, 0, codes.astype(np.int64) + 1).astype(kind)
        return digits @ np.array(weights, dtype=kind)

    @cached_property
    def _keys(self) -> tuple[np.ndarray, np.ndarray]:
        """The keys of all rows, rising, and whose they are."""
        keys = self._key(self.choices)
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    @cached_property
    def _rows(self) -> dict[tuple[int, ...], int]:
        return {code: row for row, code in enumerate(map(tuple, self.choices.tolist()))}
