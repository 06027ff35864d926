"""Published examples of the tests, agreement with scipy, and what a margin and a correction do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, permutation_test
from scipy.stats import wilcoxon as scipy_wilcoxon

from nastutor import comparing
from nastutor.rng import numpy_rng
from tests.comparing.demsar import SCORES

RNG = numpy_rng(0, "test_pairs")
A = RNG.normal(0.30, 0.05, 20)
B = A + RNG.normal(0.02, 0.03, 20)


def test_wilcoxon_is_demsars_worked_example():
    """Section 3.1.3: C4.5 against C4.5+m on 14 data sets, the two equal pairs split evenly: R+ = 93, R- = 12."""
    assert comparing.wilcoxon(SCORES["C4.5"], SCORES["C4.5+m"]).statistic == 12
    assert comparing.wilcoxon(SCORES["C4.5"], SCORES["C4.5+m"], "greater").statistic == 93
    assert comparing.wilcoxon(SCORES["C4.5"], SCORES["C4.5+m"]).p < 0.05, "12 is below 21, the critical value of 14 pairs"


def test_sides_of_the_test():
    less, greater = comparing.wilcoxon(A, B, "less"), comparing.wilcoxon(A, B, "greater")
    assert less.p == pytest.approx(scipy_wilcoxon(A, B, alternative="less").pvalue) and less.p < 0.05 < greater.p
    assert comparing.wilcoxon(A, B).p == pytest.approx(2 * less.p) and less.difference.value == pytest.approx((A - B).mean())
    assert comparing.wilcoxon(A, A).p == 1 and "p = 1" in str(comparing.wilcoxon(A, A))


def test_equal_differences_share_their_rank_whatever_their_last_bit():
    a = [0.768, 0.931, 0.5, 0.6, 0.1, 0.2]
    b = [0.763, 0.936, 0.4, 0.3, 0.5, 0.7]  # 0.005 and -0.005, up to rounding
    assert comparing.wilcoxon(a, b, "greater").statistic == 1.5 + 3 + 4


def test_the_rank_sum_test_is_scipys_and_takes_other_numbers_of_seeds():
    for side in ("less", "greater", "two-sided"):
        ours, theirs = comparing.mann_whitney(A, B[:12], side), mannwhitneyu(A, B[:12], alternative=side)
        assert (ours.statistic, ours.p) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
    assert comparing.mann_whitney(A, B + 1, "less").p < 1e-6 < 0.99 < comparing.mann_whitney(A, B + 1, "greater").p


def test_independent_seeds_are_resampled_each_side_on_its_own():
    """The same noise on both sides, which pairs take away: their interval is narrow, that of the rank-sum test is not."""
    paired, alone = comparing.wilcoxon(A, A - 0.01).difference, comparing.mann_whitney(A, A - 0.01).difference
    assert paired.value == pytest.approx(alone.value) and paired.high - paired.low < 1e-9
    half = 1.96 * (2 * A.var() / len(A)) ** 0.5  # by the standard error of a difference of means
    assert (alone.high - alone.low) / 2 == pytest.approx(half, rel=0.15) and alone.low < alone.value < alone.high


@pytest.mark.parametrize(
    "a, b, match", [(A[:4], B, "`a` has 4 seed"), (A, [[1.0, 2.0]] * 5, r"`b` is of shape \(5, 2\)"), (A, [*B, np.nan], "`b` is nan at 20")]
)
def test_samples_that_cannot_be_compared_are_refused(a, b, match):
    with pytest.raises(ValueError, match=match):
        comparing.mann_whitney(a, b)
    with pytest.raises(ValueError, match="`alternative` is 'more'"):
        comparing.mann_whitney(A, B, "more")


def test_the_permutation_test_is_scipys():
    ours, theirs = (
        comparing.permutation(A[:12], B[:12]),
        permutation_test((A[:12], B[:12]), lambda x, y, axis: (x - y).mean(axis=axis), permutation_type="samples", n_resamples=np.inf),
    )
    assert ours.p == pytest.approx(theirs.pvalue) and ours.statistic == pytest.approx(theirs.statistic)
    for side in ("less", "greater"):
        drawn = comparing.permutation(A[:14], B[:14], side, resamples=10_000).p
        exact = comparing.permutation(A[:14], B[:14], side, resamples=2**14).p
        assert drawn == pytest.approx(exact, abs=0.01)


def test_permutations_are_drawn_from_their_own_seed():
    assert comparing.permutation(A, B, seed=1).p == comparing.permutation(A, B, seed=1).p != comparing.permutation(A, B, seed=2).p


def test_what_was_seen_is_one_of_the_ways():
    assert comparing.permutation(A, A + 1, "less", resamples=50).p == 1 / 50


def test_tests_keep_their_level_where_there_is_nothing():
    rng = numpy_rng(1, "level")
    for test in (comparing.wilcoxon, lambda a, b: comparing.permutation(a, b, resamples=400)):
        alarms = [test(*rng.normal(size=(2, 20))).p < 0.05 for _ in range(300)]
        assert np.mean(alarms) < 0.09


def test_not_worse_needs_a_margin_and_proves_no_difference_by_itself():
    shift = np.linspace(-0.01, 0.01, 20)
    assert comparing.wilcoxon(A + shift, A).p > 0.5, "no difference to be seen ..."
    assert comparing.not_worse(A + shift, A, 0.02).p < 0.001, "... and at most 0.02 is proven"
    assert comparing.not_worse(A + shift, A, 0.0001).p > 0.05, "but not that little"
    assert comparing.not_worse(A + 0.03, A, 0.02).p > 0.99 and comparing.not_worse(A - 0.03, A, 0.02).p < 0.001, "better is not worse"


def test_equivalent_means_not_worse_either_way():
    shift = np.linspace(-0.01, 0.01, 20)
    both = comparing.equivalent(A + shift, A, 0.02)
    assert both.p == max(comparing.not_worse(A + shift, A, 0.02).p, comparing.not_worse(A, A + shift, 0.02).p) < 0.001
    assert comparing.equivalent(A - 0.03, A, 0.02).p > 0.99, "much better is not equivalent"
    assert both.difference.value == pytest.approx(shift.mean())


def test_holm_is_the_example_by_hand():
    assert comparing.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # 3 * 0.01, 0.06 kept up, 2 * 0.03, 4 * 0.005
    assert comparing.holm({"a": 0.5, "b": 0.01}) == {"a": 0.5, "b": 0.02} and comparing.holm([0.9, 0.8]) == [1, 1]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_the_plain_and_bonferroni_and_keeps_the_order(p):
    corrected = comparing.holm(p)
    assert all(x <= y <= min(1, len(p) * x) + 1e-12 for x, y in zip(p, corrected))
    order = sorted(range(len(p)), key=lambda i: p[i])
    assert all(corrected[i] <= corrected[j] for i, j in pairwise(order))


def test_compare_makes_a_row_of_each_pair():
    rows = comparing.compare({"a": A, "b": B, "c": A + 0.001})
    assert [(row.a, row.b) for row in rows] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [row.holm for row in rows] == comparing.holm([row.p for row in rows]) and rows[0].p == comparing.wilcoxon(A, B).p
    assert rows[0].better == comparing.probability_of_improvement(A, B)
    lines = str(rows).splitlines()
    assert len(lines) == 4 and "Holm" in lines[0] and lines[1].startswith("a - b")
    against = comparing.compare({"a": A, "b": B, "c": A + 0.001}, baseline="b", alternative="less")
    assert [(row.a, row.b) for row in against] == [("a", "b"), ("c", "b")] and against[0].holm < rows[0].holm


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: comparing.wilcoxon(A, B[:-1]), "`a` has 20 seeds and `b` 19"),
        (lambda: comparing.wilcoxon(A[:4], B[:4]), "`a` has 4 seed.*5 or more"),
        (lambda: comparing.wilcoxon(A, B, "better"), "`alternative` is 'better'"),
        (lambda: comparing.permutation(A, B, resamples=0), "`resamples` is 0"),
        (lambda: comparing.not_worse(A, B, 0), "`margin` is 0; allowed are numbers above 0"),
        (lambda: comparing.equivalent(A, B, -1), "`margin` is -1"),
        (lambda: comparing.holm([]), r"`p` is \[\]"),
        (lambda: comparing.holm([1.5]), r"`p` is \[1.5\]"),
        (lambda: comparing.holm([float("nan")]), "`p` is"),
        (lambda: comparing.compare({"a": A, "b": B}, baseline="c"), "`baseline` is 'c'; allowed are None and a, b"),
        (lambda: comparing.compare({"a": A, "b": B[1:]}), "`scores` have the shapes"),
    ],
)
def test_bad_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
