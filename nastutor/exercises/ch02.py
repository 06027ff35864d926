"""Exercises of chapter 2: how many cells there are, factorised reduction, the paths of a graph, and those on cells of blocks (small_cells.py)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from nastutor.checks import Check
from nastutor.exercises.small_cells import CHECKS as CELLS
from nastutor.exercises.small_cells import decode, renaming, unused

__all__ = ["CHECKS", "cells", "decode", "factorised_reduction", "paths", "renaming", "unused"]


def cells(blocks: int, ops: int, ways: int) -> int:
    return prod((b + 1) ** 2 * ops**2 * ways for b in range(1, blocks + 1))


def factorised_reduction(x: Any, first: Any, second: Any) -> Any:
    import numpy as np

    shifted = np.pad(x, ((0, 0), (0, 1), (0, 1)))[:, 1:, 1:]  # (C, H, W): one pixel further down and right, zeros behind
    halves = [np.einsum("fc,chw->fhw", weights, y[:, ::2, ::2]) for weights, y in ((first, x), (second, shifted))]
    return np.concatenate(halves)


def paths(matrix: list[list[int]], ops: list[str]) -> list[tuple[str, ...]]:
    last = len(ops) - 1
    ways: list[set[tuple[str, ...]]] = [{()}, *(set() for _ in range(last))]  # what was done on the ways to each vertex
    for j in range(1, last + 1):
        done = () if j == last else (ops[j],)
        ways[j] = {way + done for i in range(j) if matrix[i][j] for way in ways[i]}
    return sorted(ways[last])


# --- inputs


def _images(st: Any) -> Any:
    """Images whose pixels are numbered 1, 2, 3 ..., so that one sees where each went, and two small matrices of weights."""

    def image(sizes: tuple[int, int, int, int]) -> Any:
        channels, height, width, filters = sizes
        x = [[[(c * height + i) * width + j + 1 for j in range(width)] for i in range(height)] for c in range(channels)]
        weights = st.lists(st.lists(st.integers(1, 3), min_size=channels, max_size=channels), min_size=filters, max_size=filters)
        return st.tuples(st.just(x), weights, weights)

    return st.tuples(st.integers(1, 2), st.integers(2, 5), st.integers(2, 5), st.integers(1, 2)).flatmap(image)


def _graph(st: Any) -> Any:
    def graph(size: int) -> Any:
        edges = st.lists(st.integers(0, 1), min_size=size * (size - 1) // 2, max_size=size * (size - 1) // 2)
        inner = st.lists(st.sampled_from(("conv1", "conv3")), min_size=size - 2, max_size=size - 2)
        return st.tuples(edges.map(lambda bits: _matrix(bits, size)), inner.map(lambda ops: ["input", *ops, "output"]))

    return st.integers(2, 5).flatmap(graph)


def _matrix(bits: list[int], size: int) -> list[list[int]]:
    ahead = iter(bits)
    return [[next(ahead) if j > i else 0 for j in range(size)] for i in range(size)]


# --- how answers are asked for, compared and drawn


def _on_arrays(function: Callable[..., Any], *values: Any) -> Any:
    """Called on arrays of floats; an answer of numbers comes back in floats, whatever their type was, anything else as it is."""
    import numpy as np

    answer = function(*(np.array(value, dtype=float) for value in values))
    if answer is None:
        return None
    try:
        return np.asarray(answer.detach() if hasattr(answer, "detach") else answer, dtype=float).tolist()
    except (TypeError, ValueError):
        return answer


def _as_images(got: Any, expected: list[Any], *_: Any) -> str | None:
    """Numbers may differ by what single precision and another order of adding leave."""
    import numpy as np

    try:
        mine, wanted = np.asarray(got, dtype=float), np.asarray(expected)
    except (TypeError, ValueError):
        return f"it is a {type(got).__name__}; wanted is an array of numbers"
    if mine.shape != wanted.shape:
        return f"its shape is {mine.shape}; wanted is {wanted.shape}"
    wrong = np.argwhere(~np.isclose(mine, wanted, rtol=1e-4, atol=1e-6))
    return f"the number at channel {wrong[0][0]}, row {wrong[0][1]}, column {wrong[0][2]} (counted from 0) is wrong" if len(wrong) else None


def _drawn_graph(got: Any, matrix: list[list[int]], ops: list[str]) -> list[tuple[str, str]] | None:
    names = [op if op in ("input", "output") else f"{i} {op}" for i, op in enumerate(ops)]
    return [(names[i], names[j]) for i, row in enumerate(matrix) for j, there in enumerate(row) if there] or None


# --- known mistakes


def _reduced_by(second_view: Callable[[Any], Any], join: Callable[[list[Any]], Any] | None = None) -> Callable[..., Any]:
    """A wrong factorised_reduction: the second path sees `second_view(x)`, and `join` puts the halves together."""

    def wrong(x: Any, first: Any, second: Any) -> Any:
        import numpy as np

        halves = [np.einsum("fc,chw->fhw", weights, y) for weights, y in ((first, x[:, ::2, ::2]), (second, second_view(x)))]
        return (join or np.concatenate)(halves)

    return wrong


def _shifted(x: Any, down: int, right: int) -> Any:
    import numpy as np

    return np.pad(x, ((0, 0), (0, down), (0, right)))[:, down::2, right::2]


def _other_way_round(halves: list[Any]) -> Any:
    import numpy as np

    return np.concatenate(halves[::-1])


def _rounded_down(x: Any, first: Any, second: Any) -> Any:
    _, height, width = x.shape
    return factorised_reduction(x[:, : height // 2 * 2, : width // 2 * 2], first, second)


def _padded_before(x: Any) -> Any:
    import numpy as np

    rows, columns = -(-x.shape[1] // 2), -(-x.shape[2] // 2)
    return np.pad(x, ((0, 0), (1, 0), (1, 0)))[:, ::2, ::2][:, :rows, :columns]


def _paths_by(steps: Callable[[list[str], int, int], tuple[str, ...]], end: Callable[[list[Any]], Any] = sorted, unique: bool = True) -> Callable[..., Any]:
    """A wrong paths: vertex j of n adds `steps(ops, j, last)`; `unique`: equal ways once."""

    def wrong(matrix: list[list[int]], ops: list[str]) -> Any:
        last = len(ops) - 1
        ways: list[list[tuple[str, ...]]] = [[steps(ops, 0, last)]]
        for j in range(1, last + 1):
            found = [way + steps(ops, j, last) for i in range(j) if matrix[i][j] for way in ways[i]]
            ways.append(sorted(set(found)) if unique else found)
        return end(ways[last])

    return wrong


def _inner(ops: list[str], j: int, last: int) -> tuple[str, ...]:
    return (ops[j],) if 0 < j < last else ()


CHECKS = [
    *CELLS,
    Check(
        "ch02.cells",
        inputs=lambda st: st.tuples(st.integers(1, 5), st.integers(1, 13), st.integers(1, 2)),
        reference=cells,
        mistakes=(
            (lambda b, k, c: cells(b, k, c) ** 2, "This counts pairs of a normal and a reduction cell. Wanted is one cell."),
            (
                lambda b, k, c: prod((n + 1) * k * c for n in range(1, b + 1)),
                "A block takes *two* states and *two* operations: both numbers are to be squared.",
            ),
            (lambda b, k, c: prod((n + 1) ** 2 * k * c for n in range(1, b + 1)), "Each of the two states has an operation of its own: k is squared as well."),
            (lambda b, k, c: prod(n**2 * k**2 * c for n in range(1, b + 1)), "Block number b has b + 1 states to read: the two inputs count."),
            (lambda b, k, c: sum((n + 1) ** 2 * k**2 * c for n in range(1, b + 1)), "Decisions that are taken one after the other multiply; you add them."),
            (lambda b, k, c: cells(b, k, 1) * c, "Each block decides how its two results are combined: `ways` belongs inside the product."),
        ),
        why="For block b: (b + 1) states for each of two inputs, `ops` operations for each of the two, `ways` to combine. Multiply over all blocks.",
        hints=(
            "How many answers are there for block 1? It can read 2 states, twice.",
            "math.prod((b + 1) ** 2 * ops ** 2 * ways for b in range(1, blocks + 1))",
        ),
    ),
    Check(
        "ch02.factorised_reduction",
        inputs=_images,
        reference=factorised_reduction,
        call=_on_arrays,
        compare=_as_images,
        mistakes=(
            (_reduced_by(lambda x: x[:, ::2, ::2]), "Both paths look at the same quarter of the pixels. Shift the second one by a pixel, down and right."),
            (_reduced_by(lambda x: _shifted(x, 1, 0)), "The second path is shifted down only. It looks one pixel down *and* one to the right."),
            (_reduced_by(lambda x: _shifted(x, 0, 1)), "The second path is shifted to the right only. It looks one pixel down *and* one to the right."),
            (_rounded_down, "Right for even sizes. Odd ones are rounded up: the second path needs a row and a column of zeros below and at the right."),
            (_reduced_by(lambda x: _shifted(x, 1, 1), sum), "You add the two halves. They are joined: channels of the first path, then of the second."),
            (_reduced_by(lambda x: _shifted(x, 1, 1), _other_way_round), "The halves stand in the wrong order: first the unshifted path."),
            (_reduced_by(_padded_before), "You pad above and at the left, which shifts the image the other way. The second path looks down and right."),
        ),
        why="Path 1 sees the pixels (0, 0), (0, 2), (2, 0) ...; path 2 sees (1, 1), (1, 3), (3, 1) ..., with zeros where the image ends.",
        hints=(
            "A 1x1 convolution is np.einsum('fc,chw->fhw', weights, image). Its stride of 2 is image[:, ::2, ::2].",
            "shifted = np.pad(x, ((0, 0), (0, 1), (0, 1)))[:, 1:, 1:]; join with np.concatenate([path1, path2]).",
        ),
    ),
    Check(
        "ch02.paths",
        inputs=_graph,
        reference=paths,
        mistakes=(
            (_paths_by(_inner, unique=False), "Some of your paths come twice. The code asks *whether* there is such a path, not how often."),
            (_paths_by(lambda ops, j, last: (ops[j],)), "'input' and 'output' are in your paths. Every path has them: leave them out."),
            (
                _paths_by(_inner, lambda ways: [way for way in ways if way]),
                "The edge from the input straight to the output is a path as well: the empty one, ().",
            ),
            (
                _paths_by(_inner, lambda ways: sorted(ways, key=lambda way: (len(way), way))),
                "The paths are right; wanted is the plain sorted order of the tuples.",
            ),
            (_paths_by(_inner, lambda ways: ways[:1]), "This is one path. Follow every edge, not only the first."),
        ),
        why="Go through the vertices in order: the ways to j are the ways to every i with an edge i -> j, each followed by the operation of j.",
        hints=(
            "ways[0] is {()}: one way to the input, on which nothing was done. Vertex j adds (ops[j],), the output adds nothing.",
            "ways[j] = {way + done for i in range(j) if matrix[i][j] for way in ways[i]}; return sorted(ways[-1]).",
        ),
        draw=_drawn_graph,
    ),
]
