"""Cells as vectors: adjacency and path encodings (White et al. 2020, "A study on encodings for neural architecture search").

`space.encode` is one-hot over decisions, for every space. Here graphs are encoded: the cells of NASBench101, CellSpace, NASNet's family, DARTS,
BlockQNN, recurrent networks and trellises; macro networks, layers with anchors, branches. Trees have path codes alone; motifs and chains with skips
adjacency codes alone: there ways are as long as those of all levels together, or layers have no names.

adjacency  equal codes mean equal architectures, but one network has many. Where an operation is one decision: the edges of each cell, then its
           operations. Elsewhere in the order of decisions: one number for each that is yes or no, the others one-hot. Which are asked for follows
           from those before, so nothing is lost where an absent one looks like a no
path       which ways from an input to the output there are. In all of these spaces but CellSpace what is equal by `canonical` has equal codes, but
           different networks may share one: that two ways are one at the start, how they are merged, and how often there is the same, is
           not seen. In a CellSpace neither holds, as it is told `skip conv1` from `conv1 skip`
truncated  likewise; the code of short ways says less

What a network has beside its cells (levels of a trellis, the training of a `JointSpace`) follows one-hot, in every code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.inputs import whole
from nastutor.spaces.cell_graphs import CELLS, NOTHING, CellGraph, cell_graphs, ways
from nastutor.spaces.joint import JointSpace
from nastutor.spaces.path_networks import ROOT
from nastutor.spaces.paths import Node, PathLevelSpace
from nastutor.spaces.stacked import Stacked
from nastutor.spaces.trellis import TrellisSpace
from nastutor.values import Arch

Code = NDArray[np.float32]
Path = tuple[str, ...]  # the cell, where there are two; the number of the input, where there are two; the operations on one way to the output
MOST = 2**24  # numbers of a path code: 64 MiB


def adjacency_encoding(space: Any, arch: Arch) -> Code:
    """For each cell its edges as 0 and 1, by the operation that reads them (a CellSpace has every edge); the operations one-hot; what is joined.

    NASBench101(7): (21 + 5 * 3,), CellSpace(4): (6 * 5,), DARTSSpace(4): (2 * 2 * (2 + 3 + 4 + 5 + 4 * 7),).
    """
    inner, own = _inner(space, arch)
    if isinstance(inner, (Stacked, *(kind for kind, _ in CELLS))):
        numbers = [number for cell in cell_graphs(inner, own) for number in _adjacency(cell)]
    elif any("->" in name for name in inner.sites()):
        numbers = list(_decisions(inner, own))
    else:
        raise TypeError(f"`space` is {space!r}, which decides on no edges; allowed are spaces of graphs, and `encode` is for all (chapter 2)")
    return np.array(numbers + _beside(space, arch), dtype=np.float32)


def _adjacency(cell: CellGraph) -> Iterator[bool]:
    for use in cell.uses:
        yield from (state in use.reads for state in use.may)
    yield from (state in cell.outputs for state in cell.may)
    for use in cell.uses:
        yield from (op == use.op for op in use.ops)
    yield from cell.joins


def _decisions(space: Any, arch: Arch) -> Iterator[bool]:
    space.validate(arch)
    taken = dict(arch.choices)
    for name, options in space.sites().items():
        yield from (name in taken and taken[name] == option for option in ((True,) if {*options} <= {False, True} else options))


def path_encoding(space: Any, arch: Arch, longest: int | None = None) -> Code:
    """For each sequence of operations whether a way from input to output has it; shorter ones first, those of one length in the order of the ops.

    longest  truncated: only sequences of at most so many operations (in random graphs the short ones are the likely ones: White et al. 2021, BANANAS)

    NASBench101(7): 3^0 + ... + 3^5 = 364 numbers; CellSpace(4): 4 + 16 + 64 = 84, as `none` is on no way; PathLevelSpace(3): 1 + 6 + 36 = 43;
    DARTSSpace(4): 2 cells * 2 inputs * (7 + ... + 7^4) = 11,200.
    """
    blocks = _blocks(space, arch, longest)
    parts = {block.prefix: np.zeros(block.count, dtype=np.float32) for block in blocks}
    for path in set(paths(space, arch, longest, once=True)):
        block = next(block for block in blocks if path[: len(block.prefix)] == block.prefix)
        parts[block.prefix][block.place(path)] = 1.0
    return np.concatenate([*parts.values(), np.array(_beside(space, arch), dtype=np.float32)])


def all_paths(space: Any, longest: int | None = None) -> list[Path]:
    """The sequences of operations that `path_encoding` asks for, in its order."""
    return [path for block in _blocks(space, space.sample(0), longest) for path in block]


def paths(space: Any, arch: Arch, longest: int | None = None, *, once: bool = False) -> list[Path]:
    """The operations on every way from input to output, one entry a way.

    longest  only on ways that have at most so many
    once     ways of one state with the same operations are followed together: an entry for each such, where skips make millions of ways

    >>> from nastutor.spaces import DARTSSpace, NASBench101
    >>> space = NASBench101(vertices=4)
    >>> paths(space, space.from_matrix([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv1", "output"]))
    [(), ('conv1',)]
    >>> paths(DARTSSpace(nodes=1), DARTSSpace(nodes=1).sample(0))[:2]
    [('normal', '0', 'dilsep3'), ('normal', '1', 'identity')]
    """
    space, arch = _inner(space, arch)
    if isinstance(space, PathLevelSpace):
        return sorted(_leaves(space.plan(arch), (), sys.maxsize if longest is None else longest))
    return [path for cell in cell_graphs(space, arch) for path in sorted((*_named(cell), *way) for way in ways(cell, longest, once=once))]


@dataclass(frozen=True)
class _Block:
    """All sequences of some operations behind one prefix."""

    prefix: Path
    ops: tuple[str, ...]
    least: int
    most: int

    @property
    def count(self) -> int:
        return sum(len(self.ops) ** length for length in range(self.least, self.most + 1))

    def place(self, path: Path) -> int:
        """How many come before this one."""
        number, ops = 0, path[len(self.prefix) :]
        for op in ops:
            number = number * len(self.ops) + self.ops.index(op)
        return replace(self, most=len(ops) - 1).count + number

    def __iter__(self) -> Iterator[Path]:
        return ((*self.prefix, *ops) for length in range(self.least, self.most + 1) for ops in product(self.ops, repeat=length))


def _blocks(space: Any, arch: Arch, longest: int | None) -> list[_Block]:
    """What a path code is made of: one block for each input of each cell."""
    found = []
    for prefix, ops, (least, most) in _vocabulary(*_inner(space, arch)):
        found.append(_Block(prefix, ops, least, most if longest is None else min(whole("longest", longest, least), most)))
    if (count := sum(block.count for block in found)) > MOST:
        raise ValueError(f"`longest` is {longest}, which makes {count:,} numbers; allowed is what makes at most {MOST:,}: shorter paths are the likely ones")
    return found


def _vocabulary(space: Any, arch: Arch) -> Iterator[tuple[Path, tuple[str, ...], tuple[int, int]]]:
    """(prefix, operations, lengths)"""
    if isinstance(space, PathLevelSpace):
        yield (), tuple(op for op in space.ops if op != "identity"), (0, space.depth - 1)
        return
    for cell in cell_graphs(space, arch):
        for number in range(cell.inputs):
            prefix = (*_named(cell), *([str(number)] if cell.inputs > 1 else []))
            yield prefix, tuple(op for op in cell.ops if op != NOTHING), cell.lengths


def _named(cell: CellGraph) -> Path:
    return (cell.name,) if cell.name else ()


def _inner(space: Any, arch: Arch) -> tuple[Any, Arch]:
    """The space of architectures inside a `JointSpace`, and the architecture there."""
    return (space.space, space.inner(arch)) if isinstance(space, JointSpace) else (space, arch)


def _beside(space: Any, arch: Arch) -> list[bool]:
    """What is decided beside the cells, one-hot."""
    names = list(space.choices) if isinstance(space, JointSpace) else []
    own = _beside(*_inner(space, arch)) if names else []
    if isinstance(space, TrellisSpace):
        names = [f"level{layer}" for layer in range(1, space.layers + 1)]
    sites, taken = space.sites(), dict(arch.choices)
    return [*own, *(option == taken[name] for name in names for option in sites[name])]


def _leaves(node: Node, before: Path, longest: int) -> Iterator[Path]:
    """What is done on the way to each leaf behind a node of a tree, where that is not too long."""
    for op, behind in node.branches:
        path = before if op in (ROOT, "identity") else (*before, op)
        if len(path) <= longest:
            yield from _leaves(behind, path, longest) if behind else (path,)
