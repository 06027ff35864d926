from dataclasses import replace

import pytest
from matplotlib.colors import to_rgba

import nastutor as nt
from nastutor import plot
from nastutor.pictures.evolution import ages, ancestors
from nastutor.pictures.style import COLOURS
from nastutor.strategies.evolution import Member

ARCH = nt.Arch((("id", 0),))
FAMILY = [Member(0.5, ARCH, 0, 3), Member(0.4, ARCH, 1, 4), Member(0.3, ARCH, 2, None, 0), Member(0.1, ARCH, 3, None, 2), Member(0.6, ARCH, 4, None, 1)]
TABLE = nt.estimators.Table("digits-tiny")


def test_lives_are_lines_from_birth_to_death():
    axes = plot.lives(FAMILY)
    solid = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert [(*line.get_xdata(), line.get_ydata()[0]) for line in solid] == [(1, 4, 0.5), (2, 5, 0.4), (3, 6, 0.3), (4, 6, 0.1), (5, 6, 0.6)]
    dotted = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert [(line.get_xdata()[0], *line.get_ydata()) for line in dotted] == [(3, 0.5, 0.3), (4, 0.3, 0.1), (5, 0.4, 0.6)]
    assert [member.birth for member in ancestors(FAMILY, FAMILY[3])] == [3, 2, 0]
    assert [line.get_linewidth() > 2 for line in solid] == [True, False, True, True, False], "the family of the best stands out"
    said = "5 births, 3 alive at the end. Those that died lived for 3 to 3 births. The best, of birth 4, has an error of 0.1; it is generation 3 of its family."
    assert plot.alt(axes).endswith(said)
    assert min(line.get_linewidth() * (line.get_alpha() or 1) for line in dotted) >= 0.8, "parents are seen"


def test_no_axis_goes_below_0_where_no_error_does():
    few = [Member(0.01, ARCH, 0), Member(0.9, ARCH, 1)]
    assert plot.lives(few).get_ylim()[0] == 0 and plot.lives([*few, Member(-1.0, ARCH, 2)]).get_ylim()[0] < -1


def test_ages_are_births_since():
    axes = ages(FAMILY)
    assert [bar.get_height() for bar in axes.patches] == [2, 1, 0] and [label.get_text() for label in axes.get_xticklabels()] == ["3", "4", "5"]
    assert plot.alt(axes) == "Ages of the 3 that are alive: from 0 to 2 births; the best of them is 1 old."
    orange = to_rgba(COLOURS[1])
    assert [bar.get_facecolor() == orange for bar in axes.patches] == [True, True, False], "orange is the family of the best, as among the lives"
    past = [replace(member, death=4) if member.birth in (2, 3) else member for member in FAMILY]
    (star,) = ages([*past, Member(0.7, ARCH, 5)]).lines
    assert [*star.get_xdata(), *star.get_ydata()] == [0, 1], "the star is the best that is alive"
    with pytest.raises(ValueError, match="`members` are .* of which one is alive"):
        ages(FAMILY[:2])


def test_a_few_that_learned_nothing_do_not_press_the_others_together():
    members = [Member(0.1 + number / 100, ARCH, number) for number in range(9)] + [Member(0.9, ARCH, 9)]
    axes = plot.lives(members)
    assert axes.get_ylim()[1] < 0.4 and "1 with larger errors than" in plot.alt(axes)
    assert "above the picture" not in plot.alt(plot.lives(FAMILY))


def test_of_a_search_and_of_a_population_that_only_grows():
    strategy = nt.RegularizedEvolution(TABLE.space, 8, 4, seed=0)
    nt.search(strategy, TABLE, trials=40, progress=False)
    assert "40 births, 8 alive at the end. Those that died lived for 8 to 8 births" in plot.alt(plot.lives(strategy.lives))
    grown = nt.TournamentEvolution(TABLE.space, 5, seed=0)
    nt.search(grown, TABLE, trials=20, progress=False)
    assert "20 births, 20 alive at the end. Nobody died." in plot.alt(plot.lives(grown.population))


@pytest.mark.parametrize("log", [True, False])
def test_the_archive_is_drawn_over_its_density(log):
    strategy = nt.LEMONADE(TABLE.space, log=log, seed=0)
    nt.search(strategy, TABLE, trials=40, progress=False)
    axes = plot.archive(strategy)
    points = sorted((one.cheap[0], one.measured[0]) for one in strategy.archive)
    assert list(zip(*axes.lines[0].get_data())) == points and axes.get_xscale() == ("log" if log else "linear")
    assert f"Pareto archive of {len(points)} networks" in plot.alt(axes) and "of the draws" in plot.alt(axes)
    assert plot.to_png(axes) == plot.to_png(plot.archive(strategy)) and axes.get_xlabel() == "params"
    low, high = plot.archive(strategy, span=(10, 10**6)).get_xlim()
    assert low < 10 and high > 10**6


def size(arch):
    return len(str(arch))


def test_the_cheap_objective_has_its_name():
    for cheap, name in [(size, "size"), (lambda arch: 1.0, "cheap objective"), (lambda arch: {"letters": size(arch)}, "letters")]:
        strategy = nt.LEMONADE(TABLE.space, cheap, seed=0)
        nt.search(strategy, TABLE, trials=12, progress=False)
        axes = plot.archive(strategy)
        assert axes.get_xlabel() == name and f"over the density of {name}." in plot.alt(axes)


def test_refusals():
    with pytest.raises(ValueError, match=r"`members` are \[\]; allowed is one member or more"):
        plot.lives([])
    with pytest.raises(ValueError, match="`members` are .*; allowed"):
        plot.lives([1, 2])
    with pytest.raises(ValueError, match="`strategy` is LEMONADE without an archive"):
        plot.archive(nt.LEMONADE(TABLE.space))
