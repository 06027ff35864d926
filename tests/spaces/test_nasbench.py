"""`NASBench101`: its architectures, its own form, and its network with the published counts."""

import itertools
import json
import random
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor import Arch, RandomSearch, RegularizedEvolution, Result, search
from nastutor.spaces import CellSpace, ChoiceSpace, NASBench101
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
CIFAR = SimpleNamespace(name="cifar10", shape=(3, 32, 32), classes=10)
FIVE, SEVEN = NASBench101(vertices=5), NASBench101()
PAPER = NASBench101(channels=128, modules=3, stacks=3)
INCEPTION = GOLDEN["NAS-Bench-101 inception-like"]


def rows(matrix):
    return ["".join(map(str, row)) for row in np.asarray(matrix).tolist()]


def of_edges(space, edges, ops):
    matrix = np.zeros((len(ops) + 2, len(ops) + 2), dtype=int)
    matrix[tuple(np.transpose(edges))] = 1
    return space.from_matrix(matrix, ["input", *ops, "output"])


# ---------------------------------------------------------------- decisions


@pytest.mark.parametrize("vertices, edges", [(2, 1), (3, 2), (4, 9), (4, 3), (5, 2)])
def test_what_decide_allows_is_what_there_is(vertices, edges):
    """The loop of the base class, which runs `decide`, finds the graphs that the arrays hold, in the same order, with the same options."""
    space = NASBench101(vertices, edges)
    archs = list(space)
    assert archs == list(ChoiceSpace.__iter__(space)) and len(archs) == space.size == len(set(archs))
    tried = ChoiceSpace._sites.func(space)
    assert list(tried) == list(space.sites()) and {name: set(options) for name, options in tried.items()} == {
        name: set(options) for name, options in space.sites().items()
    }


@pytest.mark.parametrize("space", [FIVE, SEVEN], ids=["5", "7"])
def test_sizes(space):
    assert space.size == GOLDEN["NAS-Bench-101"]["architectures"][str(space.vertices)]
    assert len(space.networks()) == GOLDEN["NAS-Bench-101"]["graphs by vertices"][str(space.vertices)]


def test_every_architecture_is_valid():
    rng = random.Random(0)
    for arch in (SEVEN.sample(rng) for _ in range(300)):
        for near in (arch, SEVEN.mutate(arch, rng), SEVEN.crossover(arch, SEVEN.sample(rng), rng), *SEVEN.neighbours(arch)[:5]):
            SEVEN.validate(near)
            matrix, _ = SEVEN.matrix(near)
            assert 1 <= matrix.sum() <= 9 and (matrix[:-1].any(1) & matrix[:, 1:].any(0)).all()


def test_samples_are_uniform():
    """Chi-squared over the 15 architectures of three vertices: 14 degrees of freedom, 5 standard deviations above them are 41."""
    space, rng = NASBench101(vertices=3), random.Random(1)
    counts = dict.fromkeys(space, 0)
    for _ in range(3000):
        counts[space.sample(rng)] += 1
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 41


@pytest.mark.parametrize("settings", [{"vertices": 6, "edges": 7, "channels": 4}, {}])
def test_keeps_the_rules(settings):
    check_space(NASBench101(**settings), samples=20)


@pytest.mark.parametrize("strategy", [RandomSearch, RegularizedEvolution])
def test_searches_run_on_all_of_it(strategy):
    """Toward few edges; architectures of one class count as equal."""
    history = search(strategy(SEVEN, seed=0), lambda trial: Result({"error": int(SEVEN.matrix(trial.arch)[0].sum()) / 9}), trials=300)
    assert len(history) == 300 and history.best().error <= 3 / 9


def test_strangers_are_refused():
    good = FIVE.sample(0)
    one = Arch(((good.choices[0][0], 1), *good.choices[1:]))
    for stranger in (one, Arch(good.choices[:-1]), Arch(good.choices[::-1]), SEVEN.sample(0), CellSpace().sample(0)):
        for ask in (FIVE.canonical, FIVE.number, FIVE.matrix, FIVE.published_hash, lambda arch: FIVE.graph(arch, DIGITS)):
            with pytest.raises(ValueError, match="none of NASBench101"):
                ask(stranger)
    cut = Arch(tuple((name, False if isinstance(value, bool) else value) for name, value in good.choices))
    with pytest.raises(ValueError, match=r"'0->4' is False; allowed are True"):
        FIVE.canonical(cut)
    full = Arch(tuple((name, True if isinstance(value, bool) else value) for name, value in good.choices))
    with pytest.raises(ValueError, match=r"'0->1' is True; allowed are False"):
        FIVE.canonical(full)


# ---------------------------------------------------------------- numbers and canonical forms


def test_numbers_rise_along_the_enumeration():
    numbers = [FIVE.number(arch) for arch in FIVE]
    assert numbers == sorted(set(numbers)) and [FIVE.arch(number) for number in numbers[::50]] == list(FIVE)[::50]


@pytest.mark.parametrize("number", [-1, 0, 2**40, 2**60])
def test_numbers_of_no_graph_are_refused(number):
    with pytest.raises(ValueError, match=f"`number` is {number}, which is no graph of NASBench101"):
        FIVE.arch(number)
    with pytest.raises(ValueError, match=f"`numbers` hold {number}, which is no graph of NASBench101"):
        FIVE.canonical_numbers([*FIVE.networks()[:3], number])


