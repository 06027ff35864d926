"""The well-known networks as points: their published counts, and the same outputs as networks written by hand."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from nastutor.rng import torch_rng
from nastutor.spaces import BranchSpace
from nastutor.spaces.branch_points import chain, dense, googlenet, inception, residual

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "spaces.json").read_text("utf-8"))["branches"]["points"]
CIFAR = SimpleNamespace(name="cifar", shape=(3, 32, 32), classes=10)
IMAGENET = SimpleNamespace(name="imagenet", shape=(3, 224, 224), classes=1000)
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
POINTS = {
    "plain-20": (chain(), CIFAR), "ResNet-20": (residual(), CIFAR), "ResNet-110": (residual(18), CIFAR),
    "DenseNet-BC 100-12": (dense(), CIFAR), "GoogLeNet": (googlenet(), IMAGENET),
    "chain, small": (chain(1, (4, 8)), DIGITS), "residual, small": (residual(1, (4, 8)), DIGITS),
    "dense, small": (dense(2, 2, growth=4), DIGITS), "inception, small": (inception((4,), (8,)), DIGITS),
}  # fmt: skip


def graph_of(plan, task):
    space = BranchSpace.holding(plan)
    return space.graph(space.arch(plan), task)


@pytest.mark.parametrize("name", POINTS)
def test_counts(name):
    counts = graph_of(*POINTS[name]).counts()
    assert [counts.params, counts.mult_adds, counts.depth] == GOLDEN[name]


def test_small_counts_by_hand():
    assert GOLDEN["chain, small"][0] == GOLDEN["residual, small"][0] == 9 * (4 + 16 + 16 + 32 + 64) + 3 * 8 + 2 * 16 + 90
    first, second = (8 * 16 + 9 * 16 * 4, 12 * 16 + 9 * 16 * 4), (8 * 16 + 9 * 16 * 4, 12 * 16 + 9 * 16 * 4)
    norms = 2 * (8 + 16 + 12 + 16 + 16 + 8 + 16 + 12 + 16 + 16)
    assert GOLDEN["dense, small"][0] == 9 * 8 + sum(first) + 16 * 8 + sum(second) + norms + 170

    def module(x, c):
        return 4 * x * c + 9 * c * c + 25 * c * c + 6 * 2 * c

    assert GOLDEN["inception, small"][0] == 72 + 16 + module(8, 4) + module(16, 8) + 330


def test_the_inception_module_3a():
    graph = graph_of(googlenet(), IMAGENET)
    layers = {f"layer {number}" for number in range(6, 13)}
    assert sum(graph.cost(node)[0] for node in graph.nodes if node.group in layers) == 163_696
    # 64 of 1x1; 96 and 128 of 3x3; 16 and 32 of 5x5; 32 behind the pool; a bias each
    assert 192 * (64 + 96 + 16 + 32) + 9 * 96 * 128 + 25 * 16 * 32 + 64 + 96 + 128 + 16 + 32 + 32 == 163_696
    assert [node.shape for node in graph.nodes if node.op == "concat"][-1] == (1024, 7, 7)


def outputs(graph, by_hand):
    """The scores of the graph's network and those of `by_hand(net, images)` with the same weights, for random statistics of batch norm."""
    import torch

    net, rng = graph.build(seed=0).double().eval(), torch_rng(0, "by hand")
    with torch.no_grad():
        for tensor in (*net.parameters(), *net.buffers()):
            if tensor.dtype == torch.float64:
                tensor.copy_(torch.rand(tensor.shape, generator=rng, dtype=torch.float64) + 0.1)
        images = torch.randn(2, *graph.nodes[0].shape, generator=rng, dtype=torch.float64)
        return net(images), by_hand(net, images)


def norm(net, name, x):
    return net[name](x).relu()


def test_residual_by_hand():
    import torch
    from torch.nn.functional import pad

    def by_hand(net, x):
        x = net["layer 1 conv"](x)
        for block, first in enumerate(range(2, 14, 2)):
            y = net[f"layer {first} conv"](norm(net, f"layer {first} bn", x))
            y = net[f"layer {first + 1} conv"](norm(net, f"layer {first + 1} bn", y))
            if block in (2, 4):
                x = pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))  # shortcut A of He et al. (2016)
            x = x + y
        return net["head linear"](norm(net, "head bn", x).mean((2, 3)))

    assert torch.allclose(*outputs(graph_of(residual(2, (4, 8, 16)), CIFAR), by_hand))


def test_dense_by_hand():
    import torch
    from torch.nn.functional import avg_pool2d

    def by_hand(net, x):
        x, number = net["layer 1 conv"](x), 2
        for block in range(3):
            if block:
                x = avg_pool2d(net[f"layer {number} conv"](norm(net, f"layer {number} bn", x)), 2)
                number += 2
            for _ in range(4):
                y = net[f"layer {number} conv"](norm(net, f"layer {number} bn", x))
                y = net[f"layer {number + 1} conv"](norm(net, f"layer {number + 1} bn", y))
                x, number = torch.cat([x, y], 1), number + 2
        return net["head linear"](norm(net, "head bn", x).mean((2, 3)))

    assert torch.allclose(*outputs(graph_of(dense(3, 4, growth=3), CIFAR), by_hand))


def test_inception_by_hand():
    import torch
    from torch.nn.functional import max_pool2d

    graph = graph_of(inception((4, 5, 6, 3, 7, 2), order="conv-relu"), DIGITS)
    joined = [int(name.split()[1]) for name in graph.node("head concat").inputs]
    assert sorted(joined) == [2, 4, 6, 8]

    def by_hand(net, x):
        def conv(number, x):
            return net[f"layer {number} conv"](x).relu()

        x = conv(1, x)
        branches = {2: conv(2, x), 4: conv(4, conv(3, x)), 6: conv(6, conv(5, x)), 8: conv(8, max_pool2d(x, 3, 1, 1))}
        return net["head linear"](torch.cat([branches[number] for number in joined], 1).mean((2, 3)))

    assert torch.allclose(*outputs(graph, by_hand))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: chain(0), "`blocks` is 0; allowed are whole numbers from 1"),
        (lambda: residual(widths=()), r"`widths` is \(\); allowed are at least one number of channels"),
        (lambda: dense(growth=0), "`growth` is 0"),
        (lambda: dense(compression=0), "`compression` is 0; allowed are numbers above 0 to 1"),
        (lambda: inception((4, 4)), r"`modules` is \(4, 4\); allowed are sequences of six"),
        (lambda: inception((0,)), r"`modules` is \(0,\); allowed are at least one number of channels"),
        (lambda: inception((4,), stem=0), "`stem` is 0"),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=message):
        make()
