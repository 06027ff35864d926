"""Cells of pairwise blocks as values: what NASNet, AmoebaNet, PNASNet, ENAS and DARTS publish.

A cell has two inputs, the states 0 and 1. Each block takes two states, applies an operation to each, and adds or joins the two: a new state,
2, 3 ... In the end some states are joined. Which of the inputs is the previous cell and which the one before it differs from paper to paper.

>>> cell = Cell.parse("0 sep5 + 1 sep3 | 2 avg3 & 1 identity -> 2 3")
>>> cell.blocks[1], str(cell)
(Block(in1=2, in2=1, op1='avg3', op2='identity', combine='concat'), '0 sep5 + 1 sep3 | 2 avg3 & 1 identity -> 2 3')
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from nastutor.inputs import is_whole

SIGNS = {"add": "+", "concat": "&"}
INPUTS = 2


class Block(NamedTuple):
    """Two states, an operation for each, and how the two results are combined."""

    in1: int
    in2: int
    op1: str
    op2: str
    combine: str = "add"

    def __str__(self) -> str:
        return f"{self.in1} {self.op1} {SIGNS[self.combine]} {self.in2} {self.op2}"

    @property
    def swapped(self) -> Block:
        return Block(self.in2, self.in1, self.op2, self.op1, self.combine)


class Cell(NamedTuple):
    """Blocks, and the states that are joined in the end."""

    blocks: tuple[Block, ...]
    concat: tuple[int, ...]

    def __str__(self) -> str:
        return f"{' | '.join(map(str, self.blocks))} -> {' '.join(map(str, self.concat))}"

    @classmethod
    def parse(cls, text: str, name: str = "") -> Cell:
        """The way back from `str`; refuses what is no cell, which errors call by its `name`."""
        left, arrow, right = text.partition("->")
        if not arrow or re.search(r"[^\d ]", right):
            raise ValueError(f"`text` is {text!r}; allowed are blocks, '->' and the numbers of the states that are joined")
        cell = cls(tuple(map(_block, left.split("|"))), tuple(map(int, right.split())))
        cell.check(name)
        return cell

    def check(self, name: str = "") -> None:
        """Raises where a block reads a state that is not there yet, or where nothing or nothing that exists is joined.

        name  of the cell: block 2 of the cell "normal" is called normal2, as in the names of decisions
        """
        for own, block in enumerate(self.blocks, INPUTS):
            if block.combine not in SIGNS:
                raise ValueError(f"block {name}{own} combines by {block.combine!r}; allowed are {', '.join(map(repr, SIGNS))}")
            for half, state in (("in1", block.in1), ("in2", block.in2)):
                if not is_whole(state, 0) or state >= own:
                    raise ValueError(
                        f"block {name}{own} reads the state {state!r} ({half}); allowed are 0 to {own - 1}, made before it: there must be no cycle"
                    )
        states = len(self.blocks) + INPUTS
        if not self.concat or len(set(self.concat)) < len(self.concat) or not set(self.concat) <= set(range(states)):
            raise ValueError(
                f"`concat` {f'of the {name} cell ' if name else ''}is {self.concat}; allowed are some states, at least one, from 0 to {states - 1}, each once"
            )

    def edges(self, inputs: Sequence[str] = ("0", "1")) -> list[tuple[str, str, str]]:
        """(from, to, operation), to be drawn: `nt.draw(cell.edges())`."""
        names = [*inputs, *(str(number) for number in range(INPUTS, len(self.blocks) + INPUTS))]
        found = [(names[state], names[own], op) for own, b in enumerate(self.blocks, INPUTS) for state, op in ((b.in1, b.op1), (b.in2, b.op2))]
        return [*found, *((names[state], "output", "") for state in self.concat)]


class Genotype(NamedTuple):
    """The two cells: one that keeps the size of the image, one that halves it."""

    normal: Cell
    reduce: Cell

    def __str__(self) -> str:
        return f"normal: {self.normal}; reduce: {self.reduce}"

    @classmethod
    def parse(cls, text: str) -> Genotype:
        """The way back from `str`."""
        found = re.fullmatch(r"\s*normal:(.*);\s*reduce:(.*)", text, re.DOTALL)
        if not found:
            raise ValueError(f"`text` is {text!r}; allowed is 'normal: CELL; reduce: CELL'")
        return cls(*map(Cell.parse, found.groups(), cls._fields))

    def check(self) -> None:
        """Raises where one of the two is no cell."""
        for name, cell in zip(self._fields, self, strict=True):
            if not isinstance(cell, Cell):
                raise TypeError(f"`genotype` has {cell!r} as its {name} cell; allowed is a Cell")
            cell.check(name)


def _block(text: str) -> Block:
    found = re.fullmatch(r"\s*(\d+) (\S+) ([+&]) (\d+) (\S+)\s*", text)
    if not found:
        raise ValueError(f"block {text.strip()!r} cannot be read; allowed is 'state operation + state operation', or & in place of + where the two are joined")
    in1, op1, sign, in2, op2 = found.groups()
    return Block(int(in1), int(in2), op1, op2, next(name for name, own in SIGNS.items() if own == sign))


# which cells are the same


def first_cell(cell: Cell, place: Callable[[Block], Sequence[Any]]) -> tuple[Cell, tuple[int, ...]]:
    """The first of all cells that are `cell` with its blocks in another order or the halves of sums swapped, and the old number of each of its states.

    place  what a block is ordered by, once its states have their new numbers
    """
    partial: list[tuple[Block, ...]] = [()]
    orders: list[tuple[int, ...]] = [tuple(range(INPUTS))]
    for _ in cell.blocks:
        partial, orders = _one_more(cell, partial, orders, place)
    joined = [sorted(order.index(state) for state in cell.concat) for order in orders]
    best = min(range(len(orders)), key=lambda number: _flags(joined[number], len(orders[number])))
    return Cell(partial[best], tuple(joined[best])), orders[best]


def _one_more(cell: Cell, partial: Iterable[tuple[Block, ...]], orders: Iterable[tuple[int, ...]], place: Callable[[Block], Any]) -> Any:
    """All ways to put one more block behind those that are there, as long as none comes before them in order."""
    best: Any = None
    found: list[tuple[tuple[Block, ...], tuple[int, ...]]] = []
    for blocks, order in zip(partial, orders, strict=True):
        for number, block in enumerate(cell.blocks, INPUTS):
            if number not in order and block.in1 in order and block.in2 in order:
                new, key = _first_half(block._replace(in1=order.index(block.in1), in2=order.index(block.in2)), place)
                if best is None or key < best:
                    best, found = key, []
                if key == best:
                    found.append(((*blocks, new), (*order, number)))
    return [blocks for blocks, _ in found], [order for _, order in found]


def _first_half(block: Block, place: Callable[[Block], Any]) -> tuple[Block, Any]:
    """A block, its halves swapped where that comes first and changes nothing; with its place."""
    key = place(block)
    if block.combine == "add" and (other := place(block.swapped)) < key:
        return block.swapped, other
    return block, key


def _flags(joined: Iterable[int], states: int) -> list[bool]:
    return [state in joined for state in range(states)]
