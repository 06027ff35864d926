"""Both tests can go either way, and are what their statements say."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import evolving
from nastutor.rng import numpy_rng
from tests.claims.made_up import ARCHS, SMOOTH, MadeUp


class Sized(MadeUp):
    """With parameters: 2^k of them, k the sum of the decisions but for one, which is all that the error knows beside size."""

    gives = ("error", "params")

    def __init__(self, errors, noise=0.0):
        super().__init__(errors, noise)
        self.params = np.array([2.0 ** sum(value for _, value in arch.choices) for arch in ARCHS])

    def column(self, metric="error", budget=None, seed=None):
        return self.params if metric == "params" else super().column(metric, budget, seed)

    def __call__(self, trial):
        return nt.Result({"error": super().__call__(trial).error, "params": float(self.params[self.places[trial.arch]])})


@pytest.mark.slow
def test_tournaments_pay_where_networks_differ_smoothly(monkeypatch):
    monkeypatch.setattr(evolving, "trials_of", lambda table, most: 250)
    assert evolving.tournaments(MadeUp(SMOOTH, 0.0), 10, 0).p < 0.05


def test_tournaments_do_not_pay_where_networks_err_alike(monkeypatch):
    monkeypatch.setattr(evolving, "trials_of", lambda table, most: 30)
    alike = evolving.tournaments(MadeUp(np.full(len(SMOOTH), 0.2), 0.0), 10, 0)
    assert alike.p > 0.05 and "after 30 trials" in alike.said and "with half of all competing" in alike.said


def test_a_front_of_one_network_says_nothing_of_densities():
    """The smallest network is the best as well: any front ends there."""
    sums = np.array([sum(value for _, value in arch.choices) for arch in ARCHS])
    assert evolving.density(Sized(0.1 + sums / 100), 10, 0).p > 0.05


def test_what_is_judged_is_the_share_of_the_box_and_the_span():
    sums = np.array([sum(value for _, value in arch.choices) for arch in ARCHS])
    table = Sized(0.5 - sums / 100)
    share, span = evolving._covered(table, "population", 400, 0)
    assert 0 < share < 0.6 and 0 < span <= np.log10(1 + 2.0**15) - np.log10(2) + 1e-9


def test_both_sides_of_the_test(monkeypatch):
    rng = numpy_rng(0, "hypervolumes")
    good = rng.normal(0.5, 0.02, 20)
    for shift, supported in ((0.1, False), (-0.1, True), (0.0, False)):
        monkeypatch.setattr(evolving, "_covered", lambda table, kind, trials, seed, s=shift: (good[seed] + (s if kind is None else 0.0), 1.0))
        found = evolving.density(Sized(SMOOTH), 20, 0)
        assert (found.p < 0.05) == supported and found.effect.value == pytest.approx(-shift)


def test_a_table_without_parameters_does_not_suit():
    claim = nt.claims.claim("elsken2019-density")
    assert "it gives error, and elsken2019-density needs the parameters of each network" in claim.lacks(MadeUp(SMOOTH))
    assert not claim.lacks(nt.estimators.Table("digits-tiny"))
