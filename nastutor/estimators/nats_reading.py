"""From the pickles of NATS-Bench or NAS-Bench-201 to arrays: what was recorded of each cell, each run, each set of images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.estimators.converted import Arrays
from nastutor.estimators.plain_pickle import read_pickle
from nastutor.spaces import cell_forms

NODES = 4
OPS = tuple(cell_forms.PUBLISHED)  # none, skip, conv1, conv3, avgpool3: the digits of a cell's code
EDGES = [[f"{i}" for i in range(j)] for j in range(1, NODES)]  # into each node, from which
STRING = re.compile(r"\+".join(r"\|" + "".join(rf"(\w+)~{i}\|" for i in into) for into in EDGES))
SINGLE = re.compile(r"(\d+)\.pickle\.pbz2")
BUDGETS = {"12": 12, "200": 200, "less": 12, "full": 200}  # what trainings are called, in NATS-Bench and before
# of what training and on which images
VALID = {"cifar10": ("cifar10-valid", "x-valid"), "cifar100": ("cifar100", "x-valid"), "ImageNet16-120": ("ImageNet16-120", "x-valid")}
TEST = {"cifar10": ("cifar10", "ori-test"), "cifar100": ("cifar100", "x-test"), "ImageNet16-120": ("ImageNet16-120", "x-test")}
RIGHT_SEED = 888  # where runs differ in their parameters, its number is the right one (says the benchmark's own code)

Run = Mapping[str, Any]


def convert(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """The arrays of a converted file: A cells, R runs, d a set of images, b a budget of E epochs. Accuracies in percent, NaN where there is none.

    code                       (A,) the cell's place in the enumeration of all 15,625, rising
    d/params, d/mult_adds      (A,)
    d/b/valid, d/b/loss, d/b/train, d/b/train_loss, d/b/seconds, d/b/latency_ms   (A, R)
    d/b/curve                  (A, R, E) validation accuracy, where it was measured after every epoch
    d/b/test                   (A, R) of the trainings that are tested
    """
    columns = _Columns()
    for string, results in _cells(path):
        row = columns.add(_code(string, path))
        for name, told in results.items():
            if name in BUDGETS:
                try:
                    _note(columns, row, BUDGETS[name], told["all_results"])
                except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                    raise ValueError(f"`path`: cell {row} ({string}) of {path.name} lacks something: {type(error).__name__} {error}") from error
    if not columns.codes:
        raise ValueError(f"`path`: {path.name} holds no cells: a folder of NATS-Bench has meta.pickle.pbz2 and 000000.pickle.pbz2 ...")
    return columns.arrays(), {"seeds": columns.seeds()}


def _cells(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name, what was recorded) of each cell."""
    if path.is_dir():
        if not (path / "meta.pickle.pbz2").exists():
            raise ValueError(f"`path`: the folder {path.name} has no meta.pickle.pbz2; allowed is one such as NATS-tss-v1_0-3ffb9-simple")
        names = _names(read_pickle(path / "meta.pickle.pbz2"), path)
        for single in sorted(path.iterdir()):
            if (match := SINGLE.fullmatch(single.name)) and int(match[1]) < len(names):
                yield names[int(match[1])], read_pickle(single)
    else:
        whole = read_pickle(path)
        names = _names(whole, path)
        for place, results in whole["arch2infos"].items():
            yield names[place], results


def _names(meta: Any, path: Path) -> list[str]:
    if not isinstance(meta, Mapping) or not isinstance(meta.get("meta_archs"), list):
        raise ValueError(f"`path`: {path.name} does not say which cells it holds (`meta_archs`): it is not of NATS-Bench or NAS-Bench-201")
    return meta["meta_archs"]


def _code(string: Any, path: Path) -> int:
    own = {name: digit for digit, name in enumerate(cell_forms.PUBLISHED.values())}
    match = STRING.fullmatch(str(string))
    if not match or not all(name in own for name in match.groups()):
        raise ValueError(f"`path`: {path.name} holds {string!r}, which is no cell of NAS-Bench-201 (of NATS-Bench the topology files, tss, are read)")
    code = 0
    for name in match.groups():
        code = code * len(OPS) + own[name]
    return code


