"""`BlockQNNSpace`: its size, its code both ways, its network, and codes that are refused."""

from itertools import permutations
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import strategies as st

from nastutor.spaces.block_code import BRANCHES, SHORTCUT, BlockQNNSpace
from nastutor.testing import check_space

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
PAPER = BlockQNNSpace(23, channels=32, blocks=4, stages=3)


def test_size_and_legal_layers():
    """i^2 + 7 i layers and the end at index i: 19, 31, 171, 691 of them at 2, 3, 10, 23 (cards: counted by hand)."""
    for longest in (2, 3):
        space = BlockQNNSpace(longest)
        archs = list(space)
        assert space.size == len(archs) == len(set(archs))
    assert [len(PAPER.sites()[f"layer{index}"]) for index in (1, 2, 3, 10, 22, 23)] == [8, 19, 31, 171, 22**2 + 7 * 22 + 1, 1]


@hypothesis.settings(max_examples=50, deadline=None)
@hypothesis.given(st.integers(0, 10**6))
def test_code_both_ways(seed):
    arch = PAPER.sample(seed)
    code = PAPER.code(arch)
    assert PAPER.from_code(code) == arch and PAPER.from_code([list(row) for row in code]) == arch
    assert code[-1][1:] == (7, 0, 0, 0) and all(max(row[3:]) < row[0] for row in code) and [row[0] for row in code] == list(range(1, len(code) + 1))


def test_the_order_of_two_predecessors_says_nothing():
    turned = [row if row[1] != 5 else (*row[:3], row[4], row[3]) for row in SHORTCUT]
    assert turned != list(SHORTCUT) and PAPER.from_code(turned) == PAPER.from_code(SHORTCUT)


def test_networks_by_hand():
    space = BlockQNNSpace(channels=4, stages=1)
    shortcut = space.graph(space.from_code(SHORTCUT), DIGITS)
    assert shortcut.counts().params == (9 * 4 + 4) + (16 + 8) + (9 * 16 + 8) + (16 + 8) + 50
    assert shortcut.node("block 1 layer 4 sum").inputs == ("stem conv", "block 1 layer 3 bn")
    branches = space.graph(space.from_code(BRANCHES), DIGITS)
    assert branches.node("block 1 output join").shape == (12, 8, 8), "layers 2, 3 and 5"
    assert branches.counts().params == 40 + (16 + 8) + (144 + 8) + (400 + 8) + (16 + 8) + (48 + 8) + 50
    wider = BlockQNNSpace(channels=4, stages=2)
    graph = wider.graph(wider.from_code(SHORTCUT), DIGITS)
    assert graph.node("block 2 layer 4 widened conv").shape == (8, 4, 4), "a narrower input is brought to the sum's channels"


def test_keeps_the_rules():
    check_space(BlockQNNSpace(4, channels=4), samples=20)


def outline(space, arch):
    """The simplified graph without names, parts of sums and joins in any order; layers in their own."""
    graph = space.graph(arch, DIGITS).simplified()
    number = {node.name: place for place, node in enumerate(graph.nodes)}
    return tuple((node.label, tuple(sorted(number[name] for name in node.inputs))) for node in graph.nodes)


@pytest.mark.parametrize("longest, blocks", [(3, 122), (4, 3218)])
def test_canonical_forms_are_the_blocks_without_identities(longest, blocks):
    space, first = BlockQNNSpace(longest, channels=2, stages=1), {}
    for arch in space:
        assert space.canonical(arch) == first.setdefault(outline(space, arch), arch)
    assert len(first) == blocks


def test_identities_stay_where_only_they_can_say_it():
    space = BlockQNNSpace(5)

    def canonical(*rows):
        code = [(index, *row) for index, row in enumerate((*rows, (7, 0, 0, 0)), start=1)]
        return [row[1:] for row in space.code(space.canonical(space.from_code(code)))[:-1]]

    conv, identity = (1, 3, 0, 0), (4, 0, 0, 0)
    assert canonical(conv, (4, 0, 1, 0)) == canonical(identity, (1, 3, 1, 0)) == [conv]
    assert canonical(identity, (4, 0, 1, 0)) == [identity], "a block is more than its input"
    assert canonical(identity, (4, 0, 1, 0), (5, 0, 0, 2)) == [identity, (5, 0, 0, 1)], "the input twice"
    assert canonical(conv, (4, 0, 1, 0), (1, 3, 1, 0)) == [conv, (1, 3, 1, 0), (6, 0, 1, 2)], "the join of all outputs, spelt out"
    assert canonical(conv, (1, 5, 0, 0), (6, 0, 1, 2)) == [conv, (1, 5, 0, 0)], "and left out"
    assert canonical((4, 0, 0, 0), (2, 3, 1, 0), (1, 5, 2, 0), conv) == [(2, 3, 0, 0), (1, 5, 1, 0), conv]


