"""Trains what a table holds. Cut off at any moment, the same call goes on where it stood."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.core import Staged, Trial
from nastutor.estimators.table import OWN, Table, described
from nastutor.estimators.table_file import ABSENT, write_table
from nastutor.history import History
from nastutor.loop import search
from nastutor.tables.recipes import TableRecipe
from nastutor.values import Arch, Result


class Everything(Staged):
    """Asks for each different network of a space once, in the order of enumeration, at one budget, as run number `run`."""

    needs = ("canonical",)

    def __init__(self, space: Any, budget: int, run: int, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.budget, self.run = budget, run

    def plan(self) -> Iterator[Trial | None]:
        for arch in networks(self.space):
            yield Trial(arch, self.budget, repeat=self.run)


def networks(space: Any) -> dict[Arch, int]:
    """The different networks of a space, numbered in the order of enumeration."""
    return {arch: number for number, arch in enumerate(dict.fromkeys(map(space.canonical, space)))}


def estimator(recipe: TableRecipe) -> Any:
    """What fills the table: `Train`, which here looks at the test images too. Run k of a network is its answer to `Trial(arch, budget, repeat=k)`."""
    from nastutor.tables.recording import Recording

    space, task = described("nastutor.spaces", recipe.space), described("nastutor.tasks", recipe.task)
    return Recording(space, task, max(recipe.budgets), device="cpu", weights=False, metrics=OWN, **recipe.train)


def make(recipe: TableRecipe, out: Path, work: Path, executor: Any = None, progress: bool | None = None) -> Path:
    """Trains all that is not trained yet, one journal for each budget and run in `work`, and writes the table to the folder `out`."""
    train = estimator(recipe)
    work.mkdir(parents=True, exist_ok=True)
    histories: dict[tuple[int, int], History] = {}
    for budget in recipe.budgets:
        for run in range(recipe.runs):
            journal = work / f"{recipe.name}.{budget}.{run}.sqlite"
            number = len(networks(train.space))
            histories[budget, run] = search(Everything(train.space, budget, run), train, trials=number, executor=executor, journal=journal, progress=progress)
            check_whole(histories[budget, run], number, journal)
    path = out / f"{recipe.name}.npz"
    out.mkdir(parents=True, exist_ok=True)
    write_table(path, collect(recipe, train, histories), settings(recipe, train), made())
    return path


def check_whole(history: History, number: int, journal: Path) -> None:
    """A table holds trainings that ended or diverged, and all of them: what was interrupted or broke is no answer."""
    if len(history) < number:
        raise KeyboardInterrupt(f"{len(history)} of {number} trainings are in {journal}; the same command goes on from there")
    for record in history:
        if record.result.status == "failed" and not record.result.info["reason"].startswith("diverged"):
            raise RuntimeError(f"a training of {journal} broke: {record.result.info['reason']}; mend that, delete this journal, and run the same command again")


def settings(recipe: TableRecipe, train: Any) -> dict[str, Any]:
    """All that decides about the numbers of a table, as JSON says it."""
    prints = {"space_fingerprint": train.space.fingerprint, "task_fingerprint": train.task.fingerprint, "estimator_fingerprint": train.fingerprint}
    return json.loads(json.dumps({**asdict(recipe), **prints, "images": images(train.task)}))  # type: ignore[no-any-return]


def made() -> dict[str, Any]:
    """When, on what kind of machine and with which versions."""
    import torch

    from nastutor.version import __version__

    machine = f"{platform.system()} {platform.machine()}, CPU capability {torch.backends.cpu.get_cpu_capability()}, one thread"
    versions = {"python": platform.python_version(), "torch": str(torch.__version__), "numpy": np.__version__, "nastutor": __version__}
    return {"when": time.strftime("%Y-%m-%d", time.gmtime()), "machine": machine, "versions": versions}


def collect(recipe: TableRecipe, train: Any, histories: dict[tuple[int, int], History]) -> dict[str, np.ndarray]:
    """The arrays of table_file.py."""
    from nastutor.estimators.cost import measure_latency

    numbers, space = networks(train.space), train.space
    arrays = of_architectures(train, numbers)
    arrays["latency_ms"] = np.array([measure_latency(train.network(arch)) for arch in numbers], dtype=np.float32)
    for budget in recipe.budgets:
        shape = (len(numbers), recipe.runs)
        for name in ("seconds", "loss", "train_loss"):
            arrays[f"{name}/{budget}"] = np.full(shape, np.nan, dtype=np.float32)
        arrays[f"failed/{budget}"] = np.ones(shape, dtype=bool)
        for name in ("valid", "test"):
            arrays[f"{name}/{budget}"] = np.zeros((*shape, budget), dtype=np.uint16)
        for run in range(recipe.runs):
            for record in histories[budget, run]:
                fill(arrays, budget, (numbers[space.canonical(record.trial.arch)], run), record.result, images(train.task))
    return arrays


def of_architectures(train: Any, numbers: dict[Arch, int]) -> dict[str, np.ndarray]:
    """What belongs to each architecture of the space: its decisions, which network it is, what it costs."""
    space = train.space
    sites, archs = space.sites(), list(space)
    choices = [[options.index(arch[name]) if name in arch else ABSENT for name, options in sites.items()] for arch in archs]
    counts = [train.own_metrics(arch) for arch in archs]
    arrays: dict[str, np.ndarray] = {
        "choices": np.array(choices, dtype=np.uint8),
        "network": np.array([numbers[space.canonical(arch)] for arch in archs], dtype=np.int32),
    }
    return arrays | {name: np.array([count[name] for count in counts]) for name in counts[0]}


def fill(arrays: dict[str, np.ndarray], budget: int, cell: tuple[int, int], result: Result, of: dict[str, int]) -> None:
    """Writes one training into the arrays; losses that it lacks (it diverged) stay NaN, counts 0."""
    arrays[f"seconds/{budget}"][cell] = result.seconds
    arrays[f"failed/{budget}"][cell] = result.status == "failed"
    for name in ("loss", "train_loss"):
        arrays[f"{name}/{budget}"][cell] = result.metrics.get(name, np.nan)
    for name, curve in (("valid", result.curve), ("test", result.info.get("test_curve", ()))):
        arrays[f"{name}/{budget}"][cell][: len(curve)] = np.rint(np.multiply(curve, of[name]))


def images(task: Any) -> dict[str, int]:
    """How many images each part of a task has."""
    return {name: len(getattr(task, name)) for name in ("train", "valid", "test")}


def remake(table: Table, number: int, run: int, budget: int | None = None) -> tuple[float, float]:
    """The validation error that a table holds for a network and run, and the one that training it again gives now."""
    recipe = TableRecipe(**{name: table.meta["settings"][name] for name in TableRecipe.__dataclass_fields__})
    budget = budget or table.trained[-1]
    arch = list(networks(table.space))[number]
    again = estimator(recipe)(Trial(arch, budget, repeat=run))
    return Table(table.path, budget=budget, seed=run)(Trial(arch)).error, again.error
