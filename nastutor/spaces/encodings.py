"""Cells as vectors: adjacency and path encodings (White et al. 2020, "A study on encodings for neural architecture search").

`space.encode` is one-hot over decisions. Here the graph of a cell is encoded: for `NASBench101` as it is, for `CellSpace` with the operation of an
edge as a vertex. Equal adjacency codes mean equal architectures, but one network has many; equal networks of NASBench101 have equal path codes, but
different networks may share one. In a CellSpace neither holds for paths, as they tell `skip conv1` from `conv1 skip`. The tree of a `PathLevelSpace` has
a path code too: a way from the root to each leaf, without the first layer, which all share, and without identities. What is equal by
`canonical` has equal codes; how ways are merged is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.inputs import whole
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.cell_forms import edges
from nastutor.spaces.nasbench import OPS, NASBench101
from nastutor.spaces.path_networks import ROOT
from nastutor.spaces.paths import Node, PathLevelSpace
from nastutor.values import Arch

Code = NDArray[np.float32]
Path = tuple[str, ...]  # the operations on one way from input to output


def adjacency_encoding(space: Any, arch: Arch) -> Code:
    """Edges as 0 and 1, row by row of the upper triangle, then the operations one-hot; a CellSpace has every edge and only the operations.

    NASBench101(7): (21 + 5 * 3,), CellSpace(4): (6 * 5,).
    """
    _check(space, trees=False)
    if isinstance(space, CellSpace):
        return np.asarray(space.encode(arch), dtype=np.float32)
    plan = space.plan(arch)
    bits = [(i, j) in plan.edges for i in range(space.vertices) for j in range(i + 1, space.vertices)]
    return np.array([*bits, *(op == own for own in plan.ops for op in OPS)], dtype=np.float32)


def path_encoding(space: Any, arch: Arch, longest: int | None = None) -> Code:
    """For each sequence of operations whether a way from input to output has it; shorter ones first, those of one length in the order of the ops.

    longest  truncated: only sequences of at most so many operations (in random graphs the short ones are the likely ones: White et al. 2021, BANANAS)

    NASBench101(7): 3^0 + ... + 3^5 = 364 numbers; CellSpace(4): 4 + 16 + 64 = 84, as `none` is on no way; PathLevelSpace(3): 1 + 6 + 36 = 43.
    """
    have = set(paths(space, arch))
    return np.array([path in have for path in all_paths(space, longest)], dtype=np.float32)


def all_paths(space: Any, longest: int | None = None) -> list[Path]:
    """The sequences of operations that `path_encoding` asks for, in its order."""
    _check(space)
    ops = OPS if isinstance(space, NASBench101) else [op for op in space.ops if op not in ("none", "identity")]
    least, most = _lengths(space)
    if longest is not None:
        most = min(whole("longest", longest, least), most)
    return [path for length in range(least, most + 1) for path in product(ops, repeat=length)]


def paths(space: Any, arch: Arch) -> list[Path]:
    """The operations on every way from input to output, one entry a way.

    >>> space = NASBench101(vertices=4)
    >>> paths(space, space.from_matrix([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv1", "output"]))
    [(), ('conv1',)]
    """
    _check(space)
    plan = space.plan(arch)
    if isinstance(space, PathLevelSpace):
        return sorted(_leaves(plan, ()))
    if isinstance(space, CellSpace):
        steps: list[tuple[int, int, Path]] = [(i, j, (op,)) for i, j in edges(space.nodes) if (op := plan[f"{i}->{j}"]) != "none"]
        return sorted(_ways(steps, space.nodes))
    own: list[Path] = [(), *((op,) for op in plan.ops), ()]
    return sorted(_ways([(i, j, own[j]) for i, j in plan.edges], space.vertices))


def _lengths(space: Any) -> tuple[int, int]:
    """Of the shortest and the longest path."""
    if isinstance(space, PathLevelSpace):
        return 0, space.depth - 1
    return (1, space.nodes - 1) if isinstance(space, CellSpace) else (0, space.vertices - 2)


def _leaves(node: Node, before: Path) -> Iterator[Path]:
    """What is done on the way to each leaf behind a node of a tree."""
    for op, behind in node.branches:
        path = before if op in (ROOT, "identity") else (*before, op)
        yield from _leaves(behind, path) if behind else (path,)


def _ways(steps: list[tuple[int, int, Path]], vertices: int) -> list[Path]:
    """Along steps (from, to, what is done on it), all from lower to higher numbers."""
    found: list[list[Path]] = [[()], *([] for _ in range(vertices - 1))]
    for i, j, ops in sorted(steps):
        found[j] += [path + ops for path in found[i]]
    return found[-1]


def _check(space: Any, trees: bool = True) -> None:
    if not isinstance(space, (CellSpace, NASBench101, PathLevelSpace) if trees else (CellSpace, NASBench101)):
        also = " (and for paths a PathLevelSpace)" if trees else ""
        raise TypeError(f"`space` is {space!r}; allowed are a CellSpace and a NASBench101{also}, whose architectures are the graph of one cell")
