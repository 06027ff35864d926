"""Kendall's tau-b of many resamples of one pair of rankings: pairs are compared once, and counted for all resamples together."""

from __future__ import annotations

import numpy as np

from nastutor.comparing.agreement import rank_agreement

MOST = 1_000  # values; of more the matrix of all pairs is larger than the time it saves is worth


def tau(one: np.ndarray, other: np.ndarray) -> float:
    """Of two rows (n,); 0 where one has no order.

    >>> tau(np.arange(5), np.array([0, 1, 2, 4, 3]))
    0.8
    """
    found = rank_agreement(one, other).kendall
    return found if found == found else 0.0


def taus_resampled(one: np.ndarray, other: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(R,): of one[rows] and other[rows], for each row of `draws`, numbers (R, n); 0 where one has no order."""
    if len(one) > MOST:
        return np.array([tau(one[rows], other[rows]) for rows in draws])
    weights = np.stack([np.bincount(rows, minlength=len(one)) for rows in draws]).astype(np.float64)  # how often each was drawn: (R, n)
    counted = lambda pairs: ((weights @ pairs) * weights).sum(1)  # what a pair counts, as often as it was drawn
    first, second = _signs(one), _signs(other)
    return _over(counted(first * second), counted(np.abs(first)), counted(np.abs(second)))


def taus_permuted(one: np.ndarray, other: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """(R,): of one[order] and other, for each row of `orders`, permutations (R, n); 0 where one has no order."""
    if len(one) > MOST:
        return np.array([tau(one[order], other) for order in orders])
    first, second = _signs(one), _signs(other)
    concordant = np.array([(first[np.ix_(order, order)] * second).sum() for order in orders])
    return _over(concordant, np.abs(first).sum(), np.abs(second).sum())


def _signs(values: np.ndarray) -> np.ndarray:
    """(n, n): which of two is larger, 1 or -1; 0 of equal ones."""
    return np.sign(values[:, None] - values[None, :])


def _over(concordant: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Concordant less discordant pairs, over the geometric mean of those that are not tied in one and in the other."""
    most = np.sqrt(first * second)
    return np.divide(concordant, most, out=np.zeros_like(concordant), where=most > 0)
