"""The graphs of networks of layers: by hand, and what no image any more does among images."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings

import nastutor as nt
from nastutor.edits import AddPool, AddSkip, Branch, Deepen, Network
from nastutor.spaces.edit_network import EditNetwork
from nastutor.testing.networks import IMAGES
from nastutor.testing.twins import same_graph
from tests.contracts.test_networks import agrees_with_its_counts
from tests.edits.networks import networks, other_numbers, with_numbers


def labels(arch):
    graph = EditNetwork(Network.of(arch), IMAGES).graph()
    return {node.name: (node.label, node.inputs, node.shape) for node in graph.nodes}


def test_a_chain_by_hand():
    graph = EditNetwork(Network.chain([("conv", 4, 3), ("max",), ("sep", 6, 5), ("dense", 3)]), IMAGES).graph()
    assert [(node.name, node.shape) for node in graph.nodes] == [
        ("input", (1, 8, 8)),
        *((f"layer 1 {part}", (4, 8, 8)) for part in ("conv", "bn", "relu")),
        ("layer 2 pool", (4, 4, 4)),
        *((f"layer 3 {part}", (6, 4, 4)) for part in ("conv", "bn", "relu")),
        ("layer 4 mean", (6,)),
        *((f"layer 4 {part}", (3,)) for part in ("linear", "relu")),
        ("head linear", (10,)),
    ]
    assert graph.counts().params == (4 * 9 + 2 * 4) + (4 * 25 + 4 * 6 + 2 * 6) + (6 * 3 + 3) + (3 * 10 + 10)


def test_what_is_added_comes_to_size_and_channels_and_the_sum_through_relu():
    chain = Network.chain([("conv", 4, 3), ("max",), ("conv", 6, 3)]).arch()
    nodes = labels(AddSkip(1, -1)(chain))
    assert nodes["layer 4 part 1 resize"] == ("resize size=4", ("layer 1 relu",), (4, 4, 4))
    assert nodes["layer 4 part 1 conv"] == ("conv channels=6 kernel=1", ("layer 4 part 1 resize",), (6, 4, 4))
    assert nodes["layer 4 sum"] == ("add", ("layer 3 relu", "layer 4 part 1 bn"), (6, 4, 4)) and nodes["layer 4 relu"][1] == ("layer 4 sum",)
    same = labels(Branch(3, 3)(chain))
    assert "layer 5 part 1 resize" not in same and same["layer 5 part 1 conv"][0] == "conv channels=6 kernel=1", "projected, of one size or not"


def test_what_is_joined_comes_to_size():
    nodes = labels(AddSkip(0, -1, "concat")(Network.chain([("conv", 4, 3), ("avg",)]).arch()))
    assert nodes["layer 3 join"] == ("concat", ("layer 2 pool", "layer 3 part 1 resize"), (5, 4, 4)) and nodes["layer 2 pool"][0].startswith("avg_pool")


def test_what_is_flat_takes_means_of_images():
    chain = Network.chain([("conv", 4, 3), ("max",), ("flatten",), ("dense", 5)]).arch()
    assert labels(chain)["layer 3 flat"] == ("flatten", ("layer 2 pool",), (64,))
    added = labels(AddSkip(1, -1)(chain))
    assert added["layer 5 part 1 mean"][2] == (4,) and added["layer 5 part 1 linear"] == ("linear units=5 bias=False", ("layer 5 part 1 mean",), (5,))
    assert labels(AddSkip(0, -1, "concat")(chain))["layer 5 join"] == ("concat", ("layer 4 relu", "layer 5 part 1 mean"), (6,))
    assert labels(Branch(3, 3 + 1, "concat")(chain))["layer 7 join"][2] == (10,)


@settings(max_examples=20, deadline=None)
@given(networks())
def test_networks_run_and_agree_with_their_counts(drawn):
    space, arch = drawn
    agrees_with_its_counts(space.graph(arch, IMAGES))


@given(networks())
def test_nothing_of_it_is_dead_and_numbers_are_names_alone(drawn):
    space, arch = drawn
    graph = space.graph(arch, IMAGES)
    assert graph.simplified() == graph
    assert same_graph(graph, EditNetwork(Network.of(with_numbers(arch, other_numbers(space.plan(arch), 3))), IMAGES).graph())
    assert same_graph(graph, space.graph(space.canonical(arch), IMAGES))


def test_images_that_are_too_small_are_refused_with_the_layer():
    task = SimpleNamespace(name="small", shape=(1, 2, 2), classes=10)
    arch = Deepen(1, 3)(AddPool(1)(AddPool(1)(Network.chain([("conv", 4, 3)]).arch())))
    with pytest.raises(ValueError, match=r"the pool of decision 'layer 2' is 2, but the image of `task` 'small' .* has come down to 1x1; .* `max_pools`"):
        nt.spaces.EditSpace().graph(arch, task)
    with pytest.raises(ValueError, match=r"the kernel of decision 'layer 1' is 7, but .* 2x2; allowed is at most 5: smaller `kernels`"):
        nt.spaces.EditSpace([("conv", 4, 7)]).graph(Network.chain([("conv", 4, 7)]).arch(), task)
    with pytest.raises(ValueError, match=r"`task` 'flat' has inputs of \(8,\)"):
        nt.spaces.EditSpace().graph(nt.spaces.EditSpace().start(), SimpleNamespace(name="flat", shape=(8,), classes=10))
