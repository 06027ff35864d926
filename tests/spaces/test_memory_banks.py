"""`MemoryBankSpace`: the sizes of the release, how many architectures there are, odds, perturbation, and what is refused."""

import json
from collections import Counter
from math import exp
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import strategies as st

import nastutor as nt
from nastutor.published.smash import SMASH
from nastutor.spaces.memory_bank_rules import PATTERNS, Block, Conv, Op, dilations
from nastutor.spaces.memory_banks import MemoryBankSpace
from nastutor.testing import check_space

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text("utf-8"))["memory banks"]
DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
PLAIN = Conv((3, 3), (1, 1), 1)
SMALL = {"channels": 2, "largest": 2, "depth": 1, "blocks": 1, "kernels": (1,), "groups": (1,)}


def test_sizes_of_the_release():
    space = MemoryBankSpace(**SMASH)
    assert [room.enters for room in space.rooms] == GOLDEN["channels that enter a block"]
    assert [room.most for room in space.rooms] == GOLDEN["most channels of a block"]
    assert [room.slices for room in space.rooms] == GOLDEN["slices of a block"]
    assert (space.most_banks, space.units) == (GOLDEN["banks"], GOLDEN["k"])
    assert [list(banks) for banks in space.banks] == GOLDEN["sizes of banks"]
    assert [dilations(size) for size in (1, 3, 5, 7)] == [(1,), (1, 2, 3), (1, 2), (1,)]


def test_the_largest_banks_that_a_wider_compression_allows():
    """With compression 4, the default of the release's class, sizes that 4 does not divide need four banks that enter."""
    space = MemoryBankSpace(**SMASH, compression=4)
    assert [list(banks) for banks in space.banks] == [[1, 2, 4, 8], [1, 2, 3, 4, 8], [1, 2, 3, 4, 8]]


def test_residual_and_dense_networks_are_points():
    """A ResNet reads and writes the same banks; a DenseNet reads all that there are and writes a new one."""
    space = MemoryBankSpace()
    residual = Block(2, tuple(Op((1,), (1,), 2, (PLAIN,)) for _ in range(3)))
    dense = Block(2, (Op((1,), (2,), 2, (PLAIN,)), Op((1, 2), (3,), 2, (PLAIN,))))
    arch = space.arch([residual, dense, dense])
    assert space.plan(arch) == (residual, dense, dense) and arch["1.1 new"] == 0 and arch["2.2 new"] == 1
    graph = space.graph(arch, DIGITS)
    assert graph.node("block 1 op 2 bank 1").inputs == ("block 1 op 1 bank 1", "block 1 op 2 conv1") and graph.node("block 1 memory").shape == (8, 8, 8)
    assert graph.node("block 2 memory").inputs == ("transition 1 pool", "block 2 op 1 conv1", "block 2 op 2 conv1")


@pytest.mark.parametrize(
    "settings",
    [
        {**SMALL, "compression": 2},
        {**SMALL, "compression": 2, "budget": (0, 0.5), "patterns": ("1000", "1110")},
        {**SMALL, "compression": 1, "kernels": (1, 5), "budget": (0.25, 0.25)},
        {**SMALL, "largest": 4, "compression": 1, "budget": (0.5, 0.5)},
        {**SMALL, "blocks": 2, "compression": 2, "budget": (0.5, 0.6)},
    ],
)
def test_size_and_sites_are_what_enumeration_finds(settings):
    space = MemoryBankSpace(**settings)
    archs = list(space)
    assert space.size == len(archs) == len(set(archs)) > 2
    asked = {}
    for arch in archs:
        for name, value in arch.choices:
            asked.setdefault(name, set()).add(value)
    sites = space.sites()
    assert {name: values - set(sites[name]) for name, values in asked.items()} == {name: set() for name in asked}
    assert {name: set(options) for name, options in sites.items()} == asked


def test_size_of_the_paper():
    """The exact number has more digits than Python likes to print; computed by another program as well."""
    release = MemoryBankSpace(**SMASH)
    assert release.size.bit_length() == GOLDEN["size: bits of the release's space"] and "architectures" in str(release)
    with pytest.raises(OverflowError, match=r"at least 2\^16699 architectures, .* use `space.size`"):
        len(release)
    assert MemoryBankSpace().size == GOLDEN["size: default"]


