"""Training that also notes what a table keeps and no search may see: for makers of tables alone."""

from __future__ import annotations

import statistics
import time
import traceback
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from nastutor.estimators.cost import measure_latency
from nastutor.estimators.device import numerics
from nastutor.estimators.fit import Fit
from nastutor.estimators.train import Train
from nastutor.rng import torch_rng
from nastutor.values import Arch, Result, Trial


class Notes:
    """Added to an estimator that trains: the test error after each epoch, or the last (`late`), in `info["test_curve"]`. It changes no other number."""

    splits: tuple[str, ...] = ("valid", "test")

    def _info(self, fit: Fit, effective: Trial) -> dict[str, Any]:
        return {**super()._info(fit, effective), "test_curve": fit.curves["test"]}  # type: ignore[misc]

    def many(self, trials: Iterable[Trial]) -> list[Result]:
        """A population that breaks has broken as a whole: it is not trained one by one instead, which would only be slow."""
        trials = list(trials)
        try:
            return super().many(trials)  # type: ignore[misc,no-any-return]
        except Exception as error:
            return [Result.failed(f"{type(error).__name__}: {error}", traceback=traceback.format_exc()) for _ in trials]


class Recording(Notes, Train):
    """`Train`, with the test error after each epoch."""

    def timed(self, arch: Arch, *, steps: int = 3, rounds: int = 3) -> dict[str, float]:
        """What training `arch` alone takes, in CPU seconds of this process on `threads` threads: medians of `rounds`, after one that does not count.

        train_seconds  of the steps of an epoch: that of `steps` of them, times their number
        look_seconds   of looking at the validation images after an epoch
        latency_ms     of one forward pass of one image

        CPU time leaves out what the process waits for, which is how other work on the machine disturbs least; what it cannot leave out is
        that others push data out of the caches and slow the clock down.
        """
        with numerics(self.threads):
            fit = self._fit(self.effective(Trial(arch)))
            measured = [self._round(fit, steps) for _ in range(rounds + 1)][1:]
        train, look = (statistics.median(column) for column in zip(*measured, strict=True))
        latency = measure_latency(self.network(arch), threads=self.threads, clock=time.process_time)
        return {"train_seconds": train, "look_seconds": look, "latency_ms": latency}

    def _round(self, fit: Fit, steps: int) -> tuple[float, float]:
        import torch

        (x, y), generator = self._images["train"], torch_rng(0, "timed")
        rows = torch.randperm(len(x), generator=generator)[: fit.recipe.batch_size]
        fit.module.train()
        began = time.process_time()
        for _ in range(steps):
            fit.step(self.task.augmented(x[rows], generator), y[rows])
        trained = time.process_time()
        fit.evaluate("valid")
        return (trained - began) / steps * len(x) / len(rows), time.process_time() - trained


@lru_cache
def recorder(name: str) -> type[Train]:
    """The kind of estimator called `name`, with `Notes`."""
    if name == "Train":
        return Recording
    if name != "Population":
        raise ValueError(f"`estimator` is {name!r}; allowed are 'Train' and 'Population'")
    from nastutor.estimators.population import Population

    return type("RecordingPopulation", (Notes, Population), {"__module__": __name__, "__doc__": "`Population`, with the test error after each epoch."})
