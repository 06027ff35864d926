"""Searches that model the errors, against random search and against themselves (Bergstra et al. 2011; Hutter et al. 2011)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import against_random, trials_of
from nastutor.claims.base import Finding
from nastutor.claims.noise import noisy, truth
from nastutor.loop import search
from nastutor.rng import python_rng
from nastutor.strategies import SMAC, TPE

REPEATS = 8


def tpe(table: Any, seeds: int, first: int) -> Finding:
    published = partial(TPE, distinct=False)
    return against_random(table, published, trials_of(table, 200), seeds, first, {"asking for no network twice": TPE})


def smac(table: Any, seeds: int, first: int) -> Finding:
    return against_random(table, SMAC, trials_of(table, 100), seeds, first)


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
