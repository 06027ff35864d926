"""`Compared`: the architectures that a model learns from, with how they compare, kept as they come (chapter 5)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from nastutor.kernels.base import Kernel
from nastutor.strategies.acquisition import Floats
from nastutor.values import Arch

REMEMBERED = 2_000  # others of which the description is kept, and the comparisons with those held where comparing is costly


class Compared:
    """A matrix of comparisons that gains a row for each new architecture, or has one replaced; nothing is compared twice.

    archs  those held, in the order of the rows
    """

    def __init__(self, space: Any, kernel: Kernel) -> None:
        self.space, self.kernel, self.archs = space, copy(kernel), list[Arch]()
        self.kernel.bind(space)
        self.since: list[int] = []  # by row, how many changes there were before it was written
        self.described: dict[Arch, Any] = {}  # of those held
        self.glimpsed: OrderedDict[Arch, Any] = OrderedDict()  # of others
        self.changed: list[int] = []  # columns, in the order of being written
        self.rows: OrderedDict[Arch, tuple[int, Floats]] = OrderedDict()  # architecture -> (how many changes it has seen, its row)
        self.block = np.zeros((0, 0, 0))

    @property
    def matrix(self) -> Floats:
        """(channels, n, n)"""
        return self.block[:, : len(self.archs), : len(self.archs)]

    def add(self, archs: Sequence[Arch]) -> None:
        """Rows behind the others."""
        if archs:
            places = range(len(self.archs), len(self.archs) + len(archs))
            self.archs += archs
            self.since += [0] * len(archs)
            self._write(places)

    def replace(self, place: int, arch: Arch) -> None:
        """Another one in the place of what is forgotten."""
        self.described.pop(self.archs[place], None)
        self.archs[place] = arch
        self._write(range(place, place + 1))

    def rows_of(self, archs: Sequence[Arch]) -> Floats:
        """Comparisons of others with those held: (channels, m, n)."""
        if not self.kernel.costly:
            return self.kernel.compare([self._seen(arch) for arch in archs], self._all())
        return np.stack([self._row(arch) for arch in archs], axis=1)

    def between(self, archs: Sequence[Arch], others: Sequence[Arch]) -> Floats:
        """Comparisons of others with others: (channels, a, b)."""
        return self.kernel.compare([self._seen(arch) for arch in archs], [self._seen(arch) for arch in others])

    def with_others(self, archs: Sequence[Arch]) -> Floats:
        """The matrix with more rows, for as long as these are in flight: (channels, n + m, n + m)."""
        across = self.rows_of(archs)
        return np.concatenate([np.concatenate([self.matrix, across.transpose(0, 2, 1)], 2), np.concatenate([across, self.between(archs, archs)], 2)], 1)

    def _row(self, arch: Arch) -> Floats:
        """One of `rows_of`, of which only that is computed which has changed since."""
        seen, row = self.rows.pop(arch, (0, np.zeros((0, 0))))
        if stale := sorted(set(self.changed[seen:])):
            fresh = self.kernel.compare([self._seen(arch)], [self.described[self.archs[place]] for place in stale])[:, 0]
            row = np.concatenate([row, np.zeros((len(fresh), len(self.archs) - row.shape[1]))], 1) if row.size else np.zeros((len(fresh), len(self.archs)))
            row[:, stale] = fresh
        self.rows[arch] = (len(self.changed), row)
        if len(self.rows) > REMEMBERED:
            self.rows.popitem(last=False)
        return row

    def _all(self) -> list[Any]:
        return [self.described[arch] for arch in self.archs]

    def _seen(self, arch: Arch) -> Any:
        if arch in self.described:
            return self.described[arch]
        if arch not in self.glimpsed:
            self.glimpsed[arch] = self.kernel.describe(self.space, arch)
            if len(self.glimpsed) > REMEMBERED:
                self.glimpsed.popitem(last=False)
        return self.glimpsed[arch]

    def _write(self, places: range) -> None:
        """The rows and columns of these places."""
        for place in places:
            self.described[self.archs[place]] = self._seen(self.archs[place])
            self.since[place] = len(self.changed)
            self.changed.append(place)
        n, room = len(self.archs), self.block.shape[1]
        new = self.kernel.compare([self.described[self.archs[place]] for place in places], self._all())
        if n > room:
            larger = np.zeros((len(new), 2 * n, 2 * n))
            larger[:, :room, :room] = self.block if self.block.size else 0
            self.block = larger
        self.block[:, places.start : places.stop, :n] = new
        self.block[:, :n, places.start : places.stop] = new.transpose(0, 2, 1)
