"""The reward of a training that was stopped early, corrected for what early accuracy does not show (chapter 7)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class EarlyStop(NamedTuple):
    """reward = accuracy - mu ln(FLOPs) - rho ln(density), accuracies in percent (Zhong et al. 2018, section 3.3, early stop strategy).

    Of two blocks with the same accuracy after few epochs the one with more FLOPs or the denser graph ends worse, so that both are charged for.

    mu, rho    what a factor of e costs, in percent of accuracy; a public re-implementation (elenathfgs/BlockQNN_Keras) has 1 and 8
    reference  FLOPs are counted in multiples of this many
    """

    mu: float = 0.0
    rho: float = 0.0
    reference: float = 1.0

    def __call__(self, accuracy: float, flops: float = 1.0, density: float = 1.0) -> float:
        """The reward as a share, like `accuracy` (0 to 1): a hundredth of the paper's. Fewer FLOPs than one count as one.

        >>> round(EarlyStop(mu=1, rho=8, reference=1000)(0.6, flops=2000, density=1.5), 4)
        0.5606
        """
        return accuracy - (self.mu * math.log(max(flops, 1.0) / self.reference) + self.rho * math.log(density)) / 100

    @classmethod
    def fitted(cls, early: Sequence[float], final: Sequence[float], flops: Sequence[float], density: Sequence[float], reference: float = 1.0) -> EarlyStop:
        """`mu` and `rho` by least squares: what early accuracy promised beyond final accuracy, by FLOPs and density of the same n >= 3 networks."""
        import numpy as np

        if not 3 <= len(early) == len(final) == len(flops) == len(density):
            lengths = ", ".join(str(len(numbers)) for numbers in (early, final, flops, density))
            raise ValueError(f"`early`, `final`, `flops`, `density` are of {lengths} networks; allowed are as many each, 3 or more")
        promised = 100 * (np.asarray(early, dtype=float) - np.asarray(final, dtype=float))
        columns = np.stack([np.log(np.asarray(flops, dtype=float) / reference), np.log(np.asarray(density, dtype=float)), np.ones(len(promised))], axis=1)
        mu, rho, _ = np.linalg.lstsq(columns, promised, rcond=None)[0]
        return cls(float(mu), float(rho), reference)
