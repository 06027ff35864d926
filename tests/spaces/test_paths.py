"""`PathLevelSpace`: how many trees there are, trees as text, which of them are one network, and what is refused."""

import json
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import strategies as st

from nastutor.published.tree_cells import TREE_CELL_A, TREE_CELL_B
from nastutor.spaces import ChoiceSpace
from nastutor.spaces.paths import NONE, OPS, Branch, Node, PathLevelSpace
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text("utf-8"))["path-level trees"]
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
PAPER = {"base": "dense", "width": 48, "blocks": 16, "stages": 3, "groups": 2}
SMALL = {"ops": ("sep3", "identity"), "adds": (2,), "width": 4}


def trees(level, depth, ops):
    """All nodes whose edges are number `level`, by the words of the paper and not by `decide`."""
    kinds = [("add", 2), ("add", 3), ("concat", 2), (NONE, 1)]
    ends = [None, *(trees(level + 1, depth, ops) if level < depth else ())]
    edges = [Branch(op, node) for op in (ops if level > 1 else ("conv3",)) for node in ends]
    return [Node(merge, branches) for merge, count in kinds for branches in product(edges, repeat=count)]


def test_size_by_another_count():
    ops = ("sep3",)
    space = PathLevelSpace(ops=ops)
    grown = [tree for tree in trees(1, 2, ops) if any(branch.node for branch in tree.branches)]
    assert space.size == len(grown) == len(set(grown))
    assert {space.arch(tree) for tree in grown} == set(space)


def test_size_of_the_paper():
    """Nodes at the last level, options of an edge above them, and the sum over 1, 2, 2 and 3 branches, root included."""
    ops, last = len(OPS), GOLDEN["nodes at the last level"]
    assert last == ops + 2 * ops**2 + ops**3
    edge = GOLDEN["edges at the second level"]
    assert edge == ops * (1 + last)
    first = 1 + edge + 2 * edge**2 + edge**3
    assert PathLevelSpace(3, **PAPER).size == first + 2 * first**2 + first**3 - 4 == GOLDEN["trees of depth 3"]
    assert PathLevelSpace(2).size == GOLDEN["trees of depth 2"]


@pytest.mark.parametrize("settings", [SMALL, {**SMALL, "concats": ()}, {**SMALL, "adds": ()}, {**SMALL, "adds": (), "concats": (), "depth": 4}])
def test_sites_are_what_enumeration_finds(settings):
    space = PathLevelSpace(**settings)
    archs = list(space)
    assert space.size == len(archs) == len(set(archs))
    found = ChoiceSpace._sites.func(space)
    assert {name: set(options) for name, options in found.items()} == {name: set(options) for name, options in space.sites().items()}


def test_sites_of_the_paper():
    space = PathLevelSpace(3, **PAPER)
    asked = {choice for seed in range(2000) for choice in space.sample(seed).choices}
    sites = space.sites()
    assert len(sites) == 74 and {name for name, _ in asked} == set(sites) and all(value in sites[name] for name, value in asked)


def test_the_cells_of_the_paper_are_points():
    space = PathLevelSpace(3, **PAPER)
    a, b = (space.from_text(text) for text in (TREE_CELL_A, TREE_CELL_B))
    assert space.plan(a).merge == "add" and [branch.op for branch in space.plan(a).branches] == ["conv3", "conv3"]
    assert space.plan(a).branches[0].node.branches[0] == Branch("conv1", Node("concat", (Branch("avg3"), Branch("sep7"))))
    assert space.text(b) == TREE_CELL_B and len(space.plan(a).branches[1].node.branches[0].node.branches) == 3


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(st.integers(0, 10**6), st.integers(2, 4))
def test_text_both_ways(seed, depth):
    space = PathLevelSpace(depth, width=16)
    arch = space.sample(seed)
    assert space.from_text(space.text(arch)) == space.arch(space.plan(arch)) == arch
    assert space.from_text(space.text(arch).replace(" ", "\n ")) == arch


@pytest.mark.parametrize(
    "one, other",
    [
        ("add[conv3: add[max3, sep3], conv3]", "add[conv3, conv3: add[sep3, max3]]"),
        ("add[conv3: none[sep5: none[identity]], conv3]", "add[conv3, conv3: none[sep5]]"),
        ("add[conv3: none[identity: none[max3]], conv3: none[sep3]]", "add[conv3: none[sep3], conv3: none[max3]]"),
        ("add[conv3: none[identity: add[max3, sep3]], conv3]", "add[conv3, conv3: add[sep3, max3]]"),
        ("add[conv3: add[identity: none[sep3], max3], conv3]", "add[conv3, conv3: add[sep3, max3]]"),
        ("add[conv3: none[identity: none[identity]], conv3]", "add[conv3, conv3: none[identity]]"),
        ("none[conv3: none[identity: none[identity]]]", "none[conv3: none[identity]]"),
    ],
)
def test_equal_networks_have_one_form(one, other):
    space = PathLevelSpace(3)
    archs = [space.from_text(text) for text in (one, other)]
    assert archs[0] != archs[1] and space.canonical(archs[0]) == space.canonical(archs[1]) == archs[1]
    weights = [space.graph(arch, DIGITS).simplified().counts().params for arch in archs]
    assert weights[0] == weights[1]