@hypothesis.settings(max_examples=50, deadline=None)
@hypothesis.given(
    st.integers(0, 10**6), st.sampled_from([{}, {"patterns": tuple(PATTERNS)}, {"compression": 1, "kernels": (1, 3)}, {"largest": 16, "width": 2}])
)
def test_what_holds_for_every_architecture(seed, settings):
    space = MemoryBankSpace(**settings)
    arch = space.sample(seed)
    assert space.arch(space.plan(arch)) == arch
    for number, block in enumerate(space.plan(arch)):
        written, banks = space.start(number, block.bank)
        assert sum(len(op.reads) for op in block.ops) * block.bank == arch[f"{number + 1} slices"] * space.compression
        for op in block.ops:
            parts = op.filters // block.bank
            assert op.filters % block.bank == 0 and len(op.reads) * block.bank % space.compression == 0 and max(op.reads) <= written
            assert sorted(set(op.reads)) == list(op.reads) and sorted(set(op.writes)) == list(op.writes)
            assert parts <= len(op.writes) <= max(parts, written // 2) and max(op.writes) <= banks
            new = [bank for bank in op.writes if bank > written]
            assert new == list(range(written + 1, written + len(new) + 1)) and len(new) <= parts
            written += len(new)


def test_drawn_by_the_odds_of_the_release():
    """Four banks enter, all of the smallest size: two, one of them or both ... are read; half of them at most are written."""
    space = MemoryBankSpace(2, 2, 2, 2, blocks=1, kernels=(3,), groups=(1,), compression=1, budget=(0.35, 0.35))
    draws = [space.sample(seed) for seed in range(2000)]
    reads, writes = Counter(arch["1.1 reads"] for arch in draws), Counter(arch["1.1 writes"] for arch in draws)
    assert [reads[number] / 2000 for number in (1, 2, 3, 4)] == pytest.approx([0.25] * 4, abs=0.04)
    assert writes[2] / 2000 == pytest.approx(exp(-1) / (1 + exp(-1)), abs=0.04) and set(writes) == {1, 2}
    pairs = Counter(space.plan(arch)[0].ops[0].reads for arch in draws if arch["1.1 reads"] == 2)
    assert len(pairs) == 6 and min(pairs.values()) > 0.6 * max(pairs.values())
    new = Counter(arch["1.1 new"] for arch in draws if arch["1.1 writes"] == 1)
    assert new[1] / sum(new.values()) == pytest.approx(1 / 5, abs=0.04), "one of four written banks or the next empty one"


def test_as_many_filters_as_are_read_are_likely_and_the_budget_cuts_reads():
    space = MemoryBankSpace(2, 8, 2, 2, blocks=1, kernels=(3,), groups=(1,), compression=1, budget=(0.3, 0.4))
    ops = [(arch["1 bank"], arch["1.1 reads"], arch["1.1 filters"]) for arch in map(space.sample, range(500))]
    alike = [filters == bank * reads for bank, reads, filters in ops]
    assert sum(alike) > 0.9 * len(alike)
    odds = space.possible_reads(1, 4, 2)
    assert tuple(odds) == (1, 2) and odds.odds == (1.0, 3.0)


def test_patterns_are_drawn_by_their_odds():
    space = MemoryBankSpace(patterns=tuple(PATTERNS), budget=(0.3, 0.4))
    drawn = Counter(value for seed in range(800) for name, value in space.sample(seed).choices if name.endswith("pattern"))
    assert {pattern: drawn[pattern] / sum(drawn.values()) for pattern in PATTERNS} == pytest.approx(PATTERNS, abs=0.04)


def test_perturbed():
    space = MemoryBankSpace()
    arch = space.sample(0)
    assert space.perturbed(arch, 1, 0.0) == arch != space.perturbed(arch, 1, 1.0) in space
    children = [space.perturbed(arch, seed, 0.1) for seed in range(50)]
    kept = [sum(choice in child.choices for choice in arch.choices) / len(arch.choices) for child in children]
    assert all(child in space for child in children) and 0.5 < sum(kept) / 50 < 0.97 and len(set(children)) > 20
    with pytest.raises(ValueError, match="`p` is 2"):
        space.perturbed(arch, 0, 2)
    with pytest.raises(ValueError, match="none of MemoryBankSpace"):
        space.perturbed(nt.Arch((("1 bank", 1),)), 0)


@pytest.mark.parametrize("settings", [{"budget": (0.3, 0.5)}, {"patterns": tuple(PATTERNS), "blocks": 1, "compression": 1}])
def test_keeps_the_rules(settings):
    check_space(MemoryBankSpace(**settings), samples=10, enumerate_up_to=50)


def changed(**what):
    """Three blocks of which the first is a ResNet, with something else in its second op."""
    space = MemoryBankSpace()
    op = Op((1,), (1,), 2, (PLAIN,))
    return space, [Block(2, (op, op._replace(**what), op)), Block(2, (op, op)), Block(2, (op, op))]


@pytest.mark.parametrize(
    "what, words",
    [
        ({"reads": (2,)}, r"reads=\(2,\).* as op 2, whose decisions lead to .*reads of written banks"),
        ({"reads": (1, 2)}, "4 for the decision '1 slices'; allowed are 1, 2, 3"),
        ({"reads": ()}, "0 for the decision '1.2 reads'"),
        ({"writes": (3,)}, "as op 2, whose decisions lead to .*next empty ones"),
        ({"writes": ()}, "0 for the decision '1.2 writes'; allowed are 1"),
        ({"writes": (1, 2)}, "2 for the decision '1.2 writes'; allowed are 1"),
        ({"filters": 1}, "1 for the decision '1.2 filters'; allowed are 2"),
        ({"convs": (Conv((2, 3), (1, 1), 1),)}, r"\(2, 3\) for the decision '1.2 conv1 kernel'"),
        ({"convs": (Conv((5, 3), (3, 1), 1),)}, r"\(3, 1\) for the decision '1.2 conv1 dilation'"),
        ({"convs": (Conv((3, 3), (1, 1), 3),)}, "3 for the decision '1.2 conv1 groups'; allowed are 1, 2, 4"),
        ({"convs": (None,)}, "nothing for the decision '1.2 conv1 kernel'"),
    ],
)
def test_plans_that_are_none_are_refused(what, words):
    space, blocks = changed(**what)
    with pytest.raises(ValueError, match=words):
        space.arch(blocks)


def test_blocks_that_are_none_are_refused():
    space, (first, *others) = changed()
    for blocks, words in (
        ([first], "`blocks` are 1; allowed are 3"),
        ([first._replace(bank=3), *others], "3 for the decision '1 bank'; allowed are 1, 2"),
        ([Block(2, first.ops * 2), *others], "6 for the decision '1 slices'; allowed are 1, 2, 3"),
        ([Block(2, ()), *others], "0 for the decision '1 slices'"),
    ):
        with pytest.raises(ValueError, match=words):
            space.arch(blocks)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"channels": 0}, "`channels` is 0"),
        ({"largest": 6}, "`largest` is 6; allowed are multiples of `channels`=4"),
        ({"kernels": (2,)}, "`kernels` is 2; allowed are 1, 3, 5, 7"),
        ({"kernels": (9,)}, "`kernels` is 9"),
        ({"groups": (3,)}, "`groups` is 3; allowed are divisors of `channels`=4"),
        ({"patterns": ("0100",)}, "`patterns` is '0100'"),
        ({"patterns": ()}, "`options` of 'patterns'"),
        ({"budget": (0.5, 0.3)}, r"`budget` is \(0.5, 0.3\)"),
        ({"budget": (0.5, 1.5)}, r"`budget` is \(0.5, 1.5\)"),
        ({"budget": (0.0, 0.1)}, r"`budget` is \(0.0, 0.1\), with which block 1"),
        ({"compression": 3}, "block 1 .* has no bank size that enters and fits `compression`=3"),
        ({"depth": 0}, "`depth` is 0"),
        ({"blocks": 0}, "`blocks` is 0"),
        ({"bottleneck": 0}, "`bottleneck` is 0"),
    ],
)
def test_bad_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        MemoryBankSpace(**settings)
