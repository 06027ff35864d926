"""What a running search looks like at one moment, and the words and numbers that say so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nastutor.history import History
from nastutor.values import Arch, Record

TRIALS_UP_TO, CURVES_UP_TO = 8.0, 2.5  # where the axes end, in distances of the usual trial, or of the start of its curve, from the best
STATES = ("starting", "running", "paused", "stopping", "stopped", "finished", "failed")


@dataclass(frozen=True)
class Snapshot:
    """history: a copy; current: what is being tried; limits: trials, cost, seconds, where given; elapsed, paused: seconds; gpu: in words.

    unit, paid_in  of budgets, and of costs, as the estimator has them
    among      the records of which one is the best: where a strategy trains by some trials and judges by others, the judged ones; None: all
    own_clock  the executor brings a clock of its own, as `nt.simulate` does: records and the limit in seconds follow it, a reader's watch does not
    """

    title: str
    history: History = field(default_factory=History)
    current: Any = None
    state: str = "running"
    limits: Mapping[str, float] = field(default_factory=dict)
    elapsed: float = 0.0
    paused: float = 0.0
    unit: str = "epochs"
    gpu: str | None = None
    own_clock: bool = False
    paid_in: str = "epochs"
    among: History | None = None

    @property
    def best(self) -> Record | None:
        among = self.history if self.among is None else self.among
        return among.best() if any(record.result.usable for record in among.finished()) else None

    @property
    def incumbent(self) -> list[float]:
        """The best so far after each trial; one that cannot be the best changes nothing."""
        if self.among is None:
            return self.history.incumbent()
        counts, line, value = {id(record) for record in self.among}, iter(self.among.incumbent()), math.nan
        return [value := next(line) if id(record) in counts else value for record in self.history]

    @property
    def failed(self) -> int:
        return sum(record.result.status == "failed" for record in self.history)

    @property
    def stopped(self) -> int:
        """How many were stopped early: their errors count, of less than their budget."""
        return sum(record.result.status == "stopped" for record in self.history)

    @property
    def progress(self) -> float:
        """From 0 to 1: how much of the limit that comes first is used up."""
        return min(1.0, max(self._used().values(), default=0.0))

    @property
    def left(self) -> float | None:
        """About how many seconds it will really take until a limit is reached, from how long it has taken so far, pauses apart."""
        used = {name: share for name, share in self._used().items() if share > 0}
        watched = () if self.own_clock else ("seconds",)  # the only limit that is read off the reader's own watch
        rest = [self.limits[name] * (1 - share) if name in watched else self.elapsed * (1 / share - 1) for name, share in used.items()]
        return max(0.0, min(rest)) if rest else None

    @property
    def simulated(self) -> float:
        """Where the executor's own clock stands: at what was told last."""
        return max((record.finished for record in self.history), default=0.0)

    def _used(self) -> dict[str, float]:
        seconds = self.simulated if self.own_clock else self.elapsed + self.paused  # the limit in seconds knows no pauses
        used = {"trials": len(self.history), "cost": self.history.cost, "seconds": seconds}
        return {name: used[name] / limit for name, limit in self.limits.items()}

    @property
    def top(self) -> float:
        """Up to which error trials are drawn where they are; NaN if there are none. The steps of the incumbent may make the axis twice as high."""
        errors = [record.error for record in self.history if record.result.usable]
        low = min(errors, default=math.nan)
        top = ceiling(errors, low, TRIALS_UP_TO)
        return max([top, *(error for error in self.incumbent if error <= 2 * top - low)])

    @property
    def curves_top(self) -> float:
        """Up to which error learning curves are drawn; NaN if there are none."""
        curves = [[error for error in record.result.curve if math.isfinite(error)] for record in self.history]
        peaks = [max(curve) for curve in curves if curve]
        return ceiling(peaks, min((min(curve) for curve in curves if curve), default=math.nan), CURVES_UP_TO)

    @property
    def above(self) -> int:
        """How many trials lie above `top`."""
        top = self.top
        return sum(record.result.usable and record.error > top for record in self.history)

    @property
    def curves_above(self) -> int:
        """How many learning curves go above `curves_top`."""
        top = self.curves_top
        return sum(any(error > top for error in record.result.curve) for record in self.history)

    @property
    def alt(self) -> str:
        """The pictures in words."""
        told = f"{self.title}: {count(len(self.history), 'trial')}" + (f", {self.failed} of them failed" if self.failed else "")
        told += f", {self.stopped} of them stopped early" if self.stopped else ""
        if self.best is None:
            return f"{told}; none has finished."
        line = [error for error in self.incumbent if not math.isnan(error)]
        where = number(self.history, self.best)
        cut = f" {count(self.above, 'trial')} above {self.top:.4f} at the upper edge." if self.above else ""
        cut += f" {count(self.curves_above, 'learning curve')} above {self.curves_top:.4f} at the upper edge." if self.curves_above else ""
        fell = "is" if line[0] == self.best.error else f"fell from {line[0]:.4f} to"
        return f"{told}. The best validation error {fell} {self.best.error:.4f}, in trial {where}: {arch_text(self.best.trial.arch)}.{cut}"


def ceiling(errors: Iterable[float], low: float, times: float) -> float:
    """Where an axis of errors ends, so that a few useless networks do not press the others onto the floor.

    It is the largest error that is at most `times` as far from `low` as the usual one (a third of those above `low` are better).

    >>> ceiling([0.02, 0.03, 0.05, 0.9], low=0.02, times=8.0)
    0.05
    """
    errors = list(errors)
    worse = sorted(error for error in errors if error > low)
    usual = worse[(len(worse) - 1) // 3] if worse else low
    return max((error for error in errors if error <= low + times * (usual - low) or error <= usual), default=low)


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
