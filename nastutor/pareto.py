"""Several objectives, all minimised: who dominates whom, how crowded a front is, and how much it covers (chapters 8 and 17)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

Point = tuple[float, ...]


def front(points: Iterable[Sequence[float]]) -> list[int]:
    """The numbers of the points that no other dominates, by the first objective, then by the next; of equal points the first alone.

    One dominates another that is no worse in each objective and better in one. NaN is worse than all else.

    >>> front([(2.0, 2.0), (1.0, 3.0), (2.0, 3.0), (1.0, 3.0)])
    [1, 0]
    """
    values = [tuple(math.inf if x != x else x for x in point) for point in points]
    kept: list[int] = []
    for number in sorted(range(len(values)), key=values.__getitem__):  # none is dominated by one behind it
        if not any(all(a <= b for a, b in zip(values[other], values[number], strict=True)) for other in kept):
            kept.append(number)
    return kept


def ranks(points: Any) -> numpy.ndarray:
    """Non-dominated sorting (Deb et al. 2002, section III-A): 0 for those that none dominates, 1 for those that only these do ... (n,) of (n, m).

    Equal points share a rank. NaN is worse than all else. It compares each with each: n^2 m steps and n^2 bytes.

    >>> ranks([(2.0, 2.0), (1.0, 3.0), (2.0, 3.0), (3.0, 4.0)]).tolist()
    [0, 0, 1, 2]
    """
    import numpy as np

    values = _points(points)
    dominates = np.ones((len(values), len(values)), dtype=bool)  # row over column
    better = np.zeros_like(dominates)
    for column in values.T:
        dominates &= column[:, None] <= column
        better |= column[:, None] < column
    dominates &= better
    left, found, rank = dominates.sum(axis=0), np.full(len(values), -1), 0  # how many dominate each that are not ranked yet
    while (found < 0).any():
        now = (found < 0) & (left == 0)
        found[now] = rank
        left -= dominates[now].sum(axis=0)
        rank += 1
    return found


def crowding(points: Any) -> numpy.ndarray:
    """How far the neighbours of each point of a front lie from each other, summed over objectives in units of their range (section III-B), (n,).

    Infinite at both ends of each objective. An objective in which all are equal says nothing.

    >>> crowding([(0.0, 4.0), (1.0, 2.0), (4.0, 0.0)]).tolist()
    [inf, 2.0, inf]
    """
    import numpy as np

    values = _points(points)
    found = np.zeros(len(values))
    for column in values.T:
        order = np.argsort(column, kind="stable")
        line = column[order]
        if len(line) and line[0] < line[-1]:
            finite = line[np.isfinite(line)]
            span = finite[-1] - finite[0] if len(finite) > 1 and finite[-1] > finite[0] else 1.0
            with np.errstate(invalid="ignore"):
                found[order[1:-1]] += np.nan_to_num((line[2:] - line[:-2]) / span, posinf=np.inf)
            found[order[[0, -1]]] = np.inf
    return found if len(values) > 2 else np.full(len(values), np.inf)


def hypervolume(points: Iterable[Sequence[float]], reference: Sequence[float]) -> float:
    """The volume of what the points dominate, up to a reference point (Zitzler and Thiele 1998): exact, by slices along the last objective.

    points     (n, m), m from 1; those that are not better than the reference in every objective add nothing
    reference  (m,), finite

    Two objectives take n log n steps, m of them up to n^(m-1).

    >>> hypervolume([(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)], reference=(4.0, 4.0))
    6.0
    """
    corner = tuple(map(float, reference))
    if not corner or not all(map(math.isfinite, corner)):
        raise ValueError(f"`reference` is {reference!r}; allowed is a finite number for each objective, at least one")
    inside = [tuple(map(float, point)) for point in points]
    for point in inside:
        if len(point) != len(corner):
            raise ValueError(f"`points` hold {point} with {len(point)} objectives, and `reference` has {len(corner)}")
        if -math.inf in point:
            raise ValueError(f"`points` hold {point}; allowed are numbers above minus infinity, which would dominate infinitely much")
    return _volume([point for point in inside if all(a < b for a, b in zip(point, corner, strict=True))], corner)


def _volume(points: list[Point], corner: Point) -> float:
    """Of points that all lie below the corner."""
    if not points:
        return 0.0
    points = [points[number] for number in front(points)]
    if len(corner) == 1:
        return corner[0] - points[0][0]
    if len(corner) == 2:  # steps: along the front the first objective rises and the second falls
        ends = [*[point[0] for point in points[1:]], corner[0]]
        return sum((end - a) * (corner[1] - b) for (a, b), end in zip(points, ends, strict=True))
    points.sort(key=lambda point: point[-1])
    tops = [*[point[-1] for point in points[1:]], corner[-1]]
    slices = ((top - point[-1], points[: number + 1]) for number, (point, top) in enumerate(zip(points, tops, strict=True)))
    return sum(thick * _volume([point[:-1] for point in below], corner[:-1]) for thick, below in slices if thick > 0)


def _points(points: Any) -> Any:
    """(n, m) of floats, NaN as infinity."""
    import numpy as np

    values = np.asarray(points, dtype=float)
    if values.size == 0:
        return values.reshape(0, 1)
    if values.ndim != 2:
        raise ValueError(f"`points` have shape {values.shape}; allowed is (points, objectives)")
    return np.where(np.isnan(values), np.inf, values)
