"""The regret that is drawn is the one that nt.comparing computes; `anytime` is tested as a user calls it, in tests/test_plot.py."""

import numpy as np
import pytest

import nastutor as nt
from nastutor import comparing, plot


@pytest.fixture(scope="module")
def table():
    return nt.estimators.Table("digits-tiny")


@pytest.fixture(scope="module")
def histories(table):
    kinds = {"random": nt.RandomSearch, "climbing": nt.HillClimbing}
    return {name: [nt.search(kind(table.space, seed=seed), table, trials=20) for seed in range(10)] for name, kind in kinds.items()}


@pytest.mark.parametrize("statistic", ["mean", "iqm"])
def test_lines_and_bands_are_the_computed_ones(table, histories, statistic):
    axes = plot.regret(histories, table, statistic=statistic)
    for line, band, runs in zip(axes.lines, axes.collections, histories.values()):
        found = comparing.interval(comparing.regret(runs, table), statistic)
        assert line.get_xdata().tolist() == list(range(1, 21)) and line.get_ydata() == pytest.approx(found.value)
        heights = {round(float(y), 9) for y in band.get_paths()[0].vertices[:, 1]}
        assert {round(float(y), 9) for y in (*found.low, *found.high)} <= heights
    assert len({(line.get_linestyle(), line.get_marker(), line.get_color()) for line in axes.lines}) == 2
    assert axes.get_yscale() == "symlog" and axes.get_ylim()[0] == 0
    assert axes.get_ylabel() == {"mean": "mean", "iqm": "interquartile mean"}[statistic] + " regret in error"


def test_the_text_tells_the_ends(table, histories):
    regret = comparing.regret(histories["random"], table)
    text = plot.alt(plot.regret(histories, table))
    assert f"random: {regret[:, 0].mean():.4g} at 1, {regret[:, -1].mean():.4g} [" in text and "over 10 searches with a 95% bootstrap band" in text


def test_one_search_or_no_band_draws_no_band(table, histories):
    assert not plot.regret({"one": histories["random"][0]}, table).collections and not plot.regret(histories, table, band=None).collections


def test_noisy_searches_are_judged_by_the_table(table):
    noisy = nt.estimators.Table("digits-tiny", seed=0)
    runs = [nt.search(nt.RandomSearch(noisy.space, seed=seed), noisy, trials=30) for seed in range(4)]
    drawn = plot.regret({"noisy": runs}, table, band=None).lines[0].get_ydata()
    assert drawn == pytest.approx(comparing.regret(runs, table).mean(axis=0)) and np.all(drawn >= 0)


def test_other_axes_and_own_ones(table, histories):
    axes = plot.regret(histories, table, x="cost")
    assert axes.get_xlabel().startswith("cost") and axes.lines[0].get_xdata()[-1] == 20 * 12
    own = plot.new_axes()
    assert plot.regret(histories, table, ax=own) is own


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"statistic": "mode"}, ValueError, "`statistic` is 'mode'"),
        ({"x": "hours"}, ValueError, "`x` is 'hours'"),
        ({"band": 95}, ValueError, "`level` is 95"),
        ({"metric": "beauty"}, KeyError, "`metric` is 'beauty'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(table, histories, arguments, error, words):
    with pytest.raises(error, match=words):
        plot.regret(histories, table, **arguments)
