"""History: the best, the front, the incumbent."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.core import Arch, History, Mixture, Record, Result, Trial

NUMBERS = itertools.count()


def record(error=None, params=1.0, budget=None, status="ok", cost=1.0, info=None):
    metrics = {} if error is None else {"error": error, "params": params}
    return Record(Trial(Arch((("id", next(NUMBERS)),)), budget), Result(metrics, cost=cost, status=status, info=info or {}))


def test_best_is_the_first_of_the_smallest_and_never_a_failed_or_stopped_one():
    first, second = record(0.2), record(0.2)
    history = History([record(0.5), record(0.1, status="stopped"), first, second, Record(Trial(Mixture({"a": [1.0]})), Result({"error": 0.0}))])
    assert history.best() is first


def test_stopped_ones_count_where_none_came_to_its_end():
    stopped, worse = record(0.3, status="stopped"), record(0.5, status="stopped", budget=9)
    assert History([record(status="failed"), stopped]).best() is stopped and History([stopped, worse]).best() is worse
    assert History([stopped, record(0.4)]).best().error == 0.4 and History([stopped, record(0.4)]).incumbent() == [0.3, 0.4]


def test_best_is_among_the_largest_budget_told():
    low, high = record(0.1, budget=1), record(0.3, budget=9)
    history = History([low, high, record(0.4, budget=9)])
    assert history.best() is high and history.best(budget=1) is low


def test_a_default_budget_that_the_result_tells_counts():
    default = record(0.3, info={"budget": 12})
    assert History([record(0.1, budget=3), default]).best() is default


def test_best_by_another_metric_and_unknown_metrics():
    history = History([record(0.5, params=3.0), record(0.6, params=2.0)])
    assert history.best("params").error == 0.6
    with pytest.raises(KeyError, match=r"eror.*error, params"):
        history.best("eror")
    with pytest.raises(KeyError, match="latency"):
        history.pareto("error", "latency")
    with pytest.raises(ValueError, match="`metrics` is empty"):
        history.pareto()


def test_nothing_finished_raises_with_the_last_reason():
    with pytest.raises(ValueError, match="no trial has finished"):
        History().best()
    with pytest.raises(ValueError, match="out of memory"):
        History([record(status="failed", info={"reason": "out of memory"})]).best()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_the_front_is_what_nothing_dominates(points):
    history = History(record(float(e), float(p)) for e, p in points)
    front = history.pareto("error", "params")

    def beats(a, b):
        return a != b and a[0] <= b[0] and a[1] <= b[1]

    got = [(r.result.metrics["error"], r.result.metrics["params"]) for r in front]
    assert sorted(set(got)) == got == sorted({p for p in points if not any(beats(q, p) for q in points)})


@given(st.lists(st.tuples(st.sampled_from(["ok", "failed", "stopped"]), st.integers(0, 9), st.none() | st.integers(1, 3)), max_size=15))
def test_the_incumbent_is_what_best_said_then(rows):
    history = History(record(float(e), status=status, budget=b) for status, e, b in rows)
    for n, value in enumerate(history.incumbent(), 1):
        so_far = History(history[:n])
        if so_far.finished():
            assert value == so_far.best().error
        else:
            assert math.isnan(value)


def test_cost_and_frame():
    history = History([record(0.5, cost=2.0), record(status="failed", info={"reason": "nan"})])
    frame = history.to_frame()
    assert history.cost == 3.0 and list(frame["status"]) == ["ok", "failed"] and frame["reason"][1] == "nan" and "arch.id" in frame
    assert {"error", "params", "cost", "status"} <= set(History().to_frame().columns)
