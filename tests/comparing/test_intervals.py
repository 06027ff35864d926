"""Intervals cover what they should, agree with scipy, and are the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, mannwhitneyu, trim_mean

from nastutor import comparing
from nastutor.rng import numpy_rng

SCORES = numpy_rng(0, "test_intervals").gamma(2.0, 0.1, 40)


def test_the_interquartile_mean_is_that_of_the_middle_half():
    assert comparing.iqm([0.0, 1.0, 2.0, 99.0]) == 1.5 and comparing.iqm([8.0, 1, 2, 3, 4, 5, 6, 7]) == 4.5
    assert comparing.iqm([[0.0, 4], [1, 4], [2, 4], [9, 4]]).tolist() == [1.5, 4]
    assert comparing.iqm([[0.0, 1], [2, 99]], axis=None) == 1.5


@pytest.mark.parametrize("statistic", ["mean", "median", "iqm"])
def test_the_interval_is_that_of_scipy(statistic):
    measure = {"mean": np.mean, "median": np.median, "iqm": lambda x, axis: trim_mean(x, 0.25, axis)}[statistic]
    ours = comparing.interval(SCORES, statistic, resamples=20_000)
    theirs = bootstrap((SCORES,), measure, n_resamples=20_000, method="percentile", vectorized=True, rng=numpy_rng(1)).confidence_interval
    width = theirs.high - theirs.low
    assert ours.value == pytest.approx(measure(SCORES, axis=0)) and abs(ours.low - theirs.low) < 0.03 * width and abs(ours.high - theirs.high) < 0.03 * width


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = numpy_rng(2, "coverage")
    hits = [low <= 0 <= high for _, low, high in (comparing.interval(rng.normal(size=50), resamples=500, seed=k) for k in range(400))]
    assert 0.90 < np.mean(hits) < 0.98  # the percentile bootstrap is a little short at n = 50; 0.95 +- 0.022 is two sigma
    narrow = [low <= 0 <= high for _, low, high in (comparing.interval(rng.normal(size=50), level=0.5, resamples=500, seed=k) for k in range(400))]
    assert 0.42 < np.mean(narrow) < 0.58


def test_a_band_is_an_interval_at_each_place_of_whole_seeds():
    curves = SCORES[:, None] * np.array([1.0, 2.0, -1.0])
    band = comparing.interval(curves, seed=5)
    alone = comparing.interval(SCORES, seed=5)
    assert band.low.shape == (3,) and band.low[0] == pytest.approx(alone.low) and band.high[1] == pytest.approx(2 * alone.high)
    assert band.low[2] == pytest.approx(-alone.high), "the same seeds are drawn for each place"
    assert str(alone).startswith(f"{alone.value:.4g} [") and str(band) == "Interval of (3,)"


def test_one_seed_of_the_generator_one_interval():
    assert comparing.interval(SCORES, seed=3) == comparing.interval(SCORES, seed=3) != comparing.interval(SCORES, seed=4)


def test_chunks_change_nothing(monkeypatch):
    whole = comparing.interval(SCORES, "iqm")
    monkeypatch.setattr("nastutor.comparing.intervals.CHUNK", 1000)
    assert comparing.interval(SCORES, "iqm") == whole


def test_strata_draw_each_table_on_its_own_and_give_one_number():
    tables = np.stack([SCORES, 1 + SCORES], axis=1)  # (S, 2)
    one = comparing.interval(tables, "mean", strata=True)
    assert one.value == pytest.approx(tables.mean()) and np.ndim(one.low) == 0
    single = comparing.interval(SCORES, "mean")
    assert one.high - one.low == pytest.approx((single.high - single.low) / np.sqrt(2), rel=0.1), "two independent draws halve the variance"
    assert comparing.interval(tables, "iqm", strata=True).value == pytest.approx(trim_mean(tables.ravel(), 0.25))


def test_a_function_serves_as_statistic():
    assert comparing.interval(SCORES, np.max).value == SCORES.max()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=12), st.lists(st.integers(0, 6), min_size=2, max_size=12))
def test_the_probability_of_improvement_is_the_u_statistic(a, b):
    chance = comparing.probability_of_improvement(a, b, resamples=50)
    u = mannwhitneyu(b, a).statistic  # how often b is above a
    assert chance.value == pytest.approx(u / (len(a) * len(b)))
    assert 0 <= chance.low <= chance.high <= 1
    assert comparing.probability_of_improvement(b, a, resamples=50).value == pytest.approx(1 - chance.value)


def test_the_probability_of_improvement_over_tables_is_the_mean():
    a, b = np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 1.0]])
    assert comparing.probability_of_improvement(a, b).value == 0.75, "always on the first, a draw on the second"


def test_its_interval_is_that_of_resampling_both():
    a, b = SCORES[:20], SCORES[20:] + 0.05
    chance = comparing.probability_of_improvement(a, b, resamples=4000)
    theirs = bootstrap(
        (a, b), lambda x, y, axis: np.mean(x[..., :, None] < y[..., None, :], axis=(-1, -2)), n_resamples=4000, method="percentile", rng=numpy_rng(3)
    )
    assert chance.low == pytest.approx(theirs.confidence_interval.low, abs=0.02) and chance.high == pytest.approx(theirs.confidence_interval.high, abs=0.02)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: comparing.interval(SCORES, "mode"), "`statistic` is 'mode'; allowed are mean, median, iqm"),
        (lambda: comparing.interval([0.1]), "`scores` has 1 seed"),
        (lambda: comparing.interval([0.1, np.nan]), "`scores` is nan at 1"),
        (lambda: comparing.interval(SCORES, level=1.0), "`level` is 1.0"),
        (lambda: comparing.interval(SCORES, resamples=0), "`resamples` is 0"),
        (lambda: comparing.interval(SCORES, strata=True), r"`scores` are of shape \(40,\)"),
        (lambda: comparing.probability_of_improvement([1, 2], [[1, 2], [1, 2]]), r"`a` is of shape \(2,\) and `b` of \(2, 2\)"),
    ],
)
def test_bad_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
