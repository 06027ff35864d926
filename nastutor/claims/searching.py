"""Strategies that think before they ask, against random search: tree search, a model of sequences, Q-learning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.base import Finding
from nastutor.claims.benchmarks import FEWEST
from nastutor.claims.noise import truth
from nastutor.history import History
from nastutor.loop import search
from nastutor.strategies import MCTS, NGramSMBO, QLearning, RandomSearch

EVALUATIONS = 64  # of a search in DeepArchitect's comparison
MODELS = 270  # a tenth of MetaQNN's

Maker = Callable[[Any, int], Any]  # (space, seed) -> strategy


def _drawn(space: Any, seed: int) -> Any:
    return RandomSearch(space, seed=seed)


def ends(table: Any, make: Maker, trials: int, seeds: int, first: int) -> np.ndarray:
    """For each seed the regret of what stands best after `trials` trials; the table answers with its mean over runs: (S,)."""
    histories = [search(make(table.space, seed), table, trials=trials, progress=False) for seed in range(first, first + seeds)]
    return np.array([history.best().error for history in histories]) - table.best().error


def against_random(table: Any, make: Maker, trials: int, seeds: int, first: int, beside: dict[str, Maker] | None = None) -> Finding:
    """One strategy against random search; what is `beside` is told and decides nothing."""
    regrets, drawn = (ends(table, one, trials, seeds, first) for one in (make, _drawn))
    found, better = comparing.wilcoxon(regrets, drawn, "less"), comparing.probability_of_improvement(regrets, drawn)
    said = f"after {trials} trials: validation regret {regrets.mean():.4f}, of random search {drawn.mean():.4f}, probability of improvement {better}"
    for name, other in (beside or {}).items():
        values = ends(table, other, trials, seeds, first)
        said += f"; {name} {values.mean():.4f}, p = {comparing.wilcoxon(values, drawn, 'less').p:.2g}"
    return Finding(found.difference, found.p, said)


def _few(table: Any, most: int) -> int:
    """`most`, or a tenth of the networks where that is less, at least 30."""
    return max(FEWEST, min(most, table.networks // 10))


def bisection(table: Any, seeds: int, first: int) -> Finding:
    beside = {"without bisection": lambda space, seed: MCTS(space, seed=seed)}
    return against_random(table, lambda space, seed: MCTS(space, bisection=True, seed=seed), _few(table, EVALUATIONS), seeds, first, beside)


def ngrams(table: Any, seeds: int, first: int) -> Finding:
    return against_random(table, lambda space, seed: NGramSMBO(space, seed=seed), _few(table, EVALUATIONS), seeds, first)


def uct(table: Any, seeds: int, first: int) -> Finding:
    beside = {"with rewards scaled to their range": lambda space, seed: MCTS(space, scaled=True, seed=seed)}
    return against_random(table, lambda space, seed: MCTS(space, seed=seed), _few(table, 200), seeds, first, beside)


def epsilons(table: Any, seeds: int, first: int) -> Finding:
    """Mean error of what was asked for at each epsilon: does it fall from level to level, and from the first to the last?"""
    from scipy.stats import page_trend_test

    strategies = [QLearning(table.space, models=MODELS, unique=False, seed=seed) for seed in range(first, first + seeds)]
    histories = [search(one, table, trials=MODELS, progress=False) for one in strategies]
    schedule, true = strategies[0].schedule, truth(table)
    means = np.array([by_level(history, schedule, true) for history in histories])  # (S, levels)
    trend, last = page_trend_test(-means, ranked=False).pvalue, comparing.wilcoxon(means[:, -1], means[:, 0], "less")
    line = ", ".join(f"{epsilon:g}: {mean:.4f}" for (epsilon, _), mean in zip(schedule, means.mean(axis=0), strict=True))
    said = f"{MODELS} models, mean error at epsilon {line}; trend p = {trend:.2g}, last below first p = {last.p:.2g}"
    return Finding(last.difference, float(max(trend, last.p)), said)


def by_level(history: History, schedule: Any, true: Any) -> list[float]:
    """The mean true error of the networks asked for at each epsilon; those that cannot be trained are left out."""
    errors = [true.get(record.trial.arch, np.nan) for record in history]
    edges = np.cumsum([models for _, models in schedule])
    return [float(np.nanmean(level)) for level in np.split(np.array(errors), edges[:-1])]
