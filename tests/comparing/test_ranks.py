"""Demsar's worked example (2006, section 3.2.4), his critical values, and what holds for all ranks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare

from nastutor import comparing
from nastutor.rng import numpy_rng
from tests.comparing.demsar import NAMES, SCORES

Q_05 = (1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164)  # table 5 (a), k = 2 ... 10
Q_10 = (1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920)


@pytest.mark.parametrize(("alpha", "published"), [(0.05, Q_05), (0.10, Q_10)])
def test_critical_values_are_the_published_ones(alpha, published):
    for k, q in enumerate(published, 2):
        assert comparing.critical_difference(k, 100, alpha) / np.sqrt(k * (k + 1) / 600) == pytest.approx(q, abs=1.1e-3)  # he cut off where he did not round


def test_the_worked_example():
    found = comparing.friedman(SCORES)
    assert [round(found.ranks[name], 3) for name in NAMES] == [3.143, 2.000, 2.893, 1.964]
    assert found.blocks == 14 and found.chi2 == pytest.approx(9.28, abs=0.005) and found.f == pytest.approx(3.69, abs=0.005)
    assert found.p_f < 0.05, "above 2.85, the critical value of F(3, 39)"


def test_its_critical_differences_and_groups():
    five, ten = comparing.nemenyi(SCORES), comparing.nemenyi(SCORES, 0.10)
    assert five.critical == pytest.approx(1.25, abs=0.005) and ten.critical == pytest.approx(1.12, abs=0.005)
    assert five.groups == [["C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"]], "not even the best and the worst differ at 5 %"
    assert ten.groups == [["C4.5+m+cf", "C4.5+m", "C4.5+cf"], ["C4.5+cf", "C4.5"]], "figure 1 (a)"


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 6), st.integers(5, 20), st.integers(0, 10**6))
def test_without_ties_friedman_is_scipys(k, blocks, seed):
    table = numpy_rng(seed).random((blocks, k))
    found = comparing.friedman({f"s{i}": table[:, i] for i in range(k)})
    theirs = friedmanchisquare(*table.T)
    assert found.chi2 == pytest.approx(theirs.statistic) and found.p == pytest.approx(theirs.pvalue)
    assert sum(found.ranks.values()) == pytest.approx(k * (k + 1) / 2)


def test_the_same_order_in_each_block_is_no_chance():
    found = comparing.friedman({"a": np.zeros(6), "b": np.ones(6), "c": np.full(6, 2.0)})
    assert found.f == np.inf and found.p_f == 0 and found.p < 0.01 and found.ranks == {"a": 1, "b": 2, "c": 3}


def test_tables_are_blocks_too():
    scores = {"a": [[1, 5], [2, 6]], "b": [[3, 4], [4, 7]]}
    assert comparing.mean_ranks(scores) == {"a": 1.25, "b": 1.75} and comparing.friedman(scores).blocks == 4


def test_pairs_differ_where_their_p_is_below_alpha():
    table = numpy_rng(3).normal(size=(40, 5)) + np.linspace(0, 1, 5)
    found = comparing.nemenyi({f"s{i}": table[:, i] for i in range(5)})
    assert len(found.p) == 10
    for (a, b), p in found.p.items():
        apart = abs(found.ranks[a] - found.ranks[b]) > found.critical
        assert apart == (p < 0.05) == (not any({a, b} <= set(group) for group in found.groups))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=8), st.floats(0.1, 5))
def test_groups_are_runs_as_long_as_possible(tenths, critical):
    ranks = {str(i): value / 10 for i, value in enumerate(tenths)}
    found = comparing.groups(ranks, critical)
    for group in found:
        assert len(group) > 1 and max(ranks[n] for n in group) - min(ranks[n] for n in group) <= critical
        assert not any(set(group) < set(other) for other in found)
    for a in ranks:
        for b in ranks:
            if a != b and abs(ranks[a] - ranks[b]) <= critical:
                assert any({a, b} <= set(group) for group in found)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: comparing.critical_difference(1, 10), "`strategies` is 1"),
        (lambda: comparing.critical_difference(3, 1), "`blocks` is 1"),
        (lambda: comparing.critical_difference(3, 10, 5), "`alpha` is 5"),
        (lambda: comparing.friedman({"a": [1, 2]}), "`scores` is dict of 1"),
        (lambda: comparing.mean_ranks({"a": [1, 2], "b": [1, np.nan]}), "nan at 1"),
        (lambda: comparing.groups({"a": 1.0}, 0), "`critical` is 0"),
    ],
)
def test_bad_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
