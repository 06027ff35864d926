"""Cells whose blocks add up two operations and are all joined, in their first form: terms and blocks in order, nothing dead named twice."""

from __future__ import annotations

from collections.abc import Sequence

Block = tuple[int, str, int, str]  # read, op, read, op; 0 and 1 are the inputs, 2 the first block
NOTHING = (0, 0)  # input 0 by the operation that comes first


def first_blocks(blocks: Sequence[Block], ops: Sequence[str], none: str = "none") -> tuple[Block, ...]:
    """The first of all lists of blocks, by what they read and then by the order of `ops`, that are the same cell.

    `ops` must begin with `none`. Blocks come after those that they read.

    >>> first_blocks([(1, "skip", 0, "none"), (2, "none", 2, "none"), (0, "skip", 3, "skip")], ("none", "skip"))
    ((0, 'none', 0, 'none'), (0, 'none', 0, 'skip'), (0, 'none', 1, 'skip'))
    """
    if ops[0] != none:
        raise ValueError(f"`ops` begin with {ops[0]!r}; allowed is {none!r} as the first: what is nothing is named by it")
    terms, dead = list[list[tuple[int, int]]](), set[int]()
    for number, (a, op_a, b, op_b) in enumerate(blocks, start=2):
        pair = [(read, ops.index(op)) for read, op in ((a, op_a), (b, op_b))]
        terms.append([NOTHING if op == 0 or read in dead else (read, op) for read, op in pair])
        if terms[-1] == [NOTHING, NOTHING]:
            dead.add(number)
    found = _first(terms, {0: 0, 1: 1})
    return tuple((a, ops[op_a], b, ops[op_b]) for (a, op_a), (b, op_b) in found)


def _first(terms: Sequence[Sequence[tuple[int, int]]], new: dict[int, int]) -> list[tuple[tuple[int, int], ...]]:
    """The first order of the blocks that have no new number yet; blocks that look alike at their place are all tried."""
    ready = [number for number, pair in enumerate(terms, start=2) if number not in new and all(read in new for read, _ in pair)]
    forms = {number: tuple(sorted((new[read], op) for read, op in terms[number - 2])) for number in ready}
    if not forms:
        return []
    least = min(forms.values())
    return [least, *min(_first(terms, {**new, number: len(new)}) for number, form in forms.items() if form == least)]
