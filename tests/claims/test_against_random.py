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


class Reversed(MadeUp):
    """Its test errors go the other way."""

    def final(self, arch):
        return 1 - super().final(arch)


def test_ends_are_the_regrets_of_the_best():
    table = Reversed(SMOOTH)
    regrets, tested = against_random.ends(table, nt.RandomSearch, 25, 3, 7)
    best, worst = table.column().min(), table.column().max()
    for regret, test, seed in zip(regrets, tested, (7, 8, 9), strict=True):
        strategy = nt.RandomSearch(table.space, seed=seed)
        found = min(table(strategy.ask()).error for _ in range(25))
        assert regret == pytest.approx(found - best) and test == pytest.approx((1 - found) - (1 - worst))


def test_both_sides_of_the_test(monkeypatch):
    good, bad = np.linspace(0.1, 0.2, 20), np.linspace(0.1, 0.2, 20) + np.linspace(0.01, 0.02, 20)
    for mine, drawn, supported in ((good, bad, True), (bad, good, False), (good, good, False)):
        given = iter([(mine, drawn), (drawn, mine), (good, bad)])  # test regrets are the other way round, and decide nothing
        monkeypatch.setattr(against_random, "ends", lambda *_, given=given: next(given))
        finding = against_random.against_random(TABLE, None, 64, 20, 0, {"another": None})
        assert (finding.p < 0.05) == supported and "after 64 trials" in finding.said and "another 0.1500, p = " in finding.said
        assert f"test regret {drawn.mean():.4f} and {mine.mean():.4f}, p = " in finding.said
