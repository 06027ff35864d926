"""Where points lie thinly: a Gaussian density, and draws in inverse proportion to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def log_density(points: Any, fitted: Any, log: bool = True) -> Floats:
    """The logarithm of a Gaussian kernel density at (m, d) points, fitted to (n, d) others, up to a constant: (m,).

    Each objective is taken as log(1 + x), if `log` says so, and in units of its standard deviation among the fitted; the width of the kernels
    is Scott's n^(-1/(d+4)). Objectives in which the fitted do not differ are left out; where none is left the density is uniform, 0.
    """
    from scipy.special import logsumexp

    at, seen = (np.atleast_2d(np.asarray(values, dtype=float)) for values in (points, fitted))
    if log:
        at, seen = np.log1p(at), np.log1p(seen)
    spread = seen.std(axis=0)
    told = spread > 1e-9 * np.maximum(1, np.abs(seen).max(axis=0))
    if not told.any():
        return np.zeros(len(at))
    width = len(seen) ** (-1 / (told.sum() + 4))
    steps = (at[:, None, told] - seen[None, :, told]) / (spread[told] * width)  # (m, n, d)
    return np.asarray(logsumexp(-(steps**2).sum(axis=2) / 2, axis=1))


def rarities(points: Any, fitted: Any, log: bool = True) -> list[float]:
    """Weights in inverse proportion to the density, the largest 1; what is much more crowded may have 0."""
    if not len(points):
        return []
    found = log_density(points, fitted, log)
    return np.exp(found.min() - found).tolist()  # type: ignore[no-any-return]


def without_replacement(weights: Sequence[float], count: int, rng: Random) -> list[int]:
    """The numbers of `count` draws, one after the other by weight, each at most once; of all where there are no more.

    By exponential clocks: who has the weight w rings after Exp(w), and the first `count` to ring are drawn (Efraimidis and Spirakis 2006).
    Those of weight 0 come last, in random order.
    """
    rings = [(weight <= 0, -math.log(1 - rng.random()) / (weight or 1.0), number) for number, weight in enumerate(weights)]
    return [number for _, _, number in sorted(rings)[:count]]
