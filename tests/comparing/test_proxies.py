"""How well scores rank: known cases, invariances, chance, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.comparing import partial_correlation, ranking, surpassing

TRUTH = np.linspace(0.1, 0.5, 20)


def draw(seed, *shape):
    return np.random.default_rng(seed).random(shape)


def row(scores, truth=TRUTH, **more):
    (found,) = ranking({"it": scores}, truth, resamples=50, **more)
    return found


def test_the_truth_ranks_itself_and_backwards_the_other_way_round():
    same, other = row(TRUTH, top=5), row(-TRUTH, top=5)
    assert (same.kendall, same.spearman, same.overlap, same.regret, same.beaten) == (1, 1, 1, 0, 1) and same.p < 0.05
    assert (other.kendall, other.overlap, other.beaten) == (-1, 0, 0) and other.p == 1 and other.regret == pytest.approx(0.4)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_only_ranks_count(seed):
    scores = draw(seed, 20)
    one, other = row(scores, top=3), row(np.exp(5 * scores) - 7, top=3)
    assert one._replace(stability=0, among=0, partial=0) == other._replace(stability=0, among=0, partial=0)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6))
def test_the_order_of_the_architectures_means_nothing(seed):
    scores, order = draw(seed, 20), np.random.default_rng(seed).permutation(20)
    one, other = row(scores), row(scores[order], TRUTH[order])
    assert (one.kendall, one.overlap, one.regret, one.beaten) == pytest.approx((other.kendall, other.overlap, other.regret, other.beaten))


def test_chance_is_seldom_called_clear():
    found = [row(draw(seed, 20)).p < 0.05 for seed in range(60)]
    assert sum(found) <= 9


def test_runs_are_averaged_and_compared_with_each_other():
    runs = np.stack([TRUTH, TRUTH[::-1]])
    found = row(runs, top=5)
    assert found.runs == 2 and found.kendall == 0 and found.stability == -1 and found.overlap == 0.5 and found.beaten == 0.5
    assert np.isnan(row(TRUTH).stability)


def test_the_ceiling_is_that_of_the_runs_of_the_truth():
    noisy = TRUTH + 0.1 * draw(1, 3, 20)
    found = ranking({"a": TRUTH, "b": -TRUTH}, noisy, resamples=20)
    assert 0.3 < found.ceiling < 1 and [one.name for one in found] == ["a", "b"]
    frame = found.to_frame()
    assert list(frame.index) == ["a", "b"] and frame.loc["a", "kendall"] > 0.5 and "truth, run against run" in str(found)
    assert np.isnan(ranking({"a": TRUTH}, TRUTH, resamples=5).ceiling)
    apart = ranking({"a": TRUTH}, TRUTH, repeats=noisy, resamples=5)
    assert apart.ceiling == found.ceiling and apart[0].kendall == pytest.approx(1), "whose truth is another"
    with pytest.raises(ValueError, match="`repeats` has shape"):
        ranking({"a": TRUTH}, TRUTH, repeats=noisy[:, 1:])


def test_several_ways_are_corrected_for_their_number():
    alone, among = row(TRUTH), ranking(dict.fromkeys("abcd", TRUTH), TRUTH, resamples=50)
    assert among[0].p == pytest.approx(4 * alone.p)


def test_the_worst_score_of_a_failed_training_is_the_last_rank():
    scores = TRUTH.copy()
    scores[-1] = np.inf
    assert row(scores).kendall == 1


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_what_fails_in_every_run_of_the_truth_is_the_worst(runs):
    scores = np.linspace(0.1, 0.8, 8)
    truth = scores.copy()
    truth[0] = np.inf
    assert ranking({"it": scores}, [truth] * runs, top=2)[0].kendall == pytest.approx(0.5), "7 of 28 pairs are the wrong way round"


def test_the_interval_holds_the_value_and_is_the_same_again():
    scores = TRUTH + 0.2 * draw(3, 20)
    one = ranking({"it": scores}, TRUTH, resamples=200)[0]
    assert one.low < one.kendall < one.high and one == pytest.approx(ranking({"it": scores}, TRUTH, resamples=200)[0], nan_ok=True)


def test_the_probability_to_surpass_falls_with_rank_and_draws():
    assert surpassing(1, 10) == 0.9 and surpassing(10, 10) == 0 and surpassing(2, 10, 3) == pytest.approx(0.8**3)
    assert surpassing(1, 100, 5) > surpassing(2, 100, 5) > surpassing(2, 100, 6)


def test_among_the_best_is_tau_of_those_alone():
    scores = TRUTH.copy()
    scores[:6] = TRUTH[5::-1]
    assert row(scores, top=6).among == pytest.approx(-1) and row(scores, top=6).kendall > 0.8 and row(TRUTH, top=6).among == pytest.approx(1)
    assert np.isnan(row(TRUTH, top=4).among), "four have too few orders to say anything"


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_a_partial_correlation_is_that_of_three_correlations(seed):
    """(r_ab - r_ac r_bc) / sqrt((1 - r_ac^2) (1 - r_bc^2)) of Spearman's correlations."""
    from scipy.stats import spearmanr

    a, b, c = draw(seed, 3, 30)
    ab, ac, bc = (spearmanr(*pair).statistic for pair in ((a, b), (a, c), (b, c)))
    assert partial_correlation(a, b, [c]) == pytest.approx((ab - ac * bc) / np.sqrt((1 - ac**2) * (1 - bc**2)))
    assert partial_correlation(a, b, []) == pytest.approx(ab)


def test_what_a_score_adds_to_what_is_known():
    sizes = draw(5, 40)
    truth = sizes + 0.3 * draw(6, 40)
    more = {"given": {"size": sizes, "twice": 2 * sizes}, "resamples": 20}
    of_size, of_truth = ranking({"size": sizes, "truth": truth}, truth, **more)
    assert of_size.kendall > 0.5 and of_size.partial == 0 and of_truth.partial == pytest.approx(1)
    assert np.isnan(row(TRUTH).partial)
    with pytest.raises(ValueError, match=r"`given\['size'\]` has shape"):
        ranking({"a": truth}, truth, given={"size": sizes[:5]})


@pytest.mark.parametrize(
    "proxies, truth, more, words",
    [
        ({}, TRUTH, {}, "`proxies` is {}"),
        ({"a": TRUTH[:5]}, TRUTH, {}, r"`proxies\['a'\]` has shape \(5,\)"),
        ({"a": TRUTH}, TRUTH[:3], {}, r"`truth` has shape \(3,\)"),
        ({"a": np.full(20, 0.3)}, TRUTH, {}, "equal values"),
        ({"a": np.where(TRUTH > 0.4, np.nan, TRUTH)}, TRUTH, {}, "not a number"),
        ({"a": TRUTH}, TRUTH, {"top": 21}, "`top` is 21"),
        ({"a": TRUTH}, TRUTH, {"resamples": 0}, "`resamples` is 0"),
        ({"a": TRUTH}, {"x": 1}, {}, r"`truth` is {'x': 1}; allowed are numbers"),
        ({"a": [[0.1, 0.2], [0.3]]}, TRUTH, {}, r"`proxies\['a'\]` is \[\[0.1, 0.2\], \[0.3\]\]; allowed are numbers"),
    ],
)
def test_refusals(proxies, truth, more, words):
    with pytest.raises(ValueError, match=words):
        ranking(proxies, truth, **more)
    with pytest.raises(ValueError, match="`rank` is 0"):
        surpassing(0, 10)
