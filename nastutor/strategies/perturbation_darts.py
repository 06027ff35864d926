"""`PerturbationDARTS`: alpha is learnt as DARTS does, but options are chosen by how much the supernet misses them (chapter 9)."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from typing import Any, ClassVar

import numpy as np

from nastutor.core import Finished
from nastutor.history import History
from nastutor.inputs import require, whole
from nastutor.strategies.relaxed import DARTS
from nastutor.values import Arch, Mixture, Result, Trial

log = logging.getLogger("nastutor")


class PerturbationDARTS(DARTS):
    """After DARTS that option stays whose absence harms the supernet most, whatever its alpha (Wang et al. 2021, algorithm 1).

    After `steps` of DARTS the decisions are taken one by one, in random order: each option is left out in turn, the supernet is judged without
    training, and the option stays whose absence does most harm. Then `tune` steps of training pass before the next decision. At last each decision
    is left out as a whole: where a space keeps a few decisions of many (two edges to a node), it keeps those that are missed most.
    Where not one of the judgements of a decision succeeded it is left to alpha, as DARTS takes it, and a warning says so.

    steps    answers that alpha learns from first
    tune     trials of training after each decision (the paper: 5 epochs)
    measure  "loss", or "error" as in the paper, which is coarser
    """

    wants: ClassVar[tuple[str, ...]] = ("grad", "budget")

    def __init__(self, space: Any, steps: int = 200, *, tune: int = 2, measure: str = "loss", seed: int = 0, **adam: Any) -> None:
        super().__init__(space, seed=seed, **adam)
        require("measure", measure, lambda measure: measure in ("loss", "error"), "'loss' and 'error'")
        self.wanted, self.tune, self.measure = whole("steps", steps), whole("tune", tune, least=0), measure
        self.budgets = (0,)
        self.fixed: dict[str, Any] = {}  # decision -> one-hot (options,)
        self.importance: dict[str, float] = {}  # decision -> how much it is missed, at most 1
        self._told: dict[str, Result] = {}
        self._plan: Iterator[Trial | None] | None = None
        self._number = 0

    def ask(self) -> Trial:
        if self._plan is None:
            self._plan = self.plan()
        for trial in self._plan:
            return trial  # type: ignore[return-value]
        raise Finished

    def tell(self, trial: Trial, result: Result) -> None:
        super().tell(trial, result)
        self._told[trial.key] = result

    def plan(self) -> Iterator[Trial | None]:
        for _ in range(self.wanted):
            yield super().ask()
        while self._sent:
            yield None
        order = list(self.alpha)
        self.rng.shuffle(order)
        for name in order:
            harms = yield from self._harms([self.mixture({name: number}) for number in range(len(self.alpha[name]))])
            if max(harms) > -np.inf:
                self.fixed[name] = np.eye(len(harms), dtype=np.float32)[int(np.argmax(harms))]
            else:
                log.warning("not one option of %r could be judged: alpha decides, as in DARTS (chapter 9)", name)
            yield from self._judged([self._trial(self.mixture()) for _ in range(self.tune)])
        harms = yield from self._harms([self.mixture({name: None}) for name in order])
        if max(harms) == -np.inf:
            log.warning("not one decision could be judged as a whole: alpha says which are kept, as in DARTS (chapter 9)")
            return
        ranks = np.argsort(np.argsort(harms, kind="stable"), kind="stable")
        self.importance = {name: (1 + float(rank)) / len(order) for name, rank in zip(order, ranks, strict=True)}

    def mixture(self, without: dict[str, int | None] | None = None) -> Mixture:
        """What is fixed, and softmax(alpha) of the rest; one option of a decision left out, or (None) all of them."""
        weights = {name: self.fixed.get(name, own).copy() for name, own in self.probabilities.items()}
        for name, number in (without or {}).items():
            weights[name][slice(None) if number is None else number] = 0.0
        return Mixture(weights)

    def recommend(self, history: History) -> Arch:
        """What was chosen so far; by alpha where nothing was."""
        weights = {name: self.fixed.get(name, own) * self.importance.get(name, 1.0) for name, own in self.probabilities.items()}
        return self.space.discretize(Mixture(weights))  # type: ignore[no-any-return]

    def _harms(self, mixtures: list[Mixture]) -> Generator[Trial | None, None, list[float]]:
        """The measure of each; -infinity of one that was not answered, so that it is not taken for what is missed."""
        results = yield from self._judged([self._trial(mixture, budget=0) for mixture in mixtures])
        values = [result.metrics.get(self.measure, result.error) if result.usable else np.nan for result in results]
        return [float(value) if np.isfinite(value) else -np.inf for value in values]

    def _judged(self, trials: list[Trial]) -> Generator[Trial | None, None, list[Result]]:
        yield from trials
        while not all(trial.key in self._told for trial in trials):
            yield None
        return [self._told.pop(trial.key) for trial in trials]

    def _trial(self, mixture: Mixture, budget: int | None = None) -> Trial:
        self._number += 1
        return Trial(mixture, budget=budget, repeat=self._number)
