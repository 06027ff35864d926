"""What is tested, and when it holds: written down before a record was made.

Not worse: Wilcoxon's signed-rank test, one-sided, of the paired differences ours - theirs - margin (`comparing.not_worse`); the margin is 10 %
of random search's mean regret after as many trials. Better: the same test of ours - theirs, one-sided. Either holds where p < 0.05. A champion
that has to be better than each of several needs every one of its tests to hold, so nothing is to be corrected. It is named on seeds that no
test reads: by the lowest mean regret as a share of random search's, averaged over the numbers of trials; of equal ones the first listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nastutor.comparing import not_worse, wilcoxon
from nastutor.comparing.intervals import Interval

MARGIN = 0.1  # of random search's mean regret
ALPHA = 0.05
LEAST = 5  # seeds: with fewer no signed-rank test reaches 0.05
Regrets = Mapping[int, float]  # seed -> regret


class Verdict(NamedTuple):
    """seeds: how many both have; difference: the mean of ours - theirs with its interval."""

    claim: str
    seeds: int
    difference: Interval
    p: float

    @property
    def holds(self) -> bool:
        return self.p < ALPHA

    def __str__(self) -> str:
        low, middle, high = (100 * value for value in (self.difference.low, self.difference.value, self.difference.high))
        said = "holds" if self.holds else "not shown"
        return f"{self.claim}: {said} (difference {middle:+.3f} points, 95 % {low:+.3f} to {high:+.3f}; p = {self.p:.2g}, {self.seeds} seeds)"


def paired(ours: Regrets, theirs: Regrets) -> tuple[np.ndarray, np.ndarray]:
    """Those of the seeds that both have, (S,) each."""
    seeds = sorted(ours.keys() & theirs.keys())
    return np.array([ours[seed] for seed in seeds]), np.array([theirs[seed] for seed in seeds])


def mean(regrets: Regrets) -> float:
    return float(np.mean(list(regrets.values())))


def non_inferior(names: tuple[str, str], ours: Regrets, theirs: Regrets, random: Regrets) -> Verdict | str:
    """A verdict, or in words why there is none."""
    a, b = paired(ours, theirs)
    margin = MARGIN * mean(random)
    claim = f"{names[0]} not worse than {names[1]} by {100 * margin:.4f} points"
    if len(a) < LEAST:
        return f"{names[0]} and {names[1]} share {len(a)} seeds: too few for a test, which takes {LEAST}"
    if not margin > 0:
        return f"{claim}: random search leaves no regret, so there is no margin"
    tested = not_worse(a, b, margin)
    return Verdict(claim, len(a), tested.difference, tested.p)


def better(names: tuple[str, str], ours: Regrets, theirs: Regrets) -> Verdict | str:
    """A verdict, or in words why there is none."""
    a, b = paired(ours, theirs)
    if len(a) < LEAST:
        return f"{names[0]} and {names[1]} share {len(a)} seeds: too few for a test, which takes {LEAST}"
    tested = wilcoxon(a, b, "less")
    return Verdict(f"{names[0]} better than {names[1]}", len(a), tested.difference, tested.p)


def champion(found: Sequence[Mapping[str, Regrets]], random: str) -> str | None:
    """The name of the best; None where nothing can be named.

    found   search -> regrets after some number of trials, for each such number; those that lack one of random search's seeds are no candidates
    random  the search that the others are measured by, which cannot be named itself
    """
    told = [regrets for regrets in found if random in regrets and mean(regrets[random]) > 0]
    names = [name for name in (told[0] if told else ()) if name != random and all(regrets[random].keys() <= regrets.get(name, {}).keys() for regrets in told)]
    return min(names, key=lambda name: np.mean([mean(regrets[name]) / mean(regrets[random]) for regrets in told]), default=None)
