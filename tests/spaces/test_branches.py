"""`BranchSpace`: its size, its points, which architectures are one network, and what it refuses."""

import json
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces import BranchSpace, ChoiceSpace
from nastutor.spaces.branch_points import chain, dense, inception, residual
from nastutor.spaces.branches import Branch, Branches
from nastutor.testing.networks import IMAGES
from nastutor.testing.twins import same_graph

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "spaces.json").read_text("utf-8"))["branches"]
TINY = BranchSpace((1, 3), ("conv", "avg2"), (4,), (3,), reductions=1, orders=("conv-relu",))
PLAIN = BranchSpace((3,), ("conv", "max3"), (4,), (1,), merges=("add",), orders=("conv-relu",), reductions=0)


@pytest.mark.parametrize(
    "space",
    [
        TINY,
        PLAIN,
        BranchSpace((2,), widths=(4, 8), kernels=(1, 3), orders=("bn-relu-conv", "conv-relu"), merges=("concat",)),
        BranchSpace((2,), ("max3", "avg2")),
    ],
    ids=["tiny", "plain", "one merge", "pools"],
)
def test_the_size_is_the_number_of_architectures(space):
    assert space.size == sum(1 for _ in space)


def test_published_sizes():
    assert f"{BranchSpace().size:,}" == GOLDEN["default"] and len(TINY) == GOLDEN["tiny"]


@pytest.mark.parametrize(
    "space", [TINY, PLAIN, BranchSpace((1, 2), ("conv", "max3", "avg2"), (4,), (1, 3), reductions=0), BranchSpace((2,), ("sep", "max2"), (4,), reductions=1)]
)
def test_sites_are_those_that_are_met(space):
    found = {name: set(options) for name, options in ChoiceSpace._sites.func(space).items()}
    assert {name: set(options) for name, options in space.sites().items()} == found and list(space.sites()) == list(found)


def reordered(plan):
    """The same network with its layers in every other possible order."""
    for order in permutations(range(1, len(plan.layers) + 1)):
        new = {0: 0} | {old: place for place, old in enumerate(order, start=1)}
        layers = [plan.layers[old - 1]._replace(reads=tuple(sorted(new[read] for read in plan.layers[old - 1].reads))) for old in order]
        if all(max(layer.reads) < place for place, layer in enumerate(layers, start=1)):
            yield plan._replace(layers=tuple(layers), reads=tuple(sorted(new[read] for read in plan.reads)))


@pytest.mark.parametrize("space, key", [(TINY, "tiny, networks"), (PLAIN, "plain, networks")])
def test_canonical_is_the_first_order_of_the_layers(space, key):
    place = {arch: number for number, arch in enumerate(space)}
    networks = {arch: min((space.arch(plan) for plan in reordered(space.plan(arch))), key=place.__getitem__) for arch in place}
    assert len(set(networks.values())) == GOLDEN[key]
    assert all(space.canonical(arch) == first for arch, first in networks.items())


def test_without_convolutions_two_orders_are_one():
    space = BranchSpace((1,), ("max3",), orders=("conv-relu", "bn-relu-conv", "conv-bn-relu"))
    one, other, third = (Branches(order, (Branch("max3", None, None, 2, (0,)),), (1,)) for order in ("conv-bn-relu", "conv-relu", "bn-relu-conv"))
    assert space.canonical(space.arch(one)) == space.canonical(space.arch(other)) == space.arch(other) != space.canonical(space.arch(third))


