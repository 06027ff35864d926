"""What there is to do for a table: its networks, their chunks, the estimator that trains them, and the settings that name all that."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.core import Staged, Trial
from nastutor.estimators.table import OWN, described
from nastutor.tables.recipes import TableRecipe
from nastutor.values import Arch

MOST = np.iinfo(np.uint16).max  # what a count of wrong images can say


class Everything(Staged):
    """Asks for each of `networks` once, in their order, at one budget, as run number `run`; default: all different ones of the space."""

    needs = ("canonical",)

    def __init__(self, space: Any, budget: int, run: int, networks: Iterable[Arch] | None = None, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.budget, self.run = budget, run
        self.networks = tuple(different(space) if networks is None else networks)

    def plan(self) -> Iterator[Trial | None]:
        for arch in self.networks:
            yield Trial(arch, self.budget, repeat=self.run)


def different(space: Any) -> dict[Arch, int]:
    """The different networks of a space, numbered in the order of enumeration."""
    return {arch: number for number, arch in enumerate(dict.fromkeys(map(space.canonical, space)))}


class Plan:
    """What a recipe comes to. Run k of a network is the estimator's answer to `Trial(network, budget, repeat=k)`.

    numbers  the different networks, numbered in the order of enumeration
    chunks   numbers of those that are trained together: neighbours, which have most in common
    """

    def __init__(self, recipe: TableRecipe) -> None:
        self.recipe = recipe
        self.space, self.task = described("nastutor.spaces", recipe.space), described("nastutor.tasks", recipe.task)
        self.images = {name: len(getattr(self.task, name)) for name in ("train", "valid", "test")}
        if max(self.images["valid"], self.images["test"]) > MOST:
            raise ValueError(f"`task` has {self.images} images; allowed are {MOST:,} to validate and to test: a table counts the wrong ones in 16 bits")

    @cached_property
    def numbers(self) -> dict[Arch, int]:
        return different(self.space)

    @cached_property
    def networks(self) -> list[Arch]:
        return list(self.numbers)

    @cached_property
    def chunks(self) -> list[range]:
        size, count = self.recipe.chunk, len(self.numbers)
        return [range(first, min(first + size, count)) for first in range(0, count, size)]

    @property
    def parts(self) -> list[tuple[int, int]]:
        """(budget, run) of all that is trained, in the order in which it is."""
        return [(budget, run) for budget in self.recipe.budgets for run in range(self.recipe.runs)]

    def tested(self, budget: int) -> int:
        """How many test errors of a training are kept: one after each epoch, or the last."""
        return budget if self.recipe.test_curves else 1

    def estimator(self, budget: int | None = None) -> Any:
        """What trains: it looks at the test images too. `budget` is what it is named by, default the largest."""
        return self._made(self.recipe.estimator, budget or max(self.recipe.budgets), self.recipe.train)

    @cached_property
    def alone(self) -> Any:
        """What trains one network alone, as it is timed and counted."""
        return self._made("Train", max(self.recipe.budgets), self.alone_settings)

    @property
    def alone_settings(self) -> dict[str, Any]:
        """Those of the recipe that are known to `Train` as well."""
        return {name: value for name, value in self.recipe.train.items() if name not in ("members", "memory")}

    def _made(self, kind: str, budget: int, train: dict[str, Any]) -> Any:
        from nastutor.tables.recording import recorder

        estimator = recorder(kind)(self.space, self.task, budget, device="cpu", weights=False, metrics=OWN, **train)
        if not self.recipe.test_curves:
            estimator.splits, estimator.late = ("valid",), ("test",)
        return estimator

    @property
    def settings(self) -> dict[str, Any]:
        """All that decides about the numbers of the table, as JSON says it."""
        return plain({**self.recipe.form(), **self._prints(max(self.recipe.budgets)), "images": self.images})

    def part_settings(self, budget: int, run: int) -> dict[str, Any]:
        """All that decides about the numbers of one part: other budgets and runs of the table do not."""
        looks = {} if self.recipe.test_curves else {"test_curves": False}
        parts = {"table": self.recipe.name, "budget": budget, "run": run, "chunk": self.recipe.chunk}
        return plain({**parts, **looks, **self._prints(budget), "images": self.images})

    def time_settings(self) -> dict[str, Any]:
        """All that decides about what is timed."""
        prints = {"space_fingerprint": self.space.fingerprint, "task_fingerprint": self.task.fingerprint}
        return plain({"table": self.recipe.name, "what": "time", **prints, "train": self.alone_settings})

    def _prints(self, budget: int) -> dict[str, str]:
        estimator = self.estimator(budget)
        return {"space_fingerprint": self.space.fingerprint, "task_fingerprint": self.task.fingerprint, "estimator_fingerprint": estimator.fingerprint}


def plain(form: Any) -> dict[str, Any]:
    """What JSON makes of it."""
    return json.loads(json.dumps(form))  # type: ignore[no-any-return]


def made() -> dict[str, Any]:
    """When, on what kind of machine and with which versions."""
    import torch

    from nastutor.version import __version__

    capability = f"CPU capability {torch.backends.cpu.get_cpu_capability()}" + (f" ({found})" if (found := processor()) else "")
    machine = f"{platform.system()} {platform.machine()}, {capability}, one thread"
    versions = {"python": platform.python_version(), "torch": str(torch.__version__), "numpy": np.__version__, "nastutor": __version__}
    return {"when": time.strftime("%Y-%m-%d", time.gmtime()), "machine": machine, "versions": versions}


def processor(info: Path = Path("/proc/cpuinfo")) -> str:
    """Vendor, family, model and stepping, where the system tells them: processors of one capability differ in their caches, and sums in their order."""
    try:
        lines = [line.partition(":") for line in info.read_text(encoding="utf-8").split("\n\n")[0].splitlines()]
    except OSError:
        return ""
    told = {name.strip(): value.strip() for name, _, value in lines}
    return " ".join(told[name] for name in ("vendor_id", "cpu family", "model", "stepping") if name in told)