class _Columns:
    """Numbers of cells as they come, by name, budget and seed; (cells,) or (cells, epochs) each in the end."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.runs: dict[tuple[str, int], dict[str, dict[int, dict[int, Any]]]] = {}  # (d, b) -> column -> seed -> row -> value
        self.own: dict[str, dict[int, float]] = {}  # column -> row -> value

    def add(self, code: int) -> int:
        self.codes.append(code)
        return len(self.codes) - 1

    def put(self, dataset: str, budget: int, name: str, seed: int, row: int, value: Any) -> None:
        self.runs.setdefault((dataset, budget), {}).setdefault(name, {}).setdefault(seed, {})[row] = value

    def seeds(self) -> dict[str, dict[int, list[int]]]:
        """Set of images -> budget -> the seeds of its runs."""
        return {
            d: {budget: sorted(columns["valid"]) for (name, budget), columns in sorted(self.runs.items()) if name == d and "valid" in columns} for d in VALID
        }

    def arrays(self) -> Arrays:
        order = np.argsort(self.codes)
        arrays = {"code": np.array(self.codes)[order]}
        if len(np.unique(arrays["code"])) < len(order):
            raise ValueError("`path` holds a cell twice; it is damaged")
        arrays |= {name: self._filled(values, ())[order] for name, values in self.own.items()}
        for (dataset, budget), columns in self.runs.items():
            curves, valid = ({seed: set(rows) for seed, rows in columns.get(name, {}).items()} for name in ("curve", "valid"))
            if curves != valid:
                columns.pop("curve", None)  # some are not whole
            for name, by_seed in columns.items():
                shape = (budget,) if name == "curve" else ()
                runs = np.stack([self._filled(by_seed[seed], shape) for seed in sorted(by_seed)], axis=1)[order]
                arrays[f"{dataset}/{budget}/{name}"] = runs
        return arrays

    def _filled(self, values: Mapping[int, Any], shape: tuple[int, ...]) -> np.ndarray:
        column = np.full((len(self.codes), *shape), np.nan)
        for row, value in values.items():
            column[row] = value
        return column


def _note(columns: _Columns, row: int, budget: int, runs: Mapping[tuple[str, int], Run]) -> None:
    """Notes all runs of a cell with one budget."""
    for dataset, (trained, images) in VALID.items():
        mine = {seed: run for (name, seed), run in sorted(runs.items()) if name == trained}
        for seed, run in mine.items():
            for name, value in _validated(run, images, budget).items():
                columns.put(dataset, budget, name, seed, row, value)
        if mine:
            right = mine.get(RIGHT_SEED, next(iter(mine.values())))
            for name, millions in (("params", right["params"]), ("mult_adds", right["flop"])):
                columns.own.setdefault(f"{dataset}/{name}", {})[row] = round(millions * 1e6)
        tested, images = TEST[dataset]
        for (name, seed), run in sorted(runs.items()):
            if name == tested:
                columns.put(dataset, budget, "test", seed, row, run["eval_acc1es"][f"{images}@{budget - 1}"])


def _validated(run: Run, images: str, budget: int) -> dict[str, Any]:
    """What a run says at its end, and its curve where it is whole."""
    last, latency = budget - 1, run["latency"]
    if run["epochs"] != budget:
        raise ValueError(f"{run['epochs']} epochs instead of {budget}")
    told = {"valid": run["eval_acc1es"][f"{images}@{last}"], "loss": run["eval_losses"][f"{images}@{last}"]}
    told |= {"train": run["train_acc1es"][last], "train_loss": run["train_losses"][last]}
    times = run["train_times"]
    told["seconds"] = sum(times.values()) + (run["eval_times"] or {}).get(f"{images}@{last}", 0.0) if times else np.nan
    told["latency_ms"] = 1000 * sum(latency) / len(latency) if isinstance(latency, list) and latency else np.nan
    curve = [run["eval_acc1es"].get(f"{images}@{epoch}") for epoch in range(budget)]
    return told if None in curve else {**told, "curve": np.array(curve)}
