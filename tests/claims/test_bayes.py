"""Each test can go either way, and is what its statement says."""

from functools import partial

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import bayes
from tests.claims.made_up import ROUGH, SMOOTH, MadeUp


def test_tpe_wins_where_options_are_good_by_themselves(monkeypatch):
    monkeypatch.setattr(bayes, "trials_of", lambda table, most: most // 4)
    smooth, rough = (bayes.tpe(MadeUp(errors), 10, 0) for errors in (SMOOTH, ROUGH))
    assert smooth.p < 0.05 < rough.p and smooth.effect.high < 0 and "after 50 trials" in smooth.said


def test_smac_wins_where_a_forest_can_learn(monkeypatch):
    monkeypatch.setattr(bayes, "SMAC", partial(nt.SMAC, interleave=0, climbs=2, samples=10))
    monkeypatch.setattr(bayes, "trials_of", lambda table, most: 30)
    smooth, rough = (bayes.smac(MadeUp(errors), 10, 0) for errors in (SMOOTH, ROUGH))
    assert smooth.p < 0.05 < rough.p and smooth.effect.high < 0


def test_races_pay_where_single_runs_deceive(monkeypatch):
    """What is recommended after races is compared with the best of single runs by the truth, under noise that both are told."""
    monkeypatch.setattr(bayes, "SMAC", partial(nt.SMAC, interleave=1))
    chosen = np.array([[bayes._chosen(MadeUp(SMOOTH), repeats, 60, seed) for seed in range(12)] for repeats in (bayes.REPEATS, 1)])
    assert set(chosen.ravel()) <= set(MadeUp(SMOOTH).column())
    pairs = {bayes.REPEATS: iter(chosen[0] - 1), 1: iter(chosen[1])}
    monkeypatch.setattr(bayes, "_chosen", lambda table, repeats, runs, seed: next(pairs[repeats]))
    found = bayes.intensification(MadeUp(SMOOTH), 12, 0)
    assert found.p < 0.001 and found.effect.value == pytest.approx(chosen[0].mean() - 1 - chosen[1].mean()) and "200 runs, up to 8" in found.said
