"""What a search has found, and the questions one asks of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nastutor.pareto import front, hypervolume
from nastutor.values import Arch, Record

if TYPE_CHECKING:
    import pandas


class History(list[Record]):
    """What a search has found, in the order of telling. All questions are about finished records of an `Arch`."""

    @property
    def cost(self) -> float:
        """What all trials cost together, in epochs of the full task."""
        return sum(record.result.cost for record in self)

    def finished(self, budget: int | None = None) -> list[Record]:
        """The records that count: not failed, of an Arch, at `budget`, or at the largest budget told.

        Those that were stopped early count only where none came to its end: they have not spent their budget.
        """
        records = [r for r in self if isinstance(r.trial.arch, Arch) and r.result.status != "failed"]
        records = [r for r in records if r.result.status == "ok"] or records
        if budget is None:
            budget = max((r.budget for r in records if r.budget is not None), default=None)
        return [r for r in records if r.budget == budget] if budget is not None else records

    def best(self, metric: str = "error", budget: int | None = None) -> Record:
        """The record with the smallest metric, among those of the largest budget told; ties go to the first told."""
        records = self.finished(budget)
        self._need(records, (metric,))
        return min((r for r in records if metric in r.result.metrics), key=lambda r: nan_last(r.result.metrics[metric]))

    def pareto(self, *metrics: str) -> History:
        """The records that none of the others beats in all `metrics` (no worse in each, better in one), by the first metric."""
        records = self.finished()
        self._need(records, metrics)
        records = [r for r in records if all(m in r.result.metrics for m in metrics)]
        return History(records[number] for number in front([[r.result.metrics[m] for m in metrics] for r in records]))

    def hypervolume(self, **reference: float) -> float:
        """How much the finished records dominate, up to a reference point: metric -> its worst value that counts (`nastutor.pareto`).

        Larger is better. `history.hypervolume(error=1.0, params=1e6)`; large numbers and their logarithms give other volumes.
        """
        records = self.finished()
        self._need(records, tuple(reference))
        points = [[r.result.metrics[m] for m in reference] for r in records if all(m in r.result.metrics for m in reference)]
        return hypervolume(points, tuple(reference.values()))

    def incumbent(self, metric: str = "error") -> list[float]:
        """The best so far after each record: what `best` would have said then; NaN before the first finished one."""
        best, rank, line = math.nan, (False, -1), []
        for record in self:
            value = record.result.metrics.get(metric, math.nan)
            if record.result.status != "failed" and isinstance(record.trial.arch, Arch) and not math.isnan(value):
                own = (record.result.status == "ok", -1 if record.budget is None else record.budget)
                if own > rank or math.isnan(best) or (own == rank and value < best):
                    best, rank = value, own
            line.append(best)
        return line

    def to_frame(self) -> pandas.DataFrame:
        """One row a record: key, decisions (`arch.<name>`), metrics, cost, status, times."""
        import pandas as pd

        rows = []
        for r in self:
            row: dict[str, Any] = {"error": math.nan, "params": math.nan, **r.result.metrics, "cost": r.result.cost, "status": r.result.status}
            row |= {"budget": r.budget, "repeat": r.trial.repeat, "seconds": r.result.seconds, "started": r.started, "finished": r.finished}
            row |= {"key": r.trial.key, "reason": r.result.info.get("reason")}
            row |= {f"arch.{name}": value for name, value in r.trial.arch.choices} if isinstance(r.trial.arch, Arch) else {}
            rows.append(row)
        return pd.DataFrame(rows, columns=None if rows else ["error", "params", "cost", "status"])

    @classmethod
    def load(cls, journal: Any) -> History:
        """The history in a journal, also while another process is writing it."""
        from nastutor.journal import read_history

        return read_history(journal)

    def _need(self, records: Sequence[Record], metrics: Sequence[str]) -> None:
        if not metrics:
            raise ValueError("`metrics` is empty: name at least one, such as 'error'")
        if not records:
            reasons = [r.result.info.get("reason", r.result.status) for r in self]
            raise ValueError(f"no trial has finished yet; {len(self)} were told" + (f", the last one: {reasons[-1]}" if reasons else ""))
        known = sorted({name for r in records for name in r.result.metrics})
        for metric in metrics:
            if metric not in known:
                raise KeyError(f"`metric` is {metric!r}; known are {', '.join(known)}")


def nan_last(value: float) -> float:
    """For sorting: NaN behind everything."""
    return math.inf if math.isnan(value) else value
