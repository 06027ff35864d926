"""NAS-Bench-101's network: the published counts, counts by hand, and what the paper's words compute."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nastutor import Arch
from nastutor.spaces import NASBench101

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CIFAR = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)
SEVEN = NASBench101()
PAPER = NASBench101(channels=128, modules=3, stacks=3)


def of_edges(space, edges, ops):
    matrix = np.zeros((len(ops) + 2, len(ops) + 2), dtype=int)
    matrix[tuple(np.transpose(edges))] = 1
    return space.from_matrix(matrix, ["input", *ops, "output"])


def paper_params(module):
    """Around the modules: stem, head; module(c_in, c) gives the parameters of one module."""
    inside = sum(module(c_in, c) for c_in, c in ((128, 128), (128, 128), (128, 128), (128, 256), (256, 256), (256, 256), (256, 512), (512, 512), (512, 512)))
    return 3 * 128 * 9 + 2 * 128 + inside + 512 * 10 + 10


@pytest.mark.parametrize(
    "edges, ops, module",
    [
        # input to output: one projection
        ([(0, 1)], [], lambda c_in, c: c_in * c + 2 * c),
        # a convolution 3x3 beside it: another projection in front of the convolution
        ([(0, 1), (1, 2), (0, 2)], ["conv3"], lambda c_in, c: 2 * (c_in * c + 2 * c) + 9 * c * c + 2 * c),
        # two that share the output's channels, each with a projection, and a pool, which has none of its own
        ([(0, 1), (0, 2), (1, 3), (2, 3)], ["conv1", "maxpool3"], lambda c_in, c: 2 * (c_in * c // 2 + c) + c * c // 4 + c),
        # the Inception-like one: quarters of the channels; four projections, of which the 3x3 in front of another is as wide
        (
            [(0, 1), (0, 2), (0, 3), (0, 5), (3, 4), (1, 6), (2, 6), (4, 6), (5, 6)],
            ["conv1", "conv3", "conv3", "conv3", "maxpool3"],
            lambda c_in, c: 4 * (c_in * c // 4 + c // 2) + (1 + 3 * 9) * c * c // 16 + 4 * c // 2,
        ),
    ],
    ids=["input to output", "residual", "two branches", "inception"],
)
def test_params_by_hand(edges, ops, module):
    assert PAPER.graph(of_edges(PAPER, edges, ops), CIFAR).counts().params == paper_params(module)


def test_the_largest_network_of_the_benchmark():
    """A chain of five convolutions 3x3, and the three edges that are left from the input, wherever they lead: the published maximum."""
    chain = [(i, i + 1) for i in range(6)]
    for ends in itertools.combinations(range(2, 7), 3):
        arch = of_edges(PAPER, chain + [(0, end) for end in ends], ["conv3"] * 5)
        assert PAPER.graph(arch, CIFAR).counts().params == GOLDEN["NAS-Bench-101 largest"]["params"]


def test_mult_adds_by_hand():
    """Input to output: stem, nine projections at 32x32, 16x16 and 8x8, linear layer."""
    stacks = 32 * 32 * 3 * 128 * 128 + 16 * 16 * (128 + 2 * 256) * 256 + 8 * 8 * (256 + 2 * 512) * 512
    assert PAPER.graph(of_edges(PAPER, [(0, 1)], []), CIFAR).counts().mult_adds == 32 * 32 * 27 * 128 + stacks + 5120


def test_equal_graphs_are_one_network():
    for seed in range(100):
        arch = SEVEN.sample(seed)
        graph = SEVEN.graph(arch, DIGITS)
        assert graph == SEVEN.graph(SEVEN.canonical(arch), DIGITS) and graph.simplified() == graph, "nothing in it is dead"


def test_two_equal_pools_compute_what_one_does():
    """Where `canonical` tells more apart than there are networks: a pool for a convolution and the output each, or one for both."""
    import torch

    space = NASBench101(vertices=6, channels=4, stacks=1)
    two = of_edges(space, [(0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (4, 5)], ["conv3", "maxpool3", "maxpool3", "conv1"])
    one = of_edges(space, [(0, 1), (1, 2), (2, 3), (2, 4), (3, 4)], ["conv3", "maxpool3", "conv1"])
    assert space.canonical(one) != space.canonical(two)
    images, scores = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0)), []
    for arch in (one, two):
        module = space.graph(arch, DIGITS).build(seed=0).eval().requires_grad_(False)
        for parameter in module.parameters():
            drawn = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(len(parameter)))
            parameter.copy_(drawn[:, :1].expand(parameter.shape) if parameter.ndim == 2 else drawn)  # halves of the output in any order
        scores.append(module(images))
    assert torch.allclose(*scores, atol=1e-6)


def test_a_larger_convolution_has_more_params():
    """A conv3 in place of a conv1 brings more, though the vertices that share the output's channels may then take them in another order."""
    tried = 0
    for number in SEVEN.networks()[::4001]:
        arch = SEVEN.arch(number)
        params = SEVEN.graph(arch, DIGITS).counts().params
        for name in (name for name, value in arch.choices if value == "conv1"):
            other = Arch(tuple((own, "conv3" if own == name else value) for own, value in arch.choices))
            assert SEVEN.graph(other, DIGITS).counts().params > params
            tried += 1
    assert tried > 100


