"""What is drawn is the table's; what is marked are its best; each figure says what it shows."""

import numpy as np
import pytest
from scipy.stats import rankdata

import nastutor as nt
from nastutor import comparing, plot
from nastutor.comparing.agreement import network_values


@pytest.fixture(scope="module")
def table():
    return nt.estimators.Table("digits-tiny")


def test_the_distribution_counts_networks(table):
    axes = plot.distribution(table)
    (line,) = axes.lines
    assert line.get_xdata().tolist() == sorted(network_values(table)) and line.get_ydata()[-1] == 1 and len(line.get_xdata()) == table.networks
    assert line.get_label() == "digits-tiny" and axes.get_xscale() == "log"
    assert f"{table.networks} networks, best {table.best().error:.4g}" in plot.alt(axes)
    several = plot.distribution({"mean": table, "one run": nt.estimators.Table("digits-tiny", seed=0)}, metric="loss")
    assert len({(one.get_linestyle(), one.get_marker()) for one in several.lines}) == 2 and several.get_xlabel() == "loss"


def test_those_that_diverged_are_told(table, monkeypatch):
    values = network_values(table).copy()
    values[:3] = np.nan
    monkeypatch.setattr("nastutor.pictures.tables.network_values", lambda *_, **__: values)
    assert "57 networks" in plot.alt(plot.distribution(table)) and "3 more have diverged" in plot.alt(plot.distribution(table))
    assert "57 networks" in plot.alt(plot.seeds(table)) and "57 networks" in plot.alt(plot.budgets(table))


def test_two_runs_are_drawn_against_each_other_and_the_best_of_one_marked(table):
    axes = plot.seeds(table, first=2, second=3, best=5)
    every, best = (one.get_offsets() for one in axes.collections)
    runs = [network_values(table, seed=run) for run in (2, 3)]
    assert np.array_equal(every, np.stack(runs, axis=1)) and len(best) == 5 and set(best[:, 0]) == set(np.sort(runs[0])[:5])
    agree = comparing.between_seeds(table)[2, 3]
    assert f"Kendall's tau is {agree.kendall:.2f}" in plot.alt(axes) and f"Kendall {agree.kendall:.2f}" in axes.get_legend_handles_labels()[1][0]
    assert "run 2 have" in plot.alt(axes)


def test_ranks_after_two_budgets(table):
    axes = plot.budgets(table, 6)
    every, best = (one.get_offsets() for one in axes.collections)
    assert every.shape == (60, 2) and sorted(every[:, 0])[0] == 1 and best[:, 0].max() <= 10.5
    assert every[:, 0].tolist() == rankdata(network_values(table)).tolist() and every[:, 1].tolist() == rankdata(network_values(table, budget=6)).tolist()
    assert axes.get_xlabel() == "rank after 12 epochs" and axes.get_ylabel() == "rank after 6 epochs"
    assert f"Kendall's tau is {comparing.between_budgets(table)[6].kendall:.2f}" in plot.alt(axes)
    assert plot.budgets(table).get_ylabel() == "rank after 1 epoch"


def test_a_walk_is_drawn_with_what_chance_gives(table):
    axes = plot.random_walk(table, lags=4, walks=20)
    found = comparing.locality(table, lags=4, walks=20)
    walk, chance = axes.lines[:2]
    assert walk.get_ydata().tolist() == found.correlation.tolist() and chance.get_ydata().tolist() == found.chance.tolist() and len(axes.collections) == 1
    assert f"{found.correlation[1]:.2f}, {found.correlation[2]:.2f}" in plot.alt(axes) and "20 random walks of 100 mutations" in plot.alt(axes)
    assert ("more than by chance at 1" in plot.alt(axes)) == (found.p[1] <= 0.05)


def test_own_axes_are_used(table):
    for draw in (plot.distribution, plot.seeds, plot.budgets, plot.random_walk):
        own = plot.new_axes()
        assert draw(table, ax=own) is own


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda t: plot.distribution({}), "`tables` is empty"),
        (lambda t: plot.distribution(t, metric="test_error"), "`metric` is 'test_error'"),
        (lambda t: plot.seeds(t, second=9), "`seed` is 9"),
        (lambda t: plot.seeds(t, best=0), "`best` is 0"),
        (lambda t: plot.budgets(t, 99), "`budget` is 99"),
        (lambda t: plot.random_walk(t, lags=0), "`lags` is 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(table, draw, words):
    with pytest.raises(ValueError, match=words):
        draw(table)
