"""Whether networks that are near each other by a distance between networks are alike in error (Kandasamy et al. 2018; Jin et al. 2018)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from nastutor import comparing
from nastutor.claims.against_random import against_random, trials_of
from nastutor.claims.base import Finding
from nastutor.claims.needs import Need
from nastutor.comparing.taus import tau, taus_resampled
from nastutor.kernels import OTMANN, EditDistance, Kernel, OneHot
from nastutor.kernels.layers import Inputs
from nastutor.rng import numpy_rng
from nastutor.strategies import AutoKeras
from nastutor.strategies.gp import Process
from nastutor.values import Arch

POOL = 100  # networks that are compared
SHUFFLES, REFITTED, RESAMPLES = 999, 199, 20  # permutations in all, those for each of which a model is fitted, bootstrap samples a seed
STRUCTURE = 0.25  # the release's second weight
GRAPHS = Need("a space whose architectures are networks", lambda table: "" if hasattr(table.space, "graph") else "its space builds none")


def distance(table: Any, seeds: int, first: int) -> Finding:
    archs, errors = pool(table, first)
    apart = np.sqrt(_otmann(table.space, archs)[1])
    rng, gaps = numpy_rng(first, "distance"), np.abs(errors[:, None] - errors)
    value = _agreement(apart, gaps)
    shuffled = [_agreement(apart, gaps[np.ix_(order, order)]) for order in (rng.permutation(len(archs)) for _ in range(SHUFFLES))]
    drawn = [_agreement(apart[np.ix_(rows, rows)], gaps[np.ix_(rows, rows)]) for rows in rng.integers(len(archs), size=(RESAMPLES * seeds, len(archs)))]
    p = (1 + sum(other >= value for other in shuffled)) / (1 + SHUFFLES)
    said = f"{len(archs)} networks; by chance at most {np.quantile(shuffled, 0.95):.2f}"
    return Finding(comparing.Interval(value, *map(float, np.quantile(drawn, (0.025, 0.975)))), p, said, 1 / (1 + SHUFFLES))


def ranking(table: Any, seeds: int, first: int) -> Finding:
    archs, errors = pool(table, first)
    foreseen = left_out(_kernel(), _otmann(table.space, archs), errors), left_out(OneHot(), OneHot().matrix(table.space, archs), errors)
    rows = _resampled(errors, seeds, first)
    gains = taus_resampled(foreseen[0], errors, rows) - taus_resampled(foreseen[1], errors, rows)
    transport, codes = (tau(one, errors) for one in foreseen)
    effect = comparing.Interval(transport - codes, *map(float, np.quantile(gains, (0.025, 0.975))))
    p = float(1 + (gains <= 0).sum()) / (1 + len(gains))
    return Finding(effect, p, f"{len(archs)} networks: tau {transport:.2f}, with one-hot codes {codes:.2f}", 1 / (1 + len(gains)))


def edits(table: Any, seeds: int, first: int) -> Finding:
    archs, errors = pool(table, first)
    kernel, rng = EditDistance(), numpy_rng(first, "edits")
    compared = kernel.matrix(table.space, archs)
    foreseen = left_out(kernel, compared, errors)
    value = tau(foreseen, errors)
    shuffled = [tau(left_out(kernel, compared, dealt), dealt) for dealt in (rng.permutation(errors) for _ in range(REFITTED))]
    drawn = taus_resampled(foreseen, errors, _resampled(errors, seeds, first))
    params = [-float(table.space.graph(arch, Inputs()).simplified().counts().params) for arch in archs]
    codes = left_out(OneHot(), OneHot().matrix(table.space, archs), errors)
    p = (1 + sum(other >= value for other in shuffled)) / (1 + REFITTED)
    said = f"{len(archs)} networks; the number of parameters alone has {tau(np.array(params), errors):.2f}, one-hot codes {tau(codes, errors):.2f}"
    return Finding(comparing.Interval(value, *map(float, np.quantile(drawn, (0.025, 0.975)))), p, said, 1 / (1 + REFITTED))


def morphs(table: Any, seeds: int, first: int) -> Finding:
    return against_random(table, AutoKeras, trials_of(table, 100), seeds, first)


def pool(table: Any, first: int) -> tuple[tuple[Arch, ...], np.ndarray]:
    """Different networks of a table, at most POOL, drawn by the first seed where there are more; and their errors."""
    places = np.unique(table.network, return_index=True)[1]
    if len(places) > POOL:
        places = np.sort(numpy_rng(first, "pool").choice(places, POOL, replace=False))
    return tuple(table.archs[place] for place in places), np.asarray(table.column())[places]


def _kernel() -> OTMANN:
    return OTMANN((STRUCTURE,))


@lru_cache(maxsize=4)
def _otmann(space: Any, archs: tuple[Arch, ...]) -> np.ndarray:
    """The distances and the squares of their twins, which take seconds: (2, n, n)."""
    return _kernel().matrix(space, archs)


def _agreement(apart: np.ndarray, gaps: np.ndarray) -> float:
    """Spearman's rank correlation over pairs of different networks."""
    from scipy.stats import rankdata

    upper = np.triu_indices(len(apart), 1)
    ranks = [rankdata(values[upper]) for values in (apart, gaps)]
    return float(np.corrcoef(*ranks)[0, 1])


def _resampled(errors: np.ndarray, seeds: int, first: int) -> np.ndarray:
    """Networks drawn again, RESAMPLES times a seed: (B, n)."""
    return numpy_rng(first, "resampled").integers(len(errors), size=(RESAMPLES * seeds, len(errors)))


def left_out(kernel: Kernel, compared: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """What a Gaussian process says of each network without having seen it, under the settings that fit all: (n,).

    With K the matrix of all with noise it is y_i - (K^-1 y)_i / (K^-1)_ii (Rasmussen & Williams 2006, equation 5.12).
    """
    from scipy.linalg import cho_solve

    model = Process(kernel, compared, errors).fit(starts=1)
    inverse = cho_solve((model.factor, True), np.eye(len(errors)))
    return errors - model.scale * model.weights / np.diag(inverse)
