"""The map of a space: where architectures lie, how squares are shaded, and that all of it is on the picture."""

import re
from base64 import b64decode
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest

from nastutor.pictures.space_map import BLUE, Grid, Marks, Panel, _png, _shares, map_svg
from nastutor.values import Arch

CELL = Grid({"0->1": ("none", "skip"), "0->2": ("none", "skip", "conv3"), "1->2": ("none", "conv3")})


def colour(grid, panel, arch, side=12):
    from PIL import Image

    row, column = grid.place(arch)
    image = Image.open(BytesIO(b64decode(_png(grid, panel, side)))).convert("RGB")
    assert image.size == (side * grid.shape[1], side * grid.shape[0])
    return image.getpixel((column * side + side // 2, row * side + side // 2))


def panel(values, **settings):
    return Panel("mean", "a note", np.array(values, dtype=float), BLUE, **settings)


def test_every_architecture_has_a_square_of_its_own_in_the_order_of_the_list():
    archs = CELL.archs()
    assert len(archs) == 12 and [CELL.place(arch) for arch in archs] == [divmod(number, 6) for number in range(12)]
    assert archs[-1] == Arch((("0->1", "skip"), ("0->2", "conv3"), ("1->2", "conv3")))


def test_shades_by_value_and_by_rank_and_none_where_nothing_is_known():
    np.testing.assert_array_equal(_shares(panel([0, 1, 4, np.nan])), [0, 0.25, 1, np.nan])
    np.testing.assert_array_equal(_shares(panel([0, 1, 4, 1, np.nan], ranked=True)), [0, 0.5, 1, 0.5, np.nan])
    np.testing.assert_array_equal(_shares(panel([2, 2])), [0, 0])
    assert np.isnan(_shares(panel([np.nan] * 2))).all()


def test_the_square_of_the_largest_value_is_the_darkest():
    values = np.arange(12.0)
    values[3] = np.nan
    seen = [sum(colour(CELL, panel(values), arch)) for arch in CELL.archs()]
    assert seen.index(min(seen)) == 11 and seen.index(max(seen)) == 0 and len(set(colour(CELL, panel(values), CELL.archs()[3]))) == 1, "grey: not known"


@pytest.mark.parametrize("grid", [CELL, Grid({"x": (1, 2, 3)}), Grid({name: tuple(range(5)) for name in "abcdef"})], ids=["cell", "line", "large"])
@pytest.mark.parametrize("count", [1, 4])
def test_maps_and_their_marks_lie_on_the_picture(grid, count):
    archs = grid.archs()
    marks = Marks(archs[:3] + archs[-1:], archs[1], archs[2])
    svg, wide = map_svg(grid, [panel(np.arange(len(archs)))] * count, marks, "a map & its text")
    ElementTree.fromstring(svg)
    high = int(re.search(r'height="(\d+)"', svg)[1])
    assert f'width="{wide}"' in svg and 'aria-label="a map &amp; its text"' in svg and wide < 900
    images = [tuple(map(float, found)) for found in re.findall(r'<image x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="(\d+)"', svg)]
    assert len(images) == count and all(x + w <= wide and y + h <= high for x, y, w, h in images)
    for number, (x, y, w, h) in enumerate(images):
        assert all(x + w <= a or a + c <= x or y + h <= b or b + d <= y for a, b, c, d in images[:number]), "no map lies on another"
    dots = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg)]
    assert len(dots) == (len(dict.fromkeys(marks.tried)) + 1) * count and svg.count('z" fill') == count
    for x, y in dots:
        assert any(a <= x <= a + w and b <= y <= b + h for a, b, w, h in images)


def test_four_maps_lie_two_by_two_and_name_their_axes():
    cells = Grid(dict.fromkeys(("0->1", "0->2", "1->2"), ("none", "skip", "conv1", "conv3", "avgpool3")))
    svg, _ = map_svg(cells, [panel(np.zeros(125))] * 4, Marks(), "")
    assert int(re.search(r'height="(\d+)"', svg)[1]) < 400 and len(set(re.findall(r'<image x="([\d.]+)"', svg))) == 2
    said = re.findall(r">([^<>]+)</text>", svg)
    assert said.count("1-&gt;2") == 4 and sum("0-&gt;2" in word for word in said) >= 4 and said.count("0-&gt;1") == 4


def test_options_are_named_where_there_is_room():
    values = panel(np.zeros(12))
    said = re.findall(r">([^<>]+)</text>", map_svg(CELL, [values], Marks(), "")[0])
    assert "skip" in said and "conv3" in said and said.count("none") == 1 + 3 + 1, "the row, under each of three columns, and one of these"
    large = Grid({name: tuple(range(5)) for name in "abcdef"})
    words = re.findall(r">([^<>]+)</text>", map_svg(large, [panel(np.zeros(5**6))], Marks(), "")[0])
    assert words.count("d=0") == 1 and "f=0" not in words
