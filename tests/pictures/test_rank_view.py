"""The SVG of scores against truth: places of points, marks of the axes, the line that stands out."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from nastutor.pictures.rank_view import HIGH, LOW, PLOT, SIDE, TOP, WIDE, Axis, Line, rank_svg

TRUTH = np.array([0.1, 0.2, 0.4, 0.8])
LINES = [Line("a", (0, 5), (0.0, 0.5), (-0.1, 0.4), (0.1, 0.6)), Line("b & c", (0, 5), (0.0, 0.2), (0.0, 0.2), (0.0, 0.2))]


def drawn(score=TRUTH, **how):
    given = {"way": "b & c", "top": 1, "ceiling": 0.7, "unit": "steps", "ranks": False} | how
    svg = rank_svg(score, TRUTH, score, LINES, 5, **given)
    ElementTree.fromstring(svg)
    return svg


def test_points_lie_on_a_line_where_score_and_truth_agree():
    svg = drawn()
    points = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="3.5"', svg)]
    (square,) = [(float(x) + 4, float(y) + 4) for x, y in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="8"', svg)]
    places = [square, *points]
    steps = np.diff(places, axis=0)
    assert len(places) == 4 and np.allclose(steps, steps[0], atol=0.2) and steps[0][0] > 0 > steps[0][1], "doubling is a step on both axes"
    assert all(SIDE <= x <= SIDE + PLOT and TOP <= y <= HIGH - LOW for x, y in places)
    assert f'cx="{square[0]:.1f}" cy="{square[1]:.1f}" r="9"' in svg, "a ring around what the score puts first"


def test_ranks_and_scores_below_zero():
    assert "true rank" in drawn(ranks=True) and "error by b &amp; c" in drawn() and "rank by" in drawn(-TRUTH, ranks=True)
    assert "-0.5" in drawn(-TRUTH), "an axis without logarithms"


def test_the_way_that_is_shown_is_bold_and_the_ceiling_is_drawn():
    svg = drawn()
    assert len(re.findall(r'<polyline [^>]*stroke-width="3.0"', svg)) == 1 and svg.count("<polyline") == 2
    assert "two runs of the truth" in svg and "two runs of the truth" not in drawn(ceiling=float("nan"))
    assert max(float(x) for x in re.findall(r'x="([\d.]+)"', svg)) < WIDE


def test_axis():
    plain, log = Axis(np.array([0.0, 10.0]), 0, 100, False), Axis(np.array([0.1, 10.0]), 0, 100, True)
    assert plain(5) == pytest.approx(50) and log(1) == pytest.approx(50) and log.marks() == pytest.approx([0.1, 0.2, 0.5, 1, 2, 5, 10])
    assert not Axis(np.array([0.0, 1.0]), 0, 1, True).log and 3 <= len(plain.marks()) <= 12
    assert Axis(np.array([2.0, 2.0]), 0, 10, False)(2) == pytest.approx(5), "one value alone lies in the middle"
