"""`Table`: every architecture of a space, trained beforehand; answers in microseconds, without torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.data import data_file, folder
from nastutor.estimators.base import Estimator
from nastutor.estimators.table_file import read_table
from nastutor.estimators.table_reading import SHARED, Reading
from nastutor.estimators.table_rows import Rows
from nastutor.inputs import is_whole
from nastutor.values import Arch, Mixture, Record, Result, Trial

OWN = ("params", "mult_adds", "activation_mb")  # of the architecture that is asked for


class Table(Estimator):
    """Looks up what training an architecture gave when the table was made.

    name    of a table that comes with the package ("digits-tiny"), or the path of one of yours
    budget  of a trial that names none; default: the largest. A budget that was trained for gives that training; any other up to the
            largest is read off the largest training's curve on the way (its learning rate had not fallen to 0 yet)
    seed    "mean" over all runs; a number: that run; "repeat": the run numbered `trial.repeat`

    A trial is charged its whole budget as one training of its own. `result.seconds` is what that takes alone, on the machine that made the
    table (data/README.md). "mean" is charged as one training too: the noise is averaged away at no cost. A `warm_start` is charged in
    full: there is nothing to go on from. Test error comes from `final` alone.
    """

    def __init__(self, name: str | Path, budget: int | None = None, seed: int | str = "mean") -> None:
        path = find_table(name)
        self.path, self.seed = path, seed
        self._arrays, self.meta = _opened(path, path.stat().st_mtime_ns)
        super().__init__(described("nastutor.spaces", self.meta["settings"]["space"]))
        self.runs: int = self.meta["settings"]["runs"]
        self.images: dict[str, int] = self.meta["settings"]["images"]
        self.trained: tuple[int, ...] = tuple(sorted(self.meta["settings"]["budgets"]))
        self._check_space()
        self._checked_seed(seed)
        self.default_budget = self._source(self.trained[-1] if budget is None else budget) and (budget or self.trained[-1])
        known = [name for name in SHARED if self.default_budget in self.trained or name not in ("loss", "train_loss")]  # see _metrics
        self.gives = (*known, *OWN, "curve", "budget")
        self._rows = Rows(self.space, self._arrays["choices"], self.meta["settings"]["name"])
        self._readings: dict[tuple[int, tuple[int, ...]], Reading] = {}

    @property
    def fingerprint(self) -> str:
        return f"Table({self.meta['settings']['name']}, made={self.meta['digest']}, budget={self.default_budget}, seed={self.seed!r})"

    @property
    def networks(self) -> int:
        """How many different networks its architectures are."""
        return int(self._arrays["network"].max()) + 1

    @cached_property
    def task(self) -> Any:
        """The images that the table was made with."""
        return described("nastutor.tasks", self.meta["settings"]["task"])

    @property
    def archs(self) -> list[Arch]:
        """Every architecture of the table, in the order of enumeration: A of them."""
        return list(self._rows.archs)

    @property
    def network(self) -> np.ndarray:
        """Which of the different networks each architecture is, int (A,); they are numbered in the order of enumeration."""
        return self._arrays["network"].copy()

    def rows(self, archs: Iterable[Arch] | np.ndarray) -> np.ndarray:
        """The places of architectures in `archs` and in every `column`, int (n,). One that the table does not hold: ValueError.

        archs  architectures (0.1 to 0.3 microseconds for each of their decisions), or an array of their `space.codes` (several times as quick)

        >>> table = Table("digits-tiny")
        >>> archs = [table.space.sample(seed) for seed in range(3)]
        >>> table.rows(table.space.codes(archs)).tolist() == table.rows(archs).tolist()
        True
        """
        return self._rows.of(archs)

    def column(self, metric: str = "error", budget: int | None = None, seed: int | str | None = None) -> np.ndarray:
        """A metric, or "seconds", of every architecture, float64 (A,); NaN where a training that counts has diverged. Never test error.

        budget, seed  default: the table's own; under "repeat" that is run 0, as for a trial that names none

        >>> table = Table("digits-tiny")
        >>> archs = [table.space.sample(seed) for seed in range(3)]
        >>> table.column("error")[table.rows(archs)].tolist() == [table(Trial(arch)).error for arch in archs]
        True
        """
        values = self._values(metric, self._reading(budget, seed))
        return values if metric in OWN else values[self._arrays["network"]]

    def curves(self, budget: int | None = None, seed: int | str | None = None) -> np.ndarray:
        """Validation error after each epoch up to `budget`, of every architecture, float64 (A, budget)."""
        return self._reading(budget, seed).curve[self._arrays["network"]]

    def __call__(self, trial: Trial) -> Result:
        if trial.edit is not None:
            raise ValueError(f"`edit` is {trial.edit!r}; a Table holds independent trainings and carries no weights over (chapter 19)")
        row = self._rows.one(self._not_mixed(trial.arch))
        reading = self._reading(trial.budget, None, trial.repeat)
        network = self._network_of[row]
        metrics = reading.answer(network)
        if isinstance(metrics, Result):  # failed
            return metrics
        own = self._own[row]
        return Result({**metrics, **own}, reading.curve[network].tolist(), reading.cost, seconds=reading.seconds[network], info=reading.info)

    def best(self, metric: str = "error") -> Record:
        """The best architecture of the whole space at this table's budget: what a search cannot beat. Ties: the first in the order of enumeration."""
        reading = self._reading(None, None)
        values = np.where(reading.failed[self._arrays["network"]] > 0, np.nan, self.column(metric))
        if np.isnan(values).all():
            raise ValueError(f"`metric` {metric!r} has no best: every training that counts has diverged")
        trial = Trial(self._rows.archs[int(np.nanargmin(values))], self.default_budget)
        return Record(trial, self(trial))

    def final(self, arch: Arch) -> float:
        """Test error after training at the largest budget, the mean over all runs that did not diverge."""
        error = float(self._test_error[self._network_of[self._rows.one(arch)]])
        if math.isnan(error):
            raise ValueError(f"`arch` is {arch}, and all {self.runs} of its trainings diverged: it has no test error")
        return error

    def own_metrics(self, arch: Arch) -> dict[str, float]:
        return dict(self._own[self._rows.one(arch)])

    def published(self, arch: Arch) -> str:
        """The name of `arch` in the benchmark that the space comes from: NAS-Bench-201's unique string, NAS-Bench-101's hash."""
        self._rows.one(arch)
        for name in ("published_form", "published_hash"):
            if hasattr(self.space, name):
                return str(getattr(self.space, name)(arch))
        raise ValueError(f"{type(self.space).__name__} comes from no published benchmark: CellSpace and NASBench101 do")

    # how a question finds its numbers

    def _reading(self, budget: int | None, seed: int | str | None, repeat: int = 0) -> Reading:
        """What all networks have at a budget, over the runs that count; made when first asked for."""
        budget = self.default_budget or 1 if budget is None else budget
        source, runs = self._source(budget), self._runs_of(self.seed if seed is None else self._checked_seed(seed), repeat)
        if (budget, runs) not in self._readings:
            self._readings[budget, runs] = Reading(self._arrays, self.images["valid"], source, budget, runs)
        return self._readings[budget, runs]

    def _runs_of(self, seed: int | str, repeat: int) -> tuple[int, ...]:
        if seed == "mean":
            return tuple(range(self.runs))
        if seed != "repeat":
            return (int(seed),)
        if repeat >= self.runs:
            raise ValueError(f"`repeat` is {repeat}; the table has the runs 0 to {self.runs - 1}")
        return (repeat,)

    def _checked_seed(self, seed: Any) -> int | str:
        if not (seed in ("mean", "repeat") if isinstance(seed, str) else is_whole(seed, 0) and seed < self.runs):
            raise ValueError(f"`seed` is {seed!r}; allowed are 'mean', 'repeat' and the runs 0 to {self.runs - 1}")
        return seed  # type: ignore[no-any-return]

    def _source(self, budget: int) -> int:
        """The trained budget whose curve tells about `budget`."""
        if not is_whole(budget, 1) or budget > self.trained[-1]:
            raise ValueError(f"`budget` is {budget!r}; allowed are whole numbers from 1 to {self.trained[-1]} epochs, trained for as such: {self.trained}")
        return budget if budget in self.trained else self.trained[-1]

    def _values(self, metric: str, reading: Reading) -> np.ndarray:
        """A metric: of architectures (A,) where it is their own, else of networks (N,)."""
        if metric in OWN:
            return self._arrays[metric].astype(np.float64)
        if metric not in (*SHARED, "seconds"):
            hint = ": test error steers nothing, ask `final(arch)` for it (chapter 4)" if "test" in str(metric) else ""
            raise ValueError(f"`metric` is {metric!r}; allowed are {', '.join((*SHARED, *OWN, 'seconds'))}{hint}")
        if metric not in reading.columns:
            raise ValueError(f"`metric` is {metric!r} and `budget` {reading.budget}; losses were noted at the end of trainings only: {self.trained}")
        return np.where(reading.failed > 0, np.nan, reading.columns[metric]) if metric != "latency_ms" else reading.columns[metric]

    def _not_mixed(self, arch: Arch | Mixture) -> Arch:
        return self.checked(arch) if isinstance(arch, Mixture) else arch  # which raises

    @cached_property
    def _network_of(self) -> list[int]:
        return self._arrays["network"].tolist()  # type: ignore[no-any-return]

    @cached_property
    def _own(self) -> list[dict[str, float]]:
        columns = [self._arrays[name].astype(np.float64).tolist() for name in OWN]
        return [dict(zip(OWN, values, strict=True)) for values in zip(*columns, strict=True)]

    @cached_property
    def _test_error(self) -> np.ndarray:
        """(N,), NaN where all runs diverged."""
        ok = ~self._arrays[f"failed/{self.trained[-1]}"]
        wrong = np.where(ok, self._arrays[f"test/{self.trained[-1]}"][:, :, -1], 0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            return wrong / ok.sum(axis=1) / self.images["test"]

    def _check_space(self) -> None:
        told = self.meta["settings"]["space_fingerprint"]
        if self.space.fingerprint != told:
            raise ValueError(f"`name`: {self.path.name} was made for {told}, and this version's is {self.space.fingerprint}: make it anew")

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.path, self.default_budget, self.seed)


