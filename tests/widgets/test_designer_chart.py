import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import nastutor as nt
from nastutor.widgets.designer_chart import HIGH, TOP, Line, lines_of, race_alt, race_figure, race_svg, ticks
from tests.widgets.searches import told


def texts(svg):
    return [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


def test_names_and_errors_stand_at_the_lines():
    svg = race_svg(Line("you", [0.3, 0.2, 0.1], "#000000"), Line("<them>", [0.3, 0.3, 0.25], "#111111"), optimum=0.05)
    assert {"you 0.1000", "<them> 0.2500", "the optimum 0.0500", "trial"} <= set(texts(svg)) and "<them>" not in svg
    places = {node.text: float(node.get("y")) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")}
    assert places["<them> 0.2500"] < places["you 0.1000"] < places["the optimum 0.0500"]


def test_names_do_not_meet():
    for optimum in (0.0999, 0.01):
        svg = race_svg(Line("you", [0.1], "#000000"), Line("they", [0.1001], "#111111"), optimum)
        places = sorted(float(node.get("y")) for node in ElementTree.fromstring(svg).iter() if node.get("font-weight") == "bold")
        assert len(places) == 3 and all(b - a >= 14.9 for a, b in pairwise(places)) and places[-1] < HIGH


def test_a_useless_first_cell_does_not_press_the_lines_flat():
    def rows(first):
        svg = race_svg(Line("you", [first, 0.12, 0.11, 0.10, 0.08], "#000000"), Line("they", [0.13, 0.13, 0.11, 0.11, 0.11], "#111111"))
        heights = [float(y) for path in re.findall(r'd="(M[^"]*)"', svg) for y in re.findall(r"[MV](?:[\d.]+ )?(-?[\d.]+)", path)]
        assert min(heights) >= TOP and max(heights) <= HIGH
        (path,) = re.findall(r'd="(M[^"]*H[^"]*V[^"]*)" fill="none" stroke="#000000"', svg)
        return list(map(float, re.findall(r"V([\d.]+)", path)))

    assert "↑ you from 0.9000" in texts(race_svg(Line("you", [0.9, 0.12, 0.11], "#000000"), Line("they", [0.13, 0.12, 0.11], "#111111")))
    assert not any("↑" in text for text in texts(race_svg(Line("you", [0.12], "#000000"), Line("they", [0.13], "#111111"))))
    assert rows(0.9) == rows(0.2) and rows(0.9)[-1] - rows(0.9)[0] > 60


def test_nothing_yet_and_failed_ones():
    svg = race_svg(Line("you", [math.nan, math.nan], "#000000"), Line("they", [math.nan, 0.2], "#111111"))
    assert "they 0.2000" in texts(svg) and not any("you" in text for text in texts(svg))
    assert "nan" not in svg
    assert "trial" in texts(race_svg(Line("you", [], "#000000"), Line("they", [], "#111111")))


def test_equal_lines_have_an_axis():
    assert "nan" not in race_svg(Line("you", [0.2], "#000000"), Line("they", [0.2], "#111111"))
    assert "nan" not in race_svg(Line("you", [0.0], "#000000"), Line("they", [0.0], "#111111"))


def test_the_text_says_what_the_picture_shows():
    mine, theirs = told(6), told(6, seed=1)
    assert lines_of(mine, theirs, "they")[0].best == mine.incumbent()
    text = race_alt(mine, theirs, "they", 0.0625)
    expected = f"best validation error of yours {mine.best().error:.4f}, of they {theirs.best().error:.4f}; the best of the whole table is 0.0625."
    assert text == f"The race after 6 trials: {expected}"
    assert "none yet" in race_alt(nt.History(), nt.History(), "they")
    assert f'alt="{text}"' in race_figure(mine, theirs, "they", 0.0625) and "data:image/svg+xml;base64," in race_figure(mine, theirs, "they")


def test_ticks_are_round():
    assert ticks(0.0, 1.0, 4) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] and ticks(1, 100, 6) == [20, 40, 60, 80, 100]
    for low, high in ((0.0712, 0.0934), (1e-9, 2e-9), (3, 3000)):
        found = ticks(low, high, 4)
        assert 2 <= len(found) <= 9 and low <= found[0] and found[-1] <= high