def test_in_chains_of_convolutions_batch_norm_and_relu_follow_either_way():
    space, orders = BranchSpace((1, 2), ("conv", "max3"), (4,), (3,), reductions=0), ("bn-relu-conv", "conv-bn-relu")
    conv, pool = (lambda *reads: Branch("conv", 4, 3, 1, reads)), (lambda *reads: Branch("max3", None, None, 1, reads))
    for layers, merge, equal in [([conv(0), conv(1)], None, True), ([conv(0), pool(1)], None, False), ([conv(0), conv(0)], "add", False)]:
        plans = [Branches(order, tuple(layers), (1, 2) if merge else (2,), merge) for order in orders]
        assert same_graph(*(space.graph(space.arch(plan), IMAGES) for plan in plans)) == equal
        assert len({space.canonical(space.arch(plan)) for plan in plans}) == 2 - equal


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_equal_networks_have_equal_codes_and_counts(seed):
    space = BranchSpace((4,), widths=(4, 8), kernels=(1, 3))
    arch = space.sample(seed)
    twins = [space.arch(plan) for plan in reordered(space.plan(arch))]
    assert len({space.encode(space.canonical(twin)).tobytes() for twin in twins}) == 1
    assert len({space.graph(twin, IMAGES).counts() for twin in twins}) == 1


def test_the_families_of_the_survey_are_points_of_one_space():
    plans = [chain(1, (4, 8)), residual(1, (4, 8)), dense(2, 1, growth=4), inception((4,))]
    space = BranchSpace.holding(*plans)
    assert [space.plan(space.arch(plan)) for plan in plans] == plans and len({space.arch(plan) for plan in plans}) == 4


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 7, 5), (2, 5, 9)])
def test_images_of_any_size(shape):
    space = BranchSpace((4,), widths=(4, 6), reductions=1)
    for seed in range(30):
        graph = space.graph(space.sample(seed), SimpleNamespace(name="odd", shape=shape, classes=3))
        assert graph.node(graph.output).shape == (3,) and len(graph.simplified()) == len(graph), "no layer is dead"


def test_random_networks_run_forward_and_backward():
    import torch

    space = BranchSpace((5,))
    for seed in range(5):
        net = space.graph(space.sample(seed), IMAGES).build(seed=0)
        net(torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))).sum().backward()
        assert all(parameter.grad is not None for parameter in net.parameters())


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"kinds": ("conv", "pool")}, "`kinds` has 'pool'; allowed are conv, sep, dil, max3"),
        ({"merges": ("mean",)}, "`merges` has 'mean'; allowed are add, concat"),
        ({"orders": ("relu",)}, "`orders` has 'relu'; allowed are conv-bn-relu"),
        ({"widths": (0,)}, "`widths` is 0; allowed are whole numbers from 1"),
        ({"kernels": (2, 3)}, r"`kernels` is \(2, 3\); allowed are odd sizes"),
        ({"reductions": -1}, "`reductions` is -1; allowed are whole numbers from 0"),
        ({"depths": ()}, r"`options` of 'depths' are \(\)"),
        ({"kinds": ("max2",), "depths": (3,)}, r"`kinds` are \('max2',\), which all halve the image"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        BranchSpace(**arguments)


def test_refuses_plans_and_tasks():
    layer = Branch("conv", 4, 3, 1, (0,))
    with pytest.raises(ValueError, match="`plan` has 'kernel1' as 5; allowed in this space are 3"):
        TINY.arch(Branches("conv-relu", (layer._replace(kernel=5),), (1,)))
    with pytest.raises(ValueError, match="`plan` has '1->head' as False; allowed in this space are True"):
        TINY.arch(Branches("conv-relu", (layer,), (0,)))
    for reads, who in (((0, 3), "head"), ((0, 1, -1), "head")):
        with pytest.raises(ValueError, match=rf"`plan` has '{reads[-1]}->{who}' as True; allowed are reads of earlier outputs"):
            TINY.arch(Branches("conv-relu", (layer,), (*reads, 1), "add"))
    with pytest.raises(TypeError, match=r"`plan` is \[\]; allowed are Branches"):
        TINY.arch([])
    with pytest.raises(ValueError, match=r"'row' has inputs of \(8,\); `BranchSpace` takes images"):
        TINY.graph(TINY.sample(0), SimpleNamespace(name="row", shape=(8,), classes=3))
    with pytest.raises(ValueError, match=r"decision 'kind1' is 'avg2', but the image of `task` 'dot' \(1, 1, 1\) has come down to 1x1"):
        TINY.graph(TINY.arch(Branches("conv-relu", (Branch("avg2", None, None, 2, (0,)),), (1,))), SimpleNamespace(name="dot", shape=(1, 1, 1), classes=3))
