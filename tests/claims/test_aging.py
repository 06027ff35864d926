"""The regimes are as stated, the truth judges, and the two sides of a test are two."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import aging
from nastutor.claims.aging import LONG, NOISY, OWN, Regime
from tests.claims.made_up import ARCHS, ROUGH, SMOOTH, MadeUp

TABLE = MadeUp(SMOOTH, noise=0.02)


def test_regimes_are_as_stated_and_smaller_on_small_tables():
    assert (Regime(100, 10, 2000, "spread"), Regime(100, 10, 2000, "runs"), Regime(20, 5, 4000, "spread")) == (NOISY, OWN, LONG)
    large, small = type("", (), {"networks": 5044}), type("", (), {"networks": 500})
    assert NOISY.of(large) == NOISY and NOISY.of(small) == Regime(25, 2, 500, "spread") and LONG.of(small) == Regime(5, 2, 1000, "spread")


def test_the_end_is_the_truth_about_the_best_measured(monkeypatch):
    """With noise that turns the order round, evolution ends at the worst, and that is what is reported."""
    flipped = {arch: 1 - error for arch, error in zip(ARCHS, TABLE.column())}
    monkeypatch.setattr(aging, "noisy", lambda *_: lambda trial: nt.Result({"error": flipped[trial.arch]}))
    ends = aging.ends(TABLE, Regime(20, 5, 800, "spread"), 3, 0)
    assert min(map(min, ends)) > np.quantile(TABLE.column(), 0.95)


def test_the_first_is_with_aging():
    """Without noise and among errors in no order, the twin keeps the best that it finds, and aging forgets it within P births."""
    aged, twin = aging.ends(MadeUp(ROUGH, noise=0.0), Regime(5, 2, 200, "runs"), 10, 0)
    assert twin.mean() < aged.mean() - 0.05


def test_both_sides_of_the_test(monkeypatch):
    """Seeds are not paired: a small shift of each, which a signed-rank test would see, is none."""
    good, near, bad = (np.linspace(0.1, 0.2, 20) + shift for shift in (0.0, 0.01, 0.05))
    for pair, better, worse in (((good, bad), True, False), ((bad, good), False, True), ((good, good), False, False), ((good, near), False, False)):
        monkeypatch.setattr(aging, "ends", lambda *_, pair=pair: pair)
        assert (aging.aging_is_better(TABLE, 20, 0).p < 0.05, aging.twin_is_better(TABLE, 20, 0).p < 0.05) == (better, worse)


def test_equivalence_has_half_the_noise_as_its_margin(monkeypatch):
    margin, ends = nt.comparing.spread(TABLE).within / 2, np.linspace(0.1, 0.2, 20)
    for shift, equivalent in ((0.5, True), (1.5, False), (-1.5, False)):
        monkeypatch.setattr(aging, "ends", lambda *_, s=shift: (ends + s * margin + np.linspace(-1e-3, 1e-3, 20), ends))
        assert (aging.no_difference(TABLE, 20, 0).p < 0.05) == equivalent
    assert f"margin {margin:.4f}" in aging.no_difference(TABLE, 20, 0).said and margin == pytest.approx(0.01, abs=0.001)
