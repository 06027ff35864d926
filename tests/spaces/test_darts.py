"""`DARTSSpace`: its size, the authors' own form, canonical cells, and what it refuses."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.spaces import ChoiceSpace, DARTSSpace
from nastutor.testing import check_space
from tests.spaces.test_genotype import rearranged

TINY = DARTSSpace(2, ("identity", "sep3"), channels=4)


def test_sizes():
    """Liu et al. 2019: about 10^9 cells, 10^18 pairs."""
    assert DARTSSpace().size == (180 * 49**4) ** 2 and f"{DARTSSpace().size:.3g}" == "1.08e+18"
    archs = list(TINY)
    assert len(archs) == TINY.size == len(set(archs)) == (3 * 2**4) ** 2


def test_sites_are_those_that_decide_asks_for():
    assert ChoiceSpace._sites.func(TINY) == TINY.sites()


def test_canonical_is_the_first_of_its_class():
    first = {}
    for arch in TINY:
        canonical = TINY.canonical(arch)
        assert first.setdefault(canonical, arch) == canonical
    assert len(first) == 42**2  # 16 of the 48 cells have two nodes that read the inputs alone; of them 12 come in two orders


@given(st.integers(0, 2**32))
def test_nodes_may_come_in_any_order(seed):
    space, rng = DARTSSpace(), random.Random(seed)
    genotype = space.genotype(space.sample(rng))
    other = type(genotype)(*(rearranged(cell, rng) for cell in genotype))
    assert space.canonical(space.from_genotype(other)) == space.canonical(space.from_genotype(genotype))


def test_the_authors_form():
    """An edge to the later state first, as they print it."""
    space = DARTSSpace(2)
    edges = [("sep_conv_5x5", 1), ("dil_conv_3x3", 0), ("skip_connect", 2), ("avg_pool_3x3", 0)]
    arch = space.from_edges(edges, edges[:2] + [("dil_conv_5x5", 0), ("max_pool_3x3", 1)])
    assert str(space.genotype(arch)) == "normal: 0 dilsep3 + 1 sep5 | 0 avg3 + 2 identity -> 2 3; reduce: 0 dilsep3 + 1 sep5 | 0 dilsep5 + 1 max3 -> 2 3"


def test_keeps_the_rules():
    check_space(DARTSSpace(2, ("identity", "sep3"), channels=4, stages=1), samples=5, enumerate_up_to=20)


@pytest.mark.slow
def test_keeps_the_rules_at_full_size():
    check_space(DARTSSpace())


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"nodes": 0}, "`nodes` is 0"),
        ({"nodes": 8}, "`nodes` is 8; allowed are at most 7"),
        ({"ops": ("none",)}, r"`ops` is \('none',\); allowed is a tuple of some of max3"),
        ({"stem": "imagenet", "channels": 6}, "`channels` is 6"),
    ],
)
def test_bad_settings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        DARTSSpace(**arguments)


@pytest.mark.parametrize(
    "edges, words",
    [
        ([("sep_conv_3x3", 0)], "`normal` has 1 edges; allowed are two for each node"),
        ([], "`normal` has 0 edges"),
        ([("sep_conv_7x7", 0), ("skip_connect", 1)], "`normal` has the operation 'sep_conv_7x7'; allowed are max_pool_3x3"),
        ([("sep_conv_3x3", 1), ("skip_connect", 1)], r"`genotype` says \(1, 1\) for 'normal2_inputs'; allowed are \(0, 1\)"),
        ([("sep_conv_3x3", 0), ("skip_connect", 2)], "block normal2 reads the state 2 .in2."),
        ([("sep_conv_3x3", 0), ("skip_connect", 1)] * 2, "has 2 blocks in its normal cell; allowed are 1"),
    ],
)
def test_bad_edges_are_refused(edges, words):
    with pytest.raises(ValueError, match=words):
        DARTSSpace(1).from_edges(edges, edges)


def test_what_is_joined_is_refused():
    one = "0 sep3 & 1 sep3 -> 2"
    with pytest.raises(ValueError, match="combines by 'concat'; allowed is 'add'"):
        DARTSSpace(1).from_genotype(f"normal: {one}; reduce: {one}")
