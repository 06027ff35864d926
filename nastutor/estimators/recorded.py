"""What a `Table` and the readers of published benchmarks have in common: they answer from trainings that were recorded beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from nastutor.estimators.base import Estimator
from nastutor.inputs import is_whole
from nastutor.values import Arch, Record, Result, Trial


class Read(Protocol):
    """What is recorded at one budget over the runs that count, of the N things that were trained.

    columns  metric, or "seconds" -> (N,); NaN where a training that counts has diverged, or is missing
    curve    validation error after each epoch (N, E), where there is one
    """

    columns: dict[str, np.ndarray]
    seconds: list[float]
    cost: float
    info: dict[str, Any]

    @property
    def curve(self) -> np.ndarray | None: ...

    def answer(self, row: int) -> dict[str, float] | Result:
        """The metrics of one of them; a failed result where a run diverged."""
        ...


class Recorded(Estimator):
    """An estimator whose trainings are recorded. Subclasses say where, by `_find`, `_arch`, `_read`, `_answering` and `_tested`.

    trained  the budgets that were trained for, each on its own, rising
    runs     independent trainings of each network, at the default budget
    own      metrics of the architecture that is asked for: name -> (A,)
    """

    def __init__(self, space: Any, trained: Sequence[int], runs: Mapping[int, int], own: Mapping[str, Any], budget: int | None, seed: int | str) -> None:
        super().__init__(space)
        self.trained, self._runs, self._own = tuple(sorted(trained)), dict(runs), dict(own)
        self.default_budget = self._checked_budget(self.trained[-1] if budget is None else budget)
        self.runs: int = self._runs.get(self.default_budget, self._runs[self.trained[-1]])
        self.seed = self._checked_seed(seed)
        self._readings: dict[tuple[int, tuple[int, ...]], Read] = {}

    def _find(self, arch: Any) -> tuple[int, Mapping[str, float]]:
        """(the row that answers for an architecture, its own metrics); ValueError where none is recorded."""
        raise TypeError(f"{type(self).__name__} does not say where it keeps an architecture: define _find(self, arch)")

    def _arch(self, row: int) -> Arch:
        """The architecture of a place in `column`."""
        raise TypeError(f"{type(self).__name__} does not say what architecture stands in a row: define _arch(self, row)")

    def _read(self, budget: int, runs: tuple[int, ...]) -> Read:
        raise TypeError(f"{type(self).__name__} does not say what it has recorded: define _read(self, budget, runs)")

    @cached_property
    def _answering(self) -> np.ndarray:
        """The row that answers for each architecture, (A,); -1 where none does."""
        raise TypeError(f"{type(self).__name__} does not say which rows answer: define _answering")

    @cached_property
    def _tested(self) -> np.ndarray:
        """Test error at the largest budget, the mean over all runs, (N,); NaN where there is none."""
        raise TypeError(f"{type(self).__name__} knows no test error: define _tested")

    def __call__(self, trial: Trial) -> Result:
        if trial.edit is not None:
            raise ValueError(f"`edit` is {trial.edit!r}; {type(self).__name__} holds independent trainings and carries no weights over (chapter 19)")
        row, own = self._find(trial.arch)
        reading = self._reading(trial.budget, None, trial.repeat)
        metrics = reading.answer(row)
        if isinstance(metrics, Result):
            return metrics
        if metrics["error"] != metrics["error"]:
            told = f"{reading.info['budget']} epochs (`seed` is {self.seed!r}, `repeat` {trial.repeat})"
            raise ValueError(f"`arch` is {trial.arch}, of which the file has no such run with {told}")
        curve = () if reading.curve is None else reading.curve[row].tolist()
        return Result({**metrics, **own}, curve, reading.cost, seconds=reading.seconds[row], info=reading.info)

    def column(self, metric: str = "error", budget: int | None = None, seed: int | str | None = None) -> np.ndarray:
        """A metric, or "seconds", of every architecture, (A,); NaN where a training that counts has diverged or is missing. Never test error.

        budget, seed  default: the estimator's own; under "repeat" that is run 0, as for a trial that names none
        """
        reading = self._reading(budget, seed)
        if metric in self._own:
            return np.array(self._own[metric], dtype=np.float64)
        if metric not in reading.columns:
            hint = ": test error steers nothing, ask `final(arch)` for it (chapter 4)" if "test" in str(metric) else ""
            names = ", ".join((*reading.columns, *self._own))
            raise ValueError(f"`metric` is {metric!r}; allowed with a `budget` of {reading.info['budget']} are {names}{hint}")
        return np.where(self._answering < 0, np.nan, reading.columns[metric][self._answering])

    def best(self, metric: str = "error") -> Record:
        """The best architecture of all at this estimator's budget: what a search cannot beat. Ties: the first in the order of enumeration."""
        values = np.where(np.isnan(self.column()), np.nan, self.column(metric))
        if np.isnan(values).all():
            raise ValueError(f"`metric` {metric!r} has no best: all trainings with {self.default_budget} epochs that count have diverged, or are missing")
        trial = Trial(self._arch(int(np.nanargmin(values))), self.default_budget)
        return Record(trial, self(trial))

    def final(self, arch: Arch) -> float:
        """Test error after training with the largest budget, the mean over all runs that came to an end."""
        error = float(self._tested[self._find(arch)[0]])
        if error != error:
            raise ValueError(f"`arch` is {arch}, of which there is no test error with {self.trained[-1]} epochs: all its runs have diverged, or are missing")
        return error

    def own_metrics(self, arch: Arch) -> dict[str, float]:
        return dict(self._find(arch)[1])

    def _reading(self, budget: int | None, seed: int | str | None, repeat: int = 0) -> Read:
        """What there is at a budget, over the runs that count; made when first asked for."""
        budget = self.default_budget or 1 if budget is None else self._checked_budget(budget)
        runs = self._counting(budget, self.seed if seed is None else self._checked_seed(seed), repeat)
        if (budget, runs) not in self._readings:
            self._readings[budget, runs] = self._read(budget, runs)
        return self._readings[budget, runs]

    def _counting(self, budget: int, seed: int | str, repeat: int) -> tuple[int, ...]:
        """The runs that count."""
        there = self._runs.get(budget, self.runs)
        if seed == "mean":
            return tuple(range(there))
        run = repeat if seed == "repeat" else int(seed)
        if run >= there:
            raise ValueError(f"`{'repeat' if seed == 'repeat' else 'seed'}` is {run}; with {budget} epochs there are the runs 0 to {there - 1}")
        return (run,)

    def _checked_budget(self, budget: Any) -> int:
        most, only = self.trained[-1], self.budgets
        if not is_whole(budget, 1) or (budget not in only if only else budget > most):
            allowed = (
                f"{', '.join(map(str, only))} epochs, trained each on its own: no other can be read off" if only else f"whole numbers from 1 to {most} epochs"
            )
            raise ValueError(f"`budget` is {budget!r}; allowed are {allowed}")
        return int(budget)

    def _checked_seed(self, seed: Any) -> int | str:
        if not (seed in ("mean", "repeat") if isinstance(seed, str) else is_whole(seed, 0) and seed < self.runs):
            raise ValueError(f"`seed` is {seed!r}; allowed are 'mean', 'repeat' and the runs 0 to {self.runs - 1}")
        return seed  # type: ignore[no-any-return]
