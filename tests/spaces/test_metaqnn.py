"""`MetaQNNSpace`: its rules, its size, the authors' text, and what it refuses."""

import json
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import strategies as st

from nastutor.published.chains import METAQNN
from nastutor.spaces import ChoiceSpace, MetaQNNSpace
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))["MetaQNN"]
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
PUBLISHED = MetaQNNSpace(12, 32, **METAQNN)


def cifar(size):
    return SimpleNamespace(name=f"CIFAR-10 at {size}", shape=(3, size, size), classes=10)


SMALL = [
    {"layers": 0},
    {"layers": 3, "widths": (4,)},
    {"layers": 3, "widths": (4, 8), "image": 7, "most_dense": 1},
    {"layers": 4, "widths": (4,), "kernels": (1,), "pools": ((2, 1),), "image": 9, "dense": (4, 8)},
    {"layers": 3, "image": 3, "dense": (8, 4, 2), "most_dense": 3},
]


@pytest.mark.parametrize("settings", SMALL)
def test_size_and_sites_are_what_enumeration_finds(settings):
    space = MetaQNNSpace(**settings)
    archs = list(space)
    assert space.size == len(archs) == len(set(archs))
    found = ChoiceSpace._sites.func(space)
    assert list(found) == list(space.sites()) and all(set(found[name]) == set(options) for name, options in space.sites().items())


def test_a_size_by_hand():
    """SM; GAP SM; C and then SM, GAP SM, P SM: of 3 x 2 C and 1 P."""
    assert MetaQNNSpace(2, 8, (4, 8, 16), (1, 3), ((2, 2),)).size == 1 + 1 + 6 * (1 + 1 + 1 + 6)
    assert MetaQNNSpace(2, 3, dense=(2, 4)).size == 1 + 1 + (1 + 1) + (1 + 2), "small images have no C; FC(2) may be followed by 2, FC(4) by 2 and 4"
    assert PUBLISHED.size == GOLDEN["architectures of the paper's space, 12 layers"]


def state(layers):
    """The size of the image behind these layers, for decisions."""
    size = 32
    for layer in layers:
        size = -(-(size - layer.kernel + 1) // layer.stride) if layer.kind == "P" else size
    return size


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(st.integers(0, 10**6))
def test_rules_of_the_paper(seed):
    layers = PUBLISHED.plan(PUBLISHED.sample(seed))
    kinds = [layer.kind for layer in layers]
    assert kinds[-1] == "SM" and kinds.count("SM") == 1 and len(kinds) <= 13 and kinds[0] != "P"
    for number in range(1, len(layers)):
        before, layer, size = layers[number - 1], layers[number], state(layers[:number])
        assert (before.kind, layer.kind) not in {("P", "P"), ("FC", "C"), ("FC", "P"), ("FC", "GAP"), ("GAP", "C"), ("GAP", "P"), ("GAP", "FC"), ("GAP", "GAP")}
        assert layer.kind not in ("C", "P") or (layer.kernel < size and not (3 < size < 8 and layer.kernel > 3) and size > 3)
        assert (before.kind, layer.kind) != ("FC", "FC") or layer.width <= before.width
        assert layer.kind != "FC" or size < 8
    assert kinds.count("FC") <= 2


def test_round_up_and_dropout_change_the_network():
    text = "[C(8,3,1), P(3,2), SM]"
    down, up, bare = (MetaQNNSpace(**how) for how in ({}, {"round_up": True}, {"dropout": False}))
    shapes = [[node.shape for node in space.graph(space.from_text(text), DIGITS).nodes if node.op == "max_pool"] for space in (down, up)]
    assert shapes == [[(8, 3, 3)], [(8, 4, 4)]]
    drops = [[node["p"] for node in space.graph(space.from_text(text), DIGITS).nodes if node.op == "dropout"] for space in (down, bare)]
    assert drops == [[0.5], []]


def test_round_up_is_the_pool_of_pytorch_in_ceil_mode():
    import torch

    space = MetaQNNSpace(2, 10, dropout=False, round_up=True, pools=((5, 3), (3, 2), (2, 2)))
    for pool in ("P(5,3)", "P(3,2)", "P(2,2)"):
        graph = space.graph(space.from_text(f"C(8,3,1), {pool}, SM"), SimpleNamespace(name="odd", shape=(1, 11, 10), classes=2))
        relu, pooled = (next(node for node in graph.nodes if node.op == op) for op in ("relu", "max_pool"))
        x = torch.rand(2, *relu.shape)
        padded = [node for node in graph.nodes if node.op == "pad"]
        sides = [0, padded[0]["right"], 0, padded[0]["bottom"]] if padded else [0, 0, 0, 0]
        mine = torch.max_pool2d(torch.nn.functional.pad(x, sides), pooled["kernel"], pooled["stride"])
        assert torch.equal(mine, torch.max_pool2d(x, pooled["kernel"], pooled["stride"], ceil_mode=True)), pool


def test_a_network_by_hand():
    space = MetaQNNSpace(layers=6, dense=(32, 16))
    graph = space.graph(space.from_text("C(8,3,1), P(2,2), FC(32), FC(16), SM(10)"), DIGITS)
    assert [(node.op, node.shape) for node in graph.nodes[1:]] == [
        ("conv", (8, 8, 8)), ("relu", (8, 8, 8)), ("max_pool", (8, 4, 4)), ("dropout", (8, 4, 4)),
        ("flatten", (128,)), ("linear", (32,)), ("relu", (32,)), ("dropout", (32,)), ("linear", (16,)), ("relu", (16,)), ("dropout", (16,)), ("linear", (10,)),
    ]  # fmt: skip
    assert graph.counts().params == (9 * 8 + 8) + (128 * 32 + 32) + (32 * 16 + 16) + 170
    gap = space.graph(space.from_text("C(8,3,1), GAP(10), SM(10)"), DIGITS)
    assert gap.counts().params == 80 + 90 + 110 and gap.node("layer 2 mean").shape == (10,)


@pytest.mark.parametrize("settings", [{}, {"layers": 3, "round_up": True, "dropout": False}])
def test_keeps_the_rules(settings):
    check_space(MetaQNNSpace(**settings))


def test_random_networks_train_and_cost_what_their_graphs_say():
    import torch

    x = torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0))
    space = MetaQNNSpace(widths=(4, 8))
    for seed in range(50):
        graph = space.graph(space.sample(seed), DIGITS)
        module = graph.build(seed=seed)
        module(x).logsumexp(1).sum().backward()
        assert sum(p.numel() for p in module.parameters()) == graph.counts().params and all(p.grad is not None for p in module.parameters())


