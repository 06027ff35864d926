"""`ChainSpace`: its size in closed form, its networks, and what it refuses."""

import random
from itertools import product
from types import SimpleNamespace

import pytest

from nastutor.spaces import ChainSpace, ChoiceSpace

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
SMALL = [
    dict(zip(("depths", "kinds", "pools", "max_pools", "skips"), values))
    for values in product([(1,), (1, 2, 3), (2, 4)], [("conv",), ("pool", "conv"), ("sep", "conv", "pool")], [(2,), (2, 3)], [0, 1, 2], [False, True])
]


def small(**settings):
    return ChainSpace(**settings, widths=(8,), kernels=(3,))


@pytest.mark.parametrize("skips", [False, True])
def test_size_in_closed_form_is_the_number_of_architectures(skips):
    for settings in SMALL:
        if settings["skips"] == skips and settings["depths"][-1] < 4:
            space = small(**settings)
            assert space.size == sum(1 for _ in space) == len(set(space)), settings
    two = ChainSpace(depths=(2,), widths=(4, 8), kernels=(1, 3, 5), max_pools=1)
    assert two.size == 12**2 + 2 * 12 == len(set(two)), "two kinds of convolution, two widths, three kernels"
    assert ChainSpace(depths=(4,), kinds=("conv",), widths=(8,), kernels=(3,), skips=True).size == 2**3, "1->3, 1->4, 2->4"
    assert ChainSpace(depths=range(1, 101)).size > 10**100


def test_sites_are_those_that_are_met():
    for settings in SMALL[::5]:
        space = small(**settings)
        found = ChoiceSpace._sites.func(space)
        assert {name: set(options) for name, options in space.sites().items()} == {name: set(options) for name, options in found.items()}, settings


def test_only_the_decisions_of_layers_that_exist():
    space = ChainSpace(skips=True)
    for seed in range(100):
        arch = space.sample(seed)
        layers = space.plan(arch)
        assert len(layers) == arch["depth"] and f"kind{arch['depth'] + 1}" not in arch
        for number, layer in enumerate(layers, start=1):
            assert (f"pool{number}" in arch) == (layer.kind == "pool") != (f"width{number}" in arch) == (f"kernel{number}" in arch)
            assert layer.reads[-1] == number - 1 and layer.reads == tuple(sorted(set(layer.reads)))
        assert sum(layer.kind == "pool" for layer in layers) <= 2


def test_a_network_by_hand():
    space = ChainSpace(depths=(3,), skips=True)
    answers = {
        "depth": 3,
        "kind1": "conv",
        "width1": 8,
        "kernel1": 5,
        "kind2": "pool",
        "pool2": 2,
        "kind3": "sep",
        "width3": 16,
        "kernel3": 3,
        "skip1->3": True,
    }
    graph = space.graph(space.walk(lambda name, options: answers[name]), DIGITS)
    assert [(node.op, node.shape) for node in graph.nodes[1:]] == [
        ("conv", (8, 8, 8)), ("bn", (8, 8, 8)), ("relu", (8, 8, 8)), ("max_pool", (8, 4, 4)), ("resize", (8, 4, 4)), ("concat", (16, 4, 4)),
        ("sep_conv", (16, 4, 4)), ("bn", (16, 4, 4)), ("relu", (16, 4, 4)), ("global_avg_pool", (16,)), ("linear", (10,)),
    ]  # fmt: skip
    assert graph.counts().params == 25 * 8 + 16 + (9 * 16 + 16 * 16) + 32 + 170
    answers["skip1->3"] = False
    assert space.graph(space.walk(lambda name, options: answers[name]), DIGITS).counts().params == 25 * 8 + 16 + (9 * 8 + 8 * 16) + 32 + 170


def test_no_two_architectures_are_the_same_network():
    space = ChainSpace(depths=(1, 2, 3), widths=(4,), kernels=(3,), skips=True)
    graphs = {space.graph(arch, DIGITS).simplified() for arch in space}
    assert len(graphs) == space.size and all(space.canonical(arch) == arch for arch in space)


def test_random_networks_train_and_cost_what_their_graphs_say():
    import torch

    rng = random.Random(2)
    x = torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0))
    for number in range(50):
        space = ChainSpace(widths=(4, 8), skips=number % 2 == 0)
        graph = space.graph(space.sample(rng), DIGITS)
        module = graph.build(seed=number)
        y = module(x)
        y.logsumexp(1).sum().backward()
        assert y.shape == (2, 10) and torch.isfinite(y).all()
        assert sum(p.numel() for p in module.parameters()) == graph.counts().params
        assert all(p.grad is not None for p in module.parameters()), "nothing in a chain is dead"


def test_pools_that_do_not_fit_are_refused_by_name():
    space = ChainSpace(depths=(2,), kinds=("pool",), pools=(3,))
    with pytest.raises(ValueError, match=r"decision 'pool2' is 3, but the image of `task` 'digits' .* 2x2; allowed is at most 2"):
        space.graph(space.sample(0), DIGITS)
    with pytest.raises(ValueError, match="chains take images"):
        space.graph(space.sample(0), SimpleNamespace(name="flat", shape=(64,), classes=2))
    rng, default = random.Random(0), ChainSpace()
    assert all(default.graph(default.sample(rng), DIGITS) for _ in range(100)), "the defaults suit digits"


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"depths": ()}, "`options` of 'depths'"),
        ({"depths": (0, 1)}, "`depths` has 0"),
        ({"depths": 3}, "'depths'"),
        ({"kinds": ("conv", "con")}, "`kinds` has 'con'; allowed are conv, sep, pool"),
        ({"widths": (8, 8)}, "two are equal"),
        ({"widths": (8, True)}, "`widths` has True"),
        ({"kernels": (2, 3)}, "`kernels` are .*odd"),
        ({"pools": (1,)}, "`pools` has 1"),
        ({"max_pools": -1}, "`max_pools` is -1"),
        ({"skips": 1}, "`skips` is 1"),
        ({"kinds": ("pool",)}, r"`max_pools`=2.*add conv or sep"),
    ],
)
def test_bad_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        ChainSpace(**settings)