def reference(matrix, ops, task, channels, stacks, alike):
    """The network straight from the paper's words, in float64, as a function of images; every weight depends on its shape alone.

    alike  whether a weight is the same for all channels, so that it does not matter in which order they are joined
    """
    import torch
    from torch.nn import functional as F

    def weight(*shape):
        draws = torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape) * 31 + shape[0]), dtype=torch.float64)
        draws = draws[: 1 if len(shape) == 4 else None, :1].expand(shape) if alike else draws
        return draws / np.prod(shape[1:]) ** 0.5

    def conv(x, width, kernel):
        return torch.relu(F.conv2d(x, weight(width, x.shape[1], kernel, kernel), padding=kernel // 2) / (1 + 1e-5) ** 0.5)

    def module(x, width):
        last = len(matrix) - 1
        feeding = [v for v in range(1, last) if matrix[v][last]]
        shares = {v: width // len(feeding) + (place < width % len(feeding)) for place, v in enumerate(feeding)}
        for v in reversed(range(1, last)):
            shares.setdefault(v, max((shares[w] for w in range(v + 1, last) if matrix[v][w]), default=0))
        values = [x]
        for v in range(1, last):
            total = sum(values[u][:, : shares[v]] for u in range(1, v) if matrix[u][v])
            total = total + conv(x, shares[v], 1) if matrix[0][v] else total
            values.append(F.max_pool2d(total, 3, 1, 1) if ops[v] == "maxpool3x3" else conv(total, shares[v], 3 if ops[v].startswith("conv3") else 1))
        joined = torch.cat([values[v] for v in feeding], 1) if feeding else 0
        return joined + conv(x, width, 1) if matrix[0][last] else joined

    def network(x):
        x = conv(x, channels, 3)
        for stack in range(stacks):
            x = module(F.max_pool2d(x, 2, 2) if stack else x, channels * 2**stack)
        return F.linear(x.mean((2, 3)), weight(task.classes, x.shape[1]))

    return network, weight


@pytest.mark.parametrize("channels, own_order", [(12, True), (8, False)])
def test_the_network_computes_what_the_paper_says(channels, own_order):
    """Where channels are shared evenly, from the matrix as it was given; otherwise from the canonical one."""
    import torch

    space, images = NASBench101(channels=channels), torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for seed in range(25):
        arch = space.sample(seed)
        matrix, ops = space.matrix(arch if own_order else space.canonical(arch))
        if own_order and channels % max(1, int(matrix[1:, -1].sum())):
            continue
        expected, weight = reference(matrix.tolist(), ops, DIGITS, channels, 2, alike=own_order)
        module = space.graph(arch, DIGITS).build(seed=0).double().eval()
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                if name.endswith("weight") and parameter.ndim > 1:
                    parameter.copy_(weight(*parameter.shape))
                elif name == "head linear.bias":
                    parameter.zero_()
            assert torch.allclose(module(images), expected(images), atol=1e-12)


def test_random_networks_train_and_cost_what_their_graphs_say():
    import torch

    x = torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0))
    for seed in range(20):
        graph = NASBench101(channels=5, modules=2).graph(NASBench101(channels=5, modules=2).sample(seed), DIGITS)
        module = graph.build(seed=seed)
        y = module(x)
        y.logsumexp(1).sum().backward()
        assert y.shape == (2, 10) and torch.isfinite(y).all() and sum(p.numel() for p in module.parameters()) == graph.counts().params
        assert all(p.grad is not None for p in module.parameters())
