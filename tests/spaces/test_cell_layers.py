"""One cell as layers: which paths stride, what an operation becomes, what happens to states that do not fit."""

from types import SimpleNamespace

import pytest

from nastutor.nets.graph import LayerGraph
from nastutor.spaces import NASNetSpace
from nastutor.spaces.cell_layers import KNOWN, DARTSCells, ENASCells, NASNetCells
from nastutor.spaces.genotype import Cell

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


def cell_of(text, layers=NASNetCells, *, channels=4, stride=1, older=True, shape=(4, 8, 8), drop_path=0.0, **how):
    """A graph of one cell between two convolutions that feed it."""
    built = layers(LayerGraph.start(shape), **how)
    first = built.conv_bn("input", "first", 6, 3)
    second = built.conv_bn(first, "second", 6, 3)
    built.drop_path = drop_path
    cell = Cell.parse(text)
    return built.builder.finish(built.cell(cell, cell.concat, first if older else None, second, "c", channels, stride))


@pytest.mark.parametrize("layers", [NASNetCells, ENASCells, DARTSCells])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("op", KNOWN)
def test_every_operation_keeps_or_halves(layers, stride, op):
    graph = cell_of(f"0 {op} + 1 {op} | 2 {op} + 0 {op} -> 2 3", layers, stride=stride, shape=(2, 7, 7))
    assert graph.nodes[-1].shape == (8, -(-7 // stride), -(-7 // stride))


@pytest.mark.parametrize("layers, newer", [(NASNetCells, 0), (ENASCells, 1), (DARTSCells, 1)])
def test_which_input_is_the_previous_cell(layers, newer):
    graph = cell_of("0 max3 + 1 avg3 -> 2", layers)
    pool = graph.node(f"c block 2{'ab'[newer]} {('max3', 'avg3')[newer]}")
    assert pool.inputs == ("c newer bn",)


def test_only_paths_from_the_inputs_stride():
    graph = cell_of("0 sep3 + 1 max3 | 2 sep3 + 0 avg3 -> 3", stride=2)
    strides = {node.name: dict(node.attrs)["stride"] for node in graph.nodes if "block" in node.name and "stride" in dict(node.attrs)}
    assert strides == {"c block 2a sep3 sep 1": 2, "c block 2a sep3 sep 2": 1, "c block 2b max3": 2, "c block 3a sep3 sep 1": 1, "c block 3a sep3 sep 2": 1,
                       "c block 3b avg3": 2}  # fmt: skip


def test_states_that_do_not_fit_are_made_to():
    """A state of two channels more is projected where it is read without weights or joined; an input is halved where it is joined in a reduction."""
    graph = cell_of("0 sep3 & 1 sep3 | 2 identity + 2 max3 -> 2 3")
    assert graph.node("c block 2").shape[0] == 8 and {"c block 3a identity conv", "c block 3b max3 conv", "c output 2 conv"} <= {n.name for n in graph.nodes}
    graph = cell_of("0 sep3 + 1 sep3 -> 0 2", stride=2)
    assert "c output 0 join" in {node.name for node in graph.nodes} and graph.nodes[-1].shape == (8, 4, 4)


def test_the_first_nasnet_cell_takes_its_only_input_as_it_is():
    graph = cell_of("0 max3 + 1 avg3 -> 2", older=False)
    assert graph.node("c block 2b avg3").inputs == ("second bn",) and graph.node("c block 2b avg3 bn").shape == (4, 8, 8)


@pytest.mark.parametrize("size", [6, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_pool_of_two_pixels_takes_each_and_the_one_behind_it(size, stride):
    """As the SAME of TensorFlow, from which AmoebaNet-B and -D come: what would lie outside counts as nothing."""
    torch = pytest.importorskip("torch")
    layers = NASNetCells(LayerGraph.start((2, size, size)))
    graph = layers.builder.finish(layers.operation("input", "max2", "pool", 2, stride))
    x = torch.randn(3, 2, size, size) - 5  # zeros would win
    outside = torch.full((3, 2, size + 1, size + 1), -torch.inf)
    outside[..., :size, :size] = x
    wanted = torch.nn.functional.max_pool2d(outside, 2, 1)[..., ::stride, ::stride]
    assert torch.equal(graph.build()(x), wanted)


def test_which_paths_are_dropped():
    text = "0 identity + 1 sep3 | 2 max3 + 0 identity -> 3"
    for layers, stride, dropped in ((NASNetCells, 2, ["2b", "3a"]), (DARTSCells, 1, ["2b", "3a"]), (DARTSCells, 2, ["2a", "2b", "3a", "3b"])):
        graph = cell_of(text, layers, stride=stride, drop_path=0.25)
        assert [node.name for node in graph.nodes if node.op == "drop_path"] == [f"c block {which} drop" for which in dropped]
        assert {dict(node.attrs)["p"] for node in graph.nodes if node.op == "drop_path"} == {0.25}


def test_full_convolutions_are_narrow_or_not():
    text = "0 conv3 + 1 conv1x3-3x1 -> 2"
    narrow, full = (cell_of(text, channels=16, narrow_convs=value) for value in (True, False))
    inner = lambda graph, name: graph.node(f"c block {name} conv").shape[0]
    assert (inner(narrow, "2a conv3 3"), inner(narrow, "2b conv1x3-3x1 1x3")) == (4, 6)
    assert (inner(full, "2a conv3 3"), inner(full, "2b conv1x3-3x1 1x3")) == (16, 16)


def test_a_dilated_separable_convolution_is_applied_once_by_darts_alone():
    depth = [cell_of("0 dilsep5 + 1 dilsep5 -> 2", layers).counts().depth for layers in (NASNetCells, DARTSCells)]
    assert depth == [2 + 1 + 4, 2 + 1 + 2]


def test_options_of_the_space_reach_the_layers():
    text = "normal: 0 conv3 + 1 conv3 -> 2; reduce: 0 conv3 + 1 conv3 -> 2"
    spaces = (NASNetSpace(1, channels=8, narrow_convs=value) for value in (True, False))
    one, other = (space.graph(space.from_genotype(text), DIGITS).counts().params for space in spaces)
    assert one < other
