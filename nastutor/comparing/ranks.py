"""Several strategies at once, by their ranks: Friedman's test and Nemenyi's critical difference (Demsar 2006, section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

from nastutor.comparing.scores import alpha_of, as_blocks
from nastutor.inputs import positive, whole


class Friedman(NamedTuple):
    """Whether ranks differ at all.

    ranks      name -> mean rank, 1 is the best
    blocks     N, in how many seeds and tables they were ranked
    chi2, p    Friedman's statistic (Demsar's equation on page 11; without a correction for ties, which errs to the safe side)
    f, p_f     that of Iman and Davenport (1980), less conservative, with k - 1 and (k - 1)(N - 1) degrees of freedom
    """

    ranks: dict[str, float]
    blocks: int
    chi2: float
    p: float
    f: float
    p_f: float


class Nemenyi(NamedTuple):
    """Which mean ranks differ: those further apart than `critical`.

    p       of each pair of names, corrected for all of them
    groups  those that cannot be told apart, as long as possible, best first; names that differ from all others are in none
    """

    ranks: dict[str, float]
    blocks: int
    critical: float
    p: dict[tuple[str, str], float]
    groups: list[list[str]]


def mean_ranks(scores: Mapping[str, Any]) -> dict[str, float]:
    """Mean rank of each name over seeds and tables, 1 for the smallest score; equal scores share their ranks.

    scores  name -> (S,), or (S, K) over K tables
    """
    from scipy.stats import rankdata

    names, blocks = as_blocks(scores)
    return dict(zip(names, rankdata(blocks, axis=1).mean(axis=0).tolist(), strict=True))


def friedman(scores: Mapping[str, Any]) -> Friedman:
    """Are all the same? Friedman's test over seeds and tables, with the statistic of Iman and Davenport."""
    from scipy.stats import chi2
    from scipy.stats import f as f_ratio

    blocks = as_blocks(scores)[1]
    count, k = blocks.shape
    ranks = mean_ranks(scores)
    squares = sum(rank**2 for rank in ranks.values())
    statistic = 12 * count / (k * (k + 1)) * (squares - k * (k + 1) ** 2 / 4)
    left = count * (k - 1) - statistic
    better = (count - 1) * statistic / left if left > 1e-9 else math.inf  # inf: the same order in each block
    return Friedman(ranks, count, statistic, float(chi2.sf(statistic, k - 1)), better, float(f_ratio.sf(better, k - 1, (k - 1) * (count - 1))))


def critical_difference(strategies: int, blocks: int, alpha: float = 0.05) -> float:
    """How far two mean ranks of k strategies over N blocks must be apart: q sqrt(k (k + 1) / 6 N) (Nemenyi 1963; Demsar 2006, section 3.2.2).

    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    from scipy.stats import studentized_range

    k = whole("strategies", strategies, 2)
    q = studentized_range.isf(alpha_of(alpha), k, math.inf) / math.sqrt(2)
    return float(q * math.sqrt(k * (k + 1) / (6 * whole("blocks", blocks, 2))))


def nemenyi(scores: Mapping[str, Any], alpha: float = 0.05) -> Nemenyi:
    """Which differ? All pairs of mean ranks against one critical difference. Ask `friedman` first."""
    from scipy.stats import studentized_range

    ranks, count = mean_ranks(scores), as_blocks(scores)[1].shape[0]
    k = len(ranks)
    critical = critical_difference(k, count, alpha)
    unit = math.sqrt(k * (k + 1) / (12 * count))
    p = {(a, b): float(studentized_range.sf(abs(ranks[a] - ranks[b]) / unit, k, math.inf)) for a, b in combinations(ranks, 2)}
    return Nemenyi(ranks, count, critical, p, groups(ranks, critical))


def groups(ranks: Mapping[str, float], critical: float) -> list[list[str]]:
    """The longest runs of names whose mean ranks are not further apart than `critical`, best first; none of one name alone."""
    positive("critical", critical)
    order = sorted(ranks, key=lambda name: ranks[name])
    runs: list[list[str]] = []
    for start in range(len(order)):
        run = [name for name in order[start:] if ranks[name] - ranks[order[start]] <= critical]
        if len(run) > 1 and not (runs and set(run) <= set(runs[-1])):
            runs.append(run)
    return runs
