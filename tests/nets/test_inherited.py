"""One path of a supernet is the stand-alone network, node by node."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.nets.graph import LayerGraph
from nastutor.nets.inherited import counterparts, extracted
from nastutor.nets.supernet import Supernet
from tests.relaxed_spaces import RELAXED, TASK


@pytest.mark.parametrize("name", RELAXED)
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_the_path_of_an_architecture_is_its_stand_alone_network(name, seed):
    space = RELAXED[name]
    arch = space.canonical(space.sample(seed))
    alone, path = space.graph(arch, TASK).simplified(), extracted(space.supernet(TASK), space.chosen(arch))
    assert counterparts(alone, path).keys() == {node.name for node in alone.nodes}
    assert path.counts().params == alone.counts().params and path.counts().mult_adds == alone.counts().mult_adds


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


def test_an_architecture_that_is_not_in_canonical_form_is_told_so():
    space = RELAXED["DARTS"]
    supernet, refused = space.supernet(TASK), 0
    for arch in map(space.sample, range(10)):
        counterparts(
            *(make(space.canonical(arch)) for make in (lambda one: space.graph(one, TASK).simplified(), lambda one: extracted(supernet, space.chosen(one))))
        )
        try:
            counterparts(space.graph(arch, TASK).simplified(), extracted(supernet, space.chosen(arch)))
        except ValueError as error:
            refused += "allowed are networks in canonical form" in str(error)
    assert refused


def test_an_option_that_there_is_not():
    b = LayerGraph.start((1, 4, 4))
    graph = b.finish(b.add("add", "input", b.add("relu", "input", name="r"), name="a"))
    with pytest.raises(ValueError, match="`choice` says 5 for 'op'; allowed are 1, 2"):
        extracted(Supernet(graph, {"a": "op"}, {"op": (1, 2)}), {"op": 5})
