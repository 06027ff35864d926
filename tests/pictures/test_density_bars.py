"""The bars of two densities: as long as they are, with the ratio in words, on the picture and apart."""

import re
from xml.etree import ElementTree

import pytest

from nastutor.pictures.density_bars import BAR, GOOD, MARK, OTHERS, Decision, density_svg

ONE = Decision("0->1", ("none", "conv3"), (0.25, 0.75), (0.5, 0.5), (2, 9), "conv3")


def test_bars_are_as_long_as_the_densities_and_the_ratio_is_said():
    svg, wide = density_svg([ONE], "bars & more")
    ElementTree.fromstring(svg)
    for colour, values in ((GOOD, ONE.good), (OTHERS, ONE.others)):
        assert [float(width) for width in re.findall(rf'width="([\d.]+)" height="9" fill="{colour}"', svg)] == pytest.approx([BAR * value for value in values])
    said = re.findall(r">([^<>]+)</text>", svg)
    assert said == ["0-&gt;1", "asked in 2 good, 9 others", "l / g", "none", "0.50", "conv3", "1.50"]
    assert svg.count(MARK) == 1 and f'width="{wide}"' in svg and 'aria-label="bars &amp; more"' in svg


def test_nothing_is_marked_where_the_next_does_not_have_the_decision():
    assert MARK not in density_svg([ONE._replace(taken=None)], "")[0]


@pytest.mark.parametrize("count", [1, 2, 7, 9])
def test_decisions_lie_on_the_picture_and_apart(count):
    svg, wide = density_svg([ONE._replace(name=f"decision {number}") for number in range(count)], "")
    high = int(re.search(r'height="(\d+)"', svg)[1])
    bars = [(float(x), float(y)) for x, y in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="9"', svg)]
    assert len(bars) == len(set(bars)) == 4 * count and all(x + BAR <= wide and y + 9 <= high for x, y in bars)
