"""`Arc`: a kernel for decisions that exist only under conditions (Swersky et al. 2013)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nastutor.inputs import is_number, require
from nastutor.kernels.base import Floats, Kernel, matern, matern_slope
from nastutor.values import Arch

SCALES = ("linear", "log")
APART = 0.5  # of two options without an order, as a share of the largest difference; more would be no distance of points for many options
MIXED = -1.0  # where only one of the two has the decision


class Arc(Kernel):
    """A Matern kernel of points: a decision that is not asked for lies at the origin, one that is on an arc of radius omega around it.

    An option x of [l, u] stands at omega (sin, cos)(pi rho x / (u - l)). So two architectures that both lack a decision agree in it; one that
    has it is at omega from one that has not, whatever it answers; and two answers are a chord apart, omega sqrt(2 (1 - cos(pi rho |x - x'| /
    (u - l)))). The radius and the share rho of a half circle are learned for each decision, with a standard normal prior on log omega and on
    logit rho, which rest at 1 and 1/2 where there is little to learn from. Distances of points, so it is positive semidefinite.

    numeric  decisions with an order -> "linear" or "log"; None: all whose options are all numbers, linear. The options of others are equally
             far from each other
    """

    needs = ("sites",)

    def __init__(self, numeric: Mapping[str, str] | None = None) -> None:
        require("numeric", numeric, lambda given: given is None or all(scale in SCALES for scale in given.values()), "None, and decision -> 'linear', 'log'")
        self.numeric = numeric
        self.sites: dict[str, tuple[Any, ...]] = {}

    def bind(self, space: Any) -> None:
        self.sites = dict(space.sites())
        numbers = {name for name, options in self.sites.items() if all(map(is_number, options))}
        if strange := [name for name in self.numeric or () if name not in numbers]:
            raise ValueError(f"`numeric` names {strange[0]!r}; the decisions whose options are all numbers are {', '.join(sorted(numbers)) or 'none'}")
        self.ordered = dict(self.numeric) if self.numeric is not None else dict.fromkeys(numbers, "linear")
        if bad := [name for name, scale in self.ordered.items() if scale == "log" and min(self.sites[name]) <= 0]:
            raise ValueError(f"`numeric` of {bad[0]!r} is 'log', and its options begin at {min(self.sites[bad[0]])}; allowed is 'linear'")

    def describe(self, space: Any, arch: Arch) -> Floats:
        """Where each decision stands, from 0 to 1 of its range, or the number of its option; NaN where it is not asked for: (D,)."""
        taken = dict(arch.choices)
        return np.array([self._place(name, taken[name]) if name in taken else math.nan for name in self.sites])

    def _place(self, name: str, value: Any) -> float:
        if name not in self.ordered:
            return self.sites[name].index(value)
        scale = math.log if self.ordered[name] == "log" else float
        low, high = scale(min(self.sites[name])), scale(max(self.sites[name]))
        return (scale(value) - low) / (high - low or 1.0)

    def compare(self, one: Sequence[Floats], other: Sequence[Floats]) -> Floats:
        """For each decision the difference as a share of the range, 0 where neither has it, -1 where one has: (D, a, b)."""
        a, b = np.stack(one).T[:, :, None], np.stack(other).T[:, None, :]
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - b)
        named = np.array([name not in self.ordered for name in self.sites])
        apart[named] = np.where(apart[named] > 0, APART, 0.0)
        lacking = np.isnan(a).astype(int) + np.isnan(b)
        return np.where(lacking == 0, apart, np.where(lacking == 1, MIXED, 0.0))

    # under parameters: log signal, then log omega and logit rho of each decision

    @property
    def bounds(self) -> list[tuple[float, float]]:
        return [(-3.0, 3.0)] * (1 + 2 * len(self.sites))

    def units(self, compared: Floats) -> Floats:
        return np.ones(len(compared))

    def variance(self, logs: Sequence[float]) -> float:
        return float(np.exp(logs[0]))

    def squared(self, logs: Sequence[float], compared: Floats) -> Floats:
        """Squared distances, the mean over decisions: (a, b)."""
        omega, rho = self._shapes(logs)
        return sum(w**2 * _chord(r, apart) for w, r, apart in zip(omega, rho, compared, strict=True)) / len(compared)  # type: ignore[no-any-return]

    def covariance(self, logs: Sequence[float], compared: Floats, units: Floats) -> Floats:
        return np.exp(logs[0]) * matern(self.squared(logs, compared))

    def gradient(self, logs: Sequence[float], compared: Floats, units: Floats, weights: Floats) -> Floats:
        squared, (omega, rho) = self.squared(logs, compared), self._shapes(logs)
        inner = np.exp(logs[0]) * weights * matern_slope(squared) / len(compared)
        radii, turns = [], []
        for w, r, apart in zip(omega, rho, compared, strict=True):
            radii.append(2 * w**2 * np.vdot(inner, _chord(r, apart)))
            share = np.maximum(apart, 0)  # the turn of those that have it both
            turns.append(2 * w**2 * np.pi * r * (1 - r) * np.vdot(inner, share * np.sin(np.pi * r * share)))
        return np.array([np.exp(logs[0]) * np.vdot(weights, matern(squared)), *radii, *turns])

    def prior(self, logs: Any) -> tuple[float, Floats]:
        pulls = -np.asarray(logs, dtype=float)
        pulls[0] = 0.0
        return -0.5 * float(pulls @ pulls), pulls

    def _shapes(self, logs: Sequence[float]) -> tuple[Floats, Floats]:
        count = len(self.sites)
        return np.exp(logs[1 : 1 + count]), 1 / (1 + np.exp(-np.asarray(logs[1 + count :])))


def _chord(rho: float, apart: Floats) -> Floats:
    """Squared, on a circle of radius 1; the radius where one lies at the origin."""
    return np.where(apart == MIXED, 1.0, 2 * (1 - np.cos(np.pi * rho * np.maximum(apart, 0))))
