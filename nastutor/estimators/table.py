"""`Table`: every architecture of a space, trained beforehand; answers in microseconds, without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.data import data_file, folder
from nastutor.estimators.recorded import Recorded
from nastutor.estimators.table_checks import OWN, check_arrays, check_settings
from nastutor.estimators.table_file import damaged, read_table
from nastutor.estimators.table_reading import LOSSES, SHARED, Reading
from nastutor.estimators.table_rows import Rows
from nastutor.spaces.coding import Coding
from nastutor.values import Arch, Mixture


class Table(Recorded):
    """Looks up what training an architecture gave when the table was made.

    name    of a table that comes with the package ("digits-tiny"), or the path of one of yours
    budget  of a trial that names none; default: the largest. A table of several budgets (`trained`), each trained for on its own, answers
            those alone. One of a single budget answers any up to it, off the training's curve on the way (its learning rate had not fallen
            to 0 yet, and losses were noted at its end alone)
    seed    "mean" over all runs; a number: that run; "repeat": the run numbered `trial.repeat`

    A trial is charged its whole budget as one training of its own. `result.seconds` is what that takes alone, on the machine that made the
    table (data/README.md). "mean" is charged as one training too: the noise is averaged away at no cost. A `warm_start` is charged in
    full: there is nothing to go on from. Test error comes from `final` alone.
    """

    def __init__(self, name: str | Path, budget: int | None = None, seed: int | str = "mean") -> None:
        path = find_table(name)
        self.path = path
        self._arrays, self.meta = _opened(path, path.stat().st_mtime_ns)
        settings = self.meta["settings"]
        check_settings(path, settings)
        self.images: dict[str, int] = settings["images"]
        self.budgets = tuple(sorted(settings["budgets"])) if len(settings["budgets"]) > 1 else None
        try:
            space = described("nastutor.spaces", settings["space"])
        except TypeError as error:  # an argument that the space does not have, any more or yet
            raise damaged(path, str(error)) from error
        self._check_space(space)
        check_arrays(path, self._arrays, settings, Coding(space.sites()))
        own = {name: self._arrays[name] for name in OWN}
        super().__init__(space, settings["budgets"], dict.fromkeys(settings["budgets"], settings["runs"]), own, budget, seed)
        prefixes = self.budgets is None and self.trained[-1] > 1  # which have no losses
        self.gives = (*(name for name in SHARED if not (prefixes and name in LOSSES)), *OWN, "curve", "budget")
        self._rows = Rows(self.space, self._arrays["choices"], settings["name"])

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

    def curves(self, budget: int | None = None, seed: int | str | None = None) -> np.ndarray:
        """Validation error after each epoch up to `budget`, of every architecture, float64 (A, budget)."""
        return self._reading(budget, seed).curve[self._arrays["network"]]  # type: ignore[index]

    def published(self, arch: Arch) -> str:
        """The name of `arch` in the benchmark that the space comes from: NAS-Bench-201's unique string, NAS-Bench-101's hash."""
        self._rows.one(arch)
        for name in ("published_form", "published_hash"):
            if hasattr(self.space, name):
                return str(getattr(self.space, name)(arch))
        raise ValueError(f"{type(self.space).__name__} comes from no published benchmark: CellSpace and NASBench101 do")

    # how a question finds its numbers

    def _find(self, arch: Arch | Mixture) -> tuple[int, dict[str, float]]:
        row = self._rows.one(self.checked(arch) if isinstance(arch, Mixture) else arch)
        return self._network_of[row], self._own_rows[row]

    def _arch(self, row: int) -> Arch:
        return self._rows.archs[row]

    def _read(self, budget: int, runs: tuple[int, ...]) -> Reading:
        source = budget if budget in self.trained else self.trained[-1]
        return Reading(self._arrays, self.images["valid"], source, budget, runs)

    @property
    def _answering(self) -> np.ndarray:  # type: ignore[override]
        return self._arrays["network"]

    @cached_property
    def _network_of(self) -> list[int]:
        return self._arrays["network"].tolist()  # type: ignore[no-any-return]

    @cached_property
    def _own_rows(self) -> list[dict[str, float]]:
        columns = [self._arrays[name].astype(np.float64).tolist() for name in OWN]
        return [dict(zip(OWN, values, strict=True)) for values in zip(*columns, strict=True)]

    @cached_property
    def _tested(self) -> np.ndarray:
        ok = ~self._arrays[f"failed/{self.trained[-1]}"]
        wrong = np.where(ok, self._arrays[f"test/{self.trained[-1]}"][:, :, -1], 0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            return wrong / ok.sum(axis=1) / self.images["test"]

    def _check_space(self, space: Any) -> None:
        told = self.meta["settings"]["space_fingerprint"]
        if space.fingerprint != told:
            raise damaged(self.path, f"it was made for {told}, and this version's is {space.fingerprint}")

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