def find_table(name: str | Path) -> Path:
    """The file of a table: a path that exists, or the name of one that comes with the package."""
    if Path(name).suffix == ".npz" and Path(name).is_file():
        return Path(name)
    known = sorted(path.stem for path in folder().glob("*.npz"))
    if str(name) not in known:
        raise ValueError(f"`name` is {str(name)!r}; allowed are {', '.join(known)} and paths of .npz files written by `python -m nastutor tables make`")
    return data_file(f"{name}.npz")


@lru_cache(maxsize=8)
def _opened(path: Path, stamp: int) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    return read_table(path)


def described(module: str, form: Mapping[str, Any]) -> Any:
    """The space or task that the file names; it can name nothing but what the package itself offers."""
    import importlib

    offered = importlib.import_module(module)
    if form["name"] not in offered.__all__:
        raise ValueError(f"the table needs {form['name']!r} of {module}, which this version does not have; there are {', '.join(offered.__all__)}")
    return getattr(offered, form["name"])(**{key: _setting(module, value) for key, value in form["settings"].items()})


def _setting(module: str, value: Any) -> Any:
    """A setting as it was before JSON: tuples, and spaces inside spaces."""
    if isinstance(value, Mapping) and set(value) == {"name", "settings"}:
        return described(module, value)
    if isinstance(value, Mapping):
        return {key: _setting(module, part) for key, part in value.items()}
    return tuple(_setting(module, part) for part in value) if isinstance(value, (list, tuple)) else value
