"""`ProxylessNAS`: one path runs at a time, and it is compared with one other."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from nastutor.strategies.relaxed import Relaxed, Weights
from nastutor.values import Mixture


class Pair(NamedTuple):
    """Two options of a decision: the one that runs first.

    numbers  (2,) int64
    """

    numbers: Tensor


class ProxylessNAS(Relaxed):
    """Binary gates (Cai et al. 2019, sections 3.2 and 3.3): of each decision two options are drawn by p, one of which runs, drawn by their shares.

    The gradient is that of the gates, dL/d(alpha_i) = sum_j dL/dg_j p_j (delta_ij - p_i) over the two (equation 4); then both are moved
    together such that the probabilities of all others are what they were. So a step needs the memory of one path.
    """

    def __init__(
        self, space: Any, *, lr: float = 6e-3, betas: tuple[float, float] = (0.0, 0.999), weight_decay: float = 0.0, seed: int = 0, **more: Any
    ) -> None:
        super().__init__(space, lr=lr, betas=betas, weight_decay=weight_decay, seed=seed, **more)

    def draw(self) -> tuple[Mixture, dict[str, Pair]]:
        pairs = {name: Pair(self._two(own.detach())) for name, own in self.alpha.items()}
        gates = {name: torch.zeros(len(own)).index_fill_(0, pairs[name].numbers[:1], 1.0).numpy() for name, own in self.alpha.items()}
        return Mixture(gates, {name: pair.numbers[1:].tolist() for name, pair in pairs.items()}), pairs

    def _two(self, alpha: Tensor) -> Tensor:
        """Two options by p without replacement, or the only one; the first is the one that runs, drawn by their shares."""
        numbers = torch.multinomial(torch.softmax(alpha, 0), min(2, len(alpha)), generator=self.generator)
        runs = int(torch.multinomial(torch.softmax(alpha[numbers], 0), 1, generator=self.generator))
        return numbers.roll(-runs)

    def slope(self, drawn: dict[str, Pair], grad: Weights) -> Weights:
        found = {}
        for name, pair in drawn.items():
            p, own = torch.softmax(self.alpha[name].detach()[pair.numbers], 0), grad[name][pair.numbers]
            if self.resource is not None:
                own = own + self.eta * self.resource[name][pair.numbers]
            found[name] = torch.zeros_like(grad[name]).index_copy_(0, pair.numbers, p * (own - (p * own).sum()))
        self._pairs = drawn
        return found

    def follow(self, slope: Weights) -> None:
        before = {name: own.detach().clone() for name, own in self.alpha.items()}
        super().follow(slope)
        with torch.no_grad():
            for name, own in self.alpha.items():
                numbers = self._pairs[name].numbers
                moved = own[numbers]
                own.copy_(before[name])
                own[numbers] = moved - torch.logsumexp(moved, 0) + torch.logsumexp(before[name][numbers], 0)
