"""First weights that a space decides about, in place of those that networks are built with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.nets.build import Net
from nastutor.rng import torch_rng

STD, RANGE = 0.01, 0.01  # of sparse and of uniform weights
CONNECTED = 0.1  # the share of its inputs that a unit with sparse weights reads


def _sparse(weight: Tensor, generator: torch.Generator) -> None:
    """Each unit reads some inputs alone (Martens 2010, section 5). That of torch draws which from the global generator."""
    read = max(1, round(CONNECTED * weight.shape[1]))
    weight.zero_()
    for own in weight:
        own[torch.randperm(len(own), generator=generator)[:read]] = STD * torch.randn(read, generator=generator)


# Filled in place, of shape (units, inputs); what has no number of its own stands with the name in the release for auto-sklearn.
INITS: dict[str, Callable[..., Any]] = {
    "constant": lambda weight, generator: nn.init.zeros_(weight),
    "normal": lambda weight, generator, std: nn.init.normal_(weight, 0, std, generator),
    "uniform": lambda weight, generator: nn.init.uniform_(weight, -RANGE, RANGE, generator),
    "glorot_normal": lambda weight, generator: nn.init.xavier_normal_(weight, generator=generator),
    "glorot_uniform": lambda weight, generator: nn.init.xavier_uniform_(weight, generator=generator),
    "he_normal": lambda weight, generator: nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator),
    "he_uniform": lambda weight, generator: nn.init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator),
    "orthogonal": lambda weight, generator: nn.init.orthogonal_(weight, generator=generator),
    "sparse": _sparse,
}


@torch.no_grad()
def start(net: Net, decided: Mapping[str, tuple[str, Mapping[str, float]]], seed: int) -> None:
    """Gives linear layers, by the names of their nodes, first weights of the kind that is decided, and biases of 0.

    Drawn on the CPU from a generator of its own for each layer, so that they are the same on any device.
    """
    for name, (kind, numbers) in decided.items():
        layer: Any = net[name]
        weight: Tensor = torch.empty(layer.weight.shape)
        INITS[kind](weight, generator=torch_rng(seed, name, "first"), **numbers)
        layer.weight.copy_(weight)
        layer.bias.zero_()
