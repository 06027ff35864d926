"""`ChainSpace`: its size in closed form, its networks, and what it refuses."""

import random
from itertools import product
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import strategies as st

from nastutor.spaces import ChainSpace, ChoiceSpace

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
SMALL = [
    dict(zip(("depths", "kinds", "pools", "max_pools", "skips"), values))
    for values in product([(1,), (1, 2, 3), (2, 4)], [("conv",), ("pool", "conv"), ("sep", "conv", "pool")], [(2,), (2, 3)], [0, 1, 2], [False, True])
]


def small(**given):
    return ChainSpace(**given, widths=(8,), kernels=(3,))


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


def numbers_of(space, arch, shape=(1, 70, 67)):
    """What the network of `arch` makes of one image of an odd size, in float64: the k-th weights of two networks are the same numbers."""
    import torch

    x = torch.rand(1, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x += torch.arange(shape[1])[:, None] / 8 + torch.arange(shape[2]) / 8  # brighter to the right and below: a wider window sees more
    module = space.graph(arch, SimpleNamespace(name="odd", shape=shape, classes=3)).build(seed=0).double().eval()
    with torch.no_grad():
        for place, weights in enumerate(module.parameters()):
            weights.uniform_(0.1, 1, generator=torch.Generator().manual_seed(place))
        return tuple(round(value, 9) for value in module(x)[0].tolist())


EQUAL = [  # pools of each kind of set of sizes: a product that is an option, one that is none, and depths in an order of their own
    ({"depths": (1, 2, 3), "pools": (2, 4)}, False),
    ({"depths": (3, 1), "pools": (2, 4, 3), "max_pools": 3}, False),
    ({"depths": (2, 3), "pools": (4, 2, 8)}, False),
    ({"depths": (1, 2, 3, 4), "pools": (2, 4)}, True),
]


@pytest.mark.parametrize("settings, skips", EQUAL)
def test_canonical_is_the_first_that_computes_the_same_and_no_other(settings, skips):
    space = ChainSpace(**settings, kinds=("pool", "conv"), widths=(2,), kernels=(3,), skips=skips)
    first = {}
    for arch in space:
        same = first.setdefault(numbers_of(space, arch), arch)
        assert space.canonical(arch) == same, f"{arch}: {space.canonical(arch)}, and not {same}"
    assert all(space.canonical(arch) == arch for arch in first.values()) and len(first) < space.size


def chain(*layers, space, **skips):
    answers = {"depth": len(layers)} | {f"kind{n}": "pool" if isinstance(layer, int) else layer for n, layer in enumerate(layers, 1)}
    answers |= {f"pool{n}": layer for n, layer in enumerate(layers, 1)}
    return space.walk(lambda name, options: answers.get(name, skips.get(name.replace("->", "to"), options[0])))


def test_pools_in_a_row_are_one_where_the_space_has_it():
    space = ChainSpace(depths=(1, 2, 3, 4), pools=(2, 4), max_pools=3)
    for long, short in [((2, 2), (4,)), ((2, "sep", 2, 2), (2, "sep", 4)), ((4, 2), (2, 4)), ((2, 2, 2), (2, 4)), ((2, "conv", 2), (2, "conv", 2))]:
        assert space.canonical(chain(*long, space=space)) == chain(*short, space=space), long
    only = ChainSpace(depths=(2,), pools=(2, 4))
    assert only.canonical(chain(2, 2, space=only)) == chain(2, 2, space=only), "a pool of 4 alone has another depth"
    assert only.canonical(chain(4, 2, space=only)) == chain(2, 4, space=only)
    deep = ChainSpace(depths=range(1, 100), kinds=("pool",), pools=(2, 4, 8), max_pools=100)
    assert deep.canonical(chain(*[2] * 99, space=deep)) == chain(*[8] * 33, space=deep), "without trying all ways to split"


def test_what_a_skip_reads_between_two_pools_keeps_them_apart():
    space = ChainSpace(depths=(1, 2, 3, 4), pools=(2, 4), max_pools=3, skips=True)
    read = chain("conv", 2, 2, "conv", space=space, skip2to4=True)
    assert space.canonical(read) == read
    around = chain("conv", 2, 2, "conv", space=space, skip1to4=True)
    assert space.canonical(around) == chain("conv", 4, "conv", space=space, skip1to3=True)
    joined = chain("conv", 2, 2, space=space, skip1to3=True)
    assert space.canonical(joined) == joined, "the second pool reads more than the first"


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(seed=st.integers(0, 10**6), pools=st.permutations((2, 3, 4, 6, 8)), skips=st.booleans(), depths=st.permutations(range(1, 7)))
def test_canonical_stays_in_the_space_and_is_its_own(seed, pools, skips, depths):
    space = ChainSpace(depths=depths, kinds=("pool", "conv"), pools=pools[:3], max_pools=5, skips=skips)
    canonical = space.canonical(space.sample(seed))
    assert canonical in space and space.canonical(canonical) == canonical


def test_with_pools_of_one_size_no_two_architectures_are_the_same_network():
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
    with pytest.raises(ValueError, match="`ChainSpace` takes images"):
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
