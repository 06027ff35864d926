"""`check_space` finds supernets that hold other networks than their space, and mixtures that mean other options."""

from dataclasses import replace

import pytest

import nastutor as nt
from nastutor.testing import check_space
from tests.relaxed_spaces import RELAXED


@pytest.mark.parametrize("name", RELAXED)
def test_good_spaces_pass(name):
    check_space(RELAXED[name], samples=8, enumerate_up_to=10)


def test_a_search_among_other_networks_than_are_trained_in_the_end():
    space = nt.spaces.MacroSpace(4, ("conv3", "sep3", "maxpool3"), channels=4)
    assert not space.search and space.searched().search and space.searched().searched().search
    check_space(space, samples=8)


class Reversed(nt.spaces.CellSpace):
    """The terms of its sums stand in another order than its options."""

    def supernet(self, task, *, affine=True):
        supernet = super().supernet(task, affine=affine)
        nodes = tuple(replace(node, inputs=node.inputs[::-1]) if node.name in supernet.mixed else node for node in supernet.graph.nodes)
        return replace(supernet, graph=replace(supernet.graph, nodes=nodes))


class Renamed(nt.spaces.CellSpace):
    """Its supernet knows its options in another order than mixtures do."""

    def supernet(self, task, *, affine=True):
        supernet = super().supernet(task, affine=affine)
        return replace(supernet, sites={name: options[::-1] for name, options in supernet.sites.items()})


class Forgetful(nt.spaces.CellSpace):
    """Takes another option back than has the weight."""

    def discretize(self, mixture):
        return super().discretize(nt.Mixture({name: weights[::-1].copy() for name, weights in mixture.weights.items()}))


@pytest.mark.parametrize(
    "kind, words",
    [
        (Reversed, "a supernet holds every architecture.*the path of"),
        (Renamed, r"a supernet holds every architecture.*decisions and options of the supernet and of mixture_sites\(\): '0->1'"),
        (Forgetful, "discretize undoes one_hot"),
    ],
)
def test_bad_ones_are_told(kind, words):
    with pytest.raises(AssertionError, match=f"(?s){words}"):
        check_space(kind(nodes=3, channels=4), samples=10, enumerate_up_to=10)