def test_numbers_are_whole():
    for ask in (FIVE.arch, lambda number: FIVE.canonical_numbers([number])):
        with pytest.raises(TypeError, match=r"`numbers` are float64; allowed are whole numbers|cannot be interpreted as an integer"):
            ask(float(FIVE.networks()[0]))


def test_canonical_is_the_first_of_its_class():
    first = {}
    for arch in FIVE:
        canonical = FIVE.canonical(arch)
        assert first.setdefault(canonical, arch) == canonical
    assert [FIVE.number(arch) for arch in first] == FIVE.networks().tolist()


def test_canonical_numbers_are_those_of_the_canonical_architectures():
    archs = [SEVEN.sample(seed) for seed in range(200)]
    numbers = SEVEN.canonical_numbers([SEVEN.number(arch) for arch in archs])
    assert [SEVEN.arch(number) for number in numbers] == [SEVEN.canonical(arch) for arch in archs]
    assert set(numbers.tolist()) <= set(SEVEN.networks().tolist())


def test_canonical_of_one_takes_less_than_50_microseconds():
    archs = [SEVEN.sample(seed) for seed in range(1000)]
    began = time.process_time()
    for arch in archs:
        SEVEN.canonical(arch)
    assert time.process_time() - began < 0.05


# ---------------------------------------------------------------- the benchmark's form


def test_the_published_example():
    """An Inception-like module: the benchmark stores it in another order, which is our canonical one."""
    arch = PAPER.from_matrix([[int(entry) for entry in row] for row in INCEPTION["matrix"]], INCEPTION["ops"])
    matrix, ops = PAPER.matrix(arch)
    assert (rows(matrix), ops) == (INCEPTION["matrix"], INCEPTION["ops"])
    matrix, ops = PAPER.matrix(PAPER.canonical(arch))
    assert (rows(matrix), ops) == (INCEPTION["stored matrix"], INCEPTION["stored ops"])
    assert PAPER.published_hash(arch) == INCEPTION["hash"]
    assert PAPER.graph(arch, CIFAR).counts().params == INCEPTION["params"]


@given(st.integers(0, 2**32))
def test_there_and_back(seed):
    arch = SEVEN.sample(seed)
    again = SEVEN.from_matrix(*SEVEN.matrix(arch))
    assert SEVEN.canonical(again) == SEVEN.canonical(arch) and rows(SEVEN.matrix(again)[0]) == rows(SEVEN.matrix(arch)[0])


def test_a_larger_matrix_is_taken_where_what_is_left_fits():
    """Ten edges, of which the dead vertex 3 takes three away."""
    matrix = np.triu(np.ones((5, 5), dtype=int), 1)
    matrix[3, 4] = 0
    arch = NASBench101(vertices=4).from_matrix(matrix, ["input", "conv1", "conv3", "maxpool3", "output"])
    assert str(arch) == "2->3=True 1->3=True 0->3=True 1->2=True 0->2=True 0->1=True op1=conv1 op2=conv3"


def test_too_much_is_refused():
    matrix, ops = np.triu(np.ones((5, 5), dtype=int), 1), ["input", "conv1", "conv1", "conv1", "output"]
    with pytest.raises(ValueError, match=r"`matrix` has 10 edges on ways from input to output; allowed are at most 9, the `edges` of NASBench101\(vertices=5"):
        FIVE.from_matrix(matrix, ops)
    with pytest.raises(ValueError, match=r"`matrix` has 5 vertices .* at most 4"):
        NASBench101(vertices=4).from_matrix(matrix, ops)
    with pytest.raises(ValueError, match="`matrix` has an edge 1->0; .* upper triangular"):
        FIVE.from_matrix([[0, 1], [1, 0]], ["input", "output"])


# ---------------------------------------------------------------- the network


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


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"vertices": 1}, "`vertices` is 1; allowed are whole numbers from 2"),
        ({"vertices": 8}, "`vertices` is 8; allowed are at most 7"),
        ({"vertices": True}, "`vertices` is True"),
        ({"edges": 0}, "`edges` is 0"),
        ({"edges": 10}, "`edges` is 10; allowed are at most 9"),
        ({"channels": 4}, "`channels` is 4; allowed are at least 5: as many vertices may share the channels"),
        ({"channels": 0, "vertices": 2}, "`channels` is 0"),
        ({"modules": 0}, "`modules` is 0"),
        ({"stacks": 1.5}, "`stacks` is 1.5"),
    ],
)
def test_bad_settings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        NASBench101(**arguments)


def test_images_that_cannot_be_halved_are_refused():
    odd, flat = SimpleNamespace(name="odd", shape=(1, 9, 8), classes=3), SimpleNamespace(name="flat", shape=(64,), classes=3)
    for task in (odd, flat):
        with pytest.raises(ValueError, match=rf"`task` '{task.name}'.*`stacks`=2.*divisible by 2"):
            FIVE.graph(FIVE.sample(0), task)
    assert NASBench101(stacks=1).graph(SEVEN.sample(0), odd).nodes[-1].shape == (3,)
