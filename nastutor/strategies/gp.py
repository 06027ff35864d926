"""`Process`: a Gaussian process over anything that can be compared, with its settings found by maximum likelihood (chapter 5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nastutor.kernels.base import Kernel
from nastutor.kernels.psd import repaired
from nastutor.strategies.acquisition import Floats

JITTER = (0.0, 1e-10, 1e-8, 1e-6, 1e-4)  # added to the diagonal, the first that lets it be factorised
FLOOR = 1e-4  # of the noise, in variances of the targets
NOISE = (math.log(FLOOR), 1.0)  # bounds of its logarithm


class Settings(NamedTuple):
    """Of a kernel and of the noise, for targets of variance 1.

    logs   parameters of the kernel
    units  by channel what counts as one (`Kernel.units`)
    noise  variance
    """

    logs: tuple[float, ...]
    units: tuple[float, ...]
    noise: float = 1e-2


@dataclass
class Process:
    """Fitted to n targets whose inputs are compared with each other.

    compared  (channels, n, n), by `kernel`
    targets   (n,); they are standardised here and answers come back in their units
    settings  found by `fit`, or given; None: those with which a search for them begins
    known     the factor of the first k inputs under these settings, where it is known: then only the others cost what a matrix costs
    """

    kernel: Kernel
    compared: Floats
    targets: Floats
    settings: Settings | None = None
    known: Floats | None = None

    def __post_init__(self) -> None:
        self.middle, self.scale = float(self.targets.mean()), float(self.targets.std()) or 1.0
        self._y = (self.targets - self.middle) / self.scale
        if self.settings is None:
            self.settings = Settings((0.0,) * len(self.kernel.bounds), tuple(self.kernel.units(self.compared).tolist()))
        self._solve()

    def fit(self, starts: int = 2, seed: int = 0) -> Process:
        """The settings of the largest marginal likelihood, by L-BFGS from the present ones and from some drawn at random."""
        from scipy.optimize import minimize

        bounds, units = [*self.kernel.bounds, NOISE], tuple(self.kernel.units(self.compared).tolist())
        rng, lows, highs = np.random.default_rng(seed), *np.transpose(bounds)
        first = [np.clip([*self._set.logs, math.log(self._set.noise)], lows, highs), *(rng.uniform(lows, highs) for _ in range(starts - 1))]

        def worse(logs: Floats) -> tuple[float, Floats]:
            value, slopes = self.evidence(Settings(tuple(logs[:-1]), units, math.exp(logs[-1])))
            prior, pulls = self.kernel.prior(logs[:-1])
            slopes[:-1] += pulls
            return -value - prior, -slopes

        best = min((minimize(worse, start, jac=True, method="L-BFGS-B", bounds=bounds) for start in first), key=lambda one: one.fun).x.tolist()
        self.settings, self.known = Settings(tuple(best[:-1]), units, math.exp(best[-1])), None
        self._solve()
        return self

    def evidence(self, settings: Settings) -> tuple[float, Floats]:
        """log p(standardised targets | settings) and its derivatives by the kernel's parameters and by the logarithm of the noise (Rasmussen & Williams
        2006, equations 2.30 and 5.9)."""
        from scipy.linalg import cho_solve
        from scipy.linalg.lapack import dpotri

        units = np.array(settings.units)
        kernel, back = repaired(self.kernel.covariance(settings.logs, self.compared, units), self.kernel.repair)
        factor = _factorised(_noisy(kernel, settings.noise))
        weights = cho_solve((factor, True), self._y, check_finite=False)
        value = -0.5 * self._y @ weights - np.log(np.diag(factor)).sum() - 0.5 * len(factor) * math.log(2 * math.pi)
        inverse = np.tril(dpotri(factor, lower=1)[0])
        inverse += np.tril(inverse, -1).T
        slope = 0.5 * (np.outer(weights, weights) - inverse)  # d value / d matrix
        slopes = self.kernel.gradient(settings.logs, self.compared, units, back(slope))
        return float(value), np.append(slopes, settings.noise * np.trace(slope))

    def predict(self, compared: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the noiseless function, (m,) each, at inputs that compare with the fitted ones by (channels, m, n).

        Where the kernel had to be repaired, what is known may seem to be more than all: such a variance is 0.
        """
        from scipy.linalg import solve_triangular

        cross = self.covariance(compared)
        half = solve_triangular(self.factor, cross.T, lower=True, check_finite=False)  # (n, m)
        variance = np.maximum(self.kernel.variance(self._set.logs) - (half**2).sum(0), 0)
        return self.middle + self.scale * (cross @ self.weights), self.scale * np.sqrt(variance)

    @property
    def means(self) -> Floats:
        """Of the noiseless function at the fitted inputs: (n,)."""
        return self.middle + self.scale * (self._y - self._set.noise * self.weights)

    def covariance(self, compared: Floats) -> Floats:
        """Of the noiseless standardised function, beforehand: (a, b)."""
        return self.kernel.covariance(self._set.logs, compared, np.array(self._set.units))

    @property
    def _set(self) -> Settings:
        assert self.settings is not None
        return self.settings

    def _solve(self) -> None:
        from scipy.linalg import cho_solve

        self.factor = self._factor()
        self.weights = cho_solve((self.factor, True), self._y, check_finite=False)

    def _factor(self) -> Floats:
        """The Cholesky factor; that of a larger matrix has that of a smaller one in its corner."""
        from scipy.linalg import LinAlgError, cholesky, solve_triangular

        if self.known is not None and self.kernel.repair is None:
            k = len(self.known)
            corner = _noisy(self.covariance(self.compared[:, k:, k:]), self._set.noise)
            below = solve_triangular(self.known, self.covariance(self.compared[:, :k, k:]), lower=True, check_finite=False).T
            try:
                last = cholesky(corner - below @ below.T, lower=True, check_finite=False)
                return np.block([[self.known, np.zeros((k, len(last)))], [below, last]])
            except LinAlgError:
                pass  # too little noise for what is nearly there already: the whole, with a jitter
        return _factorised(_noisy(repaired(self.covariance(self.compared), self.kernel.repair)[0], self._set.noise))


def _noisy(kernel: Floats, noise: float) -> Floats:
    return kernel + noise * np.eye(len(kernel))


def _factorised(kernel: Floats) -> Floats:
    """The lower Cholesky factor, with as little on the diagonal as lets it exist; a kernel that is not positive definite raises."""
    from scipy.linalg import LinAlgError, cholesky

    for jitter in JITTER:
        try:
            return cholesky(_noisy(kernel, jitter) if jitter else kernel, lower=True, check_finite=False)  # type: ignore[no-any-return]
        except LinAlgError:
            continue
    raise ValueError(f"`kernel` is not positive definite: its least eigenvalue is {np.linalg.eigvalsh(kernel)[0]:.3g} (chapter 5)")
