"""The modules of Shake-Shake and ShakeDrop."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nastutor.nets.build import Chance


class ShakenMean(Chance):
    """See `Shake` in shake_ops.py."""

    def __init__(self, draw: str) -> None:
        super().__init__()
        self.draw = draw

    def forward(self, *branches: Tensor) -> Tensor:
        if not self.training:
            return sum(branches[1:], start=branches[0]) / len(branches)
        return _Weighed.apply(self._weights(branches), self._weights(branches), *branches)  # type: ignore[no-any-return]

    def _weights(self, branches: tuple[Tensor, ...]) -> Tensor:
        """(branches, B, 1, ...): for each image numbers above 0 whose sum is 1."""
        x = branches[0]
        drawn = x.new_empty((len(branches), len(x), *(1,) * (x.dim() - 1)))
        if self.draw == "softmax":
            return drawn.uniform_(generator=self.generator_on(x.device)).softmax(0)
        drawn.exponential_(generator=self.generator_on(x.device))
        return drawn / drawn.sum(0)

    def extra_repr(self) -> str:
        return f"draw={self.draw!r}"


class ShakenBranch(Chance):
    """See `ShakeDrop` in shake_ops.py."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x * (1 - self.p)
        if self.p == 0:
            return x
        dead = self._uniform(x, 1) < self.p
        forwards, backwards = 2 * self._uniform(x, len(x)) - 1, self._uniform(x, len(x))
        return _Weighed.apply(*(torch.where(dead, factor, 1.0)[None] for factor in (forwards, backwards)), x)  # type: ignore[no-any-return]

    def _uniform(self, x: Tensor, count: int) -> Tensor:
        """(count, 1, ...) in [0, 1)."""
        return x.new_empty((count, *(1,) * (x.dim() - 1))).uniform_(generator=self.generator_on(x.device))

    def extra_repr(self) -> str:
        return f"p={self.p}"


class _Weighed(torch.autograd.Function):
    """The sum of branches by the weights `forwards`; the gradient of each branch by its weight `backwards` (both (branches, B or 1, 1, ...))."""

    @staticmethod
    def forward(ctx: Any, forwards: Tensor, backwards: Tensor, *branches: Tensor) -> Tensor:
        ctx.save_for_backward(backwards)
        return sum(weight * branch for weight, branch in zip(forwards, branches, strict=True))  # type: ignore[return-value]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (backwards,) = ctx.saved_tensors
        return None, None, *(weight * grad for weight in backwards)
