"""Where a trial is evaluated: every failure is a result with its reason, and what is no answer is a mistake."""

import math

import pytest

from nastutor.evaluate import BadAnswer, evaluate
from nastutor.values import Arch, Result, Trial

TRIALS = [Trial(Arch((("width", width),))) for width in (1, 2, 3)]


def good(trial):
    return Result({"error": trial.arch["width"] / 10}, cost=1.0)


def second_fails(error):
    def estimator(trial):
        if trial.arch["width"] == 2:
            raise error
        return good(trial)

    return estimator


class Together:
    """Answers trials one at a time and together, and counts how."""

    def __init__(self, many):
        self.alone, self.answer = 0, many

    def __call__(self, trial):
        self.alone += 1
        return good(trial)

    def many(self, trials):
        return self.answer(trials)


@pytest.mark.parametrize(
    "error, reason",
    [
        (KeyError("epochs"), "KeyError: 'epochs'"),
        (ValueError(), "ValueError"),
        (MemoryError("8 GB"), "out of memory: MemoryError: 8 GB"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA"), "out of memory: OutOfMemoryError: CUDA"),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"), "out of memory: RuntimeError: MPS backend out of memory (MPS allocated: 8 GB)"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "out of memory: RuntimeError: DefaultCPUAllocator: can't allocate memory"),
        (ValueError("out of memory"), "ValueError: out of memory"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_an_exception_is_a_failed_result_with_its_reason_and_its_traceback(error, reason):
    one, two, three = evaluate(second_fails(error), TRIALS)
    assert (one, three) == (good(TRIALS[0]), good(TRIALS[2])) and two.status == "failed"
    assert two.info["reason"] == reason and "raise error" in two.info["traceback"]


def test_an_interrupt_is_none_of_the_trials_business():
    with pytest.raises(KeyboardInterrupt):
        evaluate(second_fails(KeyboardInterrupt()), TRIALS)


@pytest.mark.parametrize("error", [math.nan, math.inf])
def test_an_error_that_is_not_finite_is_a_failure_that_keeps_what_came_with_it(error):
    (result,) = evaluate(lambda trial: Result({"error": error, "params": 3.0}, cost=2.0, info={"epoch": 4}), TRIALS[:1])
    assert result.status == "failed" and "diverged" in result.info["reason"] and result.info["epoch"] == 4 and result.cost == 2.0


def test_what_is_no_result_is_a_mistake_that_names_the_estimator():
    with pytest.raises(BadAnswer, match=r"returned 0\.5, a float; it must return an nt\.Result"):
        evaluate(lambda trial: 0.5, TRIALS)
    with pytest.raises(BadAnswer, match=r"Together\.many returned 1 results for 3 trials"):
        evaluate(Together(lambda trials: [good(trials[0])]), TRIALS)


def test_trials_go_together_and_alone_where_that_breaks_or_there_is_one():
    quick, broken = Together(lambda trials: map(good, trials)), Together(lambda trials: 1 / 0)
    assert evaluate(quick, TRIALS) == list(map(good, TRIALS))
    assert [result.metrics for result in evaluate(broken, TRIALS)] == [good(trial).metrics for trial in TRIALS]
    assert (quick.alone, broken.alone) == (0, 3)
    evaluate(quick, TRIALS[:1])
    assert quick.alone == 1


def test_why_a_batch_was_taken_apart_is_said_by_each_of_its_results():
    def one_breaks(trial):
        if trial.arch["width"] == 2:
            raise ValueError("two is too much")
        return Result({"error": 0.1}, info={"epochs": 3})

    estimator = type("OneBreaks", (), {"__call__": lambda self, trial: one_breaks(trial), "many": lambda self, trials: 1 / 0})()
    results = evaluate(estimator, TRIALS)
    assert [result.info["batch_failed"] for result in results] == ["ZeroDivisionError: division by zero"] * 3
    assert [result.status for result in results] == ["ok", "failed", "ok"] and results[0].info["epochs"] == 3
    assert results[1].info["reason"] == "ValueError: two is too much"
    assert "batch_failed" not in evaluate(estimator, TRIALS[:1])[0].info


def test_seconds_are_measured_where_they_are_worth_noting_and_not_stated(monkeypatch):
    from nastutor import evaluate as module

    monkeypatch.setattr(module.time, "perf_counter", iter([0.0, 2.0, 10.0, 10.0005, 20.0, 25.0]).__next__)
    slow, quick = evaluate(good, TRIALS[:2])
    (stated,) = evaluate(lambda trial: Result({"error": 0.1}, seconds=7.0), TRIALS[:1])
    assert (slow.seconds, quick.seconds, stated.seconds) == (2.0, 0.0, 7.0)
