import re
from xml.etree import ElementTree

import pytest

from nastutor.widgets.log_chart import BOLD, LETTER, Axis, Dot, Line, chart

X, Y = Axis("mult-adds", 8, 11), Axis("parameters", 5, 8.5)
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    """(what is written, its left end in the widest font, y)"""
    found = []
    for text in ElementTree.fromstring(svg).iter(SVG + "text"):
        word = "".join(text.itertext())
        width = len(word) * (BOLD if text.get("font-weight") else LETTER)
        found.append((word, float(text.get("x")) - (width if text.get("text-anchor") == "end" else 0), float(text.get("y"))))
    return found


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


def test_a_label_that_had_to_move_is_led_to_by_a_line():
    alone = chart([], [Dot(9, 7, "alone")], X, Y, "alt")
    assert 'class="leader"' not in alone, "it stands beside its dot"
    dots = [Dot(9 + n / 100, 7, f"network number {n}") for n in range(4)]
    paths = re.findall(r'class="leader" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', chart([], dots, X, Y, "alt"))
    circles = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', chart([], dots, X, Y, "alt"))
    assert 1 <= len(paths) <= 4 and {path[:2] for path in paths} <= set(circles), "from a dot"


@pytest.mark.parametrize("corner", [(8, 5), (8, 8.5), (11, 5), (11, 8.5)])
def test_a_label_never_covers_its_own_dot(corner):
    """NASNet-A large stands in the upper right corner."""
    svg = chart([], [Dot(*corner, "NASNet-A large: 88.8 M", large=True)], X, Y, "alt")
    cx, cy = map(float, re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg).groups())
    _, x, y = next(entry for entry in texts(svg) if entry[0].startswith("NASNet"))
    width = BOLD * len("NASNet-A large: 88.8 M")
    assert x > cx + 6 or x + width < cx - 6 or y - 10 > cy + 6 or y + 3 < cy - 6
    assert x > 0 and x + width < 560


def test_a_spare_label_is_left_out_where_there_is_no_room():
    crowd = [Dot(9 + n / 1000, 7, f"network number {n}", spare=True) for n in range(60)]
    shown = [text for text, _, _ in texts(chart([], crowd, X, Y, "alt")) if text.startswith("network")]
    assert 0 < len(shown) < 60
    kept = [text for text, _, _ in texts(chart([], [*crowd, Dot(9.02, 7, "needed")], X, Y, "alt")) if text == "needed"]
    assert kept == ["needed"], "it chooses first, though it comes last"


def test_names_cannot_break_out():
    root = ElementTree.fromstring(chart([], [Dot(9, 7, "<b>&", note="<i>")], Axis("<x>", 8, 9), Y, "<alt>"))
    assert root.find(SVG + "title").text == "<alt>" and any(text == "<b>&" for text, _, _ in texts(ElementTree.tostring(root, "unicode")))
