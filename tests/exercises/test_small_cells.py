"""The reference solutions on cells of blocks against the library's genotypes, and cells written down by hand."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import small_cells
from nastutor.exercises.small_cells import decode, renamed, renaming, unused
from nastutor.published.darts import DARTS_V2
from nastutor.published.nasnet import NASNET_A
from nastutor.spaces.genotype import Block, Cell, Genotype, first_cell


def as_cell(blocks):
    return Cell(tuple(Block(a, b, op1, op2) for a, op1, b, op2 in blocks), tuple(range(2, len(blocks) + 2)))


def place(block):
    return block.in1, block.in2, small_cells.OPS.index(block.op1), small_cells.OPS.index(block.op2)


def test_unused_is_what_the_space_joins():
    space = nt.spaces.NASNetSpace(combine=("add",))
    for seed in range(20):
        cell = space.genotype(space.sample(seed)).normal
        assert unused([(b.in1, b.op1, b.in2, b.op2) for b in cell.blocks]) == list(cell.concat)


def test_decode_reads_published_cells():
    for genotype in (NASNET_A, DARTS_V2):
        for cell in Genotype.parse(genotype):
            blocks, joined = decode(str(cell))
            assert blocks == [(b.in1, b.op1, b.in2, b.op2) for b in cell.blocks] and tuple(joined) == cell.concat


@settings(max_examples=60, deadline=None)
@given(small_cells._pair(st))
def test_two_cells_have_a_renaming_where_their_canonical_forms_are_one(pair):
    first, second = pair
    order = renaming(first, second)
    assert bool(order) == (first_cell(as_cell(first), place)[0] == first_cell(as_cell(second), place)[0])
    if order:
        assert small_cells._sorted(renamed(first, order)) == small_cells._sorted(second)


def test_half_of_the_pairs_are_one_cell():
    """A check whose pairs are nearly all equal, or nearly all different, would let lazy answers pass."""
    pairs = [small_cells._other(blocks, seed, changed) for seed in range(50) for blocks in [a_cell(seed)] for changed in (True, False)]
    same = sum(bool(renaming(a_cell(seed // 2), other)) for seed, other in enumerate(pairs))
    assert 50 <= same <= 75


def a_cell(seed):
    rng = random.Random(seed)
    return [(rng.randrange(n), rng.choice(small_cells.OPS), rng.randrange(n), rng.choice(small_cells.OPS)) for n in range(2, 6)]


def test_any_order_that_works_passes():
    """Of two equal blocks either may come first."""

    def backwards(first, second):
        return (lambda found: found[-1] if found else [])(
            [o for o in orders(len(first)) if small_cells._sorted(renamed(first, o)) == small_cells._sorted(second)]
        )

    twins = [(0, "sep3", 1, "sep3"), (0, "sep3", 1, "sep3")]
    assert renaming(twins, twins) == [2, 3] and backwards(twins, twins) == [3, 2]
    assert judge(find_check("ch02.renaming"), backwards).passed


def by_new_numbers(blocks, numbers):
    """The block that made state i + 2 gets the number numbers[i]: the usual mistake."""
    new = {0: 0, 1: 1, **dict(enumerate(numbers, 2))}
    moved = {new[old]: (new[a], op1, new[b], op2) for old, (a, op1, b, op2) in enumerate(blocks, 2)}
    return [moved[number] for number in sorted(moved)]


def orders(blocks):
    import itertools

    return map(list, itertools.permutations(range(2, blocks + 2)))


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("unused", lambda blocks: [s for s in range(len(blocks) + 2) if all(s not in (b[0], b[2]) for b in blocks)], "start counting at 2"),
        ("unused", lambda blocks: [s for s in range(2, len(blocks) + 2) if all(s != b[0] for b in blocks)], "second one"),
        ("decode", lambda text: decode(text)[0], "return (blocks, joined)"),
        ("renaming", lambda a, b: [*range(2, len(a) + 2)] if a == b else [], ""),
        ("renaming", lambda a, b: next((o for o in orders(len(a)) if renamed(a, o) == b), []), "A sum has no order"),
        ("renaming", lambda a, b: next((o for o in orders(len(a)) if small_cells._sorted(by_new_numbers(a, o)) == small_cells._sorted(b)), []), "the way back"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch02.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


@pytest.mark.parametrize("answer, said", [([2, 2], "once, or []"), (7, "once, or []"), ([], "there is an order"), ([3, 2], "is not the second")])
def test_a_certificate_that_proves_nothing_is_refused_in_words(answer, said):
    cell = [(0, "sep3", 1, "max3"), (2, "sep3", 1, "max3")]
    assert said in small_cells._certificate(answer, [2, 3], cell, cell)
    assert small_cells._certificate([2, 3], [], cell, [(0, "sep3", 0, "sep3")] * 2) == "no order works, so the answer is []"
