import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import nastutor as nt
from nastutor.edits import AddSkip, Branch, Deepen, Network, Several, Widen
from nastutor.edits.operators import OPERATORS
from nastutor.spaces import EditSpace
from nastutor.testing import check_space
from nastutor.testing.networks import IMAGES
from nastutor.testing.twins import twins_among
from tests.edits.networks import SPACES, networks

SMALL = EditSpace([("conv", 4, 3), ("conv", 4, 3)], walk=4, max_layers=5, max_width=8)


def kind_of(edit):
    first = edit.edits[0] if isinstance(edit, Several) else edit
    return type(first).__name__ + " many" * isinstance(edit, Several)


def test_it_begins_as_it_is_told():
    assert EditSpace().start() == Network.chain([("conv", 8, 3), ("max",), ("conv", 16, 3), ("max",), ("conv", 32, 3)]).arch()
    arch = AddSkip(1, -1)(SMALL.start())
    assert EditSpace(arch).start() == arch and EditSpace(arch, walk=0).sample(5) == arch
    assert "open-ended, by widen, narrow" in str(SMALL) and "2: conv 4 3 <- 1" in str(SMALL)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_it_keeps_the_rules(space):
    check_space(space, samples=25)


@given(networks(), st.integers(0, 10**6))
def test_mutants_are_made_by_the_edit_that_is_told(drawn, seed):
    space, arch = drawn
    child, edit = space.mutate(arch, seed)
    assert edit(arch) == child != arch and child in space and (child, edit) == space.mutate(arch, seed)
    assert not isinstance(edit, Several) or all(each.seed >= 0 for each in edit.edits)


@settings(max_examples=15, deadline=None)
@given(networks(), st.integers(0, 100))
def test_neighbours_are_the_children_by_all_edits(drawn, seed):
    space, arch = drawn
    edits = space.edits(arch, 0)
    assert len(set(edits)) == len(edits) and list(dict.fromkeys(edit(arch) for edit in edits)) == space.neighbours(arch)
    some = EditSpace(operators=[name for name in OPERATORS if "many" not in name])
    there = some.sample(seed)
    assert some.mutate(there, seed)[0] in some.neighbours(there)


def test_random_architectures_are_walks_of_random_length():
    lengths = Counter()
    space = EditSpace([("conv", 4, 3)], ("deepen",), kernels=(3,), kinds=("conv",), walk=4)
    for seed in range(400):
        lengths[len(space.plan(space.sample(seed)).layers) - 1] += 1
    assert set(lengths) == {0, 1, 2, 3, 4} and chisquare(list(lengths.values())).pvalue > 0.001


def test_operators_are_drawn_by_weight_and_what_has_no_edit_is_passed_over():
    space = EditSpace(operators={"widen": 1.0, "kernel": 3.0, "unskip": 100.0})
    drawn = Counter(kind_of(space.mutate(space.start(), seed)[1]) for seed in range(400))
    assert set(drawn) == {"Widen", "ChangeKernel"} and chisquare([drawn["Widen"], drawn["ChangeKernel"]], [100, 300]).pvalue > 0.001


def test_edits_of_an_operator_are_drawn_evenly():
    space = EditSpace(operators=("widen",))
    drawn = Counter(space.mutate(space.start(), seed)[1].layer for seed in range(300))
    assert set(drawn) == {1, 3, 5} and chisquare(list(drawn.values())).pvalue > 0.001


def test_every_operator_comes_about():
    drawn = {kind_of(space.mutate(space.sample(seed), seed)[1]) for space in SPACES.values() for seed in range(150)}
    assert drawn == {
        *("Widen", "Narrow", "Widen many", "Narrow many", "Deepen", "AddPool", "AddSkip", "RemoveSkip", "Branch", "RemoveLayer", "SwapLayer", "ChangeKernel")
    }


# each limit and setting, with what it lets through on the small space: name -> (settings, what no child may have, what some child has)
def layers_of(space):
    return [space.plan(arch) for arch in space.neighbours(space.start())]


def test_settings_say_how_far_operators_go():
    start = [("conv", 4, 3), ("max",), ("conv", 4, 3)]
    assert {network.layers[1].width for network in layers_of(EditSpace(start, ("widen",), grow=(1.5, 3)))} == {4, 6, 12}
    assert {network.layers[1].width for network in layers_of(EditSpace(start, ("narrow",), shrink=(0.25,)))} == {4, 3}
    assert {network.layers[1].kernel for network in layers_of(EditSpace(start, ("kernel",), kernels=(1, 7)))} == {3, 1, 7}
    assert {layer.kind for network in layers_of(EditSpace(start, ("deepen",), kinds=("sep",))) for layer in network.layers.values()} == {"conv", "max", "sep"}
    assert {layer.kind for network in layers_of(EditSpace(start, ("pool",), pools=("avg",))) for layer in network.layers.values()} == {"conv", "max", "avg"}
    assert {layer.kind for network in layers_of(EditSpace(start, ("skip",), merges=("add",))) for layer in network.layers.values()} == {"conv", "max", "add"}
    assert [max(len(network.layers) for network in layers_of(EditSpace(start, ("branch",), longest=longest))) for longest in (1, 2, 3)] == [5, 6, 7]


