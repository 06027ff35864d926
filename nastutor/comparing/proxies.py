"""How well cheap scores rank architectures: those of shared weights, of few epochs, of the number of parameters, against stand-alone training.

After Sciuto et al. (2019), sections 3 and 4: the ranks that a search would follow, beside the ranks of the truth, with what chance and plain
counting reach, and with the ceiling that the noise of the truth itself sets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from nastutor.comparing.agreement import rank_agreement
from nastutor.comparing.pairs import holm
from nastutor.comparing.scores import FEW
from nastutor.comparing.taus import tau, taus_permuted, taus_resampled
from nastutor.inputs import require, whole
from nastutor.rng import numpy_rng

WORST = 1e300  # stands for infinity: means of it are finite, and it is worse than any number that is measured
LEAST = 8  # architectures; with fewer the interval says nothing
TIED = 1e-12  # means of taus that differ by less are equal: they were added up in other orders


class Ranked(NamedTuple):
    """One way to score, averaged over its runs.

    kendall, low, high  tau-b against the truth, with the 95 % interval of a bootstrap over architectures
    spearman   the correlation of the ranks
    p          one-sided, of tau above 0, by permuting architectures; corrected for the number of ways (Holm)
    overlap    which share of its best `top` are among the truly best `top`
    regret     the true value of the architecture that it puts first, less that of the best
    beaten     the share of the architectures that its first is truly better than: 1 is the best of all, 0.5 a random one
    stability  mean tau between its own runs; NaN of one
    among      tau-b among the truly best `top` alone, where a search must choose: less than among all, also of a good score; NaN
               of too few
    partial    Spearman's correlation with the truth once `given` is known; NaN where nothing is given
    """

    name: str
    runs: int
    kendall: float
    low: float
    high: float
    spearman: float
    p: float
    overlap: float
    regret: float
    beaten: float
    stability: float
    among: float = math.nan
    partial: float = math.nan


class Ranking(tuple[Ranked, ...]):
    """The rows of a report. `ceiling`: mean tau between two runs of the truth; no score can be expected to do better against one run."""

    ceiling: float = math.nan

    def to_frame(self) -> Any:
        import pandas as pd

        return pd.DataFrame(self).set_index("name")

    def __str__(self) -> str:
        lines = [f"{'':24s} runs   tau   [95 % interval]   rho      p   top  regret  beaten  stable   among  partial"]
        for row in self:
            lines.append(
                f"{row.name:24s} {row.runs:4d} {row.kendall:6.2f}  [{row.low:5.2f}, {row.high:5.2f}]  {row.spearman:6.2f} {row.p:6.3f}"
                f"  {row.overlap:4.2f}  {row.regret:6.3f}  {row.beaten:6.2f}  {row.stability:6.2f}"
                f"  {row.among:6.2f}  {row.partial:7.2f}"
            )
        return "\n".join([*lines, f"{'truth, run against run':24s}      {self.ceiling:6.2f}"])


def ranking(
    proxies: Mapping[str, Any], truth: Any, *, top: int = 10, given: Mapping[str, Any] | None = None, repeats: Any = None, resamples: int = 1000, seed: int = 0
) -> Ranking:
    """A row for each way to score the same n architectures; smaller is better throughout, as errors are.

    proxies  name -> scores (n,), or of several runs (K, n)
    truth    errors of stand-alone trainings, (n,), or of several runs (S, n), whose mean is what is compared with: test errors where scores are of
             the validation images (`final`), or what is peculiar to these agrees as well
    top      how many of the best `overlap` and `among` are about
    given    name -> what is known of each architecture without any of the scores, (n,): parameters, mult-adds. What a score adds to that is `partial`
    repeats  errors of several stand-alone trainings (S, n), whose agreement is the `ceiling`; None: those of `truth`

    >>> errors = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    >>> row, = ranking({"half as good": [e / 2 for e in errors]}, errors, top=2)
    >>> round(row.kendall, 6), row.overlap, row.regret, row.beaten
    (1.0, 1.0, 0.0, 1.0)
    """
    runs = _runs("truth", truth)
    count = runs.shape[1]
    require("top", top, lambda top: 1 <= whole("top", top) <= count, f"whole numbers from 1 to the {count} architectures")
    whole("resamples", resamples)
    if not isinstance(proxies, Mapping) or not proxies:
        raise ValueError(f"`proxies` is {proxies!r}; allowed is a mapping from at least one name to scores")
    mean, rng = runs.mean(axis=0), numpy_rng(seed, "ranking")
    draws = rng.integers(count, size=(resamples, count))
    orders = np.argsort(rng.random((resamples, count)), axis=1)
    known = [_runs(f"given[{name!r}]", own, count).mean(axis=0) for name, own in (given or {}).items()]
    rows = [_row(name, _runs(f"proxies[{name!r}]", scores, count), mean, top, known, draws, orders) for name, scores in proxies.items()]
    found = Ranking(row._replace(p=p) for row, p in zip(rows, holm([row.p for row in rows]), strict=True))
    found.ceiling = _between(runs if repeats is None else _runs("repeats", repeats, count))
    return found


def _row(name: str, scores: np.ndarray, truth: np.ndarray, top: int, known: Sequence[np.ndarray], draws: np.ndarray, orders: np.ndarray) -> Ranked:
    kendall = float(np.mean([tau(run, truth) for run in scores]))
    drawn = np.mean([taus_resampled(run, truth, draws) for run in scores], axis=0)
    by_chance = np.mean([taus_permuted(run, truth, orders) for run in scores], axis=0)
    p = float(1 + (by_chance >= kendall - TIED).sum()) / (1 + len(by_chance))
    first = np.argsort(truth, kind="stable")[:top]
    best = set(first.tolist())
    overlap = np.mean([len(best & set(np.argsort(run, kind="stable")[:top].tolist())) / top for run in scores])
    firsts = truth[scores.argmin(axis=1)]  # (K,)
    beaten = [(truth > first).sum() / (len(truth) - 1) for first in firsts]
    rho = float(np.mean([rank_agreement(run, truth).spearman for run in scores]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Ranked(
        name,
        len(scores),
        kendall,
        float(low),
        float(high),
        rho,
        p,
        float(overlap),
        float(np.mean(firsts) - truth.min()),
        float(np.mean(beaten)),
        _between(scores),
        float(np.mean([tau(run[first], truth[first]) for run in scores])) if top >= FEW else math.nan,
        float(np.mean([partial_correlation(run, truth, known) for run in scores])) if known else math.nan,
    )


def partial_correlation(a: Any, b: Any, known: Sequence[Any]) -> float:
    """Spearman's correlation of a and b, (n,), once the ranks of what is known, each (n,), are taken out of the ranks of both by least squares.

    0 where these ranks leave nothing of one of the two.

    >>> sizes = [1, 2, 3, 4, 5, 6]
    >>> partial_correlation([2, 4, 6, 8, 10, 12], [6, 5, 4, 3, 2, 1], [sizes])
    0.0
    """
    from scipy.stats import rankdata

    first, second, *others = (rankdata(own).astype(np.float64) for own in (a, b, *known))
    design = np.stack([np.ones_like(first), *others], axis=1)  # (n, 1 + known)
    left = [own - design @ np.linalg.lstsq(design, own, rcond=None)[0] for own in (first, second)]
    norms = [float(np.linalg.norm(own)) for own in left]
    return float(left[0] @ left[1]) / (norms[0] * norms[1]) if min(norms) > 1e-9 * len(first) else 0.0


def _between(runs: np.ndarray) -> float:
    """Mean tau between two runs; NaN of one."""
    pairs = [tau(a, b) for a, b in combinations(runs, 2)]
    return float(np.mean(pairs)) if pairs else math.nan


def _runs(name: str, values: Any, count: int | None = None) -> np.ndarray:
    """(runs, n), finite, with an order."""
    try:
        runs = np.atleast_2d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"`{name}` is {values!r}; allowed are numbers, one for each architecture, or as many for each of several runs") from None
    if runs.ndim != 2 or runs.shape[1] < LEAST or (count is not None and runs.shape[1] != count):
        allowed = f"(n,) and (runs, n) with n = {count}" if count is not None else f"(n,) and (runs, n) with n from {LEAST}"
        raise ValueError(f"`{name}` has shape {np.shape(values)}; allowed are {allowed}")
    if np.isnan(runs).any():
        raise ValueError(
            f"`{name}` has {int(np.isnan(runs).sum())} that are not a number; allowed are numbers: a training that failed has the worst score, inf"
        )
    if (runs == runs[:, :1]).all(axis=1).any():
        raise ValueError(f"`{name}` has a run of equal values; allowed are values that differ: equal ones have no order")
    return np.where(np.isinf(runs), np.sign(runs) * WORST, runs)


def surpassing(rank: int, count: int, draws: int = 1) -> float:
    """The probability that the one at `rank` (1 is the best) of `count` is better than the best of so many random draws: (1 - rank / count)^draws.

    >>> round(surpassing(1, 100, 10), 3), round(surpassing(10, 100, 10), 3)
    (0.904, 0.349)
    """
    whole("draws", draws)
    require("rank", rank, lambda rank: 1 <= whole("rank", rank) <= count, f"whole numbers from 1 to the {count} of `count`")
    return float((1 - rank / count) ** draws)
