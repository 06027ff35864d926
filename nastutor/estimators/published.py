"""What the readers of published benchmarks have in common: they answer from recorded trainings, as `Table` does from ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.estimators.recorded import Recorded
from nastutor.values import Arch, Mixture

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


class _Reading:
    """One budget over the runs that count, of all architectures."""

    def __init__(self, trainings: Trainings, budget: int, runs: tuple[int, ...]) -> None:
        chosen = list(runs)
        self.cost = float(budget)
        self.info: dict[str, Any] = {"budget": budget}
        metrics = {name: _mean(values[:, chosen]) for name, values in trainings.metrics.items()}
        seconds = _mean(trainings.seconds[:, chosen])
        self.columns = {**metrics, "seconds": seconds}
        self.seconds: list[float] = seconds.tolist()
        self.curve: Floats | None = None if trainings.curve is None else _mean(trainings.curve[:, chosen])
        self._names, self._rows = tuple(metrics), list(zip(*(values.tolist() for values in metrics.values()), strict=True))

    def answer(self, row: int) -> dict[str, float]:
        return dict(zip(self._names, self._rows[row], strict=True))


class _Published(Recorded):
    """Answers from the recorded trainings of a benchmark that others have published. Subclasses read the file and find rows.

    trainings  budget -> what was recorded with it
    test       test error at the largest budget (A, R), NaN where there is none
    own        metrics of the architecture that is asked for: name -> (A,)
    """

    budgets: tuple[int, ...]

    def __init__(self, space: Any, trainings: Mapping[int, Trainings], test: Floats, own: Mapping[str, Floats], budget: int | None, seed: int | str) -> None:
        self._trainings, self._test, self.budgets = dict(sorted(trainings.items())), test, tuple(sorted(trainings))
        super().__init__(space, self.budgets, {key: part.seconds.shape[1] for key, part in trainings.items()}, own, budget, seed)
        always = [name for name in self._trainings[self.budgets[-1]].metrics if all(name in part.metrics for part in trainings.values())]
        curves = ["curve"] if all(part.curve is not None for part in trainings.values()) else []
        self.gives = (*always, *own, "budget", *curves)  # with every budget

    def _row(self, arch: Arch) -> int:
        """The row from which an architecture is answered; ValueError where the file holds none."""
        raise TypeError(f"{type(self).__name__} does not say where it keeps an architecture: define _row(self, arch)")

    def _own_row(self, arch: Arch) -> int:
        """The row of its own numbers, such as `params`."""
        return self._row(arch)

    @cached_property
    def _answering(self) -> NDArray[np.int64]:
        """The row from which the architecture of each row is answered, (A,); -1 where the file lacks it."""
        return np.arange(len(self._test))

    @cached_property
    def archs(self) -> list[Arch]:
        """The architectures in the file, in the order of enumeration: A of them."""
        return [self._arch(row) for row in range(len(self._test))]

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

    def _find(self, arch: Arch | Mixture) -> tuple[int, dict[str, float]]:
        arch = self.checked(arch)
        own = self._own_row(arch)
        return self._row(arch), {name: float(values[own]) for name, values in self._own.items()}

    def _read(self, budget: int, runs: tuple[int, ...]) -> _Reading:
        return _Reading(self._trainings[budget], budget, runs)

    @cached_property
    def _tested(self) -> Floats:
        return _mean(self._test)


def _mean(values: Floats) -> Floats:
    """Over the runs (axis 1), those that are there; NaN where there is none."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(there, values, 0.0).sum(axis=1, dtype=np.float64) / there.sum(axis=1)
