import re
from xml.etree import ElementTree

import pytest

from nastutor.widgets.log_chart import Axis, Dot, Line, chart

X, Y = Axis("mult-adds", 8, 11), Axis("parameters", 5, 8.5)
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    """(what is written, x, y)"""
    return [("".join(t.itertext()), float(t.get("x")), float(t.get("y"))) for t in ElementTree.fromstring(svg).iter(SVG + "text")]


def test_places_are_powers_of_ten():
    svg = chart([Line([(8, 5), (11, 8.5)])], [Dot(8, 5), Dot(9.5, 6.75)], X, Y, "alt")
    low, middle = sorted((float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg))
    line = re.search(r'points="([\d.]+),([\d.]+) ([\d.]+),([\d.]+)"', svg).groups()
    assert low == (float(line[0]), float(line[1])) and middle[0] == pytest.approx((float(line[0]) + float(line[2])) / 2, abs=0.1)
    assert middle[1] == pytest.approx((float(line[1]) + float(line[3])) / 2, abs=0.1)


def test_ticks_are_said_in_short():
    assert X.ticks() == [(8, "100 M"), (9, "1 G"), (10, "10 G"), (11, "100 G")]
    assert Axis("n", 1, 8, powers=False).ticks() == [(n, str(n)) for n in range(1, 9)]
    assert [word for _, word in Axis("many", 0, 38).ticks()] == ["1", "100 k", "10 G", "10^15", "10^20", "10^25", "10^30", "10^35"]
    near = [word for _, word in Axis("near", 6.2, 7.1).ticks()]
    assert near == ["2 M", "5 M", "10 M"], "with few powers their double and their fivefold as well"


def test_labels_do_not_lie_on_each_other():
    dots = [Dot(9 + n / 100, 7, f"network number {n}") for n in range(4)]
    places = [(x, y) for text, x, y in texts(chart([], dots, X, Y, "alt")) if text.startswith("network")]
    assert len(places) == 4
    for n, (x, y) in enumerate(places):
        assert all(abs(y - v) >= 12 or abs(x - u) >= 60 for u, v in places[:n])


def test_names_cannot_break_out():
    root = ElementTree.fromstring(chart([], [Dot(9, 7, "<b>&", note="<i>")], Axis("<x>", 8, 9), Y, "<alt>"))
    assert root.find(SVG + "title").text == "<alt>" and any(text == "<b>&" for text, _, _ in texts(ElementTree.tostring(root, "unicode")))