def test_other_networks_have_others():
    """The branches of `concat` stand for different channels; pools are no identities; a mean of two is not that of three."""
    space = PathLevelSpace(3)
    texts = (
        *("none[conv3: concat[sep3, max3]]", "none[conv3: concat[max3, sep3]]", "none[conv3: add[sep3, max3]]", "none[conv3: add[sep3, max3, max3]]"),
        *("none[conv3: none[max3: none[max3]]]", "none[conv3: none[max3]]", "none[conv3: none[sep3: none[max3]]]", "none[conv3: none[max3: none[sep3]]]"),
    )
    assert len({space.canonical(space.from_text(text)) for text in texts}) == len(texts)


def test_the_first_of_the_same_by_enumeration():
    space = PathLevelSpace(ops=("sep3", "identity"), adds=(2,), concats=(), width=4)
    place = {arch: number for number, arch in enumerate(space)}
    groups = {}
    for arch in place:
        groups.setdefault(space.canonical(arch), []).append(place[arch])
    assert all(min(members) == place[form] for form, members in groups.items()) and max(map(len, groups.values())) > 1


@pytest.mark.parametrize("settings", [{}, {"base": "pyramid", "width": 8, "order": "post"}, {"depth": 3, "groups": 2, "drop_path": 0.3}])
def test_keeps_the_rules(settings):
    check_space(PathLevelSpace(**settings), samples=12, enumerate_up_to=50)


@pytest.mark.parametrize(
    "text, words",
    [
        (7, "`text` is 7"),
        ("", "'nothing' follows on 'nothing'"),
        ("add", "'nothing' follows on 'add'"),
        ("add[conv3: none[sep3], conv3", "it has 'nothing', and allowed are"),
        ("add[conv3 none[sep3], conv3]", "behind 'conv3' it has 'none'"),
        ("none[conv3: none[sep3]] conv3", "goes on with 'conv3' behind the tree none"),
        ("none[conv3: none[sep9]]", "'sep9' for the decision '1.1 op'; allowed are sep3, sep5"),
        ("none[sep3: none[sep3]]", "'sep3' for the decision '1 op'; allowed are conv3"),
        ("mul[conv3: none[sep3], conv3]", "mul of 2 for the decision 'merge'; allowed are add of 2 or 3, concat of 2, none of 1"),
        ("none[conv3: concat[sep3, sep3, sep3]]", "concat of 3 for the decision '1 merge'"),
        ("add[conv3: none[sep3: none[sep3]], conv3]", "the decision '1.1 grows'; `depth`=2 allows no more than 2 edges"),
        ("add[conv3, conv3]", "no branch grows; the decision 'grows' must be True"),
    ],
)
def test_texts_that_are_no_trees_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        PathLevelSpace().from_text(text)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"depth": 1}, "`depth` is 1"),
        ({"ops": ("sep3", "sep9")}, "`ops` is 'sep9'; allowed are some of sep3"),
        ({"ops": ()}, "`options` of 'ops'"),
        ({"adds": (1,)}, r"`adds` is \(1,\)"),
        ({"concats": (2, 2)}, r"`concats` is \(2, 2\)"),
        ({"base": "chain"}, "`base` is 'chain'; allowed are 'dense' and 'pyramid'"),
        ({"order": "both"}, "`order` is 'both'"),
        ({"drop_path": 1.0}, "`drop_path` is 1.0"),
        ({"stages": 0}, "`stages` is 0"),
        ({"blocks": 0}, "`blocks` is 0"),
        ({"width": 3}, "cells of 3 channels; allowed is what gives 4 and more"),
        ({"width": 9, "groups": 2}, "`groups` is 2; allowed are divisors of `width`=9"),
        ({"width": 9, "groups": 3}, "`groups` is 3; allowed are 1 and numbers that all of `concats`"),
    ],
)
def test_bad_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        PathLevelSpace(**settings)


def test_what_is_no_tree_is_refused():
    with pytest.raises(TypeError, match="`tree` is None; allowed is a Node"):
        PathLevelSpace().arch(None)


def test_what_is_no_image_is_refused():
    space = PathLevelSpace()
    with pytest.raises(ValueError, match="`PathLevelSpace` with `stages`=2 takes images"):
        space.graph(space.sample(0), SimpleNamespace(name="rows", shape=(16,), classes=2))
