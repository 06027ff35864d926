"""Recurrent layers from the graph of one step: the same weights at every step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nastutor.nets.build import Net
from nastutor.nets.graph import LayerGraph


class Unrolled(nn.Module):
    """A step repeated in time.

    step  the graph of one step: a flat input (F + S,), features and then state; a flat output (S,), the next state
    """

    def __init__(self, step: LayerGraph) -> None:
        super().__init__()
        self.step = Net(step)
        (self.size,) = step.node(step.output).shape
        self.features = step.nodes[0].shape[0] - self.size
        if self.features < 1:
            raise ValueError(f"`step` reads {step.nodes[0].shape[0]} numbers and gives {self.size}; it must read a state of {self.size} and some features")

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        """Sequences (B, T, F) and the state before them (B, S), zeros by default -> the states after each step (B, T, S)."""
        state = x.new_zeros(x.shape[0], self.size) if state is None else state
        states = []
        for features in x.unbind(1):  # (B, F)
            state = self.step(torch.cat([features, state], 1))
            states.append(state)
        return torch.stack(states, 1)


class Rows(Unrolled):
    """The op `recurrent`: the rows of an image (B, C, H, W) as a sequence -> the first `units` numbers of the last state."""

    def __init__(self, step: LayerGraph, units: int) -> None:
        super().__init__(step)
        self.units = units

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        return super().forward(x.transpose(1, 2).flatten(2), state)[:, -1, : self.units]
