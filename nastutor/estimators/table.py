"""`Table`: every architecture of a space, trained beforehand; answers in microseconds, without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.data import data_file, folder
from nastutor.estimators.base import Estimator
from nastutor.estimators.table_file import ABSENT, read_table
from nastutor.history import nan_last
from nastutor.inputs import is_whole
from nastutor.values import Arch, Mixture, Record, Result, Trial

OWN = ("params", "mult_adds", "activation_mb")  # of the architecture that is asked for
SHARED = ("error", "loss", "train_loss", "latency_ms")  # of the network that it is


class Table(Estimator):
    """Looks up what training an architecture gave when the table was made.

    name    of a table that comes with the package ("digits-tiny"), or the path of one of yours
    budget  of a trial that names none; default: the largest. A budget that was trained for gives that training; any other up to the
            largest is read off the largest training's curve on the way (its learning rate had not fallen to 0 yet)
    seed    "mean" over all runs; a number: that run; "repeat": the run numbered `trial.repeat`

    A trial is charged its whole budget as one training of its own, `result.seconds` is what that took when the table was made, and
    "mean" is charged as one training too: the noise is averaged away at no cost. A `warm_start` is charged in full: there is nothing to
    go on from. Test error comes from `final` alone.
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
        if not (seed in ("mean", "repeat") if isinstance(seed, str) else is_whole(seed, 0) and seed < self.runs):
            raise ValueError(f"`seed` is {seed!r}; allowed are 'mean', 'repeat' and the runs 0 to {self.runs - 1}")
        self.default_budget = self._source(self.trained[-1] if budget is None else budget) and (budget or self.trained[-1])
        known = [name for name in SHARED if self.default_budget in self.trained or name not in ("loss", "train_loss")]  # see _metrics
        self.gives = (*known, *OWN, "curve", "budget")
        self._answers: dict[tuple[Arch, int | None, int], Result] = {}

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

    def __call__(self, trial: Trial) -> Result:
        if trial.edit is not None:
            raise ValueError(f"`edit` is {trial.edit!r}; a Table holds independent trainings and carries no weights over (chapter 19)")
        question = (trial.arch, trial.budget, trial.repeat)
        try:
            return self._answers[question]  # type: ignore[index]
        except KeyError:
            result = self._answers[question] = self._look_up(*question)  # type: ignore[arg-type,index]
            return result

    def best(self, metric: str = "error") -> Record:
        """The best architecture of the whole space at this table's budget: what a search cannot beat. Ties: the first in the order of enumeration."""
        if metric not in (*SHARED, *OWN):
            hint = ": test error steers nothing, ask `final(arch)` for it (chapter 4)" if "test" in metric else ""
            raise ValueError(f"`metric` is {metric!r}; allowed are {', '.join((*SHARED, *OWN))}{hint}")
        trials = [Trial(arch, self.default_budget) for arch in self._archs]
        best = min(trials, key=lambda trial: nan_last(self(trial).metrics.get(metric, math.nan)))
        if self(best).status != "ok":
            raise ValueError(f"`metric` {metric!r} has no best: all that the table holds has failed, such as {self(best).info['reason']}")
        return Record(best, self(best))

    def final(self, arch: Arch) -> float:
        """Test error after training at the largest budget, the mean over all runs that did not diverge."""
        network, budget = self._arrays["network"][self._row(arch)], self.trained[-1]
        ok = ~self._arrays[f"failed/{budget}"][network]
        if not ok.any():
            raise ValueError(f"`arch` is {arch}, and all {self.runs} of its trainings diverged: it has no test error")
        return float(self._arrays[f"test/{budget}"][network, ok, -1].mean() / self.images["test"])

    def own_metrics(self, arch: Arch) -> dict[str, float]:
        row = self._row(arch)
        return {name: float(self._arrays[name][row]) for name in OWN}

    # how a question finds its numbers

    def _look_up(self, arch: Arch | Mixture, budget: int | None, repeat: int) -> Result:
        row, runs = self._row(self.checked(arch)), self._wanted(repeat)
        budget = self.default_budget or 1 if budget is None else budget
        source = self._source(budget)
        network = self._arrays["network"][row]
        seconds = float(self._arrays[f"seconds/{source}"][network, runs].mean()) * budget / source
        info: dict[str, Any] = {"budget": budget}
        failed = int(self._arrays[f"failed/{source}"][network, runs].sum())
        if failed:
            info["reason"] = f"diverged, in {failed} of {len(runs)} runs of the table"
            return Result(status="failed", cost=budget, seconds=seconds, info=info)
        curve = self._arrays[f"valid/{source}"][network, runs, :budget].mean(axis=0) / self.images["valid"]
        return Result(self._metrics(row, budget, runs), curve.tolist(), float(budget), seconds=seconds, info=info)

    def _metrics(self, row: int, budget: int, runs: list[int]) -> dict[str, float]:
        arrays, network, source = self._arrays, self._arrays["network"][row], self._source(budget)
        metrics = {"error": float(arrays[f"valid/{source}"][network, runs, budget - 1].mean() / self.images["valid"])}
        if source == budget:  # losses were noted at the end
            metrics |= {name: float(arrays[f"{name}/{source}"][network, runs].mean(dtype=np.float64)) for name in ("loss", "train_loss")}
        metrics |= {name: float(arrays[name][row]) for name in OWN}
        return metrics | {"latency_ms": float(arrays["latency_ms"][network])}

    def _wanted(self, repeat: int) -> list[int]:
        if self.seed == "mean":
            return list(range(self.runs))
        if self.seed != "repeat":
            return [int(self.seed)]
        if repeat >= self.runs:
            raise ValueError(f"`repeat` is {repeat}; the table has the runs 0 to {self.runs - 1}")
        return [repeat]

    def _source(self, budget: int) -> int:
        """The trained budget whose curve tells about `budget`."""
        if not is_whole(budget, 1) or budget > self.trained[-1]:
            raise ValueError(f"`budget` is {budget!r}; allowed are whole numbers from 1 to {self.trained[-1]} epochs, trained for as such: {self.trained}")
        return budget if budget in self.trained else self.trained[-1]

    def _row(self, arch: Arch) -> int:
        code = bytearray([ABSENT]) * len(self._options)
        for name, value in arch.choices:
            place, numbers = self._options.get(name, (0, {}))
            if (type(value), value) not in numbers:
                break
            code[place] = numbers[type(value), value]
        else:
            if (row := self._rows.get(bytes(code))) is not None:
                return row
        self.space.validate(arch)
        raise ValueError(f"`arch` is {arch}, which the table {self.meta['settings']['name']} does not hold")

    @cached_property
    def _options(self) -> dict[str, tuple[int, dict[Any, int]]]:
        sites = self.space.sites()
        return {name: (place, {(type(o), o): k for k, o in enumerate(options)}) for place, (name, options) in enumerate(sites.items())}

    @cached_property
    def _rows(self) -> dict[bytes, int]:
        return {code.tobytes(): row for row, code in enumerate(self._arrays["choices"])}

    @cached_property
    def _archs(self) -> list[Arch]:
        sites = list(self.space.sites().items())
        rows = self._arrays["choices"].tolist()
        return [Arch(tuple((name, options[taken]) for (name, options), taken in zip(sites, row, strict=True) if taken != ABSENT)) for row in rows]

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
    return getattr(offered, form["name"])(**{key: tuple(value) if isinstance(value, list) else value for key, value in form["settings"].items()})
