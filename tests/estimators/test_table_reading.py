import numpy as np
import pytest

from nastutor.estimators.table_reading import Reading
from nastutor.values import Result

NETWORKS, RUNS, IMAGES = 4, 3, 50


@pytest.fixture
def arrays():
    rng, found = np.random.default_rng(0), {"latency_ms": np.arange(NETWORKS, dtype=np.float32)}
    for budget in (1, 4):
        for name in ("seconds", "loss", "train_loss"):
            found[f"{name}/{budget}"] = rng.random((NETWORKS, RUNS), dtype=np.float32)
        found[f"valid/{budget}"] = rng.integers(0, IMAGES, (NETWORKS, RUNS, budget), dtype=np.uint16)
        found[f"failed/{budget}"] = np.zeros((NETWORKS, RUNS), dtype=bool)
    found["failed/4"][1, 2] = True
    return found


@pytest.mark.parametrize("runs", [(0,), (0, 2), (0, 1, 2)])
def test_means_over_the_runs_that_count(arrays, runs):
    reading = Reading(arrays, IMAGES, 4, 4, runs)
    wrong, ok = arrays["valid/4"][:, list(runs)], ~arrays["failed/4"][:, list(runs)].any(1)
    assert np.allclose(reading.curve, wrong.mean(1) / IMAGES) and (reading.columns["error"][ok] == reading.curve[ok, -1]).all()
    assert np.allclose(reading.columns["loss"][ok], arrays["loss/4"][:, list(runs)].mean(1)[ok])
    assert np.allclose(reading.seconds, arrays["seconds/4"][:, list(runs)].mean(1)), "what diverged took its time too"
    for name in ("error", "loss", "train_loss", "seconds"):
        assert (np.isnan(reading.columns[name]) == ~ok).all() and not np.isnan(reading.columns["latency_ms"]).any()
    assert reading.answer(0) == {name: reading.columns[name][0] for name in ("error", "loss", "train_loss", "latency_ms")}


def test_a_budget_on_the_way_is_read_off_the_curve(arrays):
    short, whole = Reading(arrays, IMAGES, 4, 3, (0,)), Reading(arrays, IMAGES, 4, 4, (0,))
    assert (
        (short.curve == whole.curve[:, :3]).all() and "loss" not in short.columns and np.allclose(np.multiply(short.seconds, 4), np.multiply(whole.seconds, 3))
    )
    assert short.cost == 3.0 and short.info == {"budget": 3}


def test_trained_budgets_do_not_mix(arrays):
    assert (Reading(arrays, IMAGES, 1, 1, (0,)).columns["error"] == arrays["valid/1"][:, 0, 0] / IMAGES).all()


def test_a_run_that_diverged_fails_the_answer(arrays):
    answer = Reading(arrays, IMAGES, 4, 4, (0, 1, 2)).answer(1)
    assert isinstance(answer, Result) and answer.status == "failed" and answer.info["reason"] == "diverged, in 1 of 3 runs of the table"
    assert not isinstance(Reading(arrays, IMAGES, 4, 4, (0, 1)).answer(1), Result)


def test_time_measured_once_stands_for_all_runs(arrays):
    once = {**arrays, "seconds/4": arrays["seconds/4"][:, :1]}
    assert Reading(once, IMAGES, 4, 4, (2,)).seconds == Reading(arrays, IMAGES, 4, 4, (0,)).seconds
