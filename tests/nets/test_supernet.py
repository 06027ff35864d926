"""Supernets as graphs: one path of them is the stand-alone network, and what belongs to one option alone."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.nets.supernet import Supernet, counterparts
from tests.relaxed_spaces import RELAXED, TASK


@pytest.mark.parametrize("name", RELAXED)
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_the_path_of_an_architecture_is_its_stand_alone_network(name, seed):
    space = RELAXED[name]
    arch = space.canonical(space.sample(seed))
    alone, path = space.graph(arch, TASK).simplified(), space.supernet(TASK).path(space.chosen(arch))
    assert counterparts(alone, path).keys() == {node.name for node in alone.nodes}
    assert path.counts().params == alone.counts().params and path.counts().mult_adds == alone.counts().mult_adds


def test_the_supernet_of_darts_has_the_published_number_of_weights():
    """8 cells, 16 channels, three colours, without scale and shift in batch norms: 1,930,618 in the released code."""
    space, images = nt.spaces.DARTSSpace(channels=16, cells=2, stages=3), SimpleNamespace(shape=(3, 32, 32), classes=10)
    for pool_bn in (False, True):
        supernet = space.supernet(images, affine=False, pool_bn=pool_bn)
        assert supernet.graph.counts().params == 1_930_618
    assert len(supernet.sites) == 28 and {len(options) for options in supernet.sites.values()} == {8}
    assert sum(node.op == "bn" for node in supernet.graph.nodes) > sum(node.op == "bn" for node in space.supernet(images, affine=False).graph.nodes)


def test_counterparts_tells_where_two_networks_differ():
    def network(kernel, extra=False):
        b = LayerGraph.start((1, 4, 4))
        x = b.add("conv", "input", channels=2, kernel=kernel, name="c")
        x = b.add("add", x, b.add("relu", x, name="r") if extra else x, name="a")
        return b.finish(x)

    assert counterparts(network(3), network(3)) == {"a": "a", "c": "c", "input": "input"}
    with pytest.raises(ValueError, match="kernel=3"):
        counterparts(network(3), network(1))
    with pytest.raises(ValueError, match="'r'"):
        counterparts(network(3), network(3, extra=True))


def test_owners_are_the_nodes_that_serve_one_option():
    supernet = nt.spaces.CellSpace(nodes=3, channels=4, stages=1).supernet(TASK)
    owners = supernet.owners
    assert owners["cell 1 0->1 conv3 conv"] == ("0->1", 3) and owners["cell 1 0->1 conv3 bn"] == ("0->1", 3)
    assert "stem bn relu" not in owners and "stem conv" not in owners, "several options read the ReLU, and all of them the stem"
    assert not any(name.startswith("head") for name in owners)


def test_a_supernet_refuses_what_is_no_sum_and_options_that_do_not_fit():
    b = LayerGraph.start((1, 4, 4))
    graph = b.finish(b.add("add", "input", b.add("relu", "input", name="r"), name="a"))
    with pytest.raises(ValueError, match="'r', an operation 'relu'"):
        Supernet(graph, {"r": "op"}, {"op": (1, 2)})
    with pytest.raises(ValueError, match="a sum of 2; its decision 'op' has 3 options"):
        Supernet(graph, {"a": "op"}, {"op": (1, 2, 3)})
    with pytest.raises(ValueError, match="`choice` says 5 for 'op'; allowed are 1, 2"):
        Supernet(graph, {"a": "op"}, {"op": (1, 2)}).path({"op": 5})
