"""Selection among children against a chain of random edits (Elsken et al. 2017)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import Maker, ends, trials_of
from nastutor.claims.base import Finding
from nastutor.claims.noise import truth
from nastutor.loop import search
from nastutor.strategies import NASH, RandomSearch
from nastutor.values import Arch

NEIGHBOURS = 8


def selection(table: Any, seeds: int, first: int) -> Finding:
    trials, true = trials_of(table, 200), truth(table)
    climb = partial(NASH, steps=None, neighbours=NEIGHBOURS, morphisms=1)
    chain = partial(climb, select=False)
    stands = [[_stands(table, make, trials, seed) for seed in range(first, first + seeds)] for make in (climb, chain)]
    at_the_end, tested = ([np.array([of(arch) for arch in archs]) for archs in stands] for of in (true.__getitem__, table.final))
    found = comparing.wilcoxon(*at_the_end, "less")
    best = [ends(table, make, trials, seeds, first)[0].mean() + table.best().error for make in (climb, chain, RandomSearch)]
    said = f"after {trials} networks: error {at_the_end[0].mean():.4f} where the climb stands, {at_the_end[1].mean():.4f} where the chain does; "
    said += f"test error {tested[0].mean():.4f} and {tested[1].mean():.4f}, p = {comparing.wilcoxon(*tested, 'less').p:.2g}; "
    said += f"of all that was seen the best has {best[0]:.4f} and {best[1]:.4f}, by random search {best[2]:.4f}"
    return Finding(found.difference, found.p, said)


def _stands(table: Any, make: Maker, trials: int, seed: int) -> Arch:
    """The parent with which a search ends."""
    strategy = make(table.space, seed=seed)
    return strategy.recommend(search(strategy, table, trials=trials, progress=False))
