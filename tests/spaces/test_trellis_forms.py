"""The first form of a cell: by brute force over orders of blocks and terms."""

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.spaces.trellis_forms import first_blocks

OPS = ("none", "max", "skip")


@st.composite
def cells(draw):
    count = draw(st.integers(1, 4))
    term = [st.integers(0, number + 1) for number in range(count)]
    return [(draw(term[number]), draw(st.sampled_from(OPS)), draw(term[number]), draw(st.sampled_from(OPS))) for number in range(count)]


def alive(blocks):
    """Each block as a multiset of what it computes, nested: equal for equal cells and for nothing else."""
    states = ["input 0", "input 1"]
    for a, op_a, b, op_b in blocks:
        states.append(tuple(sorted((str((op, states[read])) for read, op in ((a, op_a), (b, op_b)) if op != "none" and states[read] != ()))))
    return states[2:]


def orders(blocks):
    for order in permutations(range(len(blocks))):
        new = {0: 0, 1: 1} | {old + 2: place + 2 for place, old in enumerate(order)}
        renamed = [tuple(new[part] if isinstance(part, int) else part for part in blocks[old]) for old in order]
        if all(max(block[0], block[2]) < place for place, block in enumerate(renamed, start=2)):
            for swaps in product((0, 1), repeat=len(blocks)):
                yield tuple(block[2:] + block[:2] if swap else block for block, swap in zip(renamed, swaps, strict=True))


@settings(max_examples=60, deadline=None)
@given(cells())
def test_all_orders_have_one_form_which_is_the_first_and_the_same_cell(blocks):
    first = first_blocks(blocks, OPS)
    assert {first_blocks(other, OPS) for other in orders(blocks)} == {first} == {first_blocks(first, OPS)}
    assert sorted(map(str, alive(first))) == sorted(map(str, alive(blocks)))

    def key(cell):
        return [part if isinstance(part, int) else OPS.index(part) for block in cell for part in block]

    assert key(first) <= min(key(other) for other in orders(blocks))


def test_number_of_cells_of_two_blocks():
    """Every pair of blocks, by the form: as many as there are multisets of computations."""
    states = [(read, op) for read in (0, 1) for op in OPS]
    cells = [(*a, *b, *c, *d) for a, b in product(states, repeat=2) for c, d in product([*states, *((2, op) for op in OPS)], repeat=2)]
    forms = {first_blocks([cell[:4], cell[4:]], OPS) for cell in cells}
    assert len(forms) == len({tuple(sorted(map(str, alive([cell[:4], cell[4:]])))) for cell in cells})


def test_refuses():
    with pytest.raises(ValueError, match="`ops` begin with 'skip'; allowed is 'none' as the first"):
        first_blocks([(0, "skip", 1, "none")], ("skip", "none"))
