"""How sure a number is: bootstrap intervals over seeds, bands along curves, the interquartile mean, the probability of improvement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nastutor.comparing.scores import as_scores, level_of
from nastutor.inputs import whole
from nastutor.rng import numpy_rng

CHUNK = 2_000_000  # numbers resampled at once


class Interval(NamedTuple):
    """A number, or one at each place of a curve, and the ends of its interval."""

    value: Any
    low: Any
    high: Any

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]" if np.ndim(self.value) == 0 else f"Interval of {np.shape(self.value)}"


def iqm(values: Any, axis: Any = 0) -> Any:
    """The interquartile mean: that of the middle half, a quarter cut off at each end (Agarwal et al. 2021, section 4.3); `axis` None: of all.

    It is as sure as the mean where nothing is far off, and as unmoved as the median where something is.

    >>> float(iqm([0.0, 1.0, 2.0, 99.0]))
    1.5
    """
    from scipy.stats import trim_mean

    return trim_mean(np.asarray(values, dtype=np.float64), 0.25, axis=axis)


STATISTICS: dict[str, Callable[..., Any]] = {"mean": np.mean, "median": np.median, "iqm": iqm}


def interval(
    scores: Any, statistic: str | Callable[..., Any] = "mean", *, level: float = 0.95, resamples: int = 2000, strata: bool = False, seed: int = 0
) -> Interval:
    """A percentile bootstrap interval of a statistic over seeds (Efron 1979), or a band: with (S, T) an interval at each of T places.

    Whole seeds are drawn, with replacement, so that the places of a curve stay together. Of differences `a - b` over paired seeds it is
    the interval of the difference.

    scores     (S,), or (S, T)
    statistic  mean | median | iqm, or a function of (values, axis)
    strata     True: (S, K) are the seeds of K tables; each column is drawn on its own, and one number is made of all (Agarwal et al. 2021)

    >>> print(interval([0.1, 0.2, 0.3, 0.2, 0.1, 0.3]))
    0.2 [0.1333, 0.2667]
    """
    values, of = as_scores("scores", scores), measure(statistic)
    whole("resamples", resamples)
    rng, share = numpy_rng(seed, "interval"), (1 - level_of(level)) / 2
    if strata and values.ndim != 2:
        raise ValueError(f"`scores` are of shape {values.shape}; allowed with `strata` are the seeds of K tables, of shape (S, K)")
    values = values.reshape(len(values), -1)
    found = np.concatenate([_resampled(values, of, count, strata, rng) for count in _chunks(resamples, values.size)])
    ends = np.quantile(found, (share, 1 - share), axis=0)
    shape = np.shape(scores)[1:] if not strata else ()
    middle = of(values, axis=None if strata else 0)
    return Interval(*(_plain(np.reshape(part, shape)) for part in (middle, *ends)))


def probability_of_improvement(a: Any, b: Any, *, level: float = 0.95, resamples: int = 2000, seed: int = 0) -> Interval:
    """How probable it is that a run of `a` ends below one of `b`, draws counted half (Agarwal et al. 2021, section 4.3), with its bootstrap interval.

    All pairs of runs are compared, so that seeds need not be paired nor equally many. With (S, K) over K tables: the mean over tables.
    """
    first, second = as_scores("a", a), as_scores("b", b)
    if first.ndim != second.ndim or first.shape[1:] != second.shape[1:]:
        raise ValueError(f"`a` is of shape {first.shape} and `b` of {second.shape}; allowed are (S,), or (S, K) with the same K tables")
    rng, share = numpy_rng(seed, "probability of improvement"), (1 - level_of(level)) / 2
    first, second = first.reshape(len(first), -1), second.reshape(len(second), -1)
    below = np.zeros(whole("resamples", resamples) + 1)
    for left, right in zip(first.T, second.T, strict=True):
        wins = (left[:, None] < right) + 0.5 * (left[:, None] == right)  # (S, S')
        weights = [np.concatenate([np.ones((1, len(x))), rng.multinomial(len(x), np.full(len(x), 1 / len(x)), resamples)]) for x in (left, right)]
        below += ((weights[0] @ wins) * weights[1]).sum(axis=1) / (wins.size * first.shape[1])
    low, high = np.quantile(below[1:], (share, 1 - share))
    return Interval(float(below[0]), float(low), float(high))


def measure(statistic: str | Callable[..., Any]) -> Callable[..., Any]:
    """The function of (values, axis) that a name stands for; a function as it is."""
    if callable(statistic):
        return statistic
    if statistic not in STATISTICS:
        raise ValueError(f"`statistic` is {statistic!r}; allowed are {', '.join(STATISTICS)} and functions of (values, axis)")
    return STATISTICS[statistic]


def _chunks(resamples: int, size: int) -> list[int]:
    step = max(1, CHUNK // size)
    return [min(step, resamples - start) for start in range(0, resamples, step)]


def _resampled(values: np.ndarray, of: Callable[..., Any], count: int, strata: bool, rng: np.random.Generator) -> np.ndarray:
    """The statistic of `count` samples of the seeds: (count, T), with strata (count,)."""
    seeds = len(values)
    if not strata:
        return np.asarray(of(values[rng.integers(seeds, size=(count, seeds))], axis=1))  # of (count, S, T)
    drawn = rng.integers(seeds, size=(count, *values.shape))
    samples = np.take_along_axis(values[None], drawn, axis=1)  # (count, S, K)
    return np.asarray(of(samples.reshape(count, -1), axis=1))


def _plain(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value
