"""The tests can go either way, and are what their statements say."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import reinforcing
from tests.claims.made_up import SMOOTH, MadeUp


@pytest.mark.slow
def test_the_policy_samples_better_where_networks_differ_and_not_where_they_err_alike(monkeypatch):
    monkeypatch.setattr(reinforcing, "TRIALS", 50)
    monkeypatch.setattr(reinforcing, "LAST", 15)
    smooth, alike = (reinforcing.samples(MadeUp(errors, 0.0), 10, 0) for errors in (SMOOTH, np.full(len(SMOOTH), 0.2)))
    assert smooth.p < 0.05 < alike.p and smooth.effect.high < 0 and "last 15 of 50" in smooth.said


def test_a_baseline_helps_where_rewards_are_alike_and_not_where_they_are_near_0(monkeypatch):
    """Rewards near 1 are all baseline; where their mean is 0 there is none to take away."""
    monkeypatch.setattr(reinforcing, "DRAWS", 12)
    near_1, around_0 = (reinforcing.baseline(MadeUp(errors, 0.0), 10, 0) for errors in (0.1 + 0 * SMOOTH + 0.01 * SMOOTH, 1 + SMOOTH - SMOOTH.mean()))
    assert near_1.effect.high < -2 and near_1.p < 0.05 and around_0.effect.value > near_1.effect.value + 2


def test_variances_by_hand():
    table = MadeUp(SMOOTH, 0.0)
    strategy = nt.REINFORCE(table.space, hidden=3, seed=0)
    with_one, without = reinforcing._variances(table, strategy)
    assert 0 < with_one < without
