"""The test can go either way, and is what its statement says."""

import numpy as np

import nastutor as nt
from nastutor.claims import climbing
from tests.claims.made_up import SMOOTH, MadeUp


def test_selection_pays_where_networks_differ_and_not_where_they_err_alike(monkeypatch):
    monkeypatch.setattr(climbing, "trials_of", lambda table, most: most // 4)
    smooth, alike = (climbing.selection(MadeUp(errors, noise), 10, 0) for errors, noise in ((SMOOTH, 0.002), (np.full(len(SMOOTH), 0.2), 0.0)))
    assert smooth.p < 0.05 < alike.p and smooth.effect.high < 0 and "after 50 networks" in smooth.said
    assert "; test error 0.1" in smooth.said


def test_what_is_judged_is_where_each_stands():
    table = MadeUp(SMOOTH)
    strategy = nt.NASH(table.space, None, 8, 1, select=False, seed=4)
    history = nt.search(strategy, table, trials=40, progress=False)
    make = lambda space, seed: nt.NASH(space, None, 8, 1, select=False, seed=seed)
    assert climbing._stands(table, make, 40, 4) == history[-1].trial.arch
