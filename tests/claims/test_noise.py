"""The noise is as stated, and the truth is the mean of what has not diverged."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims.noise import final_errors, noisy, truth
from nastutor.rng import python_rng
from tests.claims.made_up import ARCHS, SMOOTH, MadeUp

TABLE = MadeUp(SMOOTH, noise=0.02)


def answers(kind, count=3000):
    evaluate = noisy(TABLE, kind, python_rng(0))
    return np.array([evaluate(nt.Trial(ARCHS[7])).error for _ in range(count)])


def test_noise_of_the_runs_draws_one_of_them_anew_each_time():
    drawn = answers("runs")
    assert set(drawn) == set(TABLE.errors[9][7]) and all(900 < (drawn == value).sum() < 1100 for value in TABLE.errors[9][7])


def test_noise_of_the_spread_is_as_large_as_networks_differ():
    low, high = np.quantile(TABLE.column(), (0.25, 0.75))
    assert answers("spread").std() == pytest.approx((high - low) / 1.35, rel=0.05) and answers("spread").mean() == pytest.approx(TABLE.column()[7], abs=0.01)


def test_what_has_diverged_fails():
    table = MadeUp(SMOOTH)
    table.errors[9][7] = np.nan
    for kind in ("runs", "spread"):
        assert noisy(table, kind, python_rng(0))(nt.Trial(ARCHS[7])).status == "failed"
        assert noisy(table, kind, python_rng(0))(nt.Trial(ARCHS[8])).status == "ok"


def test_truth_is_the_mean_of_the_runs_that_did_not_diverge():
    table = MadeUp(SMOOTH, noise=0.02)
    table.errors[9][7, 1], table.errors[9][8] = np.nan, np.nan
    true = truth(table)
    assert true[ARCHS[7]] == pytest.approx(table.errors[9][7, [0, 2]].mean()) and true[ARCHS[6]] == pytest.approx(table.column()[6])
    assert ARCHS[8] not in true and len(true) == len(ARCHS) - 1


def test_of_what_can_be_trained_the_test_error_is_told():
    table = nt.estimators.Table("digits-tiny")
    found = final_errors(table)
    assert found.keys() == truth(table).keys() and all(found[arch] == table.final(arch) for arch in table.archs[::20])
    assert found != truth(table)
