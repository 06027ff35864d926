"""Exercises of chapter 8 on pencil and paper, with several objectives: who dominates whom, the front, what it covers, who stands apart, whom to draw."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check

Point = tuple[float, float]


def dominates(one: Point, other: Point) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and any(a < b for a, b in zip(one, other, strict=True))


def front(points: list[Point]) -> list[Point]:
    return sorted({point for point in points if not any(dominates(other, point) for other in points)})


def hypervolume(points: list[Point], reference: Point) -> float:
    inside = front([point for point in points if point[0] < reference[0] and point[1] < reference[1]])
    ends = [point[0] for point in inside[1:]] + [reference[0]]
    return sum((end - a) * (reference[1] - b) for (a, b), end in zip(inside, ends, strict=False))


def crowding(line: list[Point]) -> list[float]:
    if len(line) < 3:
        return [math.inf] * len(line)
    wide, high = line[-1][0] - line[0][0], line[0][1] - line[-1][1]
    inner = [(after[0] - before[0]) / wide + (before[1] - after[1]) / high for before, after in zip(line, line[2:], strict=False)]
    return [math.inf, *inner, math.inf]


def rarity(values: list[float], width: float) -> list[float]:
    density = [sum(math.exp(-(((a - b) / width) ** 2) / 2) for b in values) for a in values]
    total = sum(1 / one for one in density)
    return [1 / one / total for one in density]


# --- inputs


def _point(st: Any) -> Any:
    return st.tuples(st.integers(0, 5), st.integers(0, 5))


def _points(st: Any) -> Any:
    return st.lists(_point(st), min_size=1, max_size=7)


def _line(st: Any) -> Any:
    """A front of two objectives, by the first: the second falls as the first rises."""
    steps = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=0, max_size=5)

    def walked(drawn: list[tuple[int, int]]) -> tuple[list[Point]]:
        line = [(0.0, float(sum(down for _, down in drawn)))]
        for right, down in drawn:
            line.append((line[-1][0] + right, line[-1][1] - down))
        return (line,)

    return steps.map(walked)


def _sizes(st: Any) -> Any:
    return st.tuples(st.lists(st.integers(0, 6).map(float), min_size=1, max_size=6), st.sampled_from((0.5, 1.0, 2.0)))


# --- how answers are compared


def _as_fronts(got: Any, expected: list[Point], *_: Any) -> str | None:
    """The order does not count; said is the first point that is too much or missing."""
    if not isinstance(got, (list, tuple, set)):
        return f"it is a {type(got).__name__}; wanted is a list of points"
    mine = [tuple(point) if isinstance(point, (list, tuple)) else point for point in got]
    for point in mine:
        if point not in expected:
            return f"{point} is dominated, or not among the points"
    for point in expected:
        if mine.count(point) != 1:
            return f"{point} is missing" if point not in mine else f"{point} stands in it {mine.count(point)} times"
    return None


# --- known mistakes


def _front_by(beats: Callable[[Point, Point], bool]) -> Callable[[list[Point]], list[Point]]:
    """A wrong front: what counts as dominated."""
    return lambda points: sorted({point for point in points if not any(beats(other, point) for other in points)})


def _volume_of(steps: Callable[[list[Point], Point], float], kept: Callable[[list[Point]], list[Point]] = front) -> Callable[..., float]:
    """A wrong hypervolume: the area of the steps, of what is kept of the points inside."""
    return lambda points, corner: steps(kept([point for point in points if point[0] < corner[0] and point[1] < corner[1]]), corner)


def _boxes(line: list[Point], corner: Point) -> float:
    return sum((corner[0] - a) * (corner[1] - b) for a, b in line)


def _outside_too(points: list[Point], corner: Point) -> float:
    line = front(points)
    ends = [point[0] for point in line[1:]] + [corner[0]]
    return sum((end - a) * (corner[1] - b) for (a, b), end in zip(line, ends, strict=False))


def _apart(inner: Callable[[Point, Point, float, float], float], end: float = math.inf) -> Callable[[list[Point]], list[float]]:
    """A wrong crowding: what a point between two neighbours gets, of the width and the height of all; and what the ends get."""

    def wrong(line: list[Point]) -> list[float]:
        if len(line) < 3:
            return [end] * len(line)
        wide, high = line[-1][0] - line[0][0], line[0][1] - line[-1][1]
        return [end, *(inner(line[n - 1], line[n + 1], wide, high) for n in range(1, len(line) - 1)), end]

    return wrong


def _chances(density: Callable[[float, list[float], float], float], weight: Callable[[float], float], shared: bool = True) -> Callable[..., list[float]]:
    """A wrong rarity: what the density at a value is, what weight it gives, and whether weights are shared out."""

    def wrong(values: list[float], width: float) -> list[float]:
        weights = [weight(density(value, values, width)) for value in values]
        total = sum(weights) if shared else 1.0
        return [one / total for one in weights]

    return wrong


def _density(value: float, values: list[float], width: float) -> float:
    return sum(math.exp(-(((value - other) / width) ** 2) / 2) for other in values)


CHECKS = [
    Check(
        "ch08.dominates",
        inputs=lambda st: st.tuples(_point(st), _point(st)),
        reference=dominates,
        mistakes=(
            (
                lambda one, other: all(a <= b for a, b in zip(one, other, strict=True)),
                "Equal points do not dominate each other: in one objective it must be better.",
            ),
            (lambda one, other: all(a < b for a, b in zip(one, other, strict=True)), "Better in *each* is too much: no worse in each, and better in one."),
            (lambda one, other: any(a < b for a, b in zip(one, other, strict=True)), "Better in one is not enough: it must be no worse in the others."),
            (lambda one, other: dominates(other, one), "The other way round: smaller is better, as these are errors and sizes."),
            (lambda one, other: sum(one) < sum(other), "Sums mix units: an error and a number of parameters cannot be added."),
        ),
        why="`one` is no worse than `other` in each objective, and better in one of them at least; smaller is better.",
        hints=(
            "Two conditions: all(a <= b ...) and any(a < b ...).",
            "return all(a <= b for a, b in zip(one, other)) and any(a < b for a, b in zip(one, other))",
        ),
    ),
    Check(
        "ch08.front",
        inputs=lambda st: st.tuples(_points(st)),
        reference=front,
        compare=_as_fronts,
        mistakes=(
            (
                lambda points: sorted(point for point in points if not any(dominates(other, point) for other in points)),
                "Equal points stay all in yours; each stands in a front once.",
            ),
            (
                _front_by(lambda one, other: all(a < b for a, b in zip(one, other, strict=True))),
                "You leave points that another equals in one objective and beats in the other.",
            ),
            (lambda points: [min(points)], "That is the best in the first objective alone; a front holds all that nobody dominates."),
            (_front_by(lambda one, other: dominates(other, one)), "You keep those that dominate *nobody*: the worst ones."),
        ),
        why="A point stays if no other dominates it; the same point stands in the front once.",
        hints=(
            "For each point ask whether any other dominates it. A set keeps equal ones once.",
            "sorted({point for point in points if not any(dominates(other, point) for other in points)})",
        ),
    ),
    Check(
        "ch08.hypervolume",
        inputs=lambda st: st.tuples(_points(st), st.tuples(st.integers(1, 6), st.integers(1, 6))),
        reference=hypervolume,
        mistakes=(
            (_volume_of(_boxes), "Boxes overlap, and you count what they share several times: cut the area into steps."),
            (_volume_of(_boxes, list), "Boxes overlap, and you count what they share several times: cut the area into steps."),
            (_outside_too, "A point that is not better than the reference in both objectives adds nothing; in yours it adds or takes away."),
            (
                lambda points, corner: max(((corner[0] - a) * (corner[1] - b) for a, b in points if a < corner[0] and b < corner[1]), default=0),
                "That is the largest box alone; the others reach beyond it.",
            ),
        ),
        why="Sort the front by the first objective: each step reaches to the next point (the last one to the reference) and up to the reference.",
        hints=(
            "Leave out what is not better than the reference in both, take the front, sort it by the first objective, and add up steps.",
            "ends = [point[0] for point in line[1:]] + [reference[0]]; sum((end - a) * (reference[1] - b) for (a, b), end in zip(line, ends))",
        ),
    ),
    Check(
        "ch08.crowding",
        inputs=_line,
        reference=crowding,
        mistakes=(
            (
                _apart(lambda before, after, wide, high: after[0] - before[0] + before[1] - after[1]),
                "Each objective is measured in units of its range on the front.",
            ),
            (_apart(lambda before, after, wide, high: (after[0] - before[0]) / wide), "That is the first objective alone; the second counts as well."),
            (
                _apart(lambda before, after, wide, high: (after[0] - before[0]) / wide + (before[1] - after[1]) / high, end=0.0),
                "The ends must stay, whatever is near: theirs is infinite, not 0.",
            ),
            (
                _apart(lambda before, after, wide, high: math.hypot((after[0] - before[0]) / wide, (before[1] - after[1]) / high)),
                "It is the sum of the two differences, not the length of the diagonal.",
            ),
            (
                _apart(lambda before, after, wide, high: ((after[0] - before[0]) / wide + (before[1] - after[1]) / high) / 2),
                "The sum is not divided by the number of objectives.",
            ),
        ),
        why="For a point between two neighbours: how far they lie apart in each objective, in units of that objective's range, added up.",
        hints=(
            "The ends get math.inf. In between: (after - before) / range, for both objectives; fewer than three points are all ends.",
            "(line[n + 1][0] - line[n - 1][0]) / wide + (line[n - 1][1] - line[n + 1][1]) / high, with wide and high of the whole front.",
        ),
    ),
    Check(
        "ch08.rarity",
        inputs=_sizes,
        reference=rarity,
        mistakes=(
            (_chances(_density, lambda density: density), "In yours crowded places breed. Wanted is the reverse: 1 / density."),
            (_chances(_density, lambda density: 1 / density, shared=False), "These are weights; chances are shared out, so that they sum to 1."),
            (
                _chances(lambda value, values, width: _density(value, values, width) - 1, lambda density: 1 / density if density else math.inf),
                "A value is near itself too: its own kernel, 1, counts.",
            ),
            (
                _chances(lambda value, values, width: sum(math.exp(-(((value - b) / width) ** 2)) for b in values), lambda density: 1 / density),
                "The exponent of a Gaussian has a half: -((a - b) / width)^2 / 2.",
            ),
            (
                _chances(lambda value, values, width: sum(math.exp(-((value - b) ** 2) / width / 2) for b in values), lambda density: 1 / density),
                "The width is squared as well: ((a - b) / width)^2.",
            ),
            (_chances(_density, lambda density: -math.log(density) + 10), "In inverse *proportion*: twice the density is half the chance."),
        ),
        why="The density at a value is the sum of exp(-((a - b) / width)^2 / 2) over all values b, itself too; chances go with 1 / density.",
        hints=(
            "First the densities, then 1 / density for each, then divide by their sum.",
            "density = [sum(math.exp(-((a - b) / width) ** 2 / 2) for b in values) for a in values]",
        ),
    ),
]
