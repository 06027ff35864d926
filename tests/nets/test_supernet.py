"""Supernets as graphs: what they refuse, and how large the published one is."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.nets.supernet import Supernet


def test_the_supernet_of_darts_has_the_published_number_of_weights():
    """8 cells, 16 channels, three colours, without scale and shift in batch norms: 1,930,618 in the released code."""
    space, images = nt.spaces.DARTSSpace(channels=16, cells=2, stages=3), SimpleNamespace(shape=(3, 32, 32), classes=10)
    for pool_bn in (False, True):
        supernet = space.supernet(images, affine=False, pool_bn=pool_bn)
        assert supernet.graph.counts().params == 1_930_618
    assert len(supernet.sites) == 28 and {len(options) for options in supernet.sites.values()} == {8}
    assert sum(node.op == "bn" for node in supernet.graph.nodes) > sum(node.op == "bn" for node in space.supernet(images, affine=False).graph.nodes)


def test_a_supernet_refuses_what_is_no_sum():
    b = LayerGraph.start((1, 4, 4))
    graph = b.finish(b.add("add", "input", b.add("relu", "input", name="r"), name="a"))
    with pytest.raises(ValueError, match="'r', an operation 'relu'"):
        Supernet(graph, {"r": "op"}, {"op": (1, 2)})
    with pytest.raises(ValueError, match="a sum of 2; its decision 'op' has 3 options"):
        Supernet(graph, {"a": "op"}, {"op": (1, 2, 3)})
