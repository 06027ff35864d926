"""A strategy against random search on a table: the comparison that most claims about strategies come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.base import Finding
from nastutor.claims.needs import networks
from nastutor.core import Strategy
from nastutor.history import History
from nastutor.loop import search
from nastutor.strategies import RandomSearch

FEWEST = 30  # trials of a search
SEARCHED = networks(2 * FEWEST, f"a search has {FEWEST} trials at least, which must not be most of them")

Maker = Callable[..., Strategy]  # make(space, seed=seed): a strategy's class, or a partial of it


def trials_of(table: Any, most: int) -> int:
    """A tenth of the networks, from `FEWEST` to `most`."""
    return max(FEWEST, min(most, table.networks // 10))


def searches(table: Any, make: Maker, trials: int, seeds: int, first: int) -> list[History]:
    """One for each seed; the table answers with its mean over runs."""
    return [search(make(table.space, seed=seed), table, trials=trials, progress=False) for seed in range(first, first + seeds)]


def ends(table: Any, make: Maker, trials: int, seeds: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """For each seed the validation regret of what stands best after `trials` trials, and its test regret: 2 x (S,)."""
    histories = searches(table, make, trials, seeds, first)
    return np.array([history.best().error for history in histories]) - table.best().error, comparing.test_regret(histories, table)


def against_random(table: Any, make: Maker, trials: int, seeds: int, first: int, beside: Mapping[str, Maker] | None = None) -> Finding:
    """One strategy against random search by validation regret; test regret, and what is `beside`, are told and decide nothing.

    Validation chose and judges, by one mean over the runs; the test error of what was chosen says what that flatters.
    """
    (regrets, tested), (drawn, tested_drawn) = (ends(table, one, trials, seeds, first) for one in (make, RandomSearch))
    found, better = comparing.wilcoxon(regrets, drawn, "less"), comparing.probability_of_improvement(regrets, drawn)
    said = f"after {trials} trials: validation regret {regrets.mean():.4f}, of random search {drawn.mean():.4f}, probability of improvement {better}"
    said += f"; test regret {tested.mean():.4f} and {tested_drawn.mean():.4f}, p = {comparing.wilcoxon(tested, tested_drawn, 'less').p:.2g}"
    for name, other in (beside or {}).items():
        values, _ = ends(table, other, trials, seeds, first)
        said += f"; {name} {values.mean():.4f}, p = {comparing.wilcoxon(values, drawn, 'less').p:.2g}"
    return Finding(found.difference, found.p, said)
