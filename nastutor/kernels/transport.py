"""Exact optimal transport between layers, where mass may also stay behind (Kandasamy et al. 2018, equation 3).

Mass a_i of one network goes to the places b_j of another at a cost C_ij each; what stays behind, on either side, costs 1. So a unit that goes
at C_ij saves 2 - C_ij, nothing is sent at a cost of 2 or more, and

    d = sum a + sum b - max over F of sum F_ij (2 - C_ij),  with sum_j F_ij <= a_i, sum_i F_ij <= b_j, F >= 0.

"scipy" solves it in this form by linear programming, many problems as one; "pot" as the paper does, with a slack layer on each side, by the
network simplex of POT (`pip install nastutor[transport]`), which is much quicker. The two agree, but not to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SOLVERS = ("scipy", "pot")
FAR = 7.65432e5  # instead of an infinite cost, as in the release
TOGETHER = 3_000  # flows in one linear program


class Problem(NamedTuple):
    """Masses (m,), masses (n,) and costs (m, n), which may be infinite."""

    a: Floats
    b: Floats
    cost: Floats


def transported(problems: Sequence[Problem], solver: str = "scipy") -> Floats:
    """The least cost of each problem: (P,).

    >>> a, b, cost = np.array([3.0, 1.0]), np.array([2.0]), np.array([[0.5], [0.0]])
    >>> round(float(transported([Problem(a, b, cost)])[0]), 6)  # 1 to b for nothing, 1 to b at 0.5, 2 stay behind
    2.5
    """
    if solver not in SOLVERS:
        raise ValueError(f"`solver` is {solver!r}; allowed are {', '.join(map(repr, SOLVERS))} (chapter 5)")
    if solver == "pot":
        return np.array([_by_pot(problem) for problem in problems])
    totals = np.array([problem.a.sum() + problem.b.sum() for problem in problems])
    return np.maximum(totals - np.concatenate([np.zeros(0), *map(_saved, _batches(problems))]), 0)


def _batches(problems: Sequence[Problem]) -> Iterator[list[Problem]]:
    batch, size = list[Problem](), 0
    for problem in problems:
        batch.append(problem)
        if (size := size + problem.cost.size) > TOGETHER:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _saved(problems: Sequence[Problem]) -> Floats:
    """The most that each can save: (P,)."""
    gain, owner, sent, _ = _sent(problems)
    return np.asarray(np.bincount(owner, sent * gain, len(problems)), dtype=float)


def flow(problem: Problem) -> Floats:
    """What goes from where to where in a cheapest way, of which there may be several; the rest stays behind: (m, n).

    >>> flow(Problem(np.array([3.0, 1.0]), np.array([2.0]), np.array([[0.5], [0.0]]))).round(6).tolist()
    [[1.0], [1.0]]
    """
    _, _, sent, places = _sent([problem])
    found = np.zeros(problem.cost.shape)
    found[tuple(places[0])] = sent
    return found


def _sent(problems: Sequence[Problem]) -> tuple[Floats, NDArray[np.int64], Floats, list[NDArray[np.int64]]]:
    """Of each flow that may save something: what a unit saves, the number of its problem, how much goes (F,); and from where to where, (2, f) a problem.

    One linear program for all problems.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    row, gains, owners, places, offset = [], [], [], [], 0
    for number, (a, b, cost) in enumerate(problems):
        i, j = np.nonzero(cost < 2)
        row += [offset + i, offset + len(a) + j]
        gains.append(2 - cost[i, j])
        owners.append(np.full(len(i), number))
        places.append(np.stack([i, j]))
        offset += len(a) + len(b)
    gain, owner = np.concatenate(gains), np.concatenate(owners)
    if not len(gain):
        return gain, owner, gain, places
    start = np.cumsum([0, *map(len, gains)])
    column = [np.arange(start[number], start[number + 1]) for number in range(len(problems)) for _ in range(2)]
    limits = coo_array((np.ones(2 * len(gain)), (np.concatenate(row), np.concatenate(column))), shape=(offset, len(gain)))
    found = linprog(-gain, limits.tocsr(), np.concatenate([part for problem in problems for part in problem[:2]]), method="highs")
    if found.status:
        raise ValueError(f"the linear program was not solved: {found.message}")
    return gain, owner, found.x, places


def _by_pot(problem: Problem) -> float:
    try:
        import ot
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("`solver` is 'pot', which needs POT: pip install 'nastutor[transport]'; 'scipy' needs nothing more (chapter 5)") from error
    a, b, cost = problem
    total = a.sum() + b.sum()
    slack = np.ones((len(a) + 1, len(b) + 1))
    slack[:-1, :-1], slack[-1, -1] = np.where(cost < 2, cost, FAR), 0
    flow = ot.emd(np.append(a, b.sum()) / total, np.append(b, a.sum()) / total, slack, check_marginals=False, center_dual=False)
    return float((flow * slack).sum() * total)
