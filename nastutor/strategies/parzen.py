"""Densities over the options of one decision, made of what was taken before: what TPE compares (chapter 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SCALES = ("linear", "log")


def categorical(counts: Sequence[float], prior: float) -> list[float]:
    """p_k proportional to prior + C_k, (K,): each of K options was seen `prior` times before anything was told (Bergstra et al. 2011, section 4.2).

    >>> categorical([2, 0], prior=1.0)
    [0.75, 0.25]
    """
    total = prior * len(counts) + sum(counts)
    return [(prior + count) / total for count in counts]


def numeric(values: Sequence[float], counts: Sequence[int], prior: float, weights: Sequence[float] | None = None) -> list[float]:
    """The mixture of the prior, uniform over the options, and a Gaussian at each observation: its mass in the cell of each option, (K,).

    Each Gaussian is truncated to the range of the cells; its width is the larger of the gaps to its neighbours, the ends of the range being
    neighbours too, from range / min(100, 1 + n) to range (Bergstra et al. 2011, section 4.2; the lower limit is hyperopt's).

    values   of the K options, all different, in any order; on a logarithmic scale their logarithms
    counts   how many of the n observations took each option
    weights  what they count together; default: 1 each
    """
    at, order = np.asarray(values, dtype=float), np.argsort(values)
    edges = cells(at[order])
    seen = [k for k in order.tolist() if counts[k]]
    centres, number, total = at[seen], np.array([counts[k] for k in seen], dtype=int), np.asarray(counts if weights is None else weights, dtype=float)
    mass = np.full(len(at), prior / len(at))
    for widths, share in _runs(centres, number, edges):
        mass[order] += (share * total[seen] / number) @ gaussians(centres, widths, edges)
    return (mass / (prior + total.sum())).tolist()  # type: ignore[no-any-return]


def _runs(centres: Floats, number: NDArray[np.int64], edges: Floats) -> list[tuple[Floats, NDArray[np.int64]]]:
    """Widths, and how many have them, of the first observation at each of the sorted centres, of the last, and of those between, which have no gap."""
    gaps = np.diff(np.concatenate([edges[:1], centres, edges[-1:]]))
    left, right, alone = gaps[:-1], gaps[1:], number == 1
    span = edges[-1] - edges[0]
    parts = [(np.where(alone, np.maximum(left, right), left), np.ones_like(number)), (right, 1 - alone), (np.zeros_like(left), np.maximum(0, number - 2))]
    return [(np.clip(widths, span / min(100, 1 + number.sum()), span), share) for widths, share in parts]


def cells(values: Floats) -> Floats:
    """The K + 1 edges of the cells of sorted values: half-way to the neighbours, and as far beyond the first and the last."""
    if len(values) == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    between = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - between[0]], between, [2 * values[-1] - between[-1]]])


def gaussians(centres: Floats, widths: Floats | float, edges: Floats) -> Floats:
    """The mass in each of K cells of n Gaussians that are truncated to the range of the cells, (n, K)."""
    from scipy.special import ndtr

    below = ndtr((edges - centres[:, None]) / np.broadcast_to(widths, centres.shape)[:, None])  # (n, K + 1)
    return np.asarray(np.diff(below, axis=1) / (below[:, -1:] - below[:, :1]))


def recency(count: int, recent: int | None) -> list[float]:
    """Weights of `count` observations, the oldest first: 1 for the last `recent`, before them up a ramp from 1 / count to 1 (hyperopt's linear forgetting).

    >>> recency(6, 2), recency(2, None)
    ([0.16666666666666666, 0.4444444444444444, 0.7222222222222222, 1.0, 1.0, 1.0], [1.0, 1.0])
    """
    ramp = 0 if recent is None else max(0, count - recent)
    step = (1 - 1 / count) / (ramp - 1) if ramp > 1 else 0.0
    return [min(1.0, 1 / count + step * place) for place in range(ramp)] + [1.0] * (count - ramp)


def on_scale(name: str, options: Sequence[object], scale: str) -> list[float]:
    """The options of a decision as places on its scale; ValueError in words where they are no numbers, or not above 0 on a logarithmic one."""
    for option in options:
        if type(option) not in (int, float) or (scale == "log" and option <= 0):  # type: ignore[operator]
            raise ValueError(f"`numeric` makes {name!r} {scale}, and {option!r} is one of its options; allowed are numbers{' above 0' * (scale == 'log')}")
    return [math.log(option) if scale == "log" else float(option) for option in options]  # type: ignore[arg-type]
