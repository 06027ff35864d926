"""Exercises of chapter 5 on pencil and paper: a posterior, a repaired matrix, a distance under conditions, and the transport of one layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nastutor.checks import Check
from nastutor.kernels.psd import repaired

Matrix = list[list[float]]


def posterior(kernel: Matrix, cross: list[float], targets: list[float], noise: float) -> tuple[float, float]:
    noisy = np.array(kernel) + noise * np.eye(len(kernel))
    weights = np.linalg.solve(noisy, np.array(targets))
    known = float(np.array(cross) @ np.linalg.solve(noisy, np.array(cross)))
    return float(np.array(cross) @ weights), math.sqrt(max(0.0, 1 - known))


def clip(matrix: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh(np.array(matrix))
    return ((vectors * np.maximum(values, 0)) @ vectors.T).tolist()  # type: ignore[no-any-return]


def arc(x: float | None, y: float | None, omega: float, rho: float) -> float:
    if x is None and y is None:
        return 0.0
    if x is None or y is None:
        return omega
    return omega * math.sqrt(2 * (1 - math.cos(math.pi * rho * abs(x - y))))


def transport(mass: float, places: list[float], costs: list[float]) -> float:
    left, paid = mass, 0.0
    for cost, room in sorted(zip(costs, places, strict=True)):
        moved = min(left, room) if cost < 2 else 0.0
        left -= moved
        paid += moved * cost + (room - moved)
    return paid + left


# --- inputs


def _points(st: Any) -> Any:
    """Points on a line, each other than the last, with a kernel of them; one point more; targets and noise."""
    line = st.lists(st.integers(-3, 3), min_size=1, max_size=4, unique=True)

    def made(drawn: tuple[list[int], int, int, float]) -> tuple[Matrix, list[float], list[float], float]:
        points, new, seed, noise = drawn
        kernel = [[_like(a - b) for b in points] for a in points]
        return kernel, [_like(new - a) for a in points], [((seed + 3 * place) % 7 - 3) / 2 for place in range(len(points))], noise

    return st.tuples(line, st.integers(-4, 4), st.integers(0, 6), st.sampled_from((0.01, 0.1, 0.5))).map(made)


def _like(gap: float) -> float:
    return math.exp(-gap * gap / 2)


def _symmetric(st: Any) -> Any:
    """A matrix of likenesses: 1 on the diagonal, beside it whatever lies between -1 and 1."""
    count = st.integers(2, 3)

    def made(drawn: tuple[int, list[int]]) -> tuple[Matrix]:
        n, fifths = drawn
        matrix = np.eye(n)
        matrix[np.triu_indices(n, 1)] = np.array(fifths[: n * (n - 1) // 2]) / 5
        return ((matrix + matrix.T - np.eye(n)).tolist(),)

    return st.tuples(count, st.lists(st.integers(-5, 5), min_size=3, max_size=3)).map(made)


def _answers(st: Any) -> Any:
    share = st.one_of(st.none(), st.integers(0, 4).map(lambda quarters: quarters / 4))
    return st.tuples(share, share, st.sampled_from((0.5, 1.0, 2.0)), st.sampled_from((0.25, 0.5, 1.0)))


def _loads(st: Any) -> Any:
    place = st.tuples(st.integers(1, 5), st.sampled_from((0.0, 0.2, 0.5, 1.5, 2.5)))
    return st.tuples(st.integers(1, 9), st.lists(place, min_size=1, max_size=3)).map(
        lambda drawn: (float(drawn[0]), [float(room) for room, _ in drawn[1]], [cost for _, cost in drawn[1]])
    )


# --- known mistakes


def _posterior(noisy: bool = True, root: bool = True, prior: float = 1.0, sign: int = -1) -> Callable[..., tuple[float, float]]:
    """A wrong posterior: without noise, a variance, or a variance that begins or moves otherwise."""

    def wrong(kernel: Matrix, cross: list[float], targets: list[float], noise: float) -> tuple[float, float]:
        matrix = np.array(kernel) + (noise if noisy else 0) * np.eye(len(kernel))
        c = np.array(cross)
        variance = max(0.0, prior + sign * float(c @ np.linalg.solve(matrix, c)))
        return float(c @ np.linalg.solve(matrix, np.array(targets))), math.sqrt(variance) if root else variance

    return wrong


def _greedy(limit: float = 2.0, there: bool = True, here: bool = True, in_order: bool = False) -> Callable[..., float]:
    """A wrong transport: up to which cost it sends, whether what is not filled there and what is left here is paid for, and in which order."""

    def wrong(mass: float, places: list[float], costs: list[float]) -> float:
        left, paid = mass, 0.0
        pairs = list(zip(costs, places, strict=True))
        for cost, room in pairs if in_order else sorted(pairs):
            moved = min(left, room) if cost < limit else 0.0
            left -= moved
            paid += moved * cost + (room - moved) * there
        return paid + left * here

    return wrong


CHECKS = [
    Check(
        "ch05.posterior",
        inputs=_points,
        reference=posterior,
        mistakes=(
            (_posterior(noisy=False), "The noise is missing: it is added on the diagonal of the kernel before anything is solved."),
            (_posterior(root=False), "Wanted is the standard deviation, the root of the variance."),
            (_posterior(prior=0.0, sign=1), "This is what is known. The variance is 1, that of the prior, *minus* this."),
            (_posterior(sign=1), "Data make us surer: the variance becomes smaller than 1, not larger."),
        ),
        why="With M = kernel + noise on the diagonal: the mean is cross . M^-1 targets, the variance 1 - cross . M^-1 cross.",
        hints=(
            "M = np.array(kernel) + noise * np.eye(len(kernel)); np.linalg.solve(M, targets) is M^-1 targets.",
            "c = np.array(cross); return c @ np.linalg.solve(M, targets), max(0.0, 1 - c @ np.linalg.solve(M, c)) ** 0.5.",
        ),
    ),
    Check(
        "ch05.clip",
        inputs=_symmetric,
        reference=clip,
        mistakes=(
            (lambda matrix: np.maximum(matrix, 0).tolist(), "You clip the *entries*. It is the eigenvalues that must not be negative."),
            (lambda matrix: repaired(np.array(matrix), "shift")[0].tolist(), "This raises all eigenvalues. Only the negative ones change, to 0."),
            (lambda matrix: _rebuilt(matrix, abs), "A negative eigenvalue becomes 0, not its opposite."),
            (lambda matrix: matrix, "The matrix has not changed, though it has negative eigenvalues."),
        ),
        why="A symmetric matrix is V diag(values) V^T; make the negative values 0 and put it together again.",
        hints=(
            "values, vectors = np.linalg.eigh(matrix); the eigenvectors are the columns of vectors.",
            "vectors @ np.diag(np.maximum(values, 0)) @ vectors.T",
        ),
    ),
    Check(
        "ch05.arc",
        inputs=_answers,
        reference=arc,
        mistakes=(
            (lambda x, y, omega, rho: arc(x or 0.0, y or 0.0, omega, rho), "None is not 0: what is not asked for lies at the middle of the circle."),
            (lambda x, y, omega, rho: 0.0 if x is None or y is None else arc(x, y, omega, rho), "Where only one of the two has it, they are omega apart."),
            (lambda x, y, omega, rho: arc(x, y, omega, rho) ** 2, "This is the square of the distance."),
            (lambda x, y, omega, rho: arc(x, y, omega, 1.0), "The share rho of the half circle is missing: the angle between the two is pi rho |x - y|."),
            (
                lambda x, y, omega, rho: arc(x, y, omega, rho) if x is None or y is None else omega * math.pi * rho * abs(x - y),
                "This is the way along the arc. Wanted is the chord, the straight line between the two points.",
            ),
        ),
        why="Both None: 0. One None: the radius omega. Else the chord of the angle pi rho |x - y| on a circle of radius omega.",
        hints=(
            "Three cases. In the last the two points are omega (sin, cos) of the angles pi rho x and pi rho y.",
            "omega * math.sqrt(2 * (1 - math.cos(math.pi * rho * abs(x - y))))",
        ),
    ),
    Check(
        "ch05.transport",
        inputs=_loads,
        reference=transport,
        mistakes=(
            (_greedy(limit=math.inf), "At a cost of 2 or more it is cheaper to leave a unit behind here and one unfilled there: 1 + 1."),
            (_greedy(limit=1.0), "Up to a cost of 2 it pays to move: one that stays costs 1 here *and* 1 there."),
            (_greedy(there=False), "What is not filled at a place costs 1 a unit as well."),
            (_greedy(here=False), "What is left of the mass costs 1 a unit as well."),
            (_greedy(in_order=True), "The cheapest place first, whatever order they stand in."),
        ),
        why="Fill the cheapest place first, as long as a unit costs less than 2; then 1 for each unit left here and each unfilled there.",
        hints=(
            "for cost, room in sorted(zip(costs, places)): moved = min(left, room) if cost < 2 else 0.",
            "paid += moved * cost + (room - moved) for each place; at the end paid + left.",
        ),
    ),
]


def _rebuilt(matrix: Matrix, change: Callable[[Any], Any]) -> Matrix:
    values, vectors = np.linalg.eigh(np.array(matrix))
    return ((vectors * change(values)) @ vectors.T).tolist()  # type: ignore[no-any-return]
