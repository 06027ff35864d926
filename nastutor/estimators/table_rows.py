"""Which row of a table an architecture is: its decisions, as the numbers of the options taken."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from nastutor.estimators.table_file import ABSENT
from nastutor.values import Arch


class Rows:
    """Finds architectures in a table by their decisions, and makes them from there.

    space    whose decisions they are
    choices  (A, D) uint8: number of the option taken, ABSENT where the decision is not asked for
    name     of the table, for its refusals
    """

    def __init__(self, space: Any, choices: np.ndarray, name: str) -> None:
        self.space, self.choices, self.name = space, choices, name

    def one(self, arch: Any) -> int:
        """The row of an architecture, in a microsecond or two; ValueError where it is not in the table, TypeError where it is none."""
        if type(arch) is Arch:
            code, last = bytearray(self._blank), -1
            for name, value in arch.choices:
                place, numbers = self._options.get(name, (-1, {}))
                number = numbers.get((type(value), value), ABSENT)
                if place <= last or number == ABSENT:
                    break
                code[place], last = number, place
            else:
                if (row := self._rows.get(bytes(code))) is not None:
                    return row
        self.space.validate(arch)
        raise ValueError(f"`arch` is {arch}, which the table {self.name} does not hold")

    def of(self, archs: Iterable[Any]) -> np.ndarray:
        """The rows of many, int64 (n,)."""
        return np.fromiter(map(self.one, archs), dtype=np.int64)

    @cached_property
    def archs(self) -> list[Arch]:
        """Every architecture of the table, in the order of enumeration."""
        pairs = [[(name, option) for option in options] for name, options in self.space.sites().items()]
        return [Arch(tuple([own[taken] for own, taken in zip(pairs, row, strict=True) if taken != ABSENT])) for row in self.choices.tolist()]

    @cached_property
    def _blank(self) -> bytes:
        return bytes([ABSENT]) * self.choices.shape[1]

    @cached_property
    def _options(self) -> dict[str, tuple[int, dict[Any, int]]]:
        """Decision -> its place, and option (with its type: 1 is not True) -> its number."""
        sites = self.space.sites()
        return {name: (place, {(type(o), o): k for k, o in enumerate(options)}) for place, (name, options) in enumerate(sites.items())}

    @cached_property
    def _rows(self) -> dict[bytes, int]:
        whole, width = np.ascontiguousarray(self.choices).tobytes(), self.choices.shape[1]
        return {whole[row * width : (row + 1) * width]: row for row in range(len(self.choices))}
