"""The comparison with random search: how many trials, whose regret, and that the test can go either way."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import against_random
from tests.claims.made_up import SMOOTH, MadeUp

TABLE = MadeUp(SMOOTH)


def test_trials_are_as_stated():
    tables = [type("", (), {"networks": networks}) for networks in (60, 500, 5044)]
    assert [[against_random.trials_of(table, most) for table in tables] for most in (200, 100)] == [[30, 50, 200], [30, 50, 100]]


def test_ends_are_the_regret_of_the_best():
    regrets = against_random.ends(TABLE, nt.RandomSearch, 25, 3, 7)
    best = TABLE.column().min()
    for regret, seed in zip(regrets, (7, 8, 9), strict=True):
        strategy = nt.RandomSearch(TABLE.space, seed=seed)
        assert regret == pytest.approx(min(TABLE(strategy.ask()).error for _ in range(25)) - best)


def test_both_sides_of_the_test(monkeypatch):
    good, bad = np.linspace(0.1, 0.2, 20), np.linspace(0.1, 0.2, 20) + np.linspace(0.01, 0.02, 20)
    for mine, drawn, supported in ((good, bad, True), (bad, good, False), (good, good, False)):
        given = iter([mine, drawn, good])
        monkeypatch.setattr(against_random, "ends", lambda *_, given=given: next(given))
        finding = against_random.against_random(TABLE, None, 64, 20, 0, {"another": None})
        assert (finding.p < 0.05) == supported and "after 64 trials" in finding.said and "another 0.1500, p = " in finding.said
