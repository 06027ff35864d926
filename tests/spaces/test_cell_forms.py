"""When two cells are one network: against a second program that knows nothing of normal forms, and against real networks."""

import json
import random
from collections import defaultdict
from functools import cache
from itertools import pairwise, permutations, product
from pathlib import Path

import numpy as np
import pytest

from nastutor.spaces import cell_forms
from nastutor.spaces.cell_forms import CONVOLUTIONS, edges, first_cell, normal_form, published_form

OPS = ("none", "skip", "conv1", "conv3", "avgpool3")
GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))["NAS-Bench-201"]
CELLS = list(product(OPS, repeat=6))
FACTOR = {"conv1": 7_919, "conv3": 104_729, "avgpool3": 1_299_709}  # no small multiples of each other: conv1(2 x) is not conv3(x)
P = 2_147_483_647  # a prime: cells become polynomials over the integers modulo P, evaluated at random


@cache
def alive(ops, nodes):
    """The edges on a way from the input to the output."""
    edge = {pair: op for pair, op in zip(edges(nodes), ops, strict=True) if op != "none"}
    ahead, back = {0}, {nodes - 1}
    for _ in range(nodes):
        ahead |= {j for i, j in edge if i in ahead}
        back |= {i for i, j in edge if j in back}
    return [pair for pair in edge if pair[0] in ahead and pair[1] in back], edge


def values(ops, nodes, pooling):
    """What comes out for every way to hand the weights to the live parts that have weights: a sorted tuple, blind to their names.

    pooling  linear: times a constant; fixed: a function that is not linear; own: with weights, like a convolution
    """
    live, edge = alive(ops, nodes)
    weighted = [pair for pair in live if edge[pair] in CONVOLUTIONS or (pooling == "own" and edge[pair] == "avgpool3")]
    orders = np.array(list(permutations([1_234_577 * (k + 3) for k in range(len(weighted))])), dtype=np.int64)
    at = {0: np.full(len(orders), 987_654_321, dtype=np.int64)}
    for i, j in live:
        x, op = at[i], edge[i, j]
        if (i, j) in weighted:
            x = (x * FACTOR[op] + orders[:, weighted.index((i, j))]) % P
            x = x * x % P * x % P
        elif op == "avgpool3":
            x = x * 424_242 % P if pooling == "linear" else (x * x + 17) % P
        at[j] = (at.get(j, 0) + x) % P
    return tuple(sorted(at.get(nodes - 1, np.zeros(1, dtype=np.int64)).tolist()))