def test_limits_hold():
    assert {len(SMALL.plan(SMALL.sample(seed)).layers) for seed in range(200)} == {1, 2, 3, 4, 5}
    assert max(layer.width or 0 for seed in range(100) for layer in SMALL.plan(SMALL.sample(seed)).layers.values()) == 8
    pools = [EditSpace(operators=("pool",), max_pools=most) for most in (2, 3)]
    assert not pools[0].edits(pools[0].start(), 0) and len(pools[1].edits(pools[1].start(), 0)) == 3
    for arch, why in (
        (Deepen(1)(Deepen(1)(Deepen(1)(Deepen(1)(SMALL.start())))), "it has 6 layers; allowed are `max_layers`=5"),
        (Widen(1, 5)(SMALL.start()), "layer 1 has a width of 9; allowed is up to `max_width`=8"),
        (Network.chain([("conv", 4, 7)]).arch(), "layer 1 has a kernel of 7; allowed are 3, 5"),
        (Network.chain([("conv", 4, 3), ("dense", 4)]).arch(), "layer 2 is dense; allowed are conv, sep, max, add, concat"),
        (Network.chain([("max",), ("max",), ("max",), ("conv", 4, 3)]).arch(), "layer 3 is pool 3 in a row; allowed are `max_pools`=2"),
        (nt.spaces.ChainSpace().sample(0), "decision 'depth' is not 'layer' with a number"),
    ):
        assert arch not in SMALL
        with pytest.raises(ValueError, match=f"`arch` is .*, which is none of EditSpace: .*{why}"):
            SMALL.validate(arch)
    assert "conv" not in SMALL and SMALL.start() in SMALL


def test_equal_networks_have_one_canonical_form_but_for_what_is_said():
    archs = list(itertools.islice(dict.fromkeys(arch for seed in range(30) for arch in (SMALL.sample(seed), *SMALL.neighbours(SMALL.sample(seed)))), 600))
    assert twins_among(SMALL, archs, IMAGES) is None
    assert len({SMALL.canonical(arch) for arch in archs}) < len(archs)
    assert SMALL.canonical(Branch(2, 2)(AddSkip(1, -1)(SMALL.start()))) == SMALL.canonical(AddSkip(1, -1)(Branch(2, 2)(SMALL.start())))
    twins = [Deepen(number)(SMALL.start()) for number in (1, 2)]
    assert twins[0] != twins[1] and SMALL.canonical(twins[0]) == SMALL.canonical(twins[1])


def test_settings_are_its_name():
    assert EditSpace() == EditSpace() and hash(EditSpace()) == hash(EditSpace()) and EditSpace() != EditSpace(walk=9) and EditSpace() != 3
    assert EditSpace(walk=9).fingerprint != EditSpace().fingerprint and "walk=9" in repr(EditSpace(walk=9))


@pytest.mark.parametrize(
    "wrong, why",
    [
        ({"layers": []}, r"`layers` is \[\]; allowed are an Arch, and chains"),
        ({"layers": "conv"}, "`layers` is 'conv'"),
        ({"layers": [("conv", 8)]}, r"`layers` are .*: layer 1 \(conv\) has a kernel of None"),
        ({"layers": [("dense", 8), ("conv", 8, 3)]}, "`layers` are .*: layer 2 is conv, and what it reads is no image"),
        ({"max_layers": 4}, "`layers` are beyond the limits: it has 5 layers; allowed are `max_layers`=4"),
        ({"operators": ()}, "`operators` are .*; allowed are widen, narrow, widen many"),
        ({"operators": "widen"}, "`operators` are 'widen'; allowed"),
        ({"operators": ("widen", "grow")}, "`operators` are"),
        ({"operators": {"widen": 0}}, "`operators` are .* weights above 0"),
        ({"kernels": (2,)}, r"`kernels` is \(2,\); allowed are odd numbers, each once"),
        ({"kernels": (3, 3)}, r"`kernels` is \(3, 3\)"),
        ({"grow": (1,)}, "`grow` is .* factors above 1"),
        ({"shrink": (1.0,)}, "`shrink` is .* shares above 0 and below 1"),
        ({"kinds": ("max",)}, "`kinds` is .*; allowed are conv, sep, dense"),
        ({"pools": ("min",)}, "`pools` is .*; allowed are max, avg"),
        ({"merges": "add"}, "`merges` is 'add'; allowed are add, concat"),
        ({"longest": 0}, "`longest` is 0"),
        ({"walk": -1}, "`walk` is -1"),
        ({"max_layers": True}, "`max_layers` is True"),
        ({"max_width": 0}, "`max_width` is 0"),
        ({"max_pools": -1}, "`max_pools` is -1"),
    ],
)
def test_refusals(wrong, why):
    with pytest.raises(ValueError, match=why):
        EditSpace(**wrong)


def test_it_is_trained_as_asked():
    """Two numberings of one network are two architectures: each has its own seed."""
    train = nt.estimators.Train(SMALL, nt.tasks.digits(train_size=50), 1, weights=False)
    arch, twin = (Deepen(number)(SMALL.start()) for number in (1, 2))
    assert SMALL.canonical(arch) == SMALL.canonical(twin)
    for each in (arch, twin):
        assert train.effective(nt.Trial(each)).arch == each
    assert train(nt.Trial(arch)) == train(nt.Trial(arch)) and train(nt.Trial(arch)).metrics["loss"] != train(nt.Trial(twin)).metrics["loss"]
