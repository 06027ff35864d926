"""How layers of `BranchSpace` become nodes: the three orders, sums and joins of outputs that do not fit, the classifier."""

import pytest

from nastutor.spaces import BranchSpace
from nastutor.spaces.branches import Branch, Branches
from nastutor.testing.networks import IMAGES

FIRST = Branch("conv", 4, 3, 1, (0,))


def graph_of(order, *layers, reads=None, merge=None):
    plan = Branches(order, layers, reads or (len(layers),), merge)
    space = BranchSpace.holding(plan)
    return space.graph(space.arch(plan), IMAGES)


def ops(graph):
    return " ".join(node.op for node in graph.nodes)


@pytest.mark.parametrize(
    "order, chain, params",
    [
        ("conv-bn-relu", "input conv bn relu conv bn relu global_avg_pool linear", 36 + 8 + 144 + 8 + 50),
        ("bn-relu-conv", "input conv bn relu conv bn relu global_avg_pool linear", 36 + 8 + 144 + 8 + 50),
        ("conv-relu", "input conv relu conv relu global_avg_pool linear", 40 + 148 + 50),
    ],
)
def test_orders(order, chain, params):
    graph = graph_of(order, FIRST, FIRST._replace(reads=(1,)))
    assert ops(graph) == chain and graph.counts().params == params
    names = [node.name for node in graph.nodes if node.op == "bn"]
    assert names == {"conv-bn-relu": ["layer 1 bn", "layer 2 bn"], "bn-relu-conv": ["layer 2 bn", "head bn"], "conv-relu": []}[order]


def test_kinds():
    layers = [Branch("sep", 4, 3, 1, (0,)), Branch("dil", 6, 3, 2, (1,)), Branch("max3", None, None, 1, (2,)), Branch("avg2", None, None, 2, (3,))]
    graph = graph_of("conv-relu", *layers)
    assert graph.node("layer 2 dil")["dilation"] == 2 and graph.node("layer 2 dil").shape == (6, 4, 4)
    assert (graph.node("layer 1 sep").op, graph.node("layer 3 max3").label, graph.node("layer 4 avg2").label) == (
        "sep_conv",
        "max_pool kernel=3 padding=1",
        "avg_pool kernel=2 stride=2 padding=0",
    )


def test_sums_thin_out_and_widen():
    layers = [FIRST, Branch("conv", 8, 3, 2, (1,)), Branch("conv", 8, 3, 2, (0, 1, 2), "add")]
    graph = graph_of("conv-relu", *layers)
    assert graph.node("layer 3 of 0 thinned").label == "max_pool kernel=1 stride=2" and graph.node("layer 3 of 1 widened").shape == (8, 4, 4)
    assert graph.node("layer 3 add").inputs == ("layer 3 of 0 widened", "layer 3 of 1 widened", "layer 2 relu")
    graph = graph_of("conv-relu", *layers, reads=(0, 3), merge="add")
    assert graph.node("head of 0 thinned")["stride"] == 4


def test_joins_keep_the_channels_and_stand_in_canonical_order():
    wide, narrow = Branch("conv", 8, 3, 1, (0,)), Branch("conv", 4, 3, 1, (0,))
    for layers in ([wide, narrow], [narrow, wide]):
        graph = graph_of("conv-relu", *layers, reads=(1, 2), merge="concat")
        join = graph.node("head concat")
        assert join.shape == (12, 8, 8) and [graph.node(x).shape[0] for x in join.inputs] == [4, 8]


def test_odd_sizes_that_were_rounded_in_two_ways_are_cut():
    from types import SimpleNamespace

    plan = Branches("conv-relu", (Branch("conv", 4, 3, 2, (0,)), Branch("avg2", None, None, 2, (0,))), (1, 2), "concat")
    space = BranchSpace.holding(plan)
    graph = space.graph(space.arch(plan), SimpleNamespace(name="odd", shape=(1, 7, 6), classes=3))
    assert graph.node("head concat").shape == (5, 3, 3) and graph.node("head of 1 cut").label == "pad bottom=-1"