@pytest.mark.parametrize(
    "text, words",
    [
        ("[C(64,3,1)]", "`text` has nothing as layer2; allowed there are C"),
        ("[C(7,3,1), SM]", r"`text` has C\(7,3,1\) as layer1"),
        ("[P(2,2), SM]", r"`text` has P\(2,2\) as layer1"),
        ("[C(64,3,1), P(2,2), P(2,2), SM]", r"`text` has P\(2,2\) as layer3"),
        ("[C(64,3,1), FC(128), SM]", r"`text` has FC\(128\) as layer2"),
        ("[SM, SM]", "`text` has SM behind the end"),
        ("", "`text` has nothing as layer1"),
    ],
)
def test_texts_that_are_none_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        PUBLISHED.from_text(text)
    with pytest.raises(TypeError, match="`text` must be a text"):
        PUBLISHED.from_text(None)


def test_images_that_are_too_small_are_refused_by_decision():
    arch = PUBLISHED.from_text("C(64,3,1), P(5,3), C(64,3,1), P(5,3), SM")
    with pytest.raises(ValueError, match=r"decision 'layer4' is P\(5,3\), but the image of `task` 'CIFAR-10 at 12' .* 3x3.*MetaQNNSpace\(image=12\)"):
        PUBLISHED.graph(arch, cifar(12))
    with pytest.raises(ValueError, match="`MetaQNNSpace` takes images"):
        PUBLISHED.graph(arch, SimpleNamespace(name="flat", shape=(64,), classes=2))


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"layers": -1}, "`layers` is -1"),
        ({"image": 0}, "`image` is 0"),
        ({"widths": ()}, "`options` of 'widths'"),
        ({"widths": (8, 2.5)}, "`widths` has 2.5"),
        ({"kernels": (2, 3)}, "`kernels` has 2; allowed are odd"),
        ({"pools": ((2, 3),)}, r"`pools` has \(2, 3\)"),
        ({"pools": (2,)}, "`pools` has 2"),
        ({"dense": (0,)}, "`dense` has 0"),
        ({"most_dense": -1}, "`most_dense` is -1"),
        ({"dropout": 0.5}, "`dropout` is 0.5"),
        ({"round_up": None}, "`round_up` is None"),
    ],
)
def test_bad_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        MetaQNNSpace(**settings)


def test_the_state_of_a_beginning_is_that_of_the_paper():
    """Last layer, depth, kernel, stride, width, bin of the image (12 -> 12 -> 5 -> 1), FC in a row."""
    space = MetaQNNSpace(layers=6, image=12, dense=(32, 16), widths=(8,), pools=((3, 2), (2, 2)))
    taken = ["C(8,3,1)", "P(3,2)", "FC(32)", "FC(16)"]
    expected = [("start", 0, 0, 0, 0, 8, 0), ("C", 1, 3, 1, 8, 8, 0), ("P", 2, 3, 2, 0, 4, 0), ("FC", 3, 0, 0, 32, 1, 1), ("FC", 4, 0, 0, 16, 1, 2)]
    assert [space.state(taken[:number]) for number in range(5)] == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_state_decides_what_may_come_next(seed):
    space, seen = MetaQNNSpace(layers=4), {}
    for arch in (space.sample(20 * seed + number) for number in range(20)):
        taken = []

        def choose(name, options, arch=arch, taken=taken):
            assert seen.setdefault(space.state(taken), options) == options
            taken.append(arch[name])
            return arch[name]

        space.walk(choose)
