"""How much better an architecture may be than the best, given what a model believes of it (chapter 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LARGEST = 700.0  # e to the power of more is not finite


def expected_improvement(mean: Floats, std: Floats, best: float) -> Floats:
    """E[max(0, best - f)] for f ~ N(mean, std^2), (m,): (best - mean) Phi(z) + std phi(z) with z = (best - mean) / std (Jones et al. 1998).

    Where std is 0 it is what is certain, max(0, best - mean).
    """
    gain = best - mean
    z, cdf, pdf = _standardised(gain, std)
    return np.where(std > 0, gain * cdf(z) + std * pdf(z), np.maximum(0, gain))


def log_expected_improvement(mean: Floats, std: Floats, best: float) -> Floats:
    """E[max(0, e^best - e^f)] for f ~ N(mean, std^2): the improvement of an error whose logarithm was modelled (Hutter et al. 2011, equation 1).

    mean, std, best  of the logarithm; e^best Phi(z) - e^(mean + std^2 / 2) Phi(z - std)
    """
    z, cdf, _ = _standardised(best - mean, std)
    return np.where(std > 0, np.exp(best) * cdf(z) - np.exp(np.minimum(mean + std**2 / 2, LARGEST)) * cdf(z - std), np.maximum(0, np.exp(best) - np.exp(mean)))


def _standardised(gain: Floats, std: Floats):  # type: ignore[no-untyped-def]
    from scipy.special import ndtr

    return gain / np.where(std > 0, std, 1), ndtr, lambda z: np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
