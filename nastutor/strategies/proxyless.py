"""`ProxylessNAS`: one path runs at a time, and it is compared with one other; `ProxylessREINFORCE`: it is worth what it is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from nastutor.inputs import is_number, positive, require, share, whole
from nastutor.strategies.relaxed import Relaxed, Weights, costs_of
from nastutor.values import Mixture, Result

FREE = 0.01  # of the target: what costs less is as cheap as this, so that what costs nothing does not earn without bound


class Pair(NamedTuple):
    """Two options of a decision: the one that runs first.

    numbers  (2,) int64
    """

    numbers: Tensor


class ProxylessNAS(Relaxed):
    """Of each decision two options are drawn, one runs, and the slopes of their binary gates say which gains (Cai et al. 2019, sections 3.2 and 3.3).

    They are drawn by p, and the one that runs by their shares. The gradient is that of the gates, dL/d(alpha_i) = sum_j dL/dg_j p_j (delta_ij - p_i)
    over the two (equation 4); then both are moved together such that the probabilities of all others are what they were. So a step needs the memory
    of one path.
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


class ProxylessREINFORCE(Relaxed):
    """Gates learn from what drawn paths are worth, without a gradient of the loss (Cai et al. 2019, section 3.3.2, equation 6).

    Paths are drawn by p = softmax(alpha); alpha moves by the mean of (R - b) grad log p over `samples` of them. R = accuracy * (cost / target)^exponent,
    where cost is what `resource` adds up to along the path (Tan et al. 2019), so that costs need not be differentiable; without `resource` it is the accuracy.

    decay     of the baseline b, a moving average of R that starts with the first
    target, exponent   of the cost; the exponent is below 0
    """

    wants: ClassVar[tuple[str, ...]] = ("mixture",)

    def __init__(
        self,
        space: Any,
        *,
        samples: int = 8,
        decay: float = 0.9,
        resource: Mapping[str, Any] | None = None,
        target: float | None = None,
        exponent: float = -0.07,
        lr: float = 1e-2,
        betas: tuple[float, float] = (0.0, 0.999),
        weight_decay: float = 0.0,
        scale: float = 1e-3,
        seed: int = 0,
    ) -> None:
        super().__init__(space, lr=lr, betas=betas, weight_decay=weight_decay, scale=scale, seed=seed)
        self.samples, self.decay = whole("samples", samples), share("decay", decay)
        if (target is None) != (resource is None):
            raise ValueError(f"`target` is {target!r} and `resource` {resource!r}; allowed are both or neither (chapter 9)")
        self.costs = None if resource is None else costs_of(space, resource)
        self.target = None if target is None else positive("target", target)
        require("exponent", exponent, lambda exponent: is_number(exponent) and exponent < 0, "numbers below 0")
        self.exponent, self.baseline = float(exponent), math.nan
        self.waiting: list[Weights] = []  # of each answer its part of the slope

    def draw(self) -> tuple[Mixture, dict[str, int]]:
        taken = {name: int(torch.multinomial(torch.softmax(own.detach(), 0), 1, generator=self.generator)) for name, own in self.alpha.items()}
        return Mixture({name: torch.eye(len(own))[taken[name]].numpy() for name, own in self.alpha.items()}), taken

    def learn(self, drawn: dict[str, int], result: Result) -> None:
        if not result.usable:
            return
        reward = self.reward(drawn, result.error)
        self.baseline = reward if math.isnan(self.baseline) else self.decay * self.baseline + (1 - self.decay) * reward
        advantage, slope = reward - self.baseline, {}
        for name, own in self.alpha.items():
            p = torch.softmax(own.detach(), 0)
            slope[name] = advantage * (p - torch.eye(len(p))[drawn[name]])  # against the gradient of log p, as alpha goes down
        self.waiting.append(slope)
        if len(self.waiting) == self.samples:
            self.follow({name: torch.stack([one[name] for one in self.waiting]).mean(0) for name in self.alpha})
            self.waiting = []

    def reward(self, drawn: dict[str, int], error: float) -> float:
        if self.costs is None or self.target is None:
            return 1 - error
        cost = sum(float(self.costs[name][number]) for name, number in drawn.items())
        return float((1 - error) * (max(cost / self.target, FREE) ** self.exponent))
