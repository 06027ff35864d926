"""How weights are moved other than by SGD under a cosine: the solvers and the policies of learning rates that `AutoNetSpace` decides about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

Named = tuple[str, Mapping[str, float]]  # what is decided, and its numbers


class SMORMS3(torch.optim.Optimizer):
    """Squared mean over root mean squared cubed (S. Funk 2015, "RMSprop loses to SMORMS3"): each weight averages over as many gradients as its own
    have been alike.

    lr  the largest share of a gradient, over its root mean square, by which a weight moves
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3, weight_decay: float = 0.0, eps: float = 1e-16) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad.add(weight, alpha=group["weight_decay"]), group["lr"], group["eps"])

    def _move(self, weight: Tensor, grad: Tensor, lr: float, eps: float) -> None:
        own = self.state[weight]
        if not own:
            own |= {"memory": torch.ones_like(weight), "mean": torch.zeros_like(weight), "square": torch.zeros_like(weight)}
        memory, mean, square = own["memory"], own["mean"], own["square"]
        new = 1 / (memory + 1)
        mean.lerp_(grad, new)
        square.lerp_(grad * grad, new)
        alike = mean * mean / (square + eps)
        weight -= grad * alike.clamp(max=lr) / (square.sqrt() + eps)
        memory.mul_(1 - alike).add_(1)


def _adam(params: Any, lr: float, weight_decay: float, beta1: float, beta2: float) -> torch.optim.Optimizer:
    """beta1 and beta2 are what they lack to 1."""
    return torch.optim.Adam(params, lr, (1 - beta1, 1 - beta2), weight_decay=weight_decay)


SOLVERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": _adam,
    "adadelta": lambda params, lr, weight_decay, rho: torch.optim.Adadelta(params, lr, rho, weight_decay=weight_decay),
    "adagrad": lambda params, lr, weight_decay: torch.optim.Adagrad(params, lr, weight_decay=weight_decay),
    "smorms3": SMORMS3,
}

# the share of the learning rate after so many epochs
POLICIES: dict[str, Callable[..., float]] = {
    "fixed": lambda epoch: 1.0,
    "inv": lambda epoch, gamma, power: (1 + gamma * epoch) ** -power,
    "exp": lambda epoch, gamma: gamma**epoch,
    "step": lambda epoch, gamma, every: gamma ** (epoch // every),
}


def solver_of(named: Named, params: Any, lr: float, weight_decay: float) -> torch.optim.Optimizer:
    name, numbers = named
    return SOLVERS[name](params, lr=lr, weight_decay=weight_decay, **numbers)


def share_of(named: Named, epoch: int) -> float:
    name, numbers = named
    return POLICIES[name](epoch, **numbers)
