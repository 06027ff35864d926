"""Cells as values: text and back, what is no cell, and which cells are the same."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.spaces import NASNetSpace
from nastutor.spaces.genotype import Block, Cell, Genotype, first_cell

OPS = ("a", "b", "c")


def place(block):
    return block.in1, block.in2, OPS.index(block.op1), OPS.index(block.op2), block.combine == "concat"


@st.composite
def cells(draw, most=4, ops=OPS):
    blocks = []
    for number in range(2, draw(st.integers(1, most)) + 2):
        states, op = st.integers(0, number - 1), st.sampled_from(ops)
        blocks.append(Block(draw(states), draw(states), draw(op), draw(op), draw(st.sampled_from(["add", "add", "concat"]))))
    joined = draw(st.sets(st.integers(0, len(blocks) + 1), min_size=1))
    return Cell(tuple(blocks), tuple(sorted(joined)))


def rearranged(cell, rng):
    """The same cell with its blocks in another order, and halves of sums swapped."""
    order = [0, 1]
    while len(order) < len(cell.blocks) + 2:
        ready = [n for n, b in enumerate(cell.blocks, 2) if n not in order and b.in1 in order and b.in2 in order]
        order.append(rng.choice(ready))
    blocks = [cell.blocks[n - 2]._replace(in1=order.index(cell.blocks[n - 2].in1), in2=order.index(cell.blocks[n - 2].in2)) for n in order[2:]]
    blocks = [b.swapped if b.combine == "add" and rng.random() < 0.5 else b for b in blocks]
    return Cell(tuple(blocks), tuple(sorted(order.index(state) for state in cell.concat)))


@given(cells())
def test_text_and_back(cell):
    assert Cell.parse(str(cell)) == cell
    assert Genotype.parse(str(Genotype(cell, cell))) == Genotype(cell, cell)


@given(cells(), st.integers(0, 2**32))
def test_the_first_of_the_same_cells_is_one(cell, seed):
    other = rearranged(cell, random.Random(seed))
    first, old = first_cell(cell, place)
    assert first_cell(other, place)[0] == first
    assert sorted(old[state] for state in first.concat) == sorted(cell.concat) and first_cell(first, place)[0] == first


@given(cells(most=3, ops=("a", "b")))
def test_it_is_the_first_by_trying_all(cell):
    """All orders and swaps, by brute force."""
    n, best = len(cell.blocks), None
    for order in itertools.permutations(range(2, n + 2)):
        order = (0, 1, *order)
        blocks = [cell.blocks[k - 2] for k in order[2:]]
        blocks = [b._replace(in1=order.index(b.in1), in2=order.index(b.in2)) for b in blocks]
        if any(max(b.in1, b.in2) >= k for k, b in enumerate(blocks, 2)):
            continue
        for swaps in itertools.product((False, True), repeat=n):
            if any(swap and b.combine == "concat" for swap, b in zip(swaps, blocks, strict=True)):
                continue
            keys = [place(b.swapped if swap else b) for swap, b in zip(swaps, blocks, strict=True)]
            flags = [order[k] in cell.concat for k in range(n + 2)]
            best = min(best, (keys, flags)) if best else (keys, flags)
    first = first_cell(cell, place)[0]
    assert ([place(b) for b in first.blocks], [k in first.concat for k in range(n + 2)]) == best


def test_halves_that_are_joined_are_not_swapped():
    one, other = Cell.parse("1 b & 0 a -> 2"), Cell.parse("0 a & 1 b -> 2")
    assert first_cell(one, place)[0] != first_cell(other, place)[0]


@pytest.mark.parametrize(
    "text, words",
    [
        ("0 a + 2 b -> 2", "block 2 reads the state 2 .in2.; allowed are 0 to 1.*no cycle"),
        ("0 a + 1 b | 3 a + 0 a -> 3", "block 3 reads the state 3 .in1.; allowed are 0 to 2"),
        ("0 a + 1 b ->", r"`concat` is \(\); allowed are some states, at least one, from 0 to 2"),
        ("0 a + 1 b -> 3", r"`concat` is \(3,\)"),
        ("0 a + 1 b -> 2 2", "each once"),
        ("0 a + 1 b", "`text` is '0 a . 1 b'; allowed are blocks, '->'"),
        ("0 a 1 b -> 2", "block '0 a 1 b' cannot be read"),
    ],
)
def test_what_is_no_cell_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        Cell.parse(text)
    with pytest.raises(ValueError, match="`text` is .*allowed is 'normal: CELL; reduce: CELL'"):
        Genotype.parse(text)


@pytest.mark.parametrize(
    "block, words",
    [
        (Block("0", 1, "a", "b"), "block reduce2 reads the state '0' .in1."),
        (Block(0, True, "a", "b"), "block reduce2 reads the state True .in2."),
        (Block(0, -1, "a", "b"), "block reduce2 reads the state -1 .in2."),
        (Block(0, 1, "a", "b", "mul"), "block reduce2 combines by 'mul'; allowed are 'add', 'concat'"),
    ],
)
def test_cells_that_were_put_together_by_hand_are_looked_at(block, words):
    good = Cell.parse("0 a + 1 b -> 2")
    Genotype(good, good).check()
    with pytest.raises(ValueError, match=words):
        Genotype(good, Cell((block,), (2,))).check()


@pytest.mark.parametrize("genotype", [7, None, Cell.parse("0 sep3 + 1 sep3 -> 2"), (1, 2), Genotype(Cell.parse("0 sep3 + 1 sep3 -> 2"), None)])
def test_what_is_no_genotype_is_refused(genotype):
    with pytest.raises(TypeError, match="`genotype` (is .*; allowed are a Genotype|has None as its reduce cell; allowed is a Cell)"):
        NASNetSpace(1).from_genotype(genotype)


def test_edges_to_draw():
    edges = Cell.parse("0 a + 1 b | 2 c + 0 a -> 2 3").edges(("h", "before"))
    assert edges == [("h", "2", "a"), ("before", "2", "b"), ("2", "3", "c"), ("h", "3", "a"), ("2", "output", ""), ("3", "output", "")]


def test_every_architecture_has_its_text():
    space = NASNetSpace(output="chosen")
    for seed in range(20):
        arch = space.sample(seed)
        assert space.from_genotype(str(space.genotype(arch))) == arch
