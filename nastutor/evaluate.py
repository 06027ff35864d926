"""What runs where a trial is evaluated, here or in a worker: every failure becomes a result with its reason."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from nastutor.values import Result, Trial

WORTH_NOTING = 1e-3  # seconds; shorter evaluations (functions, tables) keep the time they state
FULL = ("out of memory", "can't allocate memory")  # what torch says on Apple's GPUs and on CPUs, as a plain RuntimeError


class BadAnswer(TypeError):
    """The estimator does not return what an estimator must: a mistake in the program, which ends the search."""


def evaluate(estimator: Callable[[Trial], Result], trials: Sequence[Trial]) -> list[Result]:
    """The answers to `trials`: together through `.many` where there is one; failing that, each alone, so that the culprit fails alone.

    Why they were not answered together stands in `info["batch_failed"]` of each result then.
    """
    many = getattr(estimator, "many", None)
    if len(trials) > 1 and many is not None:
        try:
            results = list(many(trials))
        except Exception as error:
            results = [_one(estimator, trial) for trial in trials]
            return [replace(result, info={**result.info, "batch_failed": _reason(error)}) for result in results]
        if len(results) != len(trials):
            raise BadAnswer(f"{type(estimator).__name__}.many returned {len(results)} results for {len(trials)} trials")
        return [_checked(estimator, result) for result in results]
    return [_one(estimator, trial) for trial in trials]


def _one(estimator: Callable[[Trial], Result], trial: Trial) -> Result:
    began = time.perf_counter()
    try:
        result = estimator(trial)
    except (Exception, SystemExit) as error:
        return Result.failed(_reason(error), traceback=traceback.format_exc())
    result = _checked(estimator, result)
    seconds = time.perf_counter() - began
    return replace(result, seconds=seconds) if result.seconds == 0.0 and seconds > WORTH_NOTING else result


def _checked(estimator: Any, result: Any) -> Result:
    if not isinstance(result, Result):
        name = getattr(estimator, "__qualname__", type(estimator).__name__)
        raise BadAnswer(f"`estimator` {name} returned {result!r}, a {type(result).__name__}; it must return an nt.Result")
    if result.status == "ok" and not math.isfinite(result.metrics.get("error", 0.0)):
        return replace(result, status="failed", info={**result.info, "reason": f"diverged: the error is {result.error}"})
    return result


def _reason(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"  # torch's, without importing torch
    memory = memory or (isinstance(error, RuntimeError) and any(words in str(error) for words in FULL))
    return f"out of memory: {text}" if memory else text
