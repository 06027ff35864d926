"""Each test can go either way: on a smooth landscape claims are supported, on one of shuffled errors they are not."""

import pytest

import nastutor as nt
from nastutor import comparing
from tests.claims.made_up import ROUGH, SMOOTH, MadeUp


def run(key, table, **settings):
    return nt.claims.claim(key).run(table, **{"seeds": 20, **settings})


def test_locality_is_found_where_it_is():
    smooth, rough = run("ying2019-locality", MadeUp(SMOOTH)), run("ying2019-locality", MadeUp(ROUGH))
    assert smooth.supported and not rough.supported
    assert smooth.effect.value == pytest.approx(comparing.locality(MadeUp(SMOOTH), walks=20).correlation[1]) and smooth.effect.value > 0.5
    assert "at 1 to 2" in smooth.said, "half of five decisions"


def test_evolution_wins_where_neighbours_are_alike():
    smooth, rough = run("ying2019-evolution", MadeUp(SMOOTH)), run("ying2019-evolution", MadeUp(ROUGH))
    assert smooth.supported and smooth.effect.high < 0 and not rough.supported
    assert "after 102 trials, P = 10, S = 2" in smooth.said


def test_budgets_agree_the_more_the_larger_they_are():
    falling, flat = run("ying2019-budgets", MadeUp(SMOOTH, 0.03)), run("ying2019-budgets", MadeUp(SMOOTH, 0.03, factor=1.0))
    assert falling.supported and falling.effect.low > 0 and not flat.supported
    found = comparing.between_budgets(MadeUp(SMOOTH, 0.03))
    assert f"after 1: {found[1].kendall:.2f}, 3: {found[3].kendall:.2f}" in falling.said and "on the way" not in falling.said
    assert "on the way" in run("ying2019-budgets", nt.estimators.Table("digits-tiny")).said
    assert falling.effect.value == pytest.approx(found[3].kendall - found[1].kendall)


def test_among_the_best_a_small_budget_ranks_worse():
    noisy, exact = run("ying2019-top", MadeUp(SMOOTH, 0.02)), run("ying2019-top", MadeUp(SMOOTH, 0.0))
    assert noisy.supported and not exact.supported and exact.effect.value == pytest.approx(0)
    everywhere, best = comparing.between_budgets(MadeUp(SMOOTH, 0.02))[1], comparing.between_budgets(MadeUp(SMOOTH, 0.02), top=0.0995)[1]
    assert best.n == 102 and noisy.effect.value == pytest.approx(everywhere.kendall - best.kendall)
