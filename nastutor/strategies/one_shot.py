"""`OneShot`: shared weights are trained under a fixed distribution of paths, then random architectures are judged by them (chapter 13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from nastutor.core import Staged
from nastutor.inputs import require, share, whole
from nastutor.rng import numpy_rng
from nastutor.values import Arch, Mixture, Trial

TRIES = 20  # draws for an architecture that is not among the candidates yet


class OneShot(Staged):
    """First `steps` trials that only train, then `candidates` architectures, judged without training; the best is what it recommends.

    paths="dropout" (Bender et al. 2018, section 3.2): all options of a decision run and are summed, each but for a chance of (t / steps)
    rate^(1 / k), where k is how many options there are and t the number of the step: so at the end all options of a decision are gone with
    the probability `rate`, whatever k is. An architecture is judged with all other options left out.
    paths="one" (Li & Talwalkar 2019, section 4.2): each step trains one architecture, drawn as `space.sample` draws.

    steps       trials that train, each by the steps of the estimator
    candidates  different architectures that are judged (papers: 20,000 and 1,000)
    rate        of "dropout", from 0 (nothing is ever dropped) to below 1
    """

    needs: ClassVar[tuple[str, ...]] = ("mixture_sites", "sample")
    wants: ClassVar[tuple[str, ...]] = ("mixture", "budget")

    def __init__(self, space: Any, steps: int = 1_000, candidates: int = 100, *, paths: str = "dropout", rate: float = 0.05, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        require("paths", paths, lambda paths: paths in ("dropout", "one"), "'dropout' and 'one'")
        self.steps, self.candidates, self.paths, self.rate = whole("steps", steps), whole("candidates", candidates), paths, share("rate", rate)
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
        chosen = dict[Arch, None]()
        for _ in range(TRIES * self.candidates):
            chosen[self.space.sample(self.rng)] = None
            if len(chosen) == self.candidates:
                break
        yield from self.stage([Trial(arch, budget=0) for arch in chosen])

    def mask(self, progress: float) -> Mixture:
        """Which options run, 1 or 0 each, when this share of the steps is over."""
        weights = {}
        for name, options in self.space.mixture_sites().items():
            dropped = progress * self.rate ** (1 / len(options)) if self.rate else 0.0
            weights[name] = (self.draws.random(len(options)) >= dropped).astype(np.float32)
        return Mixture(weights)

    def recommend(self, history: Any) -> Arch:
        """The best of those that were judged without training."""
        judged = type(history)(record for record in history if record.trial.budget == 0)
        return super().recommend(judged if judged else history)
