"""The map of shares: what a row, a column and a bar stand for, and that all has room."""

import base64
import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from nastutor.pictures.alphas import DARK, ON, WIDE, Shares, alphas_svg, largest

SITES = {"0->1": ("none", "skip"), "0->2": ("skip", "conv3", "none & all")}
SHARES = Shares(SITES, (0, 10, 40), ((0.5, 0.5, 0.2, 0.3, 0.5), (0.9, 0.1, 0.2, 0.7, 0.1), (1.0, 0.0, 0.0, 1.0, 0.0)))


def pixels(svg):
    """(options, looks) of how dark, 0 to 1."""
    found = re.search(r"data:image/png;base64,([^\"]+)", svg)[1]
    image = Image.open(BytesIO(base64.b64decode(found))).convert("RGB")
    return [[(255 - image.getpixel((x, y))[0]) / (255 - DARK[0]) for x in range(image.width)] for y in range(image.height)]


def bars(svg):
    return [float(width) for width in re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="[\d.]+" fill="#', svg)]


def test_a_row_is_an_option_and_a_column_a_look():
    svg, _ = alphas_svg(SHARES, 1, "a map")
    ElementTree.fromstring(svg)
    assert pixels(svg) == [pytest.approx([frame[row] for frame in SHARES.frames], abs=0.005) for row in range(5)]
    assert SHARES.at(1) == {"0->1": {"none": 0.9, "skip": 0.1}, "0->2": {"skip": 0.2, "conv3": 0.7, "none & all": 0.1}}


def test_the_darkest_is_the_largest_share_that_was_seen():
    faint = Shares(SITES, (0,), ((0.25, 0.5, 0.25, 0.25, 0.25),))
    svg, _ = alphas_svg(faint, 0, "")
    assert pixels(svg)[1] == [1.0] and pixels(svg)[0][0] == pytest.approx(0.5, abs=0.01) and "to 0.50 (dark)" in svg


def test_bars_are_the_shares_of_this_look_and_the_largest_of_a_decision_has_the_colour():
    svg, _ = alphas_svg(SHARES, 1, "")
    wide = bars(svg)
    assert [width / wide[0] for width in wide] == pytest.approx([1, 0.1 / 0.9, 0.2 / 0.9, 0.7 / 0.9, 0.1 / 0.9], abs=0.01)
    assert re.findall(r'font-weight="bold">(?:[\d.]+|[a-z0-9]+)<', svg).count('font-weight="bold">conv3<') == 1
    assert [fill == ON for fill in re.findall(r'height="[\d.]+" fill="(#\w+)"/>', svg)[1:]] == [True, False, False, True, False]


@pytest.mark.parametrize("look, x", [(0, 0.0), (2, 2 / 3)])
def test_a_frame_stands_around_the_look(look, x):
    svg, _ = alphas_svg(SHARES, look, "")
    left = float(re.search(r'<image x="([\d.]+)"', svg)[1])
    frame = re.search(rf'<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="[\d.]+" fill="none" stroke="{ON}"', svg)
    assert (float(frame[1]) - left) / WIDE == pytest.approx(x, abs=0.01) and float(frame[2]) == pytest.approx(WIDE / 3, abs=0.1)
    assert f">{SHARES.answers[look]}</text>" in svg


@pytest.mark.parametrize("decisions, options", [(1, 2), (3, 5), (28, 8)])
def test_many_rows_stay_on_the_picture_and_names_only_where_they_can_be_read(decisions, options):
    sites = {f"edge {k}": tuple(f"option{n}" for n in range(options)) for k in range(decisions)}
    svg, width = alphas_svg(Shares(sites, (0, 1), ((1 / options,) * (decisions * options),) * 2), 0, "")
    height = int(re.search(r'height="(\d+)"', svg)[1])
    assert height < 800 and max(float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)"', svg)) <= height
    assert all(f">{name}</text>" in svg for name in sites) and (">option1</text>" in svg) == (decisions < 28)
    assert max(float(x) for x in re.findall(r'<rect x="([\d.]+)"', svg)) < width


def test_of_equal_shares_the_first_is_the_largest():
    assert largest({"a": 0.5, "b": 0.5}) == "a"
