"""`OneShot`: shared weights are trained under a fixed distribution of paths, then random architectures are judged by them (chapter 13)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from nastutor.core import Staged
from nastutor.inputs import require, share, whole
from nastutor.rng import numpy_rng
from nastutor.values import Arch, Mixture, Trial

TRIES = 20  # draws for an architecture that is not among the candidates yet


class OneShot(Staged):
    """First `steps` trials that only train, then `candidates` architectures, judged without training; the best is what it recommends.

    To choose among the best of several rounds by training them alone: `nt.search(nt.RandomSearch(space), train, trials=n, first=strategy.winners)`.

    paths="dropout" (Bender et al. 2018, section 3.2): all options of a decision run and are summed, each but for a chance of (t / steps)
    rate^(1 / k), where k is how many options there are and t the number of the step: so at the end all options of a decision are gone with
    the probability `rate`, whatever k is. An architecture is judged with all other options left out.
    paths="one" (Li & Talwalkar 2019, section 4.2): each step trains one architecture, drawn as `space.sample` draws. In the release there are as
    many rounds of 1,000 candidates as there were 10,000 steps of training, each judged by 10 batches, and the 10 best once more by all images:
    `again=10` with `SharedWeights(glances=10)`.

    One mask for each ghost batch: `SharedWeights(accumulate=2)`, which makes a step of SGD of two trials.

    steps       trials that train, each by the steps of the estimator
    candidates  different architectures that are judged in each round (papers: 20,000 and 1,000)
    rounds      whose best are `winners`
    again       how many of the best of a round are judged once more, each trial going on from the first answer; the best of these is then the
                round's; 0: none
    rate        of "dropout", from 0 (nothing is ever dropped) to below 1
    """

    needs: ClassVar[tuple[str, ...]] = ("mixture_sites", "sample")
    wants: tuple[str, ...] = ("mixture", "budget")  # type: ignore[misc]
    chapter: ClassVar[int | None] = 13
    later: ClassVar[Mapping[str, Any]] = {"again": 0}

    def __init__(
        self,
        space: Any,
        steps: int = 1_000,
        candidates: int = 100,
        *,
        paths: str = "dropout",
        rate: float = 0.05,
        rounds: int = 1,
        again: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        require("paths", paths, lambda paths: paths in ("dropout", "one"), "'dropout' and 'one'")
        self.steps, self.candidates, self.paths, self.rate = whole("steps", steps), whole("candidates", candidates), paths, share("rate", rate)
        self.rounds, self.again = whole("rounds", rounds), whole("again", again, least=0)
        if again > candidates:
            raise ValueError(f"`again` is {again}; allowed are 0 to the {candidates} `candidates` of a round (chapter 13)")
        if again:
            self.wants = ("mixture", "budget", "warm_start")
        self.winners: list[Arch] = []  # the best of each round, the best of all first
        self.budgets = (0,)
        self.draws = numpy_rng(seed, "OneShot")

    def plan(self) -> Iterator[Trial | None]:
        waiting: list[str] = []
        for step in range(self.steps):
            trial = Trial(self.space.sample(self.rng) if self.paths == "one" else self.mask(step / self.steps), repeat=step)  # each is one of its own
            waiting.append(trial.key)
            yield trial
        while waiting := [key for key in waiting if key not in self.told]:
            yield None
        best: dict[Arch, float] = {}
        for number in range(self.rounds):
            judged = yield from self.judged([Trial(arch, budget=0, repeat=number) for arch in self.drawn()])
            if self.again:
                best_first = sorted(judged, key=lambda pair: pair[0])[: self.again]
                trials = [Trial(arch, budget=0, repeat=number) for _, arch in best_first]
                judged = yield from self.judged([replace(trial, warm_start=trial.key) for trial in trials])
            if judged:
                error, arch = min(judged, key=lambda pair: pair[0])
                best[arch] = error  # type: ignore[index]
            self.winners = sorted(best, key=best.__getitem__)

    def judged(self, trials: list[Trial]) -> Generator[Trial | None, None, list[tuple[float, Any]]]:
        """(error, architecture) of those that have one, in the order of asking."""
        results = yield from self.stage(trials)
        return [(result.error, trial.arch) for trial, result in zip(trials, results, strict=True) if result.usable]

    def drawn(self) -> list[Arch]:
        """Candidates, all different."""
        chosen = dict[Arch, None]()
        for _ in range(TRIES * self.candidates):
            chosen[self.space.sample(self.rng)] = None
            if len(chosen) == self.candidates:
                break
        return list(chosen)

    def mask(self, progress: float) -> Mixture:
        """Which options run, 1 or 0 each, when this share of the steps is over."""
        weights = {}
        for name, options in self.space.mixture_sites().items():
            dropped = progress * self.rate ** (1 / len(options)) if self.rate else 0.0
            weights[name] = (self.draws.random(len(options)) >= dropped).astype(np.float32)
        return Mixture(weights)

    def eligible(self, history: Any) -> Any:
        """Those that were judged without training; those that were judged once more, as soon as there are some."""
        judged = type(history)(record for record in history if record.trial.budget == 0)
        once_more = type(history)(record for record in judged if record.trial.warm_start is not None and record.result.usable)
        return once_more or judged or history
