"""`MobileSpace`: its sizes, its canonical forms, its networks, and what it refuses."""

import random
from types import SimpleNamespace

import pytest

from nastutor.spaces import ChoiceSpace, MobileSpace

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


def test_sizes():
    proxyless = MobileSpace((24, 40, 80, 96, 192, 320), (4, 4, 4, 4, 4, 1), (2, 2, 2, 1, 2, 1), (3, 5, 7))
    assert proxyless.size == 6**6 * 7**15, "21 blocks, of which the first of each stage must stay"
    for space in (MobileSpace(), MobileSpace(per="stage", squeeze=True), MobileSpace((8, 8), (2, 1), (1, 1), (3,), (3,))):
        assert space.size == len(set(space))
    assert MobileSpace(per="stage", squeeze=True).size == (8 * 2) ** 2 and MobileSpace((8, 8), (2, 1), (1, 1), (3,), (3,)).size == 2**3


@pytest.mark.parametrize("settings", [{}, {"per": "stage"}, {"squeeze": True, "strides": (2, 1), "widths": (8, 8)}])
def test_sites_are_those_that_are_met(settings):
    space = MobileSpace(**settings)
    assert space.sites() == ChoiceSpace._sites.func(space)


def test_gaps_side_by_side_are_one_network():
    """Four blocks that may be left out, the last in another stage of the same width and stride 1: sums over how many are there."""
    space = MobileSpace((8, 8), (3, 1), (1, 1), (3, 5), (3,))
    first = {}
    for arch in space:
        canonical = space.canonical(arch)
        assert first.setdefault(canonical, arch) == canonical == space.canonical(canonical)
    assert len(first) == 1 + 2 + 4 + 8 + 16 and space.size == 3**4
    strided = MobileSpace((8, 8), (3, 2), (2, 2), (3, 5), (3,))
    assert len({strided.canonical(arch) for arch in strided}) == 2 * (1 + 2 + 4) * 2 * (1 + 2), "a strided block stands between them"


def test_a_network_by_hand():
    space = MobileSpace(widths=(8, 16), strides=(1, 2), head=32)
    answers = {"block1.1": "k5e3", "block1.2": "none", "block2.1": "k3e6", "block2.2": "k3e3"}
    graph = space.graph(space.walk(lambda name, options: answers[name]), DIGITS)

    def block(before, after, kernel, expansion):
        inner = before * expansion
        return (before * inner + 2 * inner) * (expansion > 1) + (kernel**2 * inner + 2 * inner) + (inner * after + 2 * after)

    ends = (9 * 8 + 16) + block(8, 8, 3, 1) + (16 * 32 + 64) + 330
    assert graph.counts().params == ends + block(8, 8, 5, 3) + block(8, 16, 3, 6) + block(16, 16, 3, 3)
    sums = [node.name for node in graph.nodes if node.op == "add"]
    assert sums == ["stage 1 block 1 add", "stage 2 block 2 add"], "not where channels or size change, and not in the block before the stages"
    assert graph.node("stage 2 block 1 filter conv").shape == (48, 4, 4)


def test_each_option_makes_another_network():
    space = MobileSpace()
    plain = space.graph(space.walk(lambda name, options: "k3e3"), DIGITS)
    for settings in ({"activation": "relu6"}, {"stem": 4}, {"first": 4}, {"head": 8}, {"stem_stride": 2}, {"multiplier": 2.0}, {"widths": (8, 24)}):
        other = MobileSpace(**settings)
        assert other.graph(other.walk(lambda name, options: "k3e3"), DIGITS) != plain, settings


def test_squeeze_and_excitation_goes_through_a_quarter_of_the_input_channels():
    space = MobileSpace(widths=(24,), depths=(1,), strides=(1,), squeeze=True, first=20)
    arch = space.walk(lambda name, options: "k3e6se")
    graph = space.graph(arch, DIGITS)
    node = graph.node("stage 1 block 1 squeeze")
    assert node["units"] == 5 and node.shape == (120, 8, 8) and node.inputs == ("stage 1 block 1 filter relu",)


def test_channels_are_rounded_to_multiples_of_eight():
    assert [MobileSpace(multiplier=1.4).scaled(channels) for channels in (16, 24, 40, 112, 320)] == [24, 32, 56, 160, 448]
    assert [MobileSpace(multiplier=0.35).scaled(channels) for channels in (8, 32, 40)] == [8, 16, 16], "11.2 would lose a tenth as 8, and becomes 16"
    assert MobileSpace().scaled(5) == 5


def test_random_networks_run_forward_and_backward():
    import torch

    space, rng = MobileSpace(squeeze=True, activation="relu6"), random.Random(0)
    for _ in range(5):
        net = space.graph(space.sample(rng), DIGITS).build(seed=0)
        net(torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))).sum().backward()
        assert all(parameter.grad is not None for parameter in net.parameters())


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"widths": ()}, r"`widths` is \(\); allowed are a tuple of whole numbers"),
        ({"depths": (2, 0)}, r"`depths` is \(2, 0\)"),
        ({"widths": (8,)}, r"have 1, 2 and 2 numbers; allowed is one for each stage"),
        ({"kernels": (3, 4)}, r"`kernels` is \(3, 4\); allowed are odd sizes"),
        ({"expansions": (3, 3)}, r"`options` of 'expansions' are 3, 3, of which two are equal"),
        ({"per": "network"}, r"`per` is 'network'; allowed are 'block' and 'stage'"),
        ({"activation": "tanh"}, r"`activation` is 'tanh'; allowed are 'relu' and 'relu6'"),
        ({"squeeze": 0.25}, r"`squeeze` is 0.25; allowed are True and False"),
        ({"multiplier": 0}, r"`multiplier` is 0; allowed are numbers above 0"),
        ({"head": 0}, r"`head` is 0; allowed are whole numbers from 1"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        MobileSpace(**arguments)


def test_refuses_what_is_no_image():
    with pytest.raises(ValueError, match=r"'row' has inputs of \(8,\); `MobileSpace` with .* takes images"):
        MobileSpace().graph(MobileSpace().sample(0), SimpleNamespace(name="row", shape=(8,), classes=3))
