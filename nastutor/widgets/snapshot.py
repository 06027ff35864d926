"""What a running search looks like at one moment, and the words and numbers that say so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nastutor.history import History
from nastutor.values import Arch, Record

STATES = ("starting", "running", "paused", "stopping", "stopped", "finished", "failed")


@dataclass(frozen=True)
class Snapshot:
    """history: a copy; current: what is being tried; limits: trials, cost, seconds, where given; elapsed: seconds; gpu: in words."""

    title: str
    history: History = field(default_factory=History)
    current: Any = None
    state: str = "running"
    limits: Mapping[str, float] = field(default_factory=dict)
    elapsed: float = 0.0
    unit: str = "epochs"
    gpu: str | None = None

    @property
    def best(self) -> Record | None:
        return self.history.best() if self.history.finished() else None

    @property
    def failed(self) -> int:
        return sum(record.result.status == "failed" for record in self.history)

    @property
    def progress(self) -> float:
        """From 0 to 1: how much of the limit that comes first is used up."""
        used = {"trials": len(self.history), "cost": self.history.cost, "seconds": self.elapsed}
        return min(1.0, max((used[name] / limit for name, limit in self.limits.items()), default=0.0))

    @property
    def alt(self) -> str:
        """The pictures in words."""
        told = f"{self.title}: {count(len(self.history), 'trial')}" + (f", {self.failed} of them failed" if self.failed else "")
        if self.best is None:
            return f"{told}; none has finished."
        line = [error for error in self.history.incumbent() if not math.isnan(error)]
        where = number(self.history, self.best)
        return f"{told}. The best validation error fell from {line[0]:.4f} to {self.best.error:.4f}, in trial {where}: {arch_text(self.best.trial.arch)}."


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def number(history: History, record: Record) -> int:
    """Which trial a record is, counted from 1 in the order of telling."""
    return 1 + next(place for place, other in enumerate(history) if other is record)


def clock(seconds: float) -> str:
    """
    >>> clock(7), clock(125), clock(7325)
    ('0:07', '2:05', '2:02:05')
    """
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def short(value: float | None) -> str:
    """A count in three figures.

    >>> short(13_450), short(2_100_000), short(12), short(None)
    ('13.4 k', '2.1 M', '12', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def arch_text(arch: Any, limit: int = 0) -> str:
    """An architecture in a line: the options of a cell alone, `name=value` otherwise, cut after `limit` characters."""
    if not isinstance(arch, Arch):
        return "a mixture"
    cell = all("->" in name for name, _ in arch.choices)
    text = " ".join(str(value) for _, value in arch.choices) if cell else str(arch)
    return text if not limit or len(text) <= limit else text[: limit - 1] + "…"
