"""What a table's landscape is like: do neighbours have like errors, and do errors fall on the way to the best?"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from nastutor.inputs import whole
from nastutor.rng import numpy_rng, python_rng


class Locality(NamedTuple):
    """Autocorrelation along random walks, for the distances 0, 1, ... L (in mutations).

    correlation  (L + 1,), and its 95 % bootstrap interval over walks: low, high
    chance       (L + 1,), the 95th percentile with the errors shuffled among networks: steps that stay in one network remain
    p            (L + 1,), the share of shuffles that correlate as much
    length       the correlation length, in mutations
    """

    correlation: np.ndarray
    low: np.ndarray
    high: np.ndarray
    chance: np.ndarray
    p: np.ndarray
    length: float


class FitnessDistance(NamedTuple):
    """Distance to the best (in decisions that differ) and metric of each architecture (A,), and how the two correlate (Pearson's r, Spearman's rho)."""

    distance: np.ndarray
    value: np.ndarray
    pearson: float
    spearman: float


def random_walk(table: Any, steps: int = 100, *, walks: int = 50, seed: int = 0) -> np.ndarray:
    """Walks of single mutations from random architectures, as rows of the table: int (walks, steps + 1)."""
    whole("steps", steps)
    space, path = table.space, []
    for walk in range(whole("walks", walks)):
        rng = python_rng(seed, "random walk", walk)
        path.append(space.sample(rng))
        for _ in range(steps):
            path.append(space.mutate(path[-1], rng))
    return np.asarray(table.rows(path)).reshape(walks, steps + 1)


def autocorrelation(values: Any, lags: int = 10) -> np.ndarray:
    """How values along walks correlate with those some steps later: (lags + 1,), from lag 0, where it is 1 (Weinberger 1990).

    values  (walks, steps + 1), all walks of one landscape; pairs with NaN do not count
    """
    walks = np.asarray(values, dtype=np.float64)
    if walks.ndim != 2 or walks.shape[1] <= whole("lags", lags):
        raise ValueError(f"`values` are of shape {walks.shape}; allowed are (walks, steps + 1) with more steps than the {lags} `lags`")
    sums = _lagged(walks - np.nanmean(walks), lags)  # (walks, 2, lags + 1)
    return _ratio(sums.sum(axis=0))


def correlation_length(correlation: Any) -> float:
    """In mutations: -1 / ln of the autocorrelation at distance 1 (Stadler 1996); 0 where that is not above 0.

    >>> round(correlation_length([1.0, 0.5, 0.25]), 3)
    1.443
    """
    first = float(np.asarray(correlation)[1])
    return 0.0 if first <= 0 else math.inf if first >= 1 else -1 / math.log(first)


def locality(
    table: Any, metric: str = "error", *, lags: int = 10, steps: int = 100, walks: int = 50, shuffles: int = 999, resamples: int = 2000, seed: int = 0
) -> Locality:
    """The random-walk autocorrelation of a table (Ying et al. 2019, section 3.3), and what it would be by chance.

    Some mutations change nothing (an edge behind a dead end), and equal networks have equal errors: that alone correlates. Chance
    is therefore measured by shuffling the errors among the *networks*, which leaves such steps as they are.
    """
    column = np.asarray(table.column(metric), dtype=np.float64)
    if np.nanmin(column) == np.nanmax(column):
        raise ValueError(f"`metric` {metric!r} is {np.nanmin(column)} throughout the table: what does not vary has no autocorrelation")
    rows = random_walk(table, steps, walks=walks, seed=seed)
    found = autocorrelation(column[rows], lags)
    sums = _lagged(column[rows] - np.nanmean(column[rows]), lags)
    weights = numpy_rng(seed, "locality").multinomial(walks, np.full(walks, 1 / walks), whole("resamples", resamples))  # walks drawn with replacement
    low, high = np.quantile(_ratio(np.tensordot(weights, sums, 1)), (0.025, 0.975), axis=0)
    by_chance = _shuffled(column, _units(column, np.asarray(table.network)), rows, lags, whole("shuffles", shuffles), seed)
    p = (1 + (by_chance >= found).sum(axis=0)) / (1 + shuffles)
    return Locality(found, low, high, np.quantile(by_chance, 0.95, axis=0), p, correlation_length(found))


def fitness_distance(table: Any, metric: str = "error") -> FitnessDistance:
    """How far each architecture is from the best network, by the nearest of that network's names, and what it is worth (Jones & Forrest 1995).

    Correlation above 0: errors fall towards the best, and a search that goes downhill goes there.
    """
    from scipy.stats import pearsonr, spearmanr

    value, network = np.asarray(table.column(metric), dtype=np.float64), np.asarray(table.network)
    codes = table.space.codes(table.archs)
    best = codes[network == network[int(np.nanargmin(value))]]
    distance = np.min([(codes != name).sum(axis=1) for name in best], axis=0)
    ok = np.isfinite(value)
    return FitnessDistance(distance, value, *(float(f(distance[ok], value[ok]).statistic) for f in (pearsonr, spearmanr)))


def _units(column: np.ndarray, network: np.ndarray) -> np.ndarray:
    """What is shuffled: networks, where the metric is theirs; architectures, where it is their own (params)."""
    firsts = np.unique(network, return_index=True)[1]
    return network if np.array_equal(column, column[firsts][network], equal_nan=True) else np.arange(len(column))


def _shuffled(column: np.ndarray, unit: np.ndarray, rows: np.ndarray, lags: int, shuffles: int, seed: int) -> np.ndarray:
    """The autocorrelation along the same walks with the values shuffled among the units: (shuffles, lags + 1)."""
    rng, values = numpy_rng(seed, "shuffle"), column[np.unique(unit, return_index=True)[1]]
    return np.stack([autocorrelation(rng.permutation(values)[unit[rows]], lags) for _ in range(shuffles)])


def _lagged(centred: np.ndarray, lags: int) -> np.ndarray:
    """Of each walk and lag, the sum of products and how many there are: (walks, 2, lags + 1)."""
    steps = centred.shape[1]
    ok = np.isfinite(centred)
    clean = np.where(ok, centred, 0.0)
    products = [(clean[:, : steps - lag] * clean[:, lag:]).sum(axis=1) for lag in range(lags + 1)]
    counts = [(ok[:, : steps - lag] & ok[:, lag:]).sum(axis=1) for lag in range(lags + 1)]
    return np.stack([np.stack(products, axis=1), np.stack(counts, axis=1)], axis=1)


def _ratio(sums: np.ndarray) -> np.ndarray:
    """(..., 2, lags + 1) -> (..., lags + 1): covariances by the variance."""
    covariance = sums[..., 0, :] / sums[..., 1, :]
    return covariance / covariance[..., :1]
