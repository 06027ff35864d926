"""SMAC: a random forest, expected improvement by local search, and races between the best (chapter 5)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from nastutor.core import Strategy
from nastutor.history import History
from nastutor.inputs import is_number, require, whole
from nastutor.strategies.acquisition import Floats, expected_improvement, log_expected_improvement
from nastutor.strategies.forest import Columns, Forest
from nastutor.strategies.local_search import climb
from nastutor.strategies.race import Race
from nastutor.values import Arch, Result, Trial

TRIES = 20  # random architectures that are looked at for a new network
FLOOR = 1e-6  # of errors whose logarithm is taken


class SMAC(Strategy):
    """Sequential model-based algorithm configuration (Hutter et al. 2011): asks for what a random forest expects most of.

    start       so many architectures are random before the first forest
    trees, features, least  of the forest: how many trees, the share of columns a split looks at, how many observations it splits at the least
    interleave  each such challenger is random, whatever the forest says (the paper: every second); 0: none
    climbs      how many architectures that were seen, those of the largest expected improvement, local searches start from, each moving
                to its best neighbour until none is better
    samples     how many random architectures compete with what the searches have looked at (the paper: 10,000)
    log         True models the logarithm of the error, and improves the error itself; errors below 10^-6 count as that
    repeats     how many runs (`Trial.repeat`) an architecture gets at most in the race with the incumbent; 1: none is run twice

    A failed run is infinitely bad in the race and as bad as the worst for the forest. No network is asked for again unless 20 random
    ones, too, hold nothing new.
    """

    needs = ("sample", "neighbours", "sites")
    chapter = 5

    def __init__(
        self,
        space: Any,
        start: int = 10,
        *,
        trees: int = 10,
        features: float = 5 / 6,
        least: int = 3,
        interleave: int = 2,
        climbs: int = 10,
        samples: int = 100,
        log: bool = False,
        repeats: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        whole("start", start)
        whole("trees", trees)
        require("features", features, lambda share: is_number(share) and 0 < share <= 1, "numbers above 0, up to 1")
        whole("least", least, 2)
        whole("interleave", interleave, 0)
        whole("climbs", climbs, 0)
        whole("samples", samples)
        whole("repeats", repeats)
        if type(log) is not bool:
            raise ValueError(f"`log` is {log!r}; allowed are True and False (chapter 5)")
        self.start, self.trees, self.features, self.least = start, trees, features, least
        self.interleave, self.climbs, self.samples, self.log = interleave, climbs, samples, log
        self.columns = Columns(space.sites())
        self.race = Race(repeats, self.rng)
        self.flying: Counter[str] = Counter()
        self.known: set[Arch] = set()  # networks asked for or told
        self.challengers = 0
        self.ranked: list[Arch] | None = None  # by expected improvement, the best last; as long as nothing is told

    def ask(self) -> Trial:
        run = self.race.next()
        if run is None:
            arch = self._challenger()
            if (network := self._network(arch)) in self.known:
                self.race.once_more(arch)  # nothing new is left
                return self._send(arch, 0)
            self.known.add(network)
            self.race.enter(arch)
            run = self.race.next()
        return self._send(*run)  # type: ignore[misc]

    def _send(self, arch: Arch, repeat: int) -> Trial:
        trial = Trial(arch, repeat=repeat)
        self.flying[trial.key] += 1
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        asked = self.flying[trial.key] > 0
        self.flying -= Counter([trial.key])
        if (arch := self.comparable(trial)) is None:
            return
        self.known.add(self._network(arch))
        self.race.tell(arch, trial.repeat, result.error if result.usable else math.inf, asked)
        self.ranked = None

    def eligible(self, history: History) -> History:
        """The runs of the incumbent: it is the best by all its runs, not by the luckiest one."""
        best = self.race.incumbent
        runs = [record for record in history if record.trial.arch == best and record.result.usable and self.comparable(record.trial)]
        return History(runs) if best is not None and self.race.mean(best) < math.inf and runs else history

    def _network(self, arch: Arch) -> Arch:
        """What two architectures share that are one network."""
        return self.space.canonical(arch) if hasattr(self.space, "canonical") else arch

    def _challenger(self) -> Arch:
        """The next architecture to try: of the forest, or a random one."""
        self.challengers += 1
        told = [arch for arch, runs in self.race.runs.items() if runs and self.race.mean(arch) < math.inf]
        if len(self.race.runs) >= self.start and told and not (self.interleave and self.challengers % self.interleave == 0):
            if self.ranked is None:
                self.ranked = self._rank()
            while self.ranked:
                if self._network(arch := self.ranked.pop()) not in self.known:
                    return arch
        for _ in range(TRIES):
            if self._network(arch := self.space.sample(self.rng)) not in self.known:
                break
        return arch

    def _rank(self) -> list[Arch]:
        """What the local searches have looked at and random architectures, by expected improvement, the best last."""
        seen = [arch for arch, runs in self.race.runs.items() if runs]
        targets = self._targets(seen)
        forest = Forest(self.trees, self.features, self.least, self.rng.getrandbits(31)).fit(self.columns.of(seen), targets)
        improvement, best = (log_expected_improvement if self.log else expected_improvement), float(targets.min())

        def score(archs: Sequence[Arch]) -> Floats:
            mean, variance = forest.predict(self.columns.of(archs))
            return improvement(mean, np.sqrt(variance), best)

        pool = dict.fromkeys(self.space.sample(self.rng) for _ in range(self.samples))
        scores = dict(zip(pool, score(list(pool)).tolist(), strict=True))
        values = score(seen)
        starts = {seen[k]: float(values[k]) for k in np.argsort(-values, kind="stable")[: self.climbs]}
        climb(self.space, starts, score, scores)
        archs = list(scores)
        self.rng.shuffle(archs)  # among equals, which a forest has many of, none comes first for its place in the space
        return sorted(archs, key=scores.__getitem__)

    def _targets(self, archs: Sequence[Arch]) -> Floats:
        """The mean error of each, failures as bad as the worst, (n,); or its logarithm."""
        means = np.array([self.race.mean(arch) for arch in archs])
        means[~np.isfinite(means)] = means[np.isfinite(means)].max()
        return np.log(np.maximum(means, FLOOR)) if self.log else means
