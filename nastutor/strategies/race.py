"""Intensification: who is best where single runs deceive, with few runs wasted on the others (chapter 5)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from random import Random

from nastutor.values import Arch


class Race:
    """The incumbent against challengers, compared on the runs that both have (Hutter et al. 2011, procedure 2).

    Each new challenger gives the incumbent one more run. Then it gets 1, 2, 4 ... of the incumbent's runs, drawn, and is dropped as soon
    as its mean over them is worse; one that has them all becomes the incumbent. Several may race at the same time: each is compared with
    the incumbent as it is then, which has all the runs of those before it.

    repeats  how many runs an architecture gets at most
    """

    def __init__(self, repeats: int, rng: Random) -> None:
        self.repeats, self.rng = repeats, rng
        self.runs: defaultdict[Arch, dict[int, float]] = defaultdict(dict)  # architecture -> repeat -> error
        self.incumbent: Arch | None = None
        self.racing: dict[Arch, int] = {}  # challenger -> how many runs come next
        self.dropped: set[Arch] = set()
        self.queue: list[tuple[Arch, int]] = []  # runs to be asked for
        self.waiting: Counter[Arch] = Counter()  # how many of its runs are in the queue or in flight

    def enter(self, arch: Arch) -> None:
        """A new challenger."""
        best = self.incumbent
        if best is not None and not self.waiting[best] and len(self.runs[best]) < self.repeats:
            self._queue(best, [next(repeat for repeat in range(self.repeats) if repeat not in self.runs[best])])
        self.racing[arch] = 1
        self._judge(arch)

    def once_more(self, arch: Arch) -> None:
        """A run of a known one is asked for that is not one of `next`."""
        self.waiting[arch] += 1

    def next(self) -> tuple[Arch, int] | None:
        """The next run to be made."""
        return self.queue.pop(0) if self.queue else None

    def tell(self, arch: Arch, repeat: int, error: float, asked: bool) -> None:
        """The error of a run, infinity if it failed; `asked` says whether it was one of `next` or `once_more`. A stranger challenges the incumbent too."""
        if not self.runs[arch] and arch not in self.racing:
            self.racing[arch] = 1
        self.runs[arch][repeat] = error
        self.waiting[arch] -= asked
        if arch in self.racing and not self.waiting[arch]:
            self._judge(arch)

    def mean(self, arch: Arch, repeats: set[int] | None = None) -> float:
        """The mean error over these runs, or all of them."""
        errors = [error for repeat, error in self.runs[arch].items() if repeats is None or repeat in repeats]
        return sum(errors) / len(errors) if errors else math.inf

    def _judge(self, arch: Arch) -> None:
        """Drops a challenger, makes it the incumbent, or gives it more runs."""
        own = set(self.runs[arch])
        theirs = set(self.runs[self.incumbent]) if self.incumbent is not None else set()
        missing, common = sorted((theirs or {0}) - own), own & theirs
        if common and self.mean(arch, common) > self.mean(self.incumbent, common):  # type: ignore[arg-type]
            del self.racing[arch]
            self.dropped.add(arch)
        elif not missing:
            del self.racing[arch]
            self.incumbent = arch
        else:
            self._queue(arch, self.rng.sample(missing, min(self.racing[arch], len(missing))))
            self.racing[arch] *= 2

    def _queue(self, arch: Arch, repeats: list[int]) -> None:
        self.queue += [(arch, repeat) for repeat in repeats]
        self.waiting[arch] += len(repeats)
