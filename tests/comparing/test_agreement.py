"""Correlations by hand, and what a made-up table with known noise gives."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor import comparing
from nastutor.rng import numpy_rng


def made_up(networks=400, runs=4, noise=0.1, trained=(3, 27)):
    """A table with a spread of 1, `noise` between runs, and ten times that at the smaller budget; each network has two names."""
    rng = numpy_rng(0, "made up")
    truth = rng.normal(size=networks)
    values = {budget: truth[:, None] + (noise if budget == trained[-1] else 10 * noise) * rng.normal(size=(networks, runs)) for budget in trained}
    network = np.repeat(np.arange(networks), 2)

    def column(metric="error", budget=None, seed=None):
        found = values[budget or trained[-1]]
        return (found.mean(axis=1) if seed in (None, "mean") else found[:, seed])[network]

    return SimpleNamespace(column=column, network=network, runs=runs, trained=trained)


def test_rank_correlation_by_hand():
    found = comparing.rank_correlation([1, 2, 3, 4, 5], [1, 2, 3, 5, 4])
    assert found.kendall == pytest.approx(0.8) and found.spearman == pytest.approx(0.9) and found.n == 5  # 9 of 10 pairs; 1 - 6 * 2 / (5 * 24)
    assert comparing.rank_correlation([1, 2, 3, 4, 5], [9, 8, 7, 6, 5]).kendall == pytest.approx(-1)
    assert comparing.rank_correlation([1, 1, 2, 2, 3], [1, 2, 3, 4, 5]).kendall == pytest.approx(8 / np.sqrt(8 * 10)), "tau-b corrects for ties"
    assert str(found).startswith("Kendall 0.800, Spearman 0.900 (n = 5")


def test_spread_and_noise_are_told_apart():
    found = comparing.spread(made_up())
    assert (
        found.between == pytest.approx(1, abs=0.1)
        and found.within == pytest.approx(0.1, abs=0.01)
        and found.ratio == pytest.approx(found.between / found.within)
    )
    only_noise = made_up(noise=5.0)
    assert comparing.spread(only_noise).between < comparing.spread(only_noise).within / 2, "the noise that is left in the means is taken out"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_noise_of_one_network(values):
    found = comparing.spread_of([values])
    assert found.within == pytest.approx(np.std(values, ddof=1)) and np.isnan(found.between)
    one = comparing.spread_of([[value] for value in values])
    assert np.isnan(one.within) and np.isnan(one.ratio) and one.between == pytest.approx(np.std(values, ddof=1)), "one run each: with the noise in it"
    assert comparing.spread_of([[*values, np.nan], [0.1] * len(values) + [0.2], [0.3] * len(values) + [0.4]]) == comparing.spread_of(
        [[0.1] * len(values) + [0.2], [0.3] * len(values) + [0.4]]
    ), "networks of which a run has diverged are left out"


def test_without_noise_every_difference_is_infinitely_large():
    assert comparing.spread_of([[0.25, 0.25], [0.5, 0.5]]).ratio == np.inf and np.isnan(comparing.spread_of([[0.25, 0.25]] * 2).ratio)


def test_where_nothing_can_be_ranked_agreement_is_not_a_number():
    rising = [1.0, 2.0, 3.0, 4.0, 5.0, np.nan]
    assert comparing.rank_agreement(rising, rising) == comparing.rank_correlation(rising[:5], rising[:5])
    for a, b, n in ((rising[1:], rising[1:], 4), (rising, [1.0] * 6, 5), ([], [], 0)):
        found = comparing.rank_agreement(a, b)
        assert np.isnan(found.kendall) and np.isnan(found.spearman) and np.isnan(found.p) and found.n == n


def test_seeds_agree_as_far_as_noise_lets_them():
    quiet, loud = comparing.between_seeds(made_up(noise=0.1)), comparing.between_seeds(made_up(noise=1.0))
    assert list(quiet) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] and all(one.n == 400 for one in quiet.values()), "each network once"
    assert min(one.kendall for one in quiet.values()) > 0.85 > 0.5 > max(one.kendall for one in loud.values())


def test_budgets_agree_less_among_the_best():
    table = made_up()
    everywhere, best = comparing.between_budgets(table), comparing.between_budgets(table, top=0.1)
    assert list(everywhere) == [3] and everywhere[3].n == 400 and best[3].n == 40
    assert everywhere[3].kendall > best[3].kendall + 0.2


def test_a_table_of_one_budget_is_read_off_its_curve(tiny):
    assert list(comparing.between_budgets(tiny)) == [1, 3, 6] and list(comparing.between_budgets(tiny, budgets=[2])) == [2]
    assert comparing.between_budgets(tiny, budgets=[11])[11].kendall > comparing.between_budgets(tiny, budgets=[1])[1].kendall


def test_networks_that_diverged_are_left_out():
    table = made_up()
    whole = table.column

    def holed(metric="error", budget=None, seed=None):
        values = whole(metric, budget, seed)
        values[:20] = np.nan
        return values

    table.column = holed
    assert comparing.between_budgets(table)[3].n == 390 and comparing.between_seeds(table)[0, 1].n == 390 and comparing.spread(table).ratio > 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: comparing.rank_correlation([1] * 5, range(5)), "`a` is 5 times 1; allowed are values that differ"),
        (lambda: comparing.rank_correlation(range(5), range(6)), "`a` has 5 seeds and `b` 6"),
        (lambda: comparing.rank_correlation([1, 2, 3, 4, np.nan], range(5)), "`a` is nan at 4"),
        (lambda: comparing.between_budgets(made_up(), top=0), "`top` is 0"),
        (lambda: comparing.spread(made_up(runs=1)), "`table` has 1 run"),
    ],
)
def test_bad_arguments_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
