"""Each operator lists what its edit allows, no more and no less, within its reach."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.edits import AddPool, AddSkip, Branch, ChangeKernel, Deepen, Narrow, Network, RemoveLayer, RemoveSkip, Several, SwapLayer, Widen
from nastutor.edits.operators import OPERATORS, Reach
from nastutor.rng import python_rng
from tests.edits.networks import networks

CHAIN = Network.chain([("conv", 8, 3), ("max",), ("sep", 6, 5), ("dense", 1)])
REACH = Reach(kernels=(3, 5), grow=(2.0, 1.125), shrink=(0.5, 0.25), kinds=("conv", "sep", "dense"), pools=("max", "avg"), longest=2)
MANY = ("widen many", "narrow many")


def listed(name, network=CHAIN, reach=REACH):
    """The edits, with the seeds that they have set to 0."""
    edits = list(OPERATORS[name](network, reach, python_rng(0)))
    return [nt.Edit.from_json({**edit.to_json(), **({} if name in MANY else {"seed": 0})}) for edit in edits]


def test_by_hand():
    assert listed("widen") == [Widen(1, 8), Widen(1, 1), Widen(3, 6), Widen(3, 1), Widen(4, 1), Widen(4, 1)]
    assert listed("narrow") == [Narrow(1, 4), Narrow(1, 2), Narrow(3, 3), Narrow(3, 2)]
    behind = [Deepen(number, kernel, kind) for number in (1, 2, 3) for kind in ("conv", "sep") for kernel in (3, 5)]
    assert listed("deepen") == [*behind, Deepen(4, None, "dense")]
    assert listed("pool") == [AddPool(number, kind) for number in (1, 3) for kind in ("max", "avg")]
    links = [(0, 2), (0, 3), (1, 3), (0, 4), (1, 4), (2, 4), (0, -1), (1, -1), (2, -1), (3, -1)]
    assert listed("skip") == [AddSkip(source, target, merge) for source, target in links for merge in ("add", "concat")]
    assert listed("branch") == [Branch(a, b, merge) for a, b in ((1, 1), (1, 2), (2, 3), (3, 3), (3, 4), (4, 4)) for merge in ("add", "concat")]
    assert listed("remove") == [RemoveLayer(number) for number in (1, 2, 3, 4)]
    assert listed("swap") == [SwapLayer(1, "sep"), SwapLayer(2, "avg"), SwapLayer(3, "conv")]
    assert listed("kernel") == [ChangeKernel(1, 5), ChangeKernel(3, 3)] and listed("unskip") == []
    skipped = Network.of(AddSkip(1, -1)(AddSkip(2, -1)(CHAIN.arch())))
    assert listed("unskip", skipped) == [RemoveSkip(5, 2), RemoveSkip(5, 1)]


def test_many_are_all_or_half_of_them():
    edits = listed("widen many")
    assert [len(edit.edits) for edit in edits] == [3, 1, 3, 1] and all(isinstance(edit, Several) for edit in edits)
    assert {(each.layer, each.extra) for each in edits[0].edits} == {(1, 8), (3, 6), (4, 1)}
    assert [each.layer for each in listed("narrow many")[0].edits] == [1, 3], "what has a width of 1 stays"
    halves = {tuple(each.layer for each in list(OPERATORS["widen many"](CHAIN, REACH, python_rng(seed)))[1].edits) for seed in range(20)}
    assert halves == {(1,), (3,), (4,)}, "which half is drawn"


def test_seeds_are_drawn():
    seeds = [edit.seed for seed in range(2) for edit in OPERATORS["deepen"](CHAIN, REACH, python_rng(seed))]
    assert len(set(seeds)) == len(seeds)


EVERY = {
    "skip": lambda network: [AddSkip(a, b, m) for a, b, m in itertools.product([0, *network.layers], [-1, *network.layers], ("add", "concat"))],
    "unskip": lambda network: [RemoveSkip(a, b) for a, b in itertools.product(network.layers, [0, *network.layers])],
    "branch": lambda network: [Branch(a, b, m) for a, b, m in itertools.product(network.layers, network.layers, ("add", "concat"))],
    "remove": lambda network: [RemoveLayer(number) for number in network.layers],
    "swap": lambda network: [SwapLayer(number, kind) for number in network.layers for kind in ("conv", "sep", "max", "avg")],
    "kernel": lambda network: [ChangeKernel(number, kernel) for number in network.layers for kernel in (3, 5)],
    "pool": lambda network: [AddPool(number, kind) for number in network.layers for kind in ("max", "avg")],
    "deepen": lambda network: [
        *(Deepen(number, kernel, kind) for number in network.layers for kind in ("conv", "sep") for kernel in (3, 5)),
        *(Deepen(number, None, "dense") for number in network.layers),
    ],
}


def wanted(network, edit):
    """What is possible and left out on purpose: pools behind pools, dense behind images, skips from beside, long paths."""
    if isinstance(edit, AddPool):
        return network.layers[edit.layer].kind not in ("max", "avg")
    if isinstance(edit, Deepen):
        return edit.kind != "dense" or network.flat(edit.layer)
    if isinstance(edit, AddSkip):
        return edit.source == 0 or edit.source in network.above(edit.target)
    if isinstance(edit, Branch):
        path = [edit.last]
        while path[-1] != edit.first:
            path.append(network.layers[path[-1]].reads[0])
        return len(path) <= REACH.longest
    return True


@pytest.mark.parametrize("name", EVERY)
@given(networks(), st.integers(0, 0))
def test_all_that_is_possible_is_listed_and_nothing_else(name, drawn, _):
    space, arch = drawn
    network = space.plan(arch)
    possible = []
    for edit in EVERY[name](network):
        try:
            edit(arch)
        except ValueError:
            continue
        possible.append(edit)
    found = listed(name, network)
    assert len(set(found)) == len(found)
    assert set(found) == {edit for edit in possible if wanted(network, edit)}
