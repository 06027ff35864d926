"""Hill climbing in the neighbourhood of an architecture, with restarts (chapter 6)."""

from __future__ import annotations

import math
from typing import Any

from nastutor.core import Strategy
from nastutor.values import Arch, Result, Trial


class HillClimbing(Strategy):
    """From a random architecture always on to a better neighbour; at a local optimum again from a random one, so it never finishes.

    first  True moves at the first better neighbour (asked in random order), False looks at all of them and takes the best

    What has been asked in a climb is not asked again: it was not better. With several trials in flight it waits (`ask` gives None)
    for the start, and for the last neighbours before it restarts; an answer that comes after a move still counts if it is better.
    """

    needs = ("sample", "neighbours")
    chapter = 6

    def __init__(self, space: Any, *, first: bool = True, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        if type(first) is not bool:
            raise ValueError(f"`first` is {first!r}; allowed are True and False (chapter 6)")
        self.first = first
        self.flying: list[Arch] = []  # asked and not yet told
        self._leave()

    def _leave(self) -> None:
        """Forgets the climb."""
        self.centre: Arch | None = None
        self.best: tuple[float, Arch | None] = (math.inf, None)
        self.unasked: list[Arch] = []
        self.seen: set[Arch] = set()

    def ask(self) -> Trial | None:
        if not self.unasked:
            if self.flying:
                return None
            self._leave()
            self.unasked = [self.space.sample(self.rng)]
        arch = self.unasked.pop()
        self.flying.append(arch)
        self.seen.add(arch)
        return Trial(arch)

    def tell(self, trial: Trial, result: Result) -> None:
        if (arch := self.comparable(trial)) is None:
            return
        self.seen.add(arch)
        if arch in self.flying:
            self.flying.remove(arch)
        if result.usable and result.error < self.best[0]:
            self.best = (result.error, arch)
        if self.best[1] is not self.centre and (self.first or not (self.unasked or self.flying)):
            self._move_to(self.best[1])

    def _move_to(self, arch: Arch | None) -> None:
        self.centre = arch
        self.unasked = [other for other in self.space.neighbours(arch) if other not in self.seen]
        self.rng.shuffle(self.unasked)
