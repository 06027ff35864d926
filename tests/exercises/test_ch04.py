"""The reference solutions of chapter 4 against scipy, numpy and numbers worked out by hand."""

import itertools

import numpy as np
import pytest
from scipy.stats import rankdata, wilcoxon

from nastutor.checks import find_check, judge
from nastutor.exercises.ch04 import draws_needed, mean_band, p_value, rank_sum, surpass


def test_rank_sum_shares_ranks_and_leaves_out_zeros():
    assert rank_sum([0.1, -0.1, 0.3, 0.0]) == 1.5 + 3 and rank_sum([0.03, 0.01, -0.02, 0.04]) == 8


@pytest.mark.parametrize("seed", range(5))
def test_p_value_is_scipys(seed):
    differences = np.random.default_rng(seed).normal(0.3, 1, 8)
    assert p_value(list(differences)) == pytest.approx(wilcoxon(differences, alternative="greater", method="exact").pvalue, abs=1e-12)


def test_p_value_by_hand():
    assert p_value([0.03, 0.01, -0.02, 0.04]) == 3 / 16 and p_value([1.0] * 5) == 1 / 32 and p_value([0.0]) == 1


def test_mean_band_is_numpys():
    curves = np.random.default_rng(0).random((6, 4))
    mean, low, high = map(np.array, mean_band(curves.tolist()))
    half = 1.96 * curves.std(axis=0, ddof=1) / np.sqrt(6)
    assert np.allclose(mean, curves.mean(axis=0)) and np.allclose(low, mean - half) and np.allclose(high, mean + half)


def test_odds_of_random_draws():
    assert surpass(1, 100, 10) == pytest.approx(1 - 0.99**10) and surpass(5, 5, 1) == 1  # 1 - .904
    assert draws_needed(0.05, 0.95) == 59 and draws_needed(0.5, 0.5) == 1


def kept_zeros(differences):
    ranks = rankdata(np.abs(differences))
    return float(sum(rank for rank, d in zip(ranks, differences) if d > 0))


def unshared(differences):
    ordered = sorted((d for d in differences if d), key=abs)
    return float(sum(i for i, d in enumerate(ordered, 1) if d > 0))


def divided_by_n(curves):
    values = np.array(curves)
    half = 1.96 * values.std(axis=0) / np.sqrt(len(values))
    return values.mean(axis=0), values.mean(axis=0) - half, values.mean(axis=0) + half


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("rank_sum", kept_zeros, "leave them out"),
        ("rank_sum", unshared, "have to share"),
        ("mean_band", divided_by_n, "ddof=1"),
        ("p_value", lambda differences: wilcoxon_strict(differences), "`>=`"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch04.{name}"), wrong)
    assert words in dict(outcome.lines)["likely"], str(outcome)


def wilcoxon_strict(differences):
    sizes = [abs(d) for d in differences if d]
    worlds = [rank_sum([s * size for s, size in zip(signs, sizes)]) for signs in itertools.product((1, -1), repeat=len(sizes))]
    return float(np.mean([world > rank_sum(differences) for world in worlds]))
