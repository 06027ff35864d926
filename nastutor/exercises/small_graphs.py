"""Two exercises of chapter 19 on the graphs of NAS-Bench-101: what is dead in a graph, and when two graphs are one."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from nastutor.checks import Check

Matrix = list[list[int]]
Graph = tuple[Matrix, list[str]]  # matrix[i][j] is 1 where an edge goes from vertex i to vertex j; ops[0] is "input", ops[-1] "output"

OPS = ("conv1", "conv3")


def prune(matrix: Matrix, ops: list[str]) -> Graph:
    size = len(ops)
    ahead, behind = {0}, {size - 1}
    for i in range(size):  # edges go upwards only, so one pass in each direction is enough
        ahead |= {j for j in range(size) if i in ahead and matrix[i][j]}
    for j in reversed(range(size)):
        behind |= {i for i in range(size) if j in behind and matrix[i][j]}
    kept = sorted(ahead & behind)
    return renumbered(matrix, ops, kept) if size - 1 in kept else ([], [])


def isomorphic(first: Graph, second: Graph) -> bool:
    last = len(first[1]) - 1
    inner = range(1, last) if len(second[1]) == last + 1 else ()
    return any(renumbered(*first, [0, *order, last]) == second for order in itertools.permutations(inner))


def renumbered(matrix: Matrix, ops: list[str], order: Sequence[int]) -> Graph:
    """The vertices named in `order`, in this order, with the edges between them."""
    return [[matrix[i][j] for j in order] for i in order], [ops[i] for i in order]


# --- inputs


def _any_graph(st: Any) -> Any:
    def graphs(size: int) -> Any:
        bits = size * (size - 1) // 2
        inner = st.lists(st.sampled_from(OPS), min_size=size - 2, max_size=size - 2)
        return st.tuples(st.lists(st.integers(0, 1), min_size=bits, max_size=bits).map(lambda edges: _matrix(edges, size)), inner.map(_named))

    return st.integers(3, 6).flatmap(graphs)


def _matrix(edges: Sequence[int], size: int) -> Matrix:
    ahead = iter(edges)
    return [[next(ahead) if j > i else 0 for j in range(size)] for i in range(size)]


def _named(inner: Sequence[str]) -> list[str]:
    return ["input", *inner, "output"]


def _pairs(st: Any) -> Any:
    """Two graphs that agree in some of what is easily counted: often the same graph, as often not."""
    return st.sampled_from(_alike()).flatmap(lambda group: st.tuples(st.sampled_from(group), st.sampled_from(group)))


@lru_cache(maxsize=1)
def _alike() -> list[list[Graph]]:
    """Groups of the pruned graphs with 4 and 5 vertices that share the matrix, the counts, or the operation and degrees of each vertex."""
    groups: dict[Any, list[Graph]] = defaultdict(list)
    for size in (4, 5):
        inner = [_named(ops) for ops in itertools.product(OPS, repeat=size - 2)]
        for edges in itertools.product((0, 1), repeat=size * (size - 1) // 2):
            matrix = _matrix(edges, size)
            if sum(edges) < 6 and prune(matrix, inner[0])[0] == matrix:
                for ops in inner:
                    for summary in (_shape, _counts, _degrees):
                        groups[summary.__name__, summary(matrix, ops)].append((matrix, ops))
    return [group for group in groups.values() if len(group) > 1]


def _shape(matrix: Matrix, ops: list[str]) -> Any:
    return str(matrix)


def _counts(matrix: Matrix, ops: list[str]) -> Any:
    return sum(map(sum, matrix)), tuple(sorted(ops))


def _degrees(matrix: Matrix, ops: list[str]) -> Any:
    return tuple(sorted(zip(ops, map(sum, matrix), map(sum, zip(*matrix, strict=True)), strict=True)))


# --- known mistakes


def _prune_by(keeps: Callable[[Matrix, int], bool]) -> Callable[[Matrix, list[str]], Graph]:
    """A wrong prune: vertex i stays where `keeps(matrix, i)`; input and output always."""

    def wrong(matrix: Matrix, ops: list[str]) -> Graph:
        return renumbered(matrix, ops, [i for i in range(len(ops)) if i in (0, len(ops) - 1) or keeps(matrix, i)])

    return wrong


def _reached(matrix: Matrix, vertex: int) -> bool:
    return any(matrix[i][vertex] and (i == 0 or _reached(matrix, i)) for i in range(vertex))


def _reaches(matrix: Matrix, vertex: int) -> bool:
    last = len(matrix) - 1
    return any(matrix[vertex][j] and (j == last or _reaches(matrix, j)) for j in range(vertex + 1, last + 1))


def _drawn(got: Any, matrix: Matrix, ops: list[str]) -> list[tuple[str, str]] | None:
    """The edges of the graph that was to be pruned, as `nt.draw` takes them."""
    names = [op if op in ("input", "output") else f"{i} {op}" for i, op in enumerate(ops)]
    return [(names[i], names[j]) for i, row in enumerate(matrix) for j, there in enumerate(row) if there] or None


CHECKS = [
    Check(
        "ch19.prune",
        inputs=_any_graph,
        reference=prune,
        mistakes=(
            (_prune_by(_reached), "You keep what the input reaches. A vertex must also reach the output, or nobody reads it."),
            (_prune_by(_reaches), "You keep what reaches the output. A vertex must also be reached from the input, or there is nothing to read."),
            (
                _prune_by(lambda matrix, i: any(matrix[i]) and any(row[i] for row in matrix)),
                "You look at single edges. An edge may come from a vertex that is dead itself: follow whole paths.",
            ),
            (
                _prune_by(lambda matrix, i: _reached(matrix, i) and _reaches(matrix, i)),
                "Where the input does not reach the output nothing is left: return ([], []).",
            ),
        ),
        why="A vertex lives if it lies on a path from the input to the output: reached from vertex 0, and reaching the last one.",
        hints=(
            "Collect what vertex 0 reaches, going up; collect what reaches the last vertex, going down; keep what is in both.",
            "kept = sorted(ahead & behind); if the output is not in it, return [], []; else keep these rows and columns, and these ops.",
        ),
        draw=_drawn,
    ),
    Check(
        "ch19.isomorphic",
        inputs=_pairs,
        reference=isomorphic,
        mistakes=(
            (lambda a, b: a == b, "You compare as they are written. The vertices between input and output may be numbered in another order: try all orders."),
            (
                lambda a, b: _counts(*a) == _counts(*b),
                "The same number of edges and the same operations are necessary, and not enough: a chain and a fork may have both.",
            ),
            (
                lambda a, b: _degrees(*a) == _degrees(*b),
                "The same operations with the same number of edges in and out are necessary, and not enough: which one comes first?",
            ),
            (
                lambda a, b: isomorphic((a[0], b[1]), b) and sorted(a[1]) == sorted(b[1]),
                "The edges fit in some order; the operations have to fit in the *same* order.",
            ),
        ),
        why="Two graphs are one if some order of the inner vertices turns the first into the second, edges and operations at once.",
        hints=(
            "itertools.permutations(range(1, n - 1)) lists the orders of the inner vertices; input and output keep their places.",
            "order = [0, *inner, n - 1]; compare [[matrix[i][j] for j in order] for i in order] and [ops[i] for i in order] with the second graph.",
        ),
    ),
]
