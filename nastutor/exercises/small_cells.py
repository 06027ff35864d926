"""Three exercises of chapter 2 on cells of pairwise blocks: what a cell joins, genotypes as text, and when two cells are one.

A cell is a list of blocks (state, operation, state, operation): block number b, counted from 2, makes the state b; 0 and 1 are the cell's inputs.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

from nastutor.checks import Check

Block = tuple[int, str, int, str]
OPS = ("sep3", "max3")


def unused(blocks: list[Block]) -> list[int]:
    read = {state for block in blocks for state in (block[0], block[2])}
    return [state for state in range(2, len(blocks) + 2) if state not in read]


def decode(text: str) -> tuple[list[Block], list[int]]:
    left, right = text.split("->")
    blocks = []
    for part in left.split("|"):
        one, op1, _, two, op2 = part.split()
        blocks.append((int(one), op1, int(two), op2))
    return blocks, [int(state) for state in right.split()]


def renaming(first: list[Block], second: list[Block]) -> list[int]:
    for order in itertools.permutations(range(2, len(first) + 2)):
        if _sorted(renamed(first, order)) == _sorted(second):
            return list(order)
    return []


def renamed(blocks: list[Block], order: Sequence[int]) -> list[Block]:
    """The blocks in this order of their states, with their inputs under the new numbers."""
    new = {0: 0, 1: 1, **{old: number for number, old in enumerate(order, 2)}}
    return [(new[a], op1, new[b], op2) for a, op1, b, op2 in (blocks[old - 2] for old in order)]


def _sorted(blocks: list[Block]) -> list[list[tuple[int, str]]]:
    """Each block as its two halves, the smaller one first: a sum has no order."""
    return [sorted([(a, op1), (b, op2)]) for a, op1, b, op2 in blocks]


# --- inputs


def _cell(st: Any, most: int = 4) -> Any:
    """Cells of 1 to `most` blocks."""

    def block(number: int) -> Any:
        state, op = st.integers(0, number - 1), st.sampled_from(OPS)
        return st.tuples(state, op, state, op)

    return st.integers(1, most).flatmap(lambda size: st.tuples(*map(block, range(2, size + 2))).map(list))


def _pair(st: Any) -> Any:
    """A cell and the same one in another order, or one that differs from that in a single place."""
    return st.tuples(_cell(st), st.integers(0, 99), st.booleans()).map(lambda drawn: (drawn[0], _other(*drawn)))


def _other(blocks: list[Block], seed: int, changed: bool) -> list[Block]:
    rng = random.Random(seed)
    order: list[int] = []
    while len(order) < len(blocks):
        ready = [n for n, (a, _, b, _) in enumerate(blocks, 2) if n not in order and all(s < 2 or s in order for s in (a, b))]
        order.append(rng.choice(ready))
    found = [(b, op2, a, op1) if rng.random() < 0.5 else (a, op1, b, op2) for a, op1, b, op2 in renamed(blocks, order)]
    if changed:
        place = rng.randrange(len(found))
        a, op1, b, op2 = found[place]
        found[place] = (a, OPS[op1 == OPS[0]], b, op2) if rng.random() < 0.5 else (rng.randrange(place + 2), op1, b, op2)
    return found


def _written(st: Any) -> Any:
    def text(drawn: Any) -> tuple[str]:
        blocks, concat = drawn
        return (" | ".join(f"{a} {op1} + {b} {op2}" for a, op1, b, op2 in blocks) + " -> " + " ".join(map(str, concat)),)

    return _cell(st, 3).flatmap(lambda blocks: st.tuples(st.just(blocks), _some_states(st, len(blocks)))).map(text)


def _some_states(st: Any, blocks: int) -> Any:
    return st.lists(st.integers(0, blocks + 1), min_size=1, max_size=3, unique=True).map(sorted)


# --- how answers are compared and drawn


def _certificate(got: Any, expected: list[int], first: list[Block], second: list[Block]) -> str | None:
    """An order is judged by what it does, as there may be several; [] only by whether there is none."""
    if not isinstance(got, (list, tuple)) or (got and sorted(got) != list(range(2, len(first) + 2))):
        return f"wanted is a list with each of the states 2 to {len(first) + 1} once, or []"
    if not got or not expected:
        return None if bool(got) == bool(expected) else ("there is an order that works" if not got else "no order works, so the answer is []")
    return None if _sorted(renamed(first, got)) == _sorted(second) else "in this order the first cell is not the second one"


def _drawn(got: Any, blocks: list[Block], *_: Any) -> list[tuple[str, str, str]]:
    return [(str(state), str(own), op) for own, (a, op1, b, op2) in enumerate(blocks, 2) for state, op in ((a, op1), (b, op2))]


# --- a known mistake


def _renaming_by(form: Callable[[list[Block]], Any], rename: bool = True, read: Callable[[Sequence[int]], Sequence[int]] = list) -> Callable[..., Any]:
    """A wrong renaming: cells are compared after `form`; without `rename` inputs keep their old numbers; `read`: what an order is taken for."""

    def wrong(first: list[Block], second: list[Block]) -> list[int]:
        for order in itertools.permutations(range(2, len(first) + 2)):
            if form(renamed(first, read(order)) if rename else [first[old - 2] for old in order]) == form(second):
                return list(order)
        return []

    return wrong


def _turned(order: Sequence[int]) -> list[int]:
    """The way back: where each state went, in place of which one came.

    >>> _turned([3, 4, 2])
    [4, 2, 3]
    """
    return [order.index(state) + 2 for state in range(2, len(order) + 2)]


CHECKS = [
    Check(
        "ch02.unused",
        inputs=lambda st: st.tuples(_cell(st)),
        reference=unused,
        mistakes=(
            (
                lambda blocks: [s for s in range(len(blocks) + 2) if s not in {state for b in blocks for state in (b[0], b[2])}],
                "An input that nobody reads is joined in your answer. Only states made by blocks are: start counting at 2.",
            ),
            (
                lambda blocks: [s - 2 for s in unused(blocks)],
                "You number the blocks from 0. The states 0 and 1 are the inputs, so the first block makes state 2.",
            ),
            (
                lambda blocks: [s for s in range(2, len(blocks) + 2) if s not in {b[0] for b in blocks}],
                "You look at the first input of each block. A state is also read where it is the second one.",
            ),
            (lambda blocks: [s for s in range(2, len(blocks) + 2) if s not in unused(blocks)], "These are the states that *are* read. Joined are the others."),
            (lambda blocks: [len(blocks) + 1], "This is the last block alone. Others may be unread as well, and would be dead if they were not joined."),
        ),
        why="Block number i of the list (from 0) makes state i + 2, and reads the states at places 0 and 2 of its tuple.",
        hints=("Collect every state that some block reads.", "Go through 2 ... len(blocks) + 1 and keep those that are not among them."),
        draw=_drawn,
    ),
    Check(
        "ch02.decode",
        inputs=_written,
        reference=decode,
        mistakes=(
            (
                lambda text: ([(str(a), op1, str(b), op2) for a, op1, b, op2 in decode(text)[0]], list(map(str, decode(text)[1]))),
                "Your states are texts, '0' in place of 0: make them whole numbers with int.",
            ),
            (lambda text: (decode(text)[0], list(map(str, decode(text)[1]))), "The states that are joined are still texts: make them whole numbers with int."),
            (
                lambda text: ([(a, b, op1, op2) for a, op1, b, op2 in decode(text)[0]], decode(text)[1]),
                "Each block is (state, operation, state, operation), in the order of the text.",
            ),
            (lambda text: decode(text)[0], "The states behind -> are missing: return (blocks, joined)."),
        ),
        why="Split at '->' first, then the left side at '|', then each block at its blanks: five words, of which '+' says nothing new.",
        hints=(
            "left, right = text.split('->'); the blocks are left.split('|'), the joined states right.split().",
            "one, op1, _, two, op2 = part.split(); append (int(one), op1, int(two), op2).",
        ),
    ),
    Check(
        "ch02.renaming",
        inputs=_pair,
        reference=renaming,
        compare=_certificate,
        mistakes=(
            (
                lambda a, b: list(range(2, len(a) + 2)) if _sorted(a) == _sorted(b) else [],
                "You compare block by block. The blocks may stand in another order: try all orders, and rename the states as you go.",
            ),
            (
                _renaming_by(lambda blocks: blocks),
                "A sum has no order: (0, 'sep3', 1, 'max3') and (1, 'max3', 0, 'sep3') are the same block. Sort the two halves.",
            ),
            (
                _renaming_by(_sorted, read=_turned),
                "This is the way back: you list the new number of each old state. Wanted are the old states in their new order: [3, 4, 2] says that "
                "the old state 3 comes first and is called 2 from now on.",
            ),
            (_renaming_by(_sorted, rename=False), "When a block moves, its state gets a new number, and so do the inputs of those that read it."),
            (
                _renaming_by(lambda blocks: [(a, op1) for a, op1, _, _ in blocks]),
                "You compare the first half of each block alone. Both halves have to fit, in the same order of blocks.",
            ),
        ),
        why="Write down what an order does: block order[i] becomes number i + 2, and every input that names a moved state is renamed. Then compare.",
        hints=(
            "new = {0: 0, 1: 1} and new[old] = i + 2 for the i-th entry of the order; itertools.permutations gives all orders.",
            "Rename the blocks, sort the two halves of each, and compare with the second cell, whose halves are sorted as well.",
        ),
        draw=_drawn,
    ),
]
