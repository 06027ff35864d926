"""What was told, in two halves: the good ones, below a quantile of the errors, and the others (chapter 5)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter

from nastutor.strategies.parzen import recency
from nastutor.values import Arch, Value


class Side:
    """How often each option of each decision was taken, by architectures in which the decision was active.

    Counts are kept up as architectures come and go, a step for each of their decisions, so that asking costs the same however many there are.

    recent  None: all count alike; else older ones count less (see `recency`), and are gone through once for each change
    """

    def __init__(self, recent: int | None = None) -> None:
        self.recent = recent
        self.counts: defaultdict[str, Counter[Value]] = defaultdict(Counter)
        self.archs: dict[int, Arch] = {}  # by the number of the observation
        self._faded: dict[str, list[tuple[Value, float]]] | None = None

    def add(self, number: int, arch: Arch) -> None:
        self.archs[number] = arch
        self._faded = None
        for name, value in arch.choices:
            self.counts[name][value] += 1

    def remove(self, number: int) -> None:
        self._faded = None
        for name, value in self.archs.pop(number).choices:
            self.counts[name][value] -= 1

    def in_order(self) -> list[Arch]:
        """The architectures, the oldest first."""
        return [arch for _, arch in sorted(self.archs.items(), key=itemgetter(0))]

    def weights(self, name: str, options: Sequence[Value]) -> list[float]:
        """How often each of these options of a decision was taken, (K,)."""
        if self.recent is None:
            counts = self.counts[name]
            return [counts[option] for option in options]
        total = dict.fromkeys(options, 0.0)
        for option, weight in self.faded(name):
            if option in total:
                total[option] += weight
        return list(total.values())

    def faded(self, name: str) -> list[tuple[Value, float]]:
        """Each taking of an option of a decision, the oldest first, and what it counts."""
        if self._faded is None:
            weights = {own: iter(recency(sum(counts.values()), self.recent)) for own, counts in self.counts.items()}
            self._faded = defaultdict(list)
            for arch in self.in_order():
                for own, option in arch.choices:
                    self._faded[own].append((option, next(weights[own])))
        return self._faded[name]


class Split:
    """Observations (architecture, error) by rank: the first `good_of(n)` of n are `good`, the others `bad` (Bergstra et al. 2011, equation 2).

    Only ranks count; of equal errors the one told first is better, so that the best architecture, asked for again and again, fills the bad
    side too and not the good one alone. Where all errors are equal none is better: `level`. A failed trial has the error infinity and is
    always bad; one that is pending is bad until it is told.
    """

    def __init__(self, good_of: Callable[[int], int], recent: int | None = None) -> None:
        self.good_of = good_of
        self.good, self.bad = Side(recent), Side(recent)
        self.errors: list[float] = []  # sorted
        self.numbers: list[int] = []  # of the observations, in the same order
        self.pending: defaultdict[str, list[int]] = defaultdict(list)  # key -> the numbers given to it; one may be out twice
        self.next = 0

    @property
    def level(self) -> bool:
        """Whether no error is below another: nothing to learn from yet."""
        return not self.errors or (self.errors[0] == self.errors[-1] < math.inf)

    def ask(self, key: str, arch: Arch) -> None:
        """Counts a trial as bad while it is in flight."""
        self.pending[key].append(self._new(arch))

    def answered(self, key: str) -> None:
        """A trial is no longer in flight, of two that are alike the first; nothing for one that was not asked for."""
        waiting = self.pending.get(key, [])
        if waiting:
            self.bad.remove(waiting.pop(0))
        if not waiting:
            self.pending.pop(key, None)

    def add(self, arch: Arch, error: float) -> None:
        """An observation; those that it pushes over the border change sides."""
        number, place = self._new(arch), bisect_right(self.errors, error)
        self.errors.insert(place, error)
        self.numbers.insert(place, number)
        good = set(self.numbers[: self._border()])
        for mover in sorted(good ^ self.good.archs.keys()):
            here, there = (self.bad, self.good) if mover in good else (self.good, self.bad)
            arch = here.archs[mover]
            here.remove(mover)
            there.add(mover, arch)

    def _new(self, arch: Arch) -> int:
        self.next += 1
        self.bad.add(self.next, arch)
        return self.next

    def _border(self) -> int:
        """How many are good."""
        return min(self.good_of(len(self.errors)), bisect_left(self.errors, math.inf))
