"""Taus that are counted for all resamples together are those of one resample after the other."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from nastutor.comparing import taus


def rankings(n, ties, seed=0):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, n))
    return (np.round(one, 0), np.round(other, 0)) if ties else (one, other)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("most", [0, 1_000])
def test_together_and_one_by_one(monkeypatch, ties, most):
    monkeypatch.setattr(taus, "MOST", most)
    one, other = rankings(25, ties)
    rng = np.random.default_rng(1)
    draws, orders = rng.integers(25, size=(40, 25)), np.stack([rng.permutation(25) for _ in range(40)])
    want = [kendalltau(one[rows], other[rows]).statistic for rows in draws]
    np.testing.assert_allclose(taus.taus_resampled(one, other, draws), want, atol=1e-12)
    want = [kendalltau(one[order], other).statistic for order in orders]
    np.testing.assert_allclose(taus.taus_permuted(one, other, orders), want, atol=1e-12)


def test_what_has_no_order_has_a_tau_of_0():
    one, other = rankings(9, ties=False)
    same, draws = np.zeros((1, 9), dtype=int), np.tile(np.arange(9), (2, 1))
    assert taus.taus_resampled(one, other, same).tolist() == [0.0], "one architecture drawn nine times"
    assert taus.taus_permuted(np.ones(9), other, draws).tolist() == [0.0, 0.0] and taus.tau(np.ones(9), other) == 0.0


def test_infinite_stand_ins_are_worse_than_all():
    one = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 1e300, 1e300])
    assert taus.taus_permuted(one, one, np.arange(7)[None]).tolist() == [1.0]
