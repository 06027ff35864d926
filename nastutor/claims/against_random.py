"""A strategy against random search on a table: the comparison that most claims about strategies come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.base import Finding
from nastutor.core import Strategy
from nastutor.loop import search
from nastutor.strategies import RandomSearch

FEWEST = 30  # trials of a search

Maker = Callable[..., Strategy]  # make(space, seed=seed): a strategy's class, or a partial of it


def trials_of(table: Any, most: int) -> int:
    """A tenth of the networks, from `FEWEST` to `most`."""
    return max(FEWEST, min(most, table.networks // 10))


def ends(table: Any, make: Maker, trials: int, seeds: int, first: int) -> np.ndarray:
    """For each seed the regret of what stands best after `trials` trials; the table answers with its mean over runs: (S,)."""
    histories = [search(make(table.space, seed=seed), table, trials=trials, progress=False) for seed in range(first, first + seeds)]
    return np.array([history.best().error for history in histories]) - table.best().error  # type: ignore[no-any-return]


def against_random(table: Any, make: Maker, trials: int, seeds: int, first: int, beside: Mapping[str, Maker] | None = None) -> Finding:
    """One strategy against random search; what is `beside` is told and decides nothing."""
    regrets, drawn = (ends(table, one, trials, seeds, first) for one in (make, RandomSearch))
    found, better = comparing.wilcoxon(regrets, drawn, "less"), comparing.probability_of_improvement(regrets, drawn)
    said = f"after {trials} trials: validation regret {regrets.mean():.4f}, of random search {drawn.mean():.4f}, probability of improvement {better}"
    for name, other in (beside or {}).items():
        values = ends(table, other, trials, seeds, first)
        said += f"; {name} {values.mean():.4f}, p = {comparing.wilcoxon(values, drawn, 'less').p:.2g}"
    return Finding(found.difference, found.p, said)
