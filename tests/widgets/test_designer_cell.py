import re
from xml.etree import ElementTree

import pytest

import nastutor as nt
from nastutor.widgets.designer_cell import PILL, RADIUS, WIDTH, Stage, brief, cell_svg, edge_of, edges_of, label_of, labels_of, places_of, without_effect


def arch(*ops, nodes=3):
    return nt.Arch(tuple(zip(nt.spaces.CellSpace(nodes=nodes).options, ops, strict=True)))


@pytest.mark.parametrize("nodes", range(2, 8))
def test_labels_lie_apart_and_on_the_stage(nodes):
    stage = Stage(nodes)
    edges = [(i, j) for j in range(1, nodes) for i in range(j)]
    boxes = [(*stage.corner(edge), stage.corner(edge)[0] + stage.pill, stage.corner(edge)[1] + PILL) for edge in edges]
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 4 and right <= WIDTH - 4 and top >= 4 and bottom <= stage.floor - RADIUS
        assert all(right < other[0] or other[2] < left or bottom < other[1] or other[3] < top for other in boxes[:n])
    assert [stage.label(edge)[1] for edge in ((0, 1), (nodes - 2, nodes - 1))] == [stage.label((0, 1))[1]] * 2, "edges of one length lie in one row"


def test_the_curve_of_an_edge_passes_through_its_label():
    stage = Stage(4)
    for edge in ((0, 1), (0, 2), (0, 3), (2, 3)):
        svg = cell_svg({(0, 1): "none", (0, 2): "none", (1, 2): "none", (0, 3): "none", (1, 3): "none", (2, 3): "none", edge: "conv3"}, "", write=False)
        curves = [list(map(float, re.findall(r"-?[\d.]+", path))) for path in re.findall(r'd="(M[^"]*C[^"]*)"', svg)]
        middles = [((c[0] + 3 * c[2] + 3 * c[4] + c[6]) / 8, (c[1] + 3 * c[3] + 3 * c[5] + c[7]) / 8) for c in curves]
        assert any(abs(x - stage.label(edge)[0]) < 1 and abs(y - stage.label(edge)[1]) < 1 for x, y in middles)


def test_what_is_drawn():
    edges = labels_of(arch("conv3", "none", "skip"))
    assert edges_of(arch("conv3", "none", "skip")) == edges
    assert edges == {(0, 1): "conv3", (0, 2): "none", (1, 2): "skip"}
    svg = cell_svg(edges, 'says "<this>"')
    said = [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]
    assert said == ["conv3", "none", "skip", "0", "input", "1", "2", "output"] and "&lt;this&gt;" in svg
    bare = cell_svg(edges, "", chosen=(0, 2), write=False)
    assert ">conv3<" not in bare and bare.count("<rect") == 2, "the paper, and a frame around the edge that is chosen"


def test_dead_edges():
    assert without_effect(arch("conv3", "skip", "none")) == [(0, 1)]
    assert without_effect(arch("none", "skip", "conv3")) == [(1, 2)]
    assert without_effect(arch("conv3", "skip", "conv1")) == [] and without_effect(nt.Arch((("width", 3),))) == []
    svg = cell_svg(labels_of(arch("conv3", "skip", "none")), "")
    assert svg.count("stroke-dasharray") == 2


def test_names():
    assert [edge_of(name) for name in ("0->1", "1->0", "0->1x", "op")] == [(0, 1), None, None, None]
    assert [label_of(option) for option in ("conv3", True, False, 1)] == ["conv3", "edge", "none", "1"]


def test_operations_of_nodes_stand_under_them():
    graph = nt.Arch((("1->2", True), ("0->2", False), ("0->1", True), ("op1", "maxpool3"), ("op2", "conv3"), ("lr", 0.1)))
    assert places_of(name for name, _ in graph.choices) == {"1->2": (1, 2), "0->2": (0, 2), "0->1": (0, 1), "op1": 1}, "the last node carries none"
    assert labels_of(graph) == {(1, 2): "edge", (0, 2): "none", (0, 1): "edge", 1: "maxpool3"}
    assert ">maxpool3<" in cell_svg(labels_of(graph), "") and cell_svg(labels_of(graph), "", chosen=1).count("#d55e00") == 1
    assert Stage(3).spot(1)[1] > Stage(3).floor + RADIUS and Stage(3).corner(1)[1] + PILL < Stage.of([(0, 2), 1]).height
    assert places_of(["op1", "lr"]) == {}
    assert Stage.of([(0, 2), 1]) == Stage(3, ops=True) and Stage.of([(0, 2)]) == Stage(3) and Stage(3).height < Stage(3, ops=True).height
    assert brief(graph) == "0→1, 1→2; 1 maxpool3" and brief(arch("conv3", "skip", "none")) == "conv3 skip none"