def test_layers_in_another_order_stay_apart_as_is_said():
    space = BlockQNNSpace(3, channels=2)
    one, two = (space.from_code([(1, *a), (2, *b), (3, 7, 0, 0, 0)]) for a, b in permutations([(1, 1, 0, 0), (1, 3, 0, 0)]))
    assert space.canonical(one) != space.canonical(two) and "another order" in space.unmerged


def test_random_networks_train_and_cost_what_their_graphs_say():
    import torch

    space, x = BlockQNNSpace(channels=4), torch.randn(2, *DIGITS.shape, generator=torch.Generator().manual_seed(0))
    for seed in range(50):
        graph = space.graph(space.sample(seed), DIGITS)
        module = graph.build(seed=seed)
        module(x).logsumexp(1).sum().backward()
        assert sum(p.numel() for p in module.parameters()) == graph.counts().params and all(p.grad is not None for p in module.parameters())


END2, END3 = (2, 7, 0, 0, 0), (3, 7, 0, 0, 0)


@pytest.mark.parametrize(
    "code, words",
    [
        ([], r"`code` is \[\]"),
        ("1_1_3_0_0", "`code` is '1_1_3_0_0'"),
        ([(1, 1, 3, 0), END2], "as layer 1; a layer is five whole numbers"),
        ([(1, 1, 3, 0, 0), END3], "the index 3 in layer 2"),
        ([(1, 8, 3, 0, 0), END2], "the type 8 in layer 1; allowed are 1 convolution"),
        ([(1, 1, 3, 0, 0)], "convolution as layer 1 of 1; the end"),
        ([(1, 7, 0, 0, 0)], "end as layer 1 of 1"),
        ([(1, 1, 3, 0, 0), END2, END3], "end as layer 2 of 3"),
        ([(1, 1, 7, 0, 0), END2], "kernels 1, 3, 5 and predecessors from 0 to 0"),
        ([(1, 1, 3, 1, 0), END2], "predecessors from 0 to 0"),
        ([(1, 1, 3, 0, 0), (2, 5, 0, 1, 1), END3], "predecessors from 0 to 1, two different ones"),
        ([(1, 1, 3, 0, 0), (2, 7, 0, 1, 0)], r"\(2, 7, 0, 1, 0\) as layer 2"),
        ([*((i, 1, 3, i - 1, 0) for i in range(1, 7)), (7, 7, 0, 0, 0)], "7 layers, its end included; allowed are at most 6"),
    ],
)
def test_codes_that_are_none_are_refused(code, words):
    with pytest.raises(ValueError, match=words):
        BlockQNNSpace().from_code(code)


def test_bad_settings_and_images_are_refused():
    for settings, words in (
        ({"longest": 1}, "`longest` is 1"),
        ({"longest": 24}, "2 to 23"),
        ({"channels": 0}, "`channels` is 0"),
        ({"blocks": 0}, "`blocks`"),
        ({"stages": 0}, "`stages`"),
    ):
        with pytest.raises(ValueError, match=words):
            BlockQNNSpace(**settings)
    with pytest.raises(ValueError, match="at least 16 pixels"):
        BlockQNNSpace(stages=5).graph(BlockQNNSpace().from_code(SHORTCUT), DIGITS)


def test_density_is_edges_over_nodes():
    """SHORTCUT: three chained layers and a sum of two, 5 edges over 4 layers and the input; BRANCHES: five layers of one predecessor."""
    space = BlockQNNSpace()
    assert space.density(space.from_code(SHORTCUT)) == 5 / 5 and space.density(space.from_code(BRANCHES)) == 5 / 6
