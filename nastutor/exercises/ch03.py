"""Exercises of chapter 3: paths of a fabric, a hierarchical cell made flat, a wider layer of the same function, a mobile code read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check

Rows = list[list[float]]
Flat = dict[tuple[tuple[int, ...], tuple[int, ...]], str]
OPS = ("conv3", "pool3", "skip")


def count_paths(layers: int, scales: int) -> int:
    ways = [1] * scales  # to each scale of layer 1
    for _ in range(layers - 1):
        ways = [sum(ways[max(scale - 1, 0) : scale + 2]) for scale in range(scales)]
    return sum(ways)


def flatten(cell: dict[tuple[int, int], str], motifs: dict[str, dict[tuple[int, int], str]], nodes: int) -> Flat:
    flat: Flat = {}
    for (i, j), name in cell.items():
        place = {0: (i,), nodes - 1: (j,)}
        for (a, b), op in motifs[name].items():
            flat[place.get(a, (i, j, a)), place.get(b, (i, j, b))] = op
    return flat


def wider(weights: Rows, bias: list[float], outgoing: Rows, copies: list[int]) -> tuple[Rows, list[float], Rows]:
    units = [*range(len(bias)), *copies]  # which old unit each new one is
    times = [units.count(unit) for unit in range(len(bias))]
    return [list(weights[u]) for u in units], [bias[u] for u in units], [[row[u] / times[u] for u in units] for row in outgoing]


def mobile_blocks(code: list[str], depths: list[int], widths: list[int], strides: list[int], first: int) -> list[tuple[Any, ...]]:
    blocks, before, left = [], first, iter(code)
    for depth, width, stride in zip(depths, widths, strides, strict=True):
        for place in range(depth):
            op, step = next(left), stride if place == 0 else 1
            if op != "none":
                kernel, expansion = op[1:].split("e")
                blocks.append((int(kernel), int(expansion), before, width, step, step == 1 and before == width))
                before = width
    return blocks


# --- inputs


def _fabrics(st: Any) -> Any:
    return st.tuples(st.integers(2, 9), st.integers(1, 6))


def _edges(nodes: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(1, nodes) for i in range(j)]


def _cells(st: Any) -> Any:
    """Edges that carry nothing are left out; a motif has 3 or 4 nodes, the cell as well."""

    def graph(nodes: int, options: tuple[str, ...]) -> Any:
        carried = st.sampled_from((None, *options))
        edges = _edges(nodes)
        rows = st.lists(carried, min_size=len(edges), max_size=len(edges))
        return rows.map(lambda row: {edge: op for edge, op in zip(edges, row, strict=True) if op is not None})

    def cells(nodes: int) -> Any:
        motifs = st.fixed_dictionaries({"A": graph(nodes, OPS), "B": graph(nodes, OPS)})
        return st.tuples(st.sampled_from((3, 4)).flatmap(lambda n: graph(n, ("A", "B"))), motifs, st.just(nodes))

    return st.sampled_from((3, 4)).flatmap(cells)


def _layers(st: Any) -> Any:
    number = st.integers(-3, 3).map(float)

    def rows(count: int, length: int) -> Any:
        return st.lists(st.lists(number, min_size=length, max_size=length), min_size=count, max_size=count)

    def layer(units: int) -> Any:
        bias = st.lists(number, min_size=units, max_size=units)
        return st.tuples(rows(units, 2), bias, rows(2, units), st.lists(st.integers(0, units - 1), min_size=1, max_size=4))

    return st.integers(1, 4).flatmap(layer)


def _codes(st: Any) -> Any:
    """The first block of a stage is always there."""
    ops = st.sampled_from(("k3e3", "k5e6", "k7e3", "k3e1"))

    def stage(depth: int) -> Any:
        row = st.tuples(ops, st.lists(st.one_of(ops, st.just("none")), min_size=depth - 1, max_size=depth - 1))
        return st.tuples(row.map(lambda row: [row[0], *row[1]]), st.just(depth), st.sampled_from((8, 16, 24)), st.sampled_from((1, 2)))

    def arguments(stages: list[Any]) -> tuple[Any, ...]:
        codes, *others = ([part[k] for part in stages] for k in range(4))
        return ([op for code in codes for op in code], *others)

    stages = st.lists(st.integers(1, 4).flatmap(stage), min_size=1, max_size=3)
    return st.tuples(stages, st.sampled_from((8, 16))).map(lambda both: (*arguments(both[0]), both[1]))


# --- how answers are judged


def preserved(got: Any, expected: Any, weights: Rows, bias: list[float], outgoing: Rows, copies: list[int]) -> str | None:
    """None where the new units are the copies that were asked for and the function is the old one; how their outgoing weights share is free."""
    import numpy as np

    if not isinstance(got, (tuple, list)) or len(got) != 3:
        return "wanted are three things: (weights, bias, outgoing)"
    try:
        wide, shift, out = (np.asarray(part, dtype=float) for part in got)
    except (TypeError, ValueError):
        return "its rows have different lengths, or hold something else than numbers"
    goal = [np.asarray(part) for part in expected]
    for name, mine, its in zip(("weights", "bias", "outgoing"), (wide, shift, out), goal, strict=True):
        if mine.shape != its.shape:
            return f"`{name}` has the shape {mine.shape} instead of {its.shape}"
    for name, mine, its in (("weights", wide, goal[0]), ("bias", shift, goal[1])):
        if not np.allclose(mine, its):
            return f"`{name}`: the new units are not the copies that were asked for"
    return (
        None
        if np.allclose(_sums(out, bias, copies), np.asarray(outgoing))
        else "it computes another function: what the copies of a unit send on does not add up"
    )


def _sums(outgoing: Any, bias: list[float], copies: list[int]) -> Any:
    """What each old unit sends on, added over its copies: (outputs, units)."""
    units = [*range(len(bias)), *copies]
    return [[sum(row[k] for k, unit in enumerate(units) if unit == old) for old in range(len(bias))] for row in outgoing]


def _drawn(got: Any, *values: Any) -> Any:
    return [(str(a), str(b), op) for (a, b), op in got.items()]


# --- known mistakes


def _walks(options: Callable[[int, int], list[int]], extra: int = 0) -> Callable[[int, int], int]:
    """A wrong count_paths: other steps, or more of them."""

    def wrong(layers: int, scales: int) -> int:
        ways = [1] * scales
        for _ in range(layers - 1 + extra):
            ways = [sum(ways[near] for near in options(scale, scales)) for scale in range(scales)]
        return sum(ways)

    return wrong


def _near(scale: int, scales: int) -> list[int]:
    return [near for near in (scale - 1, scale, scale + 1) if 0 <= near < scales]


def _from_the_finest(layers: int, scales: int) -> int:
    ways = [1] + [0] * (scales - 1)
    for _ in range(layers - 1):
        ways = [sum(ways[near] for near in _near(scale, scales)) for scale in range(scales)]
    return sum(ways)


def _one_copy(cell: Any, motifs: Any, nodes: int) -> Any:
    flat = {}
    for (i, j), name in cell.items():
        place = {0: (i,), nodes - 1: (j,)}
        for (a, b), op in motifs[name].items():
            flat[place.get(a, (name, a)), place.get(b, (name, b))] = op
    return flat


def _end_of_its_own(cell: Any, motifs: Any, nodes: int) -> Any:
    return {((i,) if a == 0 else (i, j, a), (i, j, b)): op for (i, j), name in cell.items() for (a, b), op in motifs[name].items()}


def _start_of_its_own(cell: Any, motifs: Any, nodes: int) -> Any:
    return {((i, j, a), (j,) if b == nodes - 1 else (i, j, b)): op for (i, j), name in cell.items() for (a, b), op in motifs[name].items()}


def _undivided(weights: Rows, bias: list[float], outgoing: Rows, copies: list[int]) -> Any:
    wide, shift, _ = wider(weights, bias, outgoing, copies)
    return wide, shift, [[*row, *(row[u] for u in copies)] for row in outgoing]


def _only_copies_divided(weights: Rows, bias: list[float], outgoing: Rows, copies: list[int]) -> Any:
    wide, shift, out = wider(weights, bias, outgoing, copies)
    return wide, shift, [[*row, *new[len(row) :]] for row, new in zip(outgoing, out, strict=True)]


def _halved(weights: Rows, bias: list[float], outgoing: Rows, copies: list[int]) -> Any:
    """Every unit that has a copy counts as two."""
    wide, shift, _ = wider(weights, bias, outgoing, copies)
    halves = [[weight / (2 if u in copies else 1) for u, weight in enumerate(row)] for row in outgoing]
    return wide, shift, [[*row, *(row[u] for u in copies)] for row in halves]


def _by_all(weights: Rows, bias: list[float], outgoing: Rows, copies: list[int]) -> Any:
    wide, shift, out = _undivided(weights, bias, outgoing, copies)
    again = Counter(copies)
    return wide, shift, [[w / (1 + len(copies)) if u in again else w for u, w in zip([*range(len(bias)), *copies], row, strict=True)] for row in out]


def _no_bias(weights: Rows, bias: list[float], outgoing: Rows, copies: list[int]) -> Any:
    wide, _, out = wider(weights, bias, outgoing, copies)
    return wide, [*bias, *(0.0 for _ in copies)], out


def _changed(change: Callable[..., tuple[Any, ...]]) -> Callable[..., Any]:
    """A wrong mobile_blocks: each block changed by `change(block, first in its stage, stride of the stage)`."""

    def wrong(code: list[str], depths: list[int], widths: list[int], strides: list[int], first: int) -> Any:
        steps = [(place == 0, stride, width) for depth, stride, width in zip(depths, strides, widths, strict=True) for place in range(depth)]
        there = [step for op, step in zip(code, steps, strict=True) if op != "none"]
        return [change(block, *step) for block, step in zip(mobile_blocks(code, depths, widths, strides, first), there, strict=True)]

    return wrong


def _stage_start(code: list[str], depths: list[int], widths: list[int], strides: list[int], first: int) -> Any:
    """Every block of a stage gets the channels of the stage before."""
    starts = dict(zip(range(len(widths)), [first, *widths[:-1]], strict=True))
    stage = [n for n, depth in enumerate(depths) for _ in range(depth)]
    there = [n for n, op in zip(stage, code, strict=True) if op != "none"]
    blocks = mobile_blocks(code, depths, widths, strides, first)
    return [(k, e, starts[n], after, step, step == 1 and starts[n] == after) for n, (k, e, _, after, step, _) in zip(there, blocks, strict=True)]


def _without_gaps(code: list[str], depths: list[int], widths: list[int], strides: list[int], first: int) -> Any:
    """`none` is thrown away before the code is cut into stages."""
    there = iter([op for op in code if op != "none"])
    return mobile_blocks([next(there, "none") for _ in range(sum(depths))], depths, widths, strides, first)


CHECKS = [
    Check(
        "ch03.count_paths",
        inputs=_fabrics,
        reference=count_paths,
        mistakes=(
            (
                lambda layers, scales: scales * 3 ** (layers - 1),
                "Three steps are not open everywhere: the finest scale has no finer one, the coarsest no coarser, and they are no ring.",
            ),
            (_walks(_near, 1), "One step too many: from layer 1 to layer L there are L - 1."),
            (
                _from_the_finest,
                "You start at scale 1 alone. In layer 1 the image is handed down through all scales, so a path may leave that layer at any of them.",
            ),
            (_walks(lambda s, n: [d for d in (s - 1, s + 1) if 0 <= d < n]), "A path may also stay at its scale."),
            (_walks(lambda s, n: [d for d in (s - 1, s) if d >= 0]), "A path may also come up from the coarser scale."),
        ),
        why="Keep one number for each scale: in how many ways it can be reached. A layer further, each scale adds up those of its neighbours and its own.",
        hints=(
            "Layer 1: one way to each scale. Layer 2: a scale in the middle can be reached in 3 ways, one at the border in 2.",
            "ways = [1] * scales; layers - 1 times, ways[s] becomes ways[s - 1] + ways[s] + ways[s + 1], as far as they exist; in the end sum(ways).",
        ),
    ),
    Check(
        "ch03.flatten",
        inputs=_cells,
        reference=flatten,
        mistakes=(
            (
                _one_copy,
                "The inner nodes are the same in all places of a motif. Each use is a copy of its own: call inner node k on the edge i -> j (i, j, k).",
            ),
            (
                _end_of_its_own,
                "The last node of a motif is left beside the node j that the edge leads to. They are one: what reaches the motif's end reaches j.",
            ),
            (_start_of_its_own, "The first node of a motif is left beside the node i that the edge comes from. They are one."),
        ),
        why="Three cases for a node k of a motif on the edge i -> j: the first one is (i,), the last one is (j,), any other is (i, j, k).",
        hints=(
            "Go through the edges of the cell; for each, through the edges of its motif. Every pair of them is one edge of the result.",
            "place = {0: (i,), nodes - 1: (j,)}; the edge a -> b becomes place.get(a, (i, j, a)) -> place.get(b, (i, j, b)).",
        ),
        draw=_drawn,
    ),
    Check(
        "ch03.wider",
        inputs=_layers,
        reference=wider,
        compare=preserved,
        mistakes=(
            (_undivided, "The outgoing weights are copied but not divided: a unit that is there twice is heard twice."),
            (_only_copies_divided, "The copies send on a share, the unit itself still sends all. Unit and copies are equal now: divide for all of them."),
            (_halved, "You divide by two. A unit may be copied several times: divide by how often it is there."),
            (_by_all, "You divide by the number of all new units. Each unit shares with its own copies alone."),
            (_no_bias, "The copies have no bias, so they are not copies."),
        ),
        why="Incoming weights and bias are copied as they are; outgoing weights are divided by how often the unit is there now.",
        hints=(
            "units = [*range(len(bias)), *copies] says which old unit each new one is.",
            "With times[u] = units.count(u): the new outgoing row is [row[u] / times[u] for u in units].",
        ),
    ),
    Check(
        "ch03.mobile_blocks",
        inputs=_codes,
        reference=mobile_blocks,
        mistakes=(
            (
                _changed(lambda b, is_first, stride, width: (*b[:4], stride, stride == 1 and b[2] == b[3])),
                "Every block of a stage has its stride. Only the first one has: a stage halves the image once.",
            ),
            (_stage_start, "All blocks of a stage begin with the channels of the stage before. From the second on they begin with the stage's own."),
            (_changed(lambda b, is_first, stride, width: (*b[:5], b[4] == 1)), "A sum needs equal channels as well: stride 1 is not enough."),
            (_changed(lambda b, is_first, stride, width: (*b[:5], b[2] == b[3])), "A sum needs equal sizes as well: not where the stride is 2."),
            (
                _changed(lambda b, is_first, stride, width: (*b[:5], not is_first)),
                "The first block of a stage adds its input too, where stride and channels allow.",
            ),
            (
                _without_gaps,
                "You drop `none` before the code is cut into stages, so that later blocks move up. Each place has its entry; `none` leaves the place empty.",
            ),
        ),
        why="Go through the stages, and in each through its places; a place takes one entry of the code, whether a block stands there or not.",
        hints=(
            "Keep `before`, the channels so far: it becomes the stage's width after each block that is there.",
            "stride: the stage's at its first place, then 1; sum: where it is 1 and before == width; op[1:].split('e'): kernel and expansion.",
        ),
    ),
]
