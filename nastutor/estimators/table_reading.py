"""What a table says at one budget over some of its runs: read for all networks at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nastutor.values import Result

SHARED = ("error", "loss", "train_loss", "latency_ms")  # metrics of a network, whichever architecture asks
LOSSES = ("loss", "train_loss")  # noted at the end of a training


class Reading:
    """What all N networks of a table have at one budget, over the runs that count.

    columns  metric, or "seconds" -> float64 (N,), NaN where one of the runs diverged; losses only where the budget was trained for as such
    curve    float64 (N, budget)
    failed   how many of the runs diverged, int (N,)
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], images: int, source: int, budget: int, runs: tuple[int, ...]) -> None:
        self.budget, self.runs, self.cost = budget, runs, float(budget)
        self.info: dict[str, Any] = {"budget": budget}
        chosen = list(runs)
        self.failed = arrays[f"failed/{source}"][:, chosen].sum(axis=1)
        self.curve = arrays[f"valid/{source}"][:, chosen, :budget].mean(axis=1) / images
        seconds = np.broadcast_to(arrays[f"seconds/{source}"], (len(self.curve), arrays[f"failed/{source}"].shape[1]))
        taken = seconds[:, chosen].mean(axis=1, dtype=np.float64) * budget / source
        trained = {"error": self.curve[:, -1], "seconds": taken}
        if source == budget:
            trained |= {name: arrays[f"{name}/{source}"][:, chosen].mean(axis=1, dtype=np.float64) for name in LOSSES}
        self.columns = {name: np.where(self.failed > 0, np.nan, values) for name, values in trained.items()}
        self.columns["latency_ms"] = arrays["latency_ms"].astype(np.float64)
        self.seconds: list[float] = taken.tolist()
        self._names = [name for name in SHARED if name in self.columns]
        self._metrics = list(zip(*(self.columns[name].tolist() for name in self._names), strict=True))
        self._failed = self.failed.tolist()

    def answer(self, network: int) -> dict[str, float] | Result:
        """The metrics that a network has whatever architecture asked; a failed result where a run diverged."""
        if failed := self._failed[network]:
            reason = f"diverged, in {failed} of {len(self.runs)} runs of the table"
            return Result(status="failed", cost=self.cost, seconds=self.seconds[network], info={**self.info, "reason": reason})
        return dict(zip(self._names, self._metrics[network], strict=True))
