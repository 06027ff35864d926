"""Searches that model the errors, against random search and against themselves (Bergstra et al. 2011; Hutter et al. 2011)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.base import Finding
from nastutor.claims.benchmarks import FEWEST
from nastutor.claims.noise import noisy, truth
from nastutor.core import Strategy
from nastutor.loop import search
from nastutor.rng import python_rng
from nastutor.strategies import SMAC, TPE, RandomSearch

REPEATS = 8


def tpe(table: Any, seeds: int, first: int) -> Finding:
    return _against_random(table, TPE, 200, seeds, first)


def smac(table: Any, seeds: int, first: int) -> Finding:
    return _against_random(table, SMAC, 100, seeds, first)


def trials_of(table: Any, most: int) -> int:
    """A tenth of the networks, from `FEWEST` to `most`."""
    return max(FEWEST, min(most, table.networks // 10))


def _against_random(table: Any, kind: Callable[..., Strategy], most: int, seeds: int, first: int) -> Finding:
    trials = trials_of(table, most)
    searched, drawn = (_ends(table, make, trials, seeds, first) for make in (kind, RandomSearch))
    found, better = comparing.wilcoxon(searched, drawn, "less"), comparing.probability_of_improvement(searched, drawn)
    said = f"after {trials} trials: validation regret {searched.mean():.4f} and {drawn.mean():.4f}, probability of improvement {better}"
    return Finding(found.difference, found.p, said)


def _ends(table: Any, make: Callable[..., Strategy], trials: int, seeds: int, first: int) -> np.ndarray:
    """Validation regret of each seed in the end: (S,)."""
    histories = [search(make(table.space, seed=seed), table, trials=trials, progress=False) for seed in range(first, first + seeds)]
    return np.array([history.best().error for history in histories]) - table.best().error  # type: ignore[no-any-return]


def intensification(table: Any, seeds: int, first: int) -> Finding:
    runs = 2 * trials_of(table, 100)
    raced, single = (np.array([_chosen(table, repeats, runs, seed) for seed in range(first, first + seeds)]) for repeats in (REPEATS, 1))
    found = comparing.wilcoxon(raced, single, "less")
    said = f"{runs} runs, up to {REPEATS} of each architecture: true error {raced.mean():.4f} of the incumbent, {single.mean():.4f} by single runs"
    return Finding(found.difference, found.p, said)


def _chosen(table: Any, repeats: int, runs: int, seed: int) -> float:
    """The true error of what a search under noise recommends."""
    strategy = SMAC(table.space, repeats=repeats, seed=seed)
    history = search(strategy, noisy(table, "spread", python_rng(seed, "noise")), trials=runs, progress=False)
    return truth(table)[strategy.recommend(history)]
