"""Evolution that keeps everyone against random search (Liu et al. 2018b), and draws by density against uniform ones (Elsken et al. 2019)."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import against_random, trials_of
from nastutor.claims.base import Finding
from nastutor.claims.needs import Need
from nastutor.loop import search
from nastutor.pareto import hypervolume
from nastutor.strategies import LEMONADE, TournamentEvolution


def _sizes(table: Any) -> str:
    return "" if "params" in table.gives else f"it gives {', '.join(table.gives)}"


SIZES = Need("the parameters of each network", _sizes)


def tournaments(table: Any, seeds: int, first: int) -> Finding:
    trials = trials_of(table, 200)
    make = partial(TournamentEvolution, start=trials // 10, mutations=0)
    return against_random(table, make, trials, seeds, first, {"with half of all competing": partial(make, share=0.5)})


def density(table: Any, seeds: int, first: int) -> Finding:
    trials = trials_of(table, 200)
    thin, uniform = (np.array([_covered(table, kind, trials, seed) for seed in range(first, first + seeds)]) for kind in ("population", None))
    found = comparing.wilcoxon(thin[:, 0], uniform[:, 0], "greater")
    said = f"after {trials} trials: hypervolume {thin[:, 0].mean():.4f} by density, {uniform[:, 0].mean():.4f} uniformly; the decades of parameters "
    said += f"that the front spans {thin[:, 1].mean():.3f} and {uniform[:, 1].mean():.3f}, p = {comparing.wilcoxon(thin[:, 1], uniform[:, 1], 'greater').p:.2g}"
    return Finding(found.difference, found.p, said)


def _covered(table: Any, kind: str | None, trials: int, seed: int) -> tuple[float, float]:
    """Of the front of a search: its share of the table's box, error by the logarithm of parameters, and how many decades of them it spans."""
    sizes = dict(zip(table.archs, np.log10(1 + table.column("params")).tolist(), strict=True))
    strategy = LEMONADE(table.space, sizes.__getitem__, density=kind, log=False, seed=seed)
    history = search(strategy, table, trials=trials, progress=False)
    points = [(record.error, sizes[record.trial.arch]) for record in history.pareto("error", "params")]  # type: ignore[index]
    errors = table.column("error", seed="mean")
    low, high = (float(np.nanmin(errors)), min(sizes.values())), (float(np.nanmax(errors)), max(sizes.values()))
    box = math.prod(b - a for a, b in zip(low, high, strict=True))
    own = [size for _, size in points]
    return hypervolume(points, high) / box, max(own) - min(own)
