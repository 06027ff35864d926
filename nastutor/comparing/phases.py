"""Does a search do better than drawing one architecture at random? The protocol of Sciuto et al. (2019, section 3): seed by seed, with equal training."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nastutor.comparing.pairs import Tested, wilcoxon
from nastutor.comparing.scores import FEW
from nastutor.inputs import positive, require, whole
from nastutor.rng import child_seed, python_rng
from nastutor.values import Arch

FAILED = 1.0  # the error of a training that failed: the worst there is, never left out
POWER = 2.486  # one-sided 5 % and a power of 80 %: 1.645 + 0.842


class SearchPhase(NamedTuple):
    """What came out, a seed each: the errors of what was found and of what was drawn, and the paired test of the first being below the second.

    found, drawn  (S,)
    """

    found: np.ndarray
    drawn: np.ndarray
    test: Tested

    def seeds_for(self, difference: float) -> int:
        """How many seeds a difference of this size would take to be seen four times in five, with the spread that there was here."""
        spread = float(np.std(self.found - self.drawn, ddof=1))
        return max(2, math.ceil((POWER * spread / positive("difference", difference)) ** 2))

    def __str__(self) -> str:
        rows = [
            f"{name:9s} {own.mean():.4f} +- {own.std(ddof=1):.4f}  best {own.min():.4f}" for name, own in (("searched", self.found), ("random", self.drawn))
        ]
        return "\n".join([*rows, f"searched less random, {len(self.found)} seeds: {self.test}"])


def search_phase(
    search: Callable[[int], Arch], space: Any, train: Callable[[Arch, int], float], *, seeds: int = 10, first: int = 0, over: str = "decisions"
) -> SearchPhase:
    """For each seed an architecture that was searched for and one that was drawn from the same space, both trained alike with that seed.

    search  seed -> what a whole search with it recommends
    train   (architecture, seed) -> its error, trained alone; NaN, of a training that failed, counts as the worst
    over    what random means: "decisions", as `space.sample` draws, or "networks", each different network with the same probability (a space that
            is small enough to be enumerated)

    >>> import nastutor as nt
    >>> table = nt.estimators.Table("digits-tiny")
    >>> def best_of_ten(seed):
    ...     return nt.search(nt.RandomSearch(table.space, seed=seed), table, trials=10, progress=False).best().trial.arch
    >>> outcome = nt.comparing.search_phase(best_of_ten, table.space, lambda arch, seed: table(nt.Trial(arch)).error)
    >>> bool(outcome.found.mean() < outcome.drawn.mean()), outcome.test.p < 0.05
    (True, True)
    """
    whole("seeds", seeds, least=FEW)
    require("over", over, lambda over: over in ("decisions", "networks"), "'decisions' and 'networks'")
    networks = list(dict.fromkeys(map(space.canonical, space))) if over == "networks" else []
    found: list[float] = []
    drawn: list[float] = []
    for seed in range(first, first + seeds):
        rng = python_rng(child_seed(seed, "search phase"), "random architecture")
        one, other = search(seed), rng.choice(networks) if networks else space.sample(rng)
        space.validate(one)
        for arch, errors in ((one, found), (other, drawn)):
            error = float(train(arch, seed))
            errors.append(error if math.isfinite(error) else FAILED)
    one_by_one = np.array(found), np.array(drawn)
    return SearchPhase(*one_by_one, wilcoxon(*one_by_one, "less"))