@cache
def partition(pooling, nodes=4):
    return {cell: values(cell, nodes, pooling) for cell in product(OPS, repeat=nodes * (nodes - 1) // 2)}


def test_the_numbers_of_networks_by_two_programs():
    assert len(set(partition("linear").values())) == GOLDEN["networks"] == len({normal_form(cell) for cell in CELLS})
    assert len(set(partition("fixed").values())) == GOLDEN["networks, pooling any fixed function"]
    assert len(set(partition("own").values())) == GOLDEN["networks, pooling with an identity of its own"]


def test_both_programs_part_the_cells_alike():
    for nodes in (3, 4):
        pairs = {(normal_form(cell), value) for cell, value in partition("linear", nodes).items()}
        assert len(pairs) == len({form for form, _ in pairs}) == len({value for _, value in pairs})
    assert len(set(partition("linear", 3).values())) == 60


def test_the_benchmarks_strings_are_counted_as_published():
    assert len(CELLS) == GOLDEN["cells"] and len({published_form(cell) for cell in CELLS}) == GOLDEN["strings"]
    assert sum(not alive(cell, 4)[0] for cell in CELLS) == GOLDEN["cells without a way from input to output"]
    assert published_form(("conv3", "skip", "none")) == "#+0" and published_form(("conv3", "none", "avgpool3")) == "#+((0)@nor_conv_3x3)@avg_pool_3x3"


def test_the_benchmarks_strings_err_both_ways():
    once, twice = ("conv1", "none", "skip", "none", "skip", "skip"), ("none", "conv1", "none", "conv1", "none", "skip")
    assert published_form(once) == published_form(twice) and normal_form(once) != normal_form(twice)
    confused = defaultdict(set)
    for ops, value in partition("own").items():
        confused[published_form(ops)].add(value)
    assert sum(len(values) > 1 for values in confused.values()) == GOLDEN["strings of several networks, pooling with an identity of its own"]
    one, other = ("none", "none", "none", "conv3", "none", "none"), ("none", "none", "none", "conv3", "none", "skip")
    assert published_form(one) != published_form(other) and normal_form(one) == normal_form(other)


@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_the_first_cell_is_the_first_of_its_class(nodes):
    first = {}
    for number, cell in enumerate(product(OPS, repeat=nodes * (nodes - 1) // 2)):
        expected = first.setdefault(normal_form(cell), cell)
        if nodes < 4 or number % 7 == 0:
            assert first_cell(OPS, cell) == expected


@pytest.mark.parametrize("options", [("skip", "conv1", "conv3"), ("none", "conv3"), ("skip", "avgpool3"), ("conv1",), ("none",)])
def test_the_first_cell_among_fewer_operations(options):
    first = {}
    for cell in product(options, repeat=6):
        assert first_cell(options, cell) == first.setdefault(normal_form(cell), cell)


@pytest.fixture
def steps(monkeypatch):
    """The partial cells that the search looks at, one entry each."""
    seen, real = [], cell_forms._Search.first
    cell_forms._first.cache_clear()
    monkeypatch.setattr(cell_forms._Search, "first", lambda self, *state: seen.append(state) or real(self, *state))
    return seen


def test_the_search_for_the_first_cell_turns_back_early(steps):
    rng = random.Random(4)
    for _ in range(200):
        first_cell(OPS, tuple(rng.choice(OPS) for _ in range(6)))
    assert len(steps) < 6_000, "partial cells that were looked at"


def test_a_large_cell_does_not_search_for_ever(steps):
    """Without what failed and what is too small, remembered and foreseen, this one took millions of partial cells."""
    far = "conv1 avgpool3 skip skip skip skip conv1 skip conv3 skip skip skip avgpool3 avgpool3 avgpool3"
    assert first_cell(OPS, tuple(far.split())) == tuple(far.split()) and len(steps) < 3_000


def test_convolutions_that_nothing_tells_apart_are_not_tried_in_every_order():
    ops = (
        dict.fromkeys(edges(6), "none")
        | {(0, 1): "skip", (0, 2): "skip"}
        | {(i, j): "conv1" for i in range(3) for j in (3, 4, 5)}
        | {(3, 5): "skip", (4, 5): "conv3"}
    )
    form = normal_form(tuple(ops[pair] for pair in edges(6)))  # nine that read the input: 9! orders
    assert len(form[0]) == 10 and form[1] == tuple((0, number) for number in range(4, 11))
    assert form[0][-1] == ("conv3", ((0, 1), (0, 2), (0, 3)))


def by_every_order(ops):
    """The normal form by its definition."""
    read, output = cell_forms._sums(ops)
    trees = {0: cell_forms.INPUT}
    for conv in sorted(cell_forms._behind(read, output)):
        trees[conv] = cell_forms._tree(*read[conv], trees)
    orders = permutations(sorted(conv for conv in trees if conv))
    rising = (order for order in orders if all(trees[a] <= trees[b] for a, b in pairwise(order)))
    return min(cell_forms._renamed(read, output, order) for order in rising)


def test_the_normal_form_is_the_smallest_of_all_orders():
    rng = random.Random(6)
    for ops in rng.sample(CELLS, 300):
        assert normal_form(ops) == by_every_order(ops)
    for _ in range(40):
        ops = tuple(rng.choice(("none", "conv1", "skip")) for _ in range(10))
        if ops.count("conv1") < 7:
            assert normal_form(ops) == by_every_order(ops)


def test_five_nodes():
    rng, same = random.Random(0), defaultdict(set)
    for _ in range(60):
        cell = tuple(rng.choice(OPS) for _ in range(10))
        first = first_cell(OPS, cell)
        assert normal_form(first) == normal_form(cell) and first_cell(OPS, first) == first
        assert list(map(OPS.index, first)) <= list(map(OPS.index, cell)), "the first of its class comes no later"
        if len(alive(cell, 5)[0]) <= 6:
            same[values(cell, 5, "linear")].add(first)
            assert values(first, 5, "linear") == values(cell, 5, "linear")
    assert all(len(firsts) == 1 for firsts in same.values())


def network(ops, weights):
    """The cell in float64 with real operations; `weights` names the convolution weights (C, C, k, k) of each edge. Dead parts are not there."""
    import torch
    from torch.nn import functional as F

    live, edge = alive(ops, 4)
    at = {0: torch.randn(2, 3, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(5))}
    for pair in live:
        x, op = at[pair[0]], edge[pair]
        if op == "avgpool3":
            x = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        elif op in CONVOLUTIONS:
            x = F.conv2d(torch.relu(x), weights[pair], padding=weights[pair].shape[-1] // 2)
            x = (x - x.mean((0, 2, 3), keepdim=True)) / (x.var((0, 2, 3), keepdim=True, unbiased=False) + 1e-5).sqrt()
        at[pair[1]] = at.get(pair[1], 0) + x
    return at.get(3, torch.zeros(1, dtype=torch.float64))


def convolutions(ops):
    live, edge = alive(ops, 4)
    return [pair for pair in live if edge[pair] in CONVOLUTIONS], edge


def agree(a, b):
    """Whether some way to hand a's weights to b makes them the same function."""
    import torch

    (own, ops), (other, ops_b) = convolutions(a), convolutions(b)
    generator = torch.Generator().manual_seed(1)
    weights = {pair: torch.randn(3, 3, *((3, 3) if ops[pair] == "conv3" else (1, 1)), dtype=torch.float64, generator=generator) for pair in own}
    wanted = network(a, weights)
    for order in permutations(own):
        if [ops[pair] for pair in order] == [ops_b[pair] for pair in other]:
            got = network(b, dict(zip(other, (weights[pair] for pair in order), strict=True)))
            if got.shape == wanted.shape and torch.allclose(got, wanted, atol=1e-9):
                return True
    return False


def test_members_of_a_class_are_one_function_once_their_weights_match():
    rng, classes = random.Random(2), defaultdict(list)
    for cell in CELLS:
        classes[normal_form(cell)].append(cell)
    several = [members for form, members in classes.items() if len(members) > 1 and 1 <= len(form[0]) <= 4]
    for members in rng.sample(several, 40):
        a, b = rng.sample(members, 2)
        assert agree(a, b), (a, b)


def test_networks_that_the_benchmarks_string_confuses_are_different_functions():
    rng, strings = random.Random(3), defaultdict(dict)
    for cell in CELLS:
        strings[published_form(cell)].setdefault(normal_form(cell), cell)
    mixed = [list(forms.values()) for forms in strings.values() if len(forms) > 1]
    for members in rng.sample(mixed, 20):
        a, b = rng.sample(members, 2)
        assert not agree(a, b), (a, b)
