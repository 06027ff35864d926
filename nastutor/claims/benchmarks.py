"""The main findings of NAS-Bench-101 (Ying et al. 2019), on a table of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import trials_of
from nastutor.claims.base import ALPHA, Finding
from nastutor.claims.noise import noisy, truth
from nastutor.comparing.agreement import network_values, smaller_budgets
from nastutor.comparing.intervals import Interval
from nastutor.history import History
from nastutor.loop import search
from nastutor.rng import numpy_rng, python_rng
from nastutor.strategies import RandomSearch, RegularizedEvolution

SHUFFLES = 999


def locality(table: Any, seeds: int, first: int) -> Finding:
    reach = max(1, len(table.space.sites()) // 2)
    found = comparing.locality(table, lags=max(10, reach), walks=seeds, shuffles=SHUFFLES, seed=first)
    p = comparing.holm(found.p[1 : reach + 1])
    above = [lag for lag in range(1, len(found.p)) if found.p[lag] < ALPHA]
    line = ", ".join(f"{value:.2f}" for value in found.correlation[1 : reach + 1])
    said = f"autocorrelation {line} at 1 to {reach}, by chance at most {', '.join(f'{value:.2f}' for value in found.chance[1 : reach + 1])}"
    return Finding(
        Interval(*(float(part[1]) for part in (found.correlation, found.low, found.high))),
        max(p),
        f"{said}; alone above chance at {above}",
        _least(SHUFFLES, reach),
    )


def evolution(table: Any, seeds: int, first: int) -> Finding:
    """The protocol of NAS-Bench-101 (section 4.1): each answer is one run, drawn; validation chooses, the mean test error over the runs is reported."""
    trials = trials_of(table, 200)
    population, sample = max(5, trials // 10), max(2, trials // 40)
    makers = (lambda seed: RegularizedEvolution(table.space, population, sample, seed=seed), lambda seed: RandomSearch(table.space, seed=seed))
    histories = [[_told(table, make(k), trials, k) for k in range(first, first + seeds)] for make in makers]
    evolved, drawn = (comparing.test_regret(some, table) for some in histories)
    found, better = comparing.wilcoxon(evolved, drawn, "less"), comparing.probability_of_improvement(evolved, drawn)
    valid = [_validation_regret(some, table) for some in histories]
    said = (
        f"after {trials} trials, P = {population}, S = {sample}: test regret {evolved.mean():.4f} and {drawn.mean():.4f}, probability of improvement {better}"
    )
    beside = f"validation regret {valid[0].mean():.4f} and {valid[1].mean():.4f}, p = {comparing.wilcoxon(*valid, 'less').p:.2g}"
    return Finding(found.difference, found.p, f"{said}; {beside}")


def _told(table: Any, strategy: Any, trials: int, seed: int) -> History:
    return search(strategy, noisy(table, "runs", python_rng(seed, "noise")), trials=trials, progress=False)


def _validation_regret(histories: list[History], table: Any) -> np.ndarray:
    """Of what each search chose in the end, by the mean over the table's runs: (S,)."""
    true = truth(table)
    return np.array([true[history.best().trial.arch] for history in histories]) - table.best().error  # type: ignore[index]


def budgets(table: Any, seeds: int, first: int) -> Finding:
    return rising(table, seeds, first, _taus, "Kendall's tau")


def rising(table: Any, seeds: int, first: int, measure: Callable[[np.ndarray], np.ndarray], name: str) -> Finding:
    """Each budget against the next smaller one, by how well it agrees with the largest; networks drawn with replacement.

    measure  (budgets, N) -> agreement of each row but the last with the last
    """
    columns = _finite([network_values(table, budget=budget, seed="mean") for budget in (*smaller_budgets(table), table.trained[-1])])
    drawn = _drawn(columns, 20 * seeds, first, measure)  # (R, budgets)
    seen, steps = measure(columns), np.diff(drawn, axis=1)
    p = comparing.holm([_share_below_0(drawn[:, 0]), *(_share_below_0(step) for step in steps.T)])
    told = ", ".join(f"{budget}: {tau:.2f}" for budget, tau in zip(smaller_budgets(table), seen, strict=True))
    return Finding(
        _ends(seen[-1] - seen[0], drawn[:, -1] - drawn[:, 0]),
        max(p),
        f"{name} with {table.trained[-1]} epochs after {told}{_how(table)}",
        _least(len(drawn), len(p)),
    )


def top(table: Any, seeds: int, first: int) -> Finding:
    columns = _finite([network_values(table, budget=budget, seed="mean") for budget in (smaller_budgets(table)[0], table.trained[-1])])

    def both(low_and_high: np.ndarray) -> np.ndarray:
        best = low_and_high[:, np.argsort(low_and_high[1], kind="stable")[: max(10, low_and_high.shape[1] // 10)]]
        return np.array([_taus(low_and_high)[0], _taus(best)[0]])

    seen, drawn = both(columns), _drawn(columns, 20 * seeds, first, both)
    said = (
        f"Kendall's tau after {smaller_budgets(table)[0]} with {table.trained[-1]} epochs: {seen[0]:.2f} among all, {seen[1]:.2f} among the best{_how(table)}"
    )
    return Finding(_ends(seen[0] - seen[1], drawn[:, 0] - drawn[:, 1]), _share_below_0(drawn[:, 0] - drawn[:, 1]), said, _least(len(drawn)))


def _how(table: Any) -> str:
    return "" if len(table.trained) > 1 else " (on the way there, not trainings of their own)"


def _finite(columns: list[np.ndarray]) -> np.ndarray:
    """(budgets, N), networks of which a training has diverged left out."""
    every = np.stack(columns)
    return every[:, np.isfinite(every).all(axis=0)]


def _taus(columns: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of each row but the last with the last."""
    from scipy.stats import kendalltau

    return np.array([kendalltau(column, columns[-1]).statistic for column in columns[:-1]])


def _drawn(columns: np.ndarray, resamples: int, seed: int, measure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`measure` of samples of the networks, drawn with replacement."""
    rng, count = numpy_rng(seed, "networks"), columns.shape[1]
    return np.stack([measure(columns[:, rng.integers(count, size=count)]) for _ in range(resamples)])


def _share_below_0(values: np.ndarray) -> float:
    return float((1 + (values <= 0).sum()) / (1 + len(values)))


def _least(resamples: int, tests: int = 1) -> float:
    """The smallest p that `_share_below_0` and Holm can give."""
    return max(comparing.holm([1 / (1 + resamples)] * tests))


def _ends(value: float, drawn: np.ndarray) -> Interval:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(float(value), float(low), float(high))
