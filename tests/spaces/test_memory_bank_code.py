"""The binary code of memory banks: both ways, by hand, and codes that are none."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from nastutor.published.smash import SMASH
from nastutor.spaces.memory_bank_code import Layout
from nastutor.spaces.memory_bank_rules import PATTERNS, Block, Conv, Op
from nastutor.spaces.memory_banks import MemoryBankSpace

SPACES = [
    *({}, {"patterns": tuple(PATTERNS)}, {"compression": 1, "kernels": (1, 3)}, {"largest": 16, "width": 2, "compression": 4, "budget": (0.5, 1.0)}),
    {"blocks": 1, "channels": 6, "largest": 18, "groups": (1, 3), "width": 2, "depth": 4},
]


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(st.integers(0, 10**6), st.sampled_from(SPACES))
def test_both_ways(seed, settings):
    space = MemoryBankSpace(**settings)
    arch = space.sample(seed)
    code = space.code(arch)
    assert code.dtype == np.float32 and set(np.unique(code)) == {-1.0, 1.0}
    assert space.from_code(code) == space.from_code(code.astype(int).tolist()) == arch


def test_the_code_of_the_release_has_one_part_less():
    """91 channels there for single convolutions: 64 of banks, 3 of blocks, 8 of k, 6 + 6 of dilation and kernel, 4 of groups. Here patterns and the mark."""
    space = MemoryBankSpace(**SMASH)
    assert Layout(space).shape == (64 + 3 + 8 + 6 + 6 + 4 + 4 + 1, 8, 353)
    arch = space.sample(3)
    assert space.from_code(space.code(arch)) == arch


def test_a_code_by_hand():
    """N = 4, two banks of the smallest size share a slice: an op reads 1 and 2 and writes 2 and 3 by one filter unit; the next one reads all."""
    space = MemoryBankSpace(blocks=1, depth=3)
    assert Layout(space).first == {"reads": 0, "writes": 8, "block": 16, "filters": 17, "convs": 19, "active": 34, "start": 38}
    first = Op((1, 2), (2, 3), 2, (Conv((3, 7), (2, 1), 4),))
    second = Op((1, 3), (1,), 1, (Conv((5, 5), (1, 2), 1),))
    code = space.code(space.arch([Block(1, (first, second))]))
    assert code.shape == (39, 2, 4)
    ones = [0, 1, 9, 10, 16, 18, 20, 22, 25, 30, 33, 34, 38]
    assert np.flatnonzero(code[:, 0, 0] > 0).tolist() == np.flatnonzero(code[:, 1, 0] > 0).tolist() == ones
    assert np.flatnonzero(code[:, 0, 1] > 0).tolist() == [0, 2, 8, 16, 17, 19, 23, 26, 29, 31, 34, 38]
    assert (code[:, 1, 1] == -1).all() and (code[:, :, 2:] == -1).all(), "one unit of filters has one row; nothing is read any more"


def test_large_banks_have_slices_of_their_own():
    space = MemoryBankSpace(blocks=1, depth=3, compression=1)
    op = Op((1,), (1,), 2, (Conv((3, 3), (1, 1), 1),))
    code = space.code(space.arch([Block(2, (op, op))]))
    first = Layout(space).first
    assert (code[first["reads"], 0] > 0).tolist()[:5] == [True] * 4 + [False] and (code[first["start"], 0] > 0).tolist()[:4] == [True, False, True, False]


def test_two_ops_and_one_that_reads_for_both_differ():
    """In one slice each, or both in one op: without the mark these would be one code."""
    space = MemoryBankSpace(blocks=1, depth=3, width=2)
    conv = (Conv((3, 3), (1, 1), 1),)
    two = Block(1, (Op((1, 2), (1,), 1, conv), Op((3, 4), (1,), 1, conv)))
    one = Block(1, (Op((1, 2, 3, 4), (1,), 1, conv),))
    codes = [space.code(space.arch([block])) for block in (two, one)]
    assert (codes[0] != codes[1]).sum() == 1
    assert [space.plan(space.from_code(code)) for code in codes] == [(two,), (one,)]


def test_patterns_are_seen():
    space = MemoryBankSpace(patterns=("1010", "1100"))
    arch = next(arch for arch in map(space.sample, range(50)) if arch["1.1 pattern"] == "1010")
    active = Layout(space).first["active"]
    assert space.code(arch)[active : active + 4, 0, 0].tolist() == [1, -1, 1, -1]


def test_codes_that_are_none_are_refused():
    space = MemoryBankSpace()
    code = space.code(space.sample(0))
    other = MemoryBankSpace(depth=3)
    for wrong, words in (
        (code[:, :, :-1], r"shape \(41, 2, 16\); allowed is \(41, 2, 17\)"),
        (code.ravel(), r"shape \(1394,\)"),
        (other.code(other.sample(0)), "`code` has the shape"),
        (np.where(code < 0, 0, code), "`code` has the number 0.0; allowed are -1 and 1"),
        (np.full_like(code, -1), "is that of no architecture of MemoryBankSpace"),
        (np.ones_like(code), "is that of no architecture"),
    ):
        with pytest.raises(ValueError, match=words):
            space.from_code(wrong)


def test_one_wrong_bit_is_found():
    """Any bit turned gives the code of another architecture or of none."""
    space = MemoryBankSpace(blocks=1)
    arch = space.sample(1)
    code = space.code(arch)
    for place in np.ndindex(code.shape):
        turned = code.copy()
        turned[place] *= -1
        try:
            assert space.from_code(turned) != arch
        except ValueError as error:
            assert "no architecture" in str(error)
