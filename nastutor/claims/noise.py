"""What a search is told in the test of a claim, and what is true of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from nastutor.comparing.agreement import network_values
from nastutor.values import Arch, Result, Trial


def noisy(table: Any, kind: str, rng: Random) -> Callable[[Trial], Result]:
    """Every evaluation is a new one, of networks seen before as well.

    kind  runs: one of the table's runs, drawn; spread: the mean and a normal deviation, as large as networks differ (quartiles / 1.35)
    """
    mean = table.column("error", seed="mean")
    lines = np.stack([table.column("error", seed=run) for run in range(table.runs)], axis=1) if kind == "runs" else mean[:, None]
    low, high = np.nanquantile(network_values(table, seed="mean"), (0.25, 0.75))
    known, sigma = dict(zip(table.archs, lines.tolist(), strict=True)), 0.0 if kind == "runs" else (high - low) / 1.35

    def evaluate(trial: Trial) -> Result:
        error = rng.choice(known[trial.arch]) + rng.gauss(0, sigma)  # type: ignore[index]
        return Result({"error": error}) if error == error else Result.failed("diverged")

    return evaluate


def truth(table: Any) -> dict[Arch, float]:
    """Validation error of each architecture that can be trained, the mean over the runs that did not diverge, as `final` takes it of test errors."""
    runs = np.stack([table.column("error", seed=run) for run in range(table.runs)])  # (R, A)
    ok = np.isfinite(runs)
    means = np.where(ok, runs, 0).sum(axis=0) / np.maximum(1, ok.sum(axis=0))
    return {arch: mean for arch, mean, some in zip(table.archs, means.tolist(), ok.any(axis=0), strict=True) if some}


def final_errors(table: Any) -> dict[Arch, float]:
    """Test error of each architecture that can be trained, as `final` says it: the truth for scores that the validation images gave."""
    return {arch: table.final(arch) for arch in truth(table)}
