"""How many architectures of memory banks there are: counted again by walking through all ops, without tables."""

from math import comb

import pytest

from nastutor.spaces.memory_bank_counts import count, sites
from nastutor.spaces.memory_banks import MemoryBankSpace


def walked(space, bank, banks, written, left, kinds):
    """Ways to read exactly what is left, op by op."""
    if not left:
        return 1
    step, total = (space.compression if bank % space.compression else 1), 0
    for reads in range(step, written + 1, step):
        rest = left - reads * bank // space.compression
        for parts in range(1, min(space.units // bank, banks) + 1) if rest >= 0 else ():
            for writes in range(parts, max(written // 2, parts) + 1):
                for new in range(min(parts, banks - written, writes) + 1):
                    if writes - new <= written:
                        total += kinds * comb(written, reads) * comb(written, writes - new) * walked(space, bank, banks, written + new, rest, kinds)
    return total


@pytest.mark.parametrize(
    "settings, kinds", [({"kernels": (3,), "groups": (1,)}, 9), ({"kernels": (5, 7), "patterns": ("1000", "1100"), "groups": (1, 2)}, 18 + 18**2)]
)
def test_ways_by_another_count(settings, kinds):
    space = MemoryBankSpace(**settings, budget=(0.3, 0.6))
    for block, room in enumerate(space.rooms):
        expected = 0
        for bank, slices in space.banks[block].items():
            size = bank * space.channels
            expected += sum(walked(space, bank, room.most // size, room.enters // size, left, kinds) for left in slices)
        assert count(space, block) == expected


def test_sites_of_the_release_hold_what_is_drawn():
    space = MemoryBankSpace(8, 64, 12, 4, groups=(1, 2, 4, 8))
    known = sites(space)
    for seed in range(20):
        assert all(name in known and value in known[name] for name, value in space.sample(seed).choices)
    assert list(known)[:3] == ["1 bank", "1 slices", "1.1 reads"] and known["3.199 reads"] == (1, 2) and "3.200 reads" not in known
