"""Do two measurements rank the same way? Between seeds it says how much noise there is, between budgets what a cheap training is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from nastutor.comparing.scores import FEW, as_pairs
from nastutor.inputs import require


class RankCorrelation(NamedTuple):
    """1: the same order, 0: nothing in common, -1: the other way round.

    kendall   tau-b: of all pairs, the share in the same order less the share in the other, corrected for ties
    spearman  the correlation of the ranks
    p         that of tau-b, of two sides
    n         how many were ranked
    """

    kendall: float
    spearman: float
    p: float
    n: int

    def __str__(self) -> str:
        return f"Kendall {self.kendall:.3f}, Spearman {self.spearman:.3f} (n = {self.n}, p = {self.p:.2g})"


class Spread(NamedTuple):
    """How much architectures differ, and how much runs of one.

    between  standard deviation, over networks, of their mean error, with the part of it taken out that is noise
    within   standard deviation of single runs of one network: the noise
    ratio    between / within: how many times the noise the differences are

    Of one run each `within` and `ratio` are NaN, and `between` has the noise in it. Of fewer than two networks all that compares them is NaN.
    """

    between: float
    within: float
    ratio: float


def rank_correlation(a: Any, b: Any) -> RankCorrelation:
    """Kendall's tau-b and Spearman's rho of two measurements of the same things."""
    from scipy.stats import kendalltau, spearmanr

    first, second = as_pairs(a, b)
    for name, values in (("a", first), ("b", second)):
        if values.min() == values.max():
            raise ValueError(f"`{name}` is {len(values)} times {values[0]:g}; allowed are values that differ: equal ones have no order")
    tau = kendalltau(first, second)
    return RankCorrelation(float(tau.statistic), float(spearmanr(first, second).statistic), float(tau.pvalue), len(first))


def rank_agreement(a: Any, b: Any) -> RankCorrelation:
    """`rank_correlation` where both are finite; where too few are, or one has no order, NaN instead of an error."""
    first, second = _both(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    if len(first) < FEW or np.ptp(first) == 0 or np.ptp(second) == 0:
        return RankCorrelation(math.nan, math.nan, math.nan, len(first))
    return rank_correlation(first, second)


def between_seeds(table: Any, metric: str = "error") -> dict[tuple[int, int], RankCorrelation]:
    """Each pair of runs of a table, over its networks: the best that anything which ranks by one run can reach."""
    columns = {run: network_values(table, metric, seed=run) for run in range(table.runs)}
    return {(a, b): rank_correlation(*_both(columns[a], columns[b])) for a, b in combinations(columns, 2)}


def between_budgets(table: Any, metric: str = "error", *, budgets: Sequence[int] | None = None, top: float = 1.0) -> dict[int, RankCorrelation]:
    """Each smaller budget against the largest, over the networks of a table, means over its runs.

    budgets  default: those that were trained for; of a table with one, where its curve is after 1/12, 1/4 and 1/2 of it
    top      the share of the networks, best by the largest budget, among which is ranked: where a search must choose, ranks agree less
    """
    require("top", top, lambda share: 0 < share <= 1, "shares above 0 up to 1")
    full, wanted = table.trained[-1], smaller_budgets(table) if budgets is None else list(budgets)
    largest = network_values(table, metric, full, "mean")
    kept = np.argsort(largest)[: max(1, math.ceil(top * np.isfinite(largest).sum()))]  # NaN last
    return {budget: rank_correlation(*_both(network_values(table, metric, budget, "mean")[kept], largest[kept])) for budget in wanted}


def spread(table: Any, metric: str = "error") -> Spread:
    """How much networks differ, and how much the runs of one, by the decomposition of variance with one factor.

    Networks of which a run has diverged are left out.
    """
    if table.runs < 2:
        raise ValueError(f"`table` has {table.runs} run of each network; allowed are two or more: one says nothing about noise")
    return spread_of(np.stack([network_values(table, metric, seed=run) for run in range(table.runs)], axis=1))


def spread_of(values: Any) -> Spread:
    """The same of values (N networks, R runs).

    >>> spread_of([[0.1, 0.3], [0.5, 0.7]]).within  # doctest: +ELLIPSIS
    0.1414...
    """
    runs = np.asarray(values, dtype=np.float64)
    runs = runs[np.isfinite(runs).all(axis=1)]
    count = runs.shape[1]
    within = float(runs.var(axis=1, ddof=1).mean()) if count > 1 and len(runs) else math.nan
    raw = float(runs.mean(axis=1).var(ddof=1)) if len(runs) > 1 else math.nan
    between = float(np.maximum(raw - within / count, 0)) if within == within else raw  # numpy's maximum keeps NaN
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = float(np.sqrt(np.divide(between, within)))
    return Spread(math.sqrt(between), math.sqrt(within), ratio)


def smaller_budgets(table: Any) -> list[int]:
    trained = list(table.trained)
    full = trained[-1]
    return trained[:-1] or sorted({max(1, full // 12), max(1, full // 4), max(1, full // 2)} - {full})


def network_values(table: Any, metric: str = "error", budget: int | None = None, seed: Any = None) -> np.ndarray:
    """A metric once for each different network, (N,), by its first architecture; NaN where a training has diverged."""
    firsts = np.unique(table.network, return_index=True)[1]
    return np.asarray(table.column(metric, budget=budget, seed=seed), dtype=np.float64)[firsts]


def _both(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where neither has diverged."""
    ok = np.isfinite(a) & np.isfinite(b)
    return a[ok], b[ok]
