"""`Process`: a Gaussian process over anything that has distances, with its settings found by maximum likelihood (chapter 5)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nastutor.strategies.acquisition import Floats

JITTER = (0.0, 1e-10, 1e-8, 1e-6, 1e-4)  # added to the diagonal, the first that lets it be factorised
FLOOR = 1e-4  # of the noise, in variances of the targets


class Settings(NamedTuple):
    """Of the kernel signal * matern(d / length) + noise, for targets of variance 1."""

    length: float = 1.0
    signal: float = 1.0
    noise: float = 1e-2


BOUNDS = ((-3.0, 3.0), (-3.0, 3.0), (math.log(FLOOR), 1.0))  # of the logarithms; the length in mean distances


def matern(squared: Floats) -> Floats:
    """The Matern kernel with nu = 5/2 of squared distances in units of the length (Rasmussen & Williams 2006, equation 4.17)."""
    r = np.sqrt(5 * np.maximum(squared, 0))
    return (1 + r + r**2 / 3) * np.exp(-r)


@dataclass
class Process:
    """Fitted to n targets with squared distances (n, n) between their inputs.

    squared  (n, n)
    targets  (n,); they are standardised here and answers come back in their units
    settings found by `fit`, or given
    """

    squared: Floats
    targets: Floats
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self.middle, self.scale = float(self.targets.mean()), float(self.targets.std()) or 1.0
        self.unit = float(self.squared.mean()) or 1.0  # a length of 1 is about the mean distance
        self._solve()

    def fit(self, starts: int = 2, seed: int = 0) -> Process:
        """The settings of the largest marginal likelihood, by L-BFGS from the present ones and from some drawn at random."""
        from scipy.optimize import minimize

        rng = np.random.default_rng(seed)
        first = [np.log(self.settings), *(rng.uniform(low, high) for low, high in [np.transpose(BOUNDS)] * (starts - 1))]
        found = [minimize(lambda logs: -self.evidence(Settings(*np.exp(logs))), start, method="L-BFGS-B", bounds=BOUNDS) for start in first]
        self.settings = Settings(*map(float, np.exp(min(found, key=lambda one: one.fun).x)))
        self._solve()
        return self

    def evidence(self, settings: Settings) -> float:
        """log p(standardised targets | settings) (Rasmussen & Williams 2006, equation 2.30)."""
        from scipy.linalg import cho_solve

        y = self._y
        factor = _factorised(self._kernel(settings))
        return float(-0.5 * y @ cho_solve((factor, True), y) - np.log(np.diag(factor)).sum() - 0.5 * len(y) * math.log(2 * math.pi))

    def predict(self, squared: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the noiseless function, (m,) each, at inputs with squared distances (m, n) to the fitted ones."""
        from scipy.linalg import solve_triangular

        cross = self.settings.signal * matern(squared / (self.unit * self.settings.length**2))
        half = solve_triangular(self.factor, cross.T, lower=True)  # (n, m)
        variance = np.maximum(self.settings.signal - (half**2).sum(0), 0)
        return self.middle + self.scale * (cross @ self.weights), self.scale * np.sqrt(variance)

    def with_targets(self, squared: Floats, targets: Floats) -> Process:
        """Another one with the same settings."""
        return Process(squared, targets, self.settings)

    @property
    def _y(self) -> Floats:
        return (self.targets - self.middle) / self.scale

    def _kernel(self, settings: Settings) -> Floats:
        return settings.signal * matern(self.squared / (self.unit * settings.length**2)) + settings.noise * np.eye(len(self.targets))

    def _solve(self) -> None:
        from scipy.linalg import cho_solve

        self.factor = _factorised(self._kernel(self.settings))
        self.weights = cho_solve((self.factor, True), self._y)


def _factorised(kernel: Floats) -> Floats:
    """The lower Cholesky factor, with as little on the diagonal as lets it exist; a kernel that is not positive definite raises."""
    from scipy.linalg import LinAlgError, cholesky

    for jitter in JITTER:
        try:
            return cholesky(kernel + jitter * np.eye(len(kernel)), lower=True)  # type: ignore[no-any-return]
        except LinAlgError:
            continue
    raise ValueError(f"`kernel` is not positive definite: its least eigenvalue is {np.linalg.eigvalsh(kernel)[0]:.3g} (chapter 5)")
