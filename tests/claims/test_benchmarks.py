"""Each test can go either way: on a smooth landscape claims are supported, on one of shuffled errors they are not."""

import numpy as np
import pytest

import nastutor as nt
from nastutor import comparing
from nastutor.claims import benchmarks
from tests.claims.made_up import ROUGH, SMOOTH, MadeUp


def run(key, table, **settings):
    return nt.claims.claim(key).run(table, **{"seeds": 20, **settings})


def test_locality_is_found_where_it_is():
    smooth, rough = run("ying2019-locality", MadeUp(SMOOTH)), run("ying2019-locality", MadeUp(ROUGH))
    assert smooth.supported and not rough.supported
    assert smooth.effect.value == pytest.approx(comparing.locality(MadeUp(SMOOTH), walks=20).correlation[1]) and smooth.effect.value > 0.5
    assert "at 1 to 2" in smooth.said, "half of five decisions"


def test_evolution_wins_where_neighbours_are_alike():
    smooth, rough = run("ying2019-evolution", MadeUp(SMOOTH), seeds=50), run("ying2019-evolution", MadeUp(ROUGH), seeds=50)
    assert smooth.supported and smooth.effect.high < 0 and not rough.supported
    assert "after 102 trials, P = 10, S = 2" in smooth.said


class Heard(MadeUp):
    """Validation errors fall towards 1 1 1 1 1, test errors towards 2 2 2 2 2: each has its own optimum."""

    def final(self, arch):
        return sum((value - 2) ** 2 for _, value in arch.choices) / 30 + 0.4


def test_evolution_is_told_single_runs_and_judged_by_test_error(monkeypatch):
    table, told = Heard(SMOOTH, noise=0.05), []
    monkeypatch.setattr(benchmarks, "search", lambda *arguments, **more: told.append(nt.search(*arguments, **more)) or told[-1])
    outcome = run("ying2019-evolution", table, seeds=10)
    for record in told[0]:
        assert record.error in table.errors[9][table.places[record.trial.arch]], "one of three runs, not their mean"
    chosen = [history.best().trial.arch for history in told]
    assert outcome.effect.value == pytest.approx(np.mean([table.final(arch) for arch in chosen[:10]]) - np.mean([table.final(arch) for arch in chosen[10:]]))
    of_means = [table.column()[table.places[arch]] - table.column().min() for arch in chosen]
    assert f"test regret {np.mean([table.final(arch) for arch in chosen[:10]]) - 0.4:.4f} and" in outcome.said
    assert f"validation regret {np.mean(of_means[:10]):.4f} and {np.mean(of_means[10:]):.4f}, p = " in outcome.said


def test_both_are_told_the_same_noise_and_seeds_differ():
    table = MadeUp(SMOOTH, noise=0.05)
    first, again, other = (benchmarks._told(table, nt.RandomSearch(table.space, seed=0), 40, seed) for seed in (0, 0, 1))
    assert [r.error for r in first] == [r.error for r in again] != [r.error for r in other]
    assert [r.trial.arch for r in first] == [r.trial.arch for r in other]


def test_where_no_resample_reaches_the_outcome_it_is_clear():
    """A landscape without noise and budgets without doubt: p is as small as the tests can give, Holm over their steps included."""
    smooth = run("ying2019-locality", MadeUp(SMOOTH))
    assert smooth.p == smooth.least == pytest.approx(2 / 1000) and smooth.clear
    falling = run("ying2019-budgets", MadeUp(SMOOTH, 0.03))
    assert falling.p == falling.least == pytest.approx(2 / 401) and falling.clear
    top = run("ying2019-top", MadeUp(SMOOTH, 0.02))
    assert top.p == top.least == pytest.approx(1 / 401) and top.clear


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
