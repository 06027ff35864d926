"""`MacroSpace`: its sizes, the shared weights of ENAS's search, networks by hand, and what it refuses."""

import random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces import ChoiceSpace, MacroSpace
from nastutor.spaces.macro import OPS

# 6^12 2^66 (Pham et al. 2018, section 2.3: 1.6e29); the release's general_child.py, counted by hand for scripts/cifar10_macro_search.sh
SHARED = 697_860
CIFAR = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


def one_op(space, op, skips=True):
    return space.walk(lambda name, options: op if name.startswith("op") else skips)


def test_sizes():
    assert MacroSpace(12).size == 6**12 * 2**66 and f"{MacroSpace(12).size:.3e}" == "1.606e+29"
    small = MacroSpace(3, ("conv3", "maxpool3"))
    assert len(small) == 2**3 * 2**3 == len(set(small))


def test_sites_are_those_that_are_met():
    space = MacroSpace(4, ("conv3", "sep5"))
    assert space.sites() == ChoiceSpace._sites.func(space)


def test_all_networks_of_the_search_together_have_the_weights_of_the_supernet():
    space = MacroSpace(12, channels=36, search=True)
    params = {}
    for op in OPS:
        graph = space.graph(one_op(space, op), CIFAR)
        params |= {node.name: graph.cost(node)[0] for node in graph.nodes}
    assert sum(params.values()) == SHARED


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 7), st.integers(0, 1000))
def test_numbers_and_back(layers, seed):
    space = MacroSpace(layers)
    arch = space.sample(seed)
    assert space.from_numbers(space.numbers(arch)) == arch and len(space.numbers(arch)) == layers * (layers + 1) // 2


def test_a_final_network_by_hand():
    space = MacroSpace(3, channels=4)
    graph = space.graph(space.from_numbers("0 5 1 3 0 1"), DIGITS)
    reductions = 2 * (4 * 8 + 16) + 3 * (8 * 16 + 32)  # two outputs 4 -> 8 channels, three 8 -> 16
    first = (4 * 4 + 8) + (9 * 4 * 4 + 8)
    second = (8 * 8 + 16) + (16 * 8 + 16)  # a pool of 8 channels, joined with the stem
    third = (16 * 16 + 32) + (25 * 16 + 16 * 16 + 32) + (32 * 16 + 32)
    assert graph.counts().params == (9 * 4 + 8) + reductions + first + second + third + 160
    assert graph.node("layer 3 join").inputs == ("reduction 2 of 1 bn", "layer 3 bn")
    assert [graph.node(f"layer {n} {op}").shape for n, op in ((1, "conv3"), (2, "maxpool3"), (3, "sep5"))] == [(4, 8, 8), (8, 4, 4), (16, 2, 2)]


def test_a_search_network_adds_and_keeps_its_channels():
    space = MacroSpace(3, channels=4, search=True)
    graph = space.graph(one_op(space, "conv3"), DIGITS)
    assert {node.shape[0] for node in graph.nodes[1:] if len(node.shape) == 3} == {4, 2}, "and 2 in the halves of a reduction"
    assert graph.node("layer 3 add").inputs == ("reduction 2 of 0 bn", "reduction 2 of 1 bn", "layer 3 conv3 relu")
    assert not any(node.op == "concat" and node.name.startswith("layer") for node in graph.nodes)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 7, 5), (2, 4, 9)])
@pytest.mark.parametrize("search", [False, True])
def test_images_of_any_size(shape, search):
    space = MacroSpace(4, channels=2, search=search)
    for seed in range(5):
        graph = space.graph(space.sample(seed), SimpleNamespace(name="odd", shape=shape, classes=3))
        assert graph.node(graph.output).shape == (3,)
        assert all(min(graph.shapes(node)[0][1:]) >= 2 for node in graph.nodes if node.op == "conv" and node["stride"] == 2)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 8), (2, 8, 3)])
def test_images_too_small_for_two_reductions_are_refused(shape):
    space = MacroSpace(4, channels=2)
    with pytest.raises(ValueError, match=r"`MacroSpace` with `layers`=4 takes images .* of at least 4 pixels: two reductions halve them"):
        space.graph(space.sample(0), SimpleNamespace(name="tiny", shape=shape, classes=3))


@pytest.mark.parametrize("search", [False, True])
def test_random_networks_run_forward_and_backward(search):
    import torch

    space, rng = MacroSpace(3, channels=4, search=search), random.Random(0)
    for _ in range(5):
        net = space.graph(space.sample(rng), DIGITS).simplified().build(seed=0)  # without reductions of what nothing reads
        net(torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))).sum().backward()
        assert all(parameter.grad is not None for parameter in net.parameters())


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"layers": 2}, r"`layers` is 2; allowed are whole numbers from 3"),
        ({"ops": ("conv7",)}, r"`ops` is 'conv7'; allowed are some of conv3, sep3"),
        ({"channels": 7}, r"`channels` is 7; allowed are even numbers from 2"),
        ({"plain": 1}, r"`plain` is 1; allowed are True and False"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        MacroSpace(**arguments)


def test_refuses_numbers_and_tasks():
    space = MacroSpace(3)
    with pytest.raises(ValueError, match="`numbers` are 5; allowed are 6 for 3 layers"):
        space.from_numbers("0 3 1 5 0")
    for wrong in (None, 7, "0 a 1 5 0 1", [0.5, 3, 1, 5, 0, 1], [0, 3, 1, 5, 0, None]):
        with pytest.raises(ValueError, match="`numbers` is .*; allowed are whole numbers, in a list or as a text"):
            space.from_numbers(wrong)
    with pytest.raises(ValueError, match="gives 'op2' the number 6; allowed are 0 to 5"):
        space.from_numbers("0 6 1 5 0 1")
    with pytest.raises(ValueError, match="gives 'skip0->3' the number 2; allowed are 0 to 1"):
        space.from_numbers("0 3 1 5 2 1")
    with pytest.raises(ValueError, match=r"'row' has inputs of \(8,\); `MacroSpace` with `layers`=3 takes images"):
        space.graph(space.sample(0), SimpleNamespace(name="row", shape=(8,), classes=3))
