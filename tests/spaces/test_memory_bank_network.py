"""Networks of memory banks: what is read, written and counted, by hand."""

from types import SimpleNamespace

import pytest

from nastutor.published.smash import SMASH
from nastutor.spaces.memory_bank_rules import PATTERNS, Block, Conv, Op
from nastutor.spaces.memory_banks import MemoryBankSpace

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CIFAR = SimpleNamespace(name="CIFAR-10", shape=(3, 32, 32), classes=10)
PLAIN = Conv((3, 3), (1, 1), 1)


def by_hand(space, arch, task):
    """Parameters, from the words of the paper: nothing of the graph is used."""
    params, enters = 49 * task.shape[0] * space.rooms[0].enters, space.rooms[0].enters
    for number, block in enumerate(space.plan(arch), start=1):
        size = block.bank * space.channels
        banks = max(enters // size, *(max(op.writes) for op in block.ops))
        for op in block.ops:
            read, filters = len(op.reads) * size, op.filters * space.channels
            narrow = min(max(read // filters, 1) * filters, space.bottleneck * filters, read, space.cap * space.largest)
            params += 2 * read + read * narrow + 2 * narrow
            for place, conv in enumerate(op.convs):
                sees = filters if place % 2 else narrow
                params += conv.kernel[0] * conv.kernel[1] * (sees // conv.groups) * filters if conv else 0
        params += 2 * banks * size
        enters = space.rooms[number].enters if number < space.blocks else 0
        params += banks * size * enters
    return params + task.classes * (banks * size + 1)


@pytest.mark.parametrize(
    "settings", [{}, {"patterns": tuple(PATTERNS)}, {"largest": 16, "width": 2, "compression": 4, "budget": (0.5, 1.0), "cap": 1, "bottleneck": 2}]
)
def test_parameters_by_hand(settings):
    space = MemoryBankSpace(**settings)
    for arch in map(space.sample, range(30)):
        assert space.graph(arch, DIGITS).counts().params == by_hand(space, arch, DIGITS)


def test_parameters_of_the_release_by_hand():
    space = MemoryBankSpace(**SMASH)
    for arch in map(space.sample, range(10)):
        graph = space.graph(arch, CIFAR)
        assert graph.counts().params == by_hand(space, arch, CIFAR) and graph.node("block 3 memory").shape[1:] == (8, 8)


def test_reading_and_writing():
    """A first write fills a bank, a later one adds to it; more writes than parts go around; what is read is joined in order."""
    space = MemoryBankSpace(blocks=1, depth=5, width=2)
    ops = (Op((1, 4), (1, 5), 2, (PLAIN,)), Op((1, 2, 4, 5), (1, 3), 1, (PLAIN,)), Op((2, 3), (4, 5, 6), 2, (PLAIN,)))
    with pytest.raises(ValueError, match="3 for the decision '1.3 writes'; allowed are 2"):
        space.arch([Block(1, ops)])
    graph = space.graph(space.arch([Block(1, ops[:2])]), DIGITS)
    assert graph.node("block 1 op 1 read").inputs == ("block 1 bank 1", "block 1 bank 4")
    assert graph.node("block 1 op 1 bank 1").inputs == ("block 1 bank 1", "block 1 op 1 part 1")
    assert graph.node("block 1 op 2 read").inputs == ("block 1 op 1 bank 1", "block 1 bank 2", "block 1 bank 4", "block 1 op 1 part 2")
    assert graph.node("block 1 op 2 bank 3").inputs == ("block 1 bank 3", "block 1 op 2 conv1")
    assert graph.node("block 1 memory").inputs == ("block 1 op 2 bank 1", "block 1 bank 2", "block 1 op 2 bank 3", "block 1 bank 4", "block 1 op 1 part 2")
    assert [graph.node(f"block 1 bank {bank}")["start"] for bank in (1, 2, 3, 4)] == [0, 4, 8, 12]
    # 16 channels of four banks, one unit of 4 filters: four times as many behind the 1x1 convolution
    assert graph.node("block 1 op 2 1x1").shape[0] == 16 and graph.node("block 1 op 1 1x1").shape[0] == 8


def test_more_writes_than_parts_go_around():
    space = MemoryBankSpace(blocks=1, width=4, budget=(0.0, 1.0))
    graph = space.graph(space.arch([Block(1, (Op((1, 2), (1, 2, 3), 2, (PLAIN,)),))]), DIGITS)
    parts = [graph.node(f"block 1 op 1 bank {bank}").inputs[1] for bank in (1, 2, 3)]
    assert parts == ["block 1 op 1 part 1", "block 1 op 1 part 2", "block 1 op 1 part 1"]


def test_what_fills_no_bank_is_left_out():
    """The second block of the release: 96 channels enter, a bank of the largest size takes 64."""
    space = MemoryBankSpace(**SMASH)
    arch = next(arch for arch in map(space.sample, range(100)) if arch["2 bank"] == 8)
    node = space.graph(arch, CIFAR).node("block 2 bank 1")
    assert node.inputs == ("transition 1 pool",) and node.shape[0] == 64


@pytest.mark.parametrize(
    "pattern, last, inputs",
    [
        ("1000", "conv1", ()),
        ("1100", "conv2", ()),
        ("1010", "sum", ("conv1", "conv3")),
        ("1110", "sum", ("conv2", "conv3")),
        ("1111", "sum", ("conv2", "conv4")),
    ],
)
def test_convolutions_of_an_op(pattern, last, inputs):
    space = MemoryBankSpace(blocks=1, patterns=(pattern,), budget=(0.3, 0.4))
    arch = space.sample(0)
    graph = space.graph(arch, DIGITS)
    name = "block 1 op 1 "
    convs = [node.name.removeprefix(name) for node in graph.nodes if node.op == "conv" and node.name.startswith(f"{name}conv")]
    assert sorted(convs) == [f"conv{place}" for place in (1, 2, 3, 4) if pattern[place - 1] == "1"] and name + last in {node.name for node in graph.nodes}
    if inputs:
        assert graph.node(name + last).inputs == tuple(name + each for each in inputs)
    for second, before in (("conv2", "conv1"), ("conv4", "conv3")):
        if second in convs:
            assert graph.node(f"{name}{second} relu").inputs == (name + before,)
    conv = space.plan(arch)[0].ops[0].convs[0]
    node = graph.node(f"{name}conv1")
    assert all(node[what] in (value, value[0] if isinstance(value, tuple) else value) for what, value in conv._asdict().items())


def test_random_networks_train_and_cost_what_their_graphs_say():
    import torch

    space, x = (
        MemoryBankSpace(blocks=2, kernels=(1, 3), patterns=tuple(PATTERNS), budget=(0.3, 0.4)),
        torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0)),
    )
    for seed in range(50):
        graph = space.graph(space.sample(seed), DIGITS)
        module = graph.build(seed=seed)
        module(x).logsumexp(1).sum().backward()
        assert sum(p.numel() for p in module.parameters()) == graph.counts().params and all(p.grad is not None for p in module.parameters())


def test_images_that_are_too_small_are_refused():
    space = MemoryBankSpace()
    for shape in ((1, 3, 8), (64,)):
        with pytest.raises(ValueError, match="`blocks`=3 takes images .* of at least 4 pixels"):
            space.graph(space.sample(0), SimpleNamespace(name="small", shape=shape, classes=2))
