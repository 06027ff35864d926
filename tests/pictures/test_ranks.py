"""Demsar's diagram of his own example: figure 1 (a)."""

import pytest

from nastutor import plot
from tests.comparing.demsar import SCORES


def bars(axes):
    """The ends of the thick bars."""
    return [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 4]


def test_names_stand_with_their_ranks_the_best_on_the_left():
    axes = plot.critical_difference(SCORES, alpha=0.10)
    words = [text.get_text().strip() for text in axes.texts]
    assert words == ["1", "2", "3", "4", "critical difference 1.12", "C4.5+m+cf  1.96", "C4.5+m  2.00", "2.89  C4.5+cf", "3.14  C4.5"]
    at = {text.get_text().strip(): text.get_position() for text in axes.texts}
    assert at["C4.5+m+cf  1.96"][0] < 1 and at["3.14  C4.5"][0] > 4, "two on each side"
    assert at["C4.5+m+cf  1.96"][1] == at["3.14  C4.5"][1] > at["C4.5+m  2.00"][1], "the outermost on top: no two lines cross"


def test_a_bar_joins_those_that_cannot_be_told_apart():
    first, second = bars(plot.critical_difference(SCORES, alpha=0.10))
    assert first[0] < 1.964 and 2.893 < first[1] < 3.143 and 2.0 < second[0] < 2.893 and second[1] > 3.143
    assert len(bars(plot.critical_difference(SCORES, alpha=0.05))) == 1
    apart = {"a": [0.1] * 40, "b": [0.2] * 40, "c": [0.3] * 40}
    assert not bars(plot.critical_difference(apart)) and "All differ" in plot.alt(plot.critical_difference(apart))


def test_the_difference_is_drawn_to_scale():
    axes = plot.critical_difference(SCORES, alpha=0.10)
    ((start, end),) = [tuple(line.get_xdata()) for line in axes.lines if line.get_marker() == "|"]
    assert end - start == pytest.approx(1.12, abs=0.005)


def test_names_keep_the_style_of_other_figures():
    axes = plot.critical_difference(SCORES)
    elbows = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert len({line.get_linestyle() for line in elbows}) == 4
    assert [line.get_color() for line in elbows if line.get_xdata()[0] > 3.1] == ["#0072b2"], "C4.5 is the first of the names"


def test_it_says_what_it_shows():
    text = plot.alt(plot.critical_difference(SCORES, alpha=0.10))
    assert "over 14 seeds and tables" in text and "C4.5+m+cf 1.96, C4.5+m 2.00, C4.5+cf 2.89, C4.5 3.14" in text
    assert "further apart than 1.12 differ at 10%. Not told apart: C4.5+m+cf, C4.5+m and C4.5+cf; C4.5+cf and C4.5." in text


def test_bad_scores_are_refused():
    with pytest.raises(ValueError, match="`scores`"):
        plot.critical_difference({"a": [1, 2, 3]})
    with pytest.raises(ValueError, match="`alpha` is 5"):
        plot.critical_difference(SCORES, alpha=5)
