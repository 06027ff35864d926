"""`Perturbation`: random architectures, then small changes all over the best of them, as SMASH ranks (chapter 13)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, ClassVar

from nastutor.core import Staged
from nastutor.inputs import require, share, whole
from nastutor.values import Arch, Result, Trial

TRIES = 20  # draws for an architecture that was not asked for yet


class Perturbation(Staged):
    """First `random` architectures as the space draws them, then `around` perturbations of the best so far, then a climb of `climb` steps: each a
    perturbation of the best, which moves on to it where it is better (Brock et al. 2018, section 3.3; evaluate.py of the release).

    A perturbation draws each decision anew with probability `p`, by the odds of the space where it has some, and those that became impossible;
    it may thus change several at once, or none. What was asked before is drawn again, up to 20 times.
    It is made for estimators that judge without training each architecture (`SMASH`, `GHN`) and runs with all others.

    >>> import nastutor as nt
    >>> table = nt.estimators.Table("digits-tiny")
    >>> len(nt.search(Perturbation(table.space, 10, 5, 5), table, trials=100, progress=False))
    20
    """

    needs: ClassVar[tuple[str, ...]] = ("sample", "walk")
    chapter = 13

    def __init__(self, space: Any, random: int = 500, around: int = 100, climb: int = 100, *, p: float = 0.05, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.random, self.around, self.climb = whole("random", random), whole("around", around, least=0), whole("climb", climb, least=0)
        self.p = share("p", p)
        require("p", p, lambda p: p > 0, "numbers above 0 and below 1")
        self.asked: set[Arch] = set()
        self.best: tuple[float, Arch | None] = (math.inf, None)

    def plan(self) -> Iterator[Trial | None]:
        yield from self.stage([self._new(None) for _ in range(self.random)])
        centre = self.best[1]
        yield from self.stage([self._new(centre) for _ in range(self.around)])
        for _ in range(self.climb):
            yield from self.stage([self._new(self.best[1])])

    def tell(self, trial: Trial, result: Result) -> None:
        super().tell(trial, result)
        if result.usable and result.error < self.best[0] and (arch := self.comparable(trial)) is not None:
            self.best = result.error, arch

    def _new(self, centre: Arch | None) -> Trial:
        """Beside `centre`; without one, because nothing could be judged so far, anywhere."""
        for _ in range(TRIES):
            arch = self.space.sample(self.rng) if centre is None else perturbed(self.space, centre, self.rng, self.p)
            if arch not in self.asked:
                break
        self.asked.add(arch)
        return Trial(arch)


def perturbed(space: Any, arch: Arch, rng: Random, p: float) -> Arch:
    """`arch` with each decision drawn anew with probability `p`, and where it is no longer possible; as the space does it, if it has a way of its own."""
    if hasattr(space, "perturbed"):
        return space.perturbed(arch, rng, p)  # type: ignore[no-any-return]
    known = dict(arch.choices)

    def choose(name: str, options: Sequence[Any]) -> Any:
        if name in known and known[name] in options and rng.random() >= p:
            return known[name]
        return options[int(rng.random() * len(options))]

    return space.walk(choose)  # type: ignore[no-any-return]
