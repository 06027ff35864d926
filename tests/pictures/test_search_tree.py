"""The picture of a search tree: what is shown where there is no room for all, where it lies, and what it says."""

import math
import re
from html import unescape
from xml.etree import ElementTree

import pytest

from nastutor.pictures.picture import text_width
from nastutor.pictures.search_tree import BLUES, ON, ROWS, WIRE, Branch, left_out, shown, told, tree_svg

LEAF = Branch("skip", 1, 0.25, "0->1")
SMALL = Branch("", 4, 0.5, ways=3, on=True, branches=(LEAF, Branch("conv3", 2, 0.75, "0->1", on=True)))


def wide(count, visits=1):
    return Branch("", count, 0.5, ways=count, branches=tuple(Branch(f"option{n}", visits + n, n / count, "width") for n in range(count)))


def names(branch):
    return [branch.label] + [name for below in branch.branches for name in names(below)]


def test_a_tree_that_fits_is_shown_whole():
    assert shown(SMALL) == SMALL and left_out(SMALL) == "1 new"
    svg, width = tree_svg(SMALL, "a tree & its text")
    ElementTree.fromstring(svg)
    assert re.findall(r">([^<>]+)</text>", svg) == ["4", "0.5", "1", "skip", "0.25", "2", "conv3", "0.75", "… 1 new", "0->1".replace(">", "&gt;")]
    assert f'width="{width}"' in svg and 'aria-label="a tree &amp; its text"' in svg


def test_a_column_of_two_decisions_names_both_and_bold_names_keep_away_from_numbers():
    half = Branch("none, skip", 3, 0.5, "0->1", on=True, branches=(Branch("avgpool3", 2, 0.75, "0->1", on=True), Branch("conv3", 1, 0.25, "0->2")))
    svg, _ = tree_svg(Branch("", 4, 0.5, ways=2, on=True, branches=(half,)), "")
    assert "0-&gt;1 or 0-&gt;2</text>" in svg
    for name, size in (("none, skip", 12), ("0-&gt;1=avgpool3", 12)):
        start, end = re.search(rf'<text x="([\d.]+)"[^>]*font-weight="bold">{name}</text><text x="([\d.]+)"', svg).groups()
        assert float(end) - float(start) >= 1.1 * text_width(unescape(name), size) + 6


def test_the_most_visited_are_shown_and_the_way_of_the_last_trial():
    tree = wide(100)
    kept = shown(tree, rows=10)
    assert names(kept) == ["", *(f"option{n}" for n in range(91, 100))] and left_out(kept) == "91 more"
    last = Branch("", 101, 0.5, ways=101, on=True, branches=(*tree.branches, Branch("rare", 1, 0.1, "width", on=True)))
    assert "rare" in names(shown(last, rows=3)) and shown(last, rows=3).unseen == 99


def test_a_deep_part_is_not_cut_from_its_parents():
    deep = Branch("a", 9, 0.5, "x", 2, branches=(Branch("b", 8, 0.5, "y", 2, branches=(Branch("c", 7, 0.5, "z"),)),))
    tree = Branch("", 20, 0.5, ways=20, branches=(deep, *wide(19).branches))
    for rows in range(1, 12):
        kept = names(shown(tree, rows))
        assert ("c" not in kept or "b" in kept) and ("b" not in kept or "a" in kept)


@pytest.mark.parametrize("tree", [SMALL, wide(5), wide(60), Branch("", 0, math.nan), Branch("", 1, 0.5, ways=5)])
def test_plates_lie_on_the_picture_and_apart(tree):
    svg, width = tree_svg(tree, "a tree")
    height = int(re.search(r'height="(\d+)"', svg)[1])
    plates = [(float(x), float(y)) for x, y in re.findall(r'<rect x="(\d+)" y="([\d.]+)"', svg)]
    assert 1 <= len(plates) <= ROWS + 1
    for number, (x, y) in enumerate(plates):
        assert 0 <= x <= width - 34 and 20 <= y <= height - 18
        assert all(abs(x - a) >= 34 or abs(y - b) >= 19 for a, b in plates[:number])


def test_edges_are_as_thick_as_the_share_of_the_visits_and_the_last_way_has_its_colour():
    svg, _ = tree_svg(Branch("", 10, 0.5, ways=2, on=True, branches=(Branch("a", 9, 0.6, "x", on=True), Branch("b", 0, math.nan, "x"))), "")
    edges = re.findall(r'fill="none" stroke="(#\w+)" stroke-width="([\d.]+)"', svg)
    assert edges == [(WIRE, "1.0"), (ON, "8.1")], "what is on the way lies on top"


def test_plates_are_shaded_by_the_rank_of_their_mean():
    svg, _ = tree_svg(Branch("", 9, 0.81, ways=4, branches=tuple(Branch(str(n), 1, mean, "x") for n, mean in enumerate((0.1, 0.8, 0.82, 0.83)))), "")
    assert re.findall(r'rx="5" fill="(#\w+)"', svg) == [BLUES[2], BLUES[0], BLUES[1], BLUES[3], BLUES[4]]


def test_a_column_is_headed_by_its_decision_where_it_has_one():
    mixed = Branch("", 2, 0.5, ways=2, branches=(Branch("a", 1, 0.5, "x"), Branch("b", 1, 0.5, "y")))
    said = re.findall(r">([^<>]+)</text>", tree_svg(mixed, "")[0])
    assert "x=a" in said and "y=b" in said and "x" not in said


def test_in_words():
    assert told(LEAF) == "0->1=skip: 1 visit, mean 0.25" and told(Branch("", 0, math.nan)) == "root: 0 visits"
