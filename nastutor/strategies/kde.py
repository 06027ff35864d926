"""A density over whole architectures: one kernel for each that was seen, as BOHB has it (chapters 5 and 10)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from nastutor.spaces.coding import Coding
from nastutor.strategies.parzen import Floats, cells, gaussians
from nastutor.values import Arch

NARROWEST = 1e-3


class KernelDensity:
    """The mean of the prior and of n product kernels, one around each architecture (Falkner et al. 2018, section 3.1 and its code).

    A decision that both have contributes its kernel, one that the seen architecture lacks the prior (uniform over its options), one that
    the other lacks nothing. So it sums to 1 over a space whose decisions depend on others, as long as their options do not.

    coding   of the space
    archs    that were seen
    weights  of them, (n,)
    prior    weight of the prior
    places   decision -> its options as places on a scale, for those that are numbers: their kernel is a Gaussian over the cells of the options
    """

    def __init__(self, coding: Coding, archs: Sequence[Arch], weights: Sequence[float], prior: float, places: dict[str, list[float]]) -> None:
        self.coding, self.prior, self.places = coding, prior, places
        self.weights = [float(weight) for weight in weights]
        self.rows = self._rows(archs)
        self.sites = list(coding.sites.items())
        self.numbers = {name: number for number, name in enumerate(coding.sites)}
        self.kernels: dict[int, Floats] = {}  # by the number of the decision, made when it is met

    def _rows(self, archs: Sequence[Arch]) -> Any:
        """(n, D), with the number of options where a decision is not there."""
        return np.minimum(self.coding.of(archs), self.coding.options)

    def kernel(self, number: int) -> Floats:
        """Of a decision, from the option seen (row) to any (column), (K + 1, K + 1); the last of each stands for a decision that is not there."""
        if number not in self.kernels:
            name, options = self.sites[number]
            count, column = len(options), self.rows[:, number]
            seen, places = column[column < count], self.places.get(name)
            shrink = 1.06 * max(1, len(seen)) ** (-1 / (4 + len(self.sites)))  # the normal reference rule in D dimensions
            kernel = np.ones((count + 1, count + 1))
            kernel[count, :count] = 1 / count
            kernel[:count, :count] = self._options(seen, count, shrink) if places is None else self._numbers(seen, places, shrink)
            self.kernels[number] = kernel
        return self.kernels[number]

    @staticmethod
    def _options(seen: Any, count: int, shrink: float) -> Floats:
        """Aitchison and Aitken's kernel: 1 - b for the same option, b / (K - 1) for each other. Its b follows from the spread of the one-hot
        form, sqrt((1 - sum p^2) / 2), which for two options is the sqrt(p (1 - p)) that BOHB takes, and unlike BOHB's knows no order."""
        shares = np.bincount(seen, minlength=count) / max(1, len(seen))
        spread = np.sqrt((1 - (shares**2).sum()) / 2) if len(seen) else 1.0
        b = min(max(NARROWEST, shrink * spread), (count - 1) / count)
        return np.full((count, count), b / max(1, count - 1)) + np.eye(count) * (1 - b - b / max(1, count - 1))

    @staticmethod
    def _numbers(seen: Any, places: list[float], shrink: float) -> Floats:
        """Gaussians at the options, truncated to the range of their cells."""
        order, at = np.argsort(places), np.asarray(places)
        edges = cells(at[order])
        span = edges[-1] - edges[0]
        width = min(max(NARROWEST * span, shrink * (at[seen].std() if len(seen) else span)), span)
        mass = np.empty((len(at), len(at)))
        mass[:, order] = gaussians(at, width, edges)
        return mass

    def log(self, archs: Sequence[Arch]) -> Floats:
        """The logarithm of the density of each architecture, (m,)."""
        others = self._rows(archs)
        density = np.ones((len(self.rows), len(others)))
        unseen = np.ones(len(others))
        for number in np.flatnonzero((others < self.coding.options).any(axis=0)).tolist():
            kernel = self.kernel(number)
            density *= kernel[self.rows[:, number][:, None], others[:, number]]
            unseen *= kernel[-1, others[:, number]]
        return np.log((self.prior * unseen + np.asarray(self.weights) @ density) / (self.prior + sum(self.weights)))

    def draw(self, space: Any, rng: Random) -> Arch:
        """An architecture: one that was seen, or the prior, and each decision by its kernel; options that are not on offer are left out."""
        (row,) = rng.choices([None, *self.rows], [self.prior, *self.weights])

        def choose(name: str, options: Sequence[Any]) -> Any:
            number = self.numbers[name]
            kernel, known = self.kernel(number)[-1 if row is None else row[number]], self.sites[number][1]
            return rng.choices(options, [kernel[known.index(option)] for option in options])[0]

        return space.walk(choose)  # type: ignore[no-any-return]
