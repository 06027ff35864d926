"""The grid: where places lie, which edges are highlighted, and what the picture says in words."""

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from nastutor.spaces import FabricSpace
from nastutor.widgets.fabric_picture import FILL, HIGH, ON, WIRE, Grid, chain, fabric_svg, labels, sizes, told, visited

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
SMALL = FabricSpace(layers=3, scales=3)


@pytest.mark.parametrize("layers, scales", [(2, 1), (4, 4), (8, 6), (16, 6)])
def test_places_lie_apart_and_on_the_picture(layers, scales):
    grid = Grid(layers, scales)
    corners = [grid.corner((scale, layer)) for scale in range(1, scales + 1) for layer in range(1, layers + 1)]
    for number, (left, top) in enumerate(corners):
        assert left >= 0 and left + grid.wide <= grid.width and top >= 0 and top + HIGH <= grid.height
        assert all(abs(left - x) >= grid.wide + 8 or abs(top - y) >= HIGH + 8 for x, y in corners[:number]), "with room for arrows"


def test_each_edge_is_there_once_and_the_path_in_colour():
    for arch in SMALL:
        svg = fabric_svg(SMALL, arch, DIGITS)
        ElementTree.fromstring(svg)
        lines = re.findall(r'<line [^>]*stroke="(#\w+)"', svg)
        path = len(SMALL.edges(arch))
        assert lines.count(ON) == path + 2 and lines.count(WIRE) == len(SMALL.edges()) - path, "the image and the classes have an arrow each"
        assert svg.count(f'fill="{FILL}"') == len(visited(SMALL, arch)) == path + 1


@pytest.mark.parametrize("layers, scales", [(2, 1), (4, 4), (8, 6), (16, 6)])
def test_a_small_grid_fits_its_room_with_places_apart(layers, scales):
    grid = Grid(layers, scales, room=(182, 300))
    corners = [grid.corner((scale, layer)) for scale in range(1, scales + 1) for layer in range(1, layers + 1)]
    assert grid.width == 182 and grid.height <= 300 and grid.wide >= 4
    for number, (left, top) in enumerate(corners):
        assert left >= 24 and left + grid.wide <= 182 - 24 and top >= 20 and top + HIGH <= grid.height, "arrows lead in and out"
        assert all(abs(left - x) > grid.wide or abs(top - y) >= HIGH + 6 for x, y in corners[:number])


def test_a_small_picture_has_numbers_for_words():
    space = FabricSpace(layers=4, scales=4)
    svg = fabric_svg(space, space.sample(0), DIGITS, room=(182, 300))
    said = re.findall(r">([^<>]+)</text>", svg)
    assert said == ["layer", "1", "2", "3", "4", *(size for size in "8421" for _ in range(4))]
    assert 'width="182"' in svg and re.findall(r'<line [^>]*stroke="(#\w+)"', svg).count(ON) == len(space.edges(space.sample(0))) + 2
    narrow = FabricSpace(layers=16, scales=4)
    assert re.findall(r">([^<>]+)</text>", fabric_svg(narrow, narrow.sample(0), DIGITS, room=(182, 300)))[17:] == [], "no room in the places"


def test_every_row_of_the_grid_has_its_scale():
    said = re.findall(r">([^<>]+)</text>", fabric_svg(SMALL, SMALL.sample(0), DIGITS))
    assert [word for word in said if word.startswith("scale")] == ["scale 1", "scale 2", "scale 3"] and "image" in said


def test_the_whole_way_through_the_first_and_the_last_layer_is_visited():
    arch = SMALL.embed((2, 1, 1, 2))
    assert visited(SMALL, arch) == [(1, 1), (2, 1), (2, 2), (2, 3), (3, 3)]
    assert chain(SMALL, arch, DIGITS) == ["conv 8×8", "conv, stride 2: 4×4", "conv 4×4", "conv 4×4", "conv, stride 2: 2×2", "mean", "linear: 10"]
    up = FabricSpace(layers=2, scales=2, head="pixels")
    words = chain(up, next(arch for arch in up if up.plan(arch) == [2, 1]), DIGITS)
    assert words == ["conv 8×8", "conv, stride 2: 4×4", "zeros between, conv: 8×8", "1×1 conv: 10"]


def test_the_chain_has_the_layers_of_the_network():
    for arch in SMALL:
        convs = sum("conv" in part for part in chain(SMALL, arch, DIGITS))
        assert convs == sum(node.op == "conv" for node in SMALL.graph(arch, DIGITS).nodes)


def test_what_stands_on_the_places():
    assert sizes(SMALL, DIGITS) == ["8×8", "4×4", "2×2"] == labels(Grid(3, 3), SMALL, DIGITS)
    assert labels(Grid(16, 3), SMALL, DIGITS) == ["8", "4", "2"]
    wide = SimpleNamespace(name="wide", shape=(1, 8, 16), classes=10)
    assert labels(Grid(16, 3), SMALL, wide) == ["8×16", "4×8", "2×4"], "both sides where they differ"
    bare = fabric_svg(SMALL, SMALL.sample(0), DIGITS, write=False)
    assert ">8×8<" not in bare and ">image<" in bare and ">10 classes<" in bare


def test_in_words():
    words = told(FabricSpace(layers=3, scales=2, sparse=True), FabricSpace(layers=3, scales=2).sample(0), DIGITS)
    assert words.startswith("Sparse fabric of 3 layers and 2 scales, 10 edges; a path through the scales") and words.endswith("mean, linear: 10.")
