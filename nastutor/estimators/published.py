"""What the readers of published benchmarks have in common: they answer from recorded trainings, as `Table` does from ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.estimators.base import Estimator
from nastutor.inputs import is_whole
from nastutor.values import Arch, Record, Result, Trial

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trainings:
    """All trainings with one budget: A architectures, R runs; NaN where an architecture has no such run.

    metrics  name -> (A, R), validation error among them
    seconds  (A, R)
    curve    validation error after each epoch (A, R, E), where the benchmark has it
    """

    metrics: Mapping[str, Floats]
    seconds: Floats
    curve: Floats | None = None


@dataclass
class _Reading:
    """One budget over the runs that count, for all architectures."""

    columns: dict[str, Floats]
    seconds: Floats
    curve: Floats | None
    info: dict[str, Any]
    _rows: list[tuple[float, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = list(zip(*(values.tolist() for values in self.columns.values()), strict=True))

    def metrics(self, row: int) -> dict[str, float]:
        return dict(zip(self.columns, self._rows[row], strict=True))


class _Published(Estimator):
    """Answers from the recorded trainings of a benchmark that others have published. Subclasses read the file and find rows.

    trainings  budget -> what was recorded with it
    test       test error at the largest budget (A, R), NaN where there is none
    own        metrics of the architecture that is asked for: name -> (A,)
    """

    budgets: tuple[int, ...]

    def __init__(self, space: Any, trainings: Mapping[int, Trainings], test: Floats, own: Mapping[str, Floats], budget: int | None, seed: int | str) -> None:
        super().__init__(space)
        self._trainings, self._test, self._own = dict(sorted(trainings.items())), test, dict(own)
        self.budgets = tuple(self._trainings)
        self.default_budget = self._checked_budget(self.budgets[-1] if budget is None else budget)
        self.runs = self._trainings[self.default_budget].seconds.shape[1]
        self.seed = self._checked_seed(seed)
        default = self._trainings[self.default_budget]
        self.gives = (*default.metrics, *own, "budget", *(["curve"] if default.curve is not None else []))
        self._readings: dict[tuple[int, tuple[int, ...]], _Reading] = {}

    def _row(self, arch: Arch) -> int:
        """The row from which an architecture is answered; ValueError where the file holds none."""
        raise TypeError(f"{type(self).__name__} does not say where it keeps an architecture: define _row(self, arch)")

    def _own_row(self, arch: Arch) -> int:
        """The row of its own numbers, such as `params`."""
        return self._row(arch)

    def _arch(self, row: int) -> Arch:
        """The architecture whose own numbers stand in this row."""
        raise TypeError(f"{type(self).__name__} does not say what architecture stands in a row: define _arch(self, row)")

    @cached_property
    def _answering(self) -> NDArray[np.int64]:
        """The row from which the architecture of each row is answered, (A,); -1 where the file lacks it."""
        return np.arange(len(self._test))

    @cached_property
    def archs(self) -> list[Arch]:
        """The architectures in the file, in the order of enumeration: A of them."""
        return [self._arch(row) for row in range(len(self._test))]

    @property
    def trained(self) -> tuple[int, ...]:
        """The budgets that were trained for, as of a `Table`: here there are no others."""
        return self.budgets

    @cached_property
    def network(self) -> NDArray[np.int64]:
        """Which of the different networks each of `archs` is, (A,); numbered in the order of enumeration."""
        return np.unique(self._answering, return_inverse=True)[1].astype(np.int64)

    @property
    def networks(self) -> int:
        """How many different networks there are among `archs`."""
        return int(self.network.max()) + 1

    def rows(self, archs: Iterable[Arch]) -> NDArray[np.int64]:
        """The places of architectures in every `column`, int (n,). One that the file does not hold: ValueError."""
        return np.fromiter((self._own_row(self.checked(arch)) for arch in archs), dtype=np.int64)

    def column(self, metric: str = "error", budget: int | None = None, seed: int | str | None = None) -> Floats:
        """A metric, or "seconds", of each of `archs`, (A,); NaN where nothing is recorded. Never test error."""
        reading = self._reading(budget, self._checked_seed(self.seed if seed is None else seed), 0)
        shared = {**reading.columns, "seconds": reading.seconds}
        if metric in self._own:
            return self._own[metric].copy()
        if metric not in shared:
            hint = ": test error steers nothing, ask `final(arch)` for it (chapter 4)" if "test" in str(metric) else ""
            raise ValueError(f"`metric` is {metric!r}; allowed are {', '.join((*shared, *self._own))}{hint}")
        return np.where(self._answering < 0, np.nan, shared[metric][self._answering])

    def best(self, metric: str = "error") -> Record:
        """The best of `archs` at this estimator's budget: what a search cannot beat. Ties: the first in the order of enumeration."""
        values = np.where(np.isnan(self.column()), np.nan, self.column(metric))
        if np.isnan(values).all():
            raise ValueError(f"`metric` {metric!r} has no best: the file has no such trainings with {self.default_budget} epochs")
        trial = Trial(self._arch(int(np.nanargmin(values))), self.default_budget)
        return Record(trial, self(trial))

    def __call__(self, trial: Trial) -> Result:
        if trial.edit is not None:
            raise ValueError(f"`edit` is {trial.edit!r}; {type(self).__name__} holds independent trainings and carries no weights over (chapter 19)")
        arch = self.checked(trial.arch)
        row, reading = self._row(arch), self._reading(trial.budget, self.seed, trial.repeat)
        metrics, budget = reading.metrics(row), reading.info["budget"]
        if metrics["error"] != metrics["error"]:
            raise ValueError(f"`arch` is {arch}, of which the file has no such run with {budget} epochs (`seed` is {self.seed!r}, `repeat` {trial.repeat})")
        curve = () if reading.curve is None else reading.curve[row].tolist()
        return Result({**metrics, **self.own_metrics(arch)}, curve, float(budget), seconds=float(reading.seconds[row]), info=reading.info)

    def own_metrics(self, arch: Arch) -> dict[str, float]:
        row = self._own_row(arch)
        return {name: float(values[row]) for name, values in self._own.items()}

    def final(self, arch: Arch) -> float:
        """Test error after training with the largest budget, the mean over all runs."""
        error = float(_mean(self._test[self._row(self.checked(arch))][None])[0])
        if error != error:
            raise ValueError(f"`arch` is {arch}, of which the file has no test error with {self.budgets[-1]} epochs")
        return error

    def _reading(self, budget: int | None, seed: int | str, repeat: int) -> _Reading:
        budget = self.default_budget or 1 if budget is None else self._checked_budget(budget)
        trainings = self._trainings[budget]
        runs = self._runs(seed, repeat, trainings.seconds.shape[1])
        if (budget, runs) not in self._readings:
            chosen = list(runs)
            columns = {name: _mean(values[:, chosen]) for name, values in trainings.metrics.items()}
            curve = None if trainings.curve is None else _mean(trainings.curve[:, chosen])
            self._readings[budget, runs] = _Reading(columns, _mean(trainings.seconds[:, chosen]), curve, {"budget": budget})
        return self._readings[budget, runs]

    def _runs(self, seed: int | str, repeat: int, there: int) -> tuple[int, ...]:
        if seed == "mean":
            return tuple(range(there))
        run = repeat if seed == "repeat" else int(seed)
        if run >= there:
            raise ValueError(f"`{'repeat' if seed == 'repeat' else 'seed'}` is {run}; with this budget the file has the runs 0 to {there - 1}")
        return (run,)

    def _checked_budget(self, budget: Any) -> int:
        if not is_whole(budget, 1) or budget not in self.budgets:
            raise ValueError(f"`budget` is {budget!r}; the file has trainings with {', '.join(map(str, self.budgets))} epochs, each on its own, and no others")
        return int(budget)

    def _checked_seed(self, seed: Any) -> int | str:
        if not (seed in ("mean", "repeat") if isinstance(seed, str) else is_whole(seed, 0) and seed < self.runs):
            raise ValueError(f"`seed` is {seed!r}; allowed are 'mean', 'repeat' and the runs 0 to {self.runs - 1}")
        return seed  # type: ignore[no-any-return]


def _mean(values: Floats) -> Floats:
    """Over the runs (axis 1), those that are there; NaN where there is none."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(there, values, 0.0).sum(axis=1, dtype=np.float64) / there.sum(axis=1)
