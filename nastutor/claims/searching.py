"""Strategies that think before they ask, against random search: tree search, a model of sequences, Q-learning."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import against_random, trials_of
from nastutor.claims.base import Finding
from nastutor.claims.noise import truth
from nastutor.history import History
from nastutor.loop import search
from nastutor.strategies import MCTS, NGramSMBO, QLearning

EVALUATIONS = 64  # of a search in DeepArchitect's comparison
MODELS = 270  # a tenth of MetaQNN's


def bisection(table: Any, seeds: int, first: int) -> Finding:
    beside = {"without bisection": MCTS}
    return against_random(table, partial(MCTS, bisection=True), trials_of(table, EVALUATIONS), seeds, first, beside)


def ngrams(table: Any, seeds: int, first: int) -> Finding:
    return against_random(table, NGramSMBO, trials_of(table, EVALUATIONS), seeds, first)


def uct(table: Any, seeds: int, first: int) -> Finding:
    beside = {"with rewards scaled to their range": partial(MCTS, scaled=True)}
    return against_random(table, MCTS, trials_of(table, 200), seeds, first, beside)


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
