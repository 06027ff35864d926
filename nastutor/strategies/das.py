"""`DAS`: sizes as continuous numbers, learnt by gradients like weights (chapter 9)."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from nastutor.inputs import is_number, require
from nastutor.strategies.relaxed import Relaxed, Weights
from nastutor.values import Mixture

RAMPS = ("linear", "sigmoid")
STEEPNESS = 8.0  # of the sigmoid between two sizes


class DAS(Relaxed):
    """Each size is a number that moves between the options: 0 is the smallest, 1 the next (Shin, Packer & Song 2018).

    Between two options both have weight, by how near the number is: with smaller kernels inside larger ones that is a mask on the largest filter
    whose edge rises from 0 to 1, with channels one on the last of them, with depths a gate before the last layer. At a whole number the mask is
    the smaller filter itself. The gradient of the numbers is that of the two weights; in the end the nearest option is taken.

    For spaces whose `sizes()` say so (`nt.spaces.SizeSpace`). `lr` is that of Adam: about as many options a step; alpha holds the numbers.
    Chance plays no part in it: `seed` changes nothing.

    first  where all numbers begin; between two options the outer weights learn, so that the gradient means something
    ramp   of the mask's edge: "linear" or "sigmoid"
    """

    needs: ClassVar[tuple[str, ...]] = ("sizes", "mixture_sites", "discretize")

    def __init__(
        self, space: Any, *, first: float = 0.5, ramp: str = "linear", lr: float = 0.05, betas: tuple[float, float] = (0.5, 0.999), seed: int = 0
    ) -> None:
        require("ramp", ramp, lambda ramp: ramp in RAMPS, " and ".join(map(repr, RAMPS)))
        require("first", first, lambda first: is_number(first) and first >= 0, "numbers from 0, the smallest option")
        self.first, self.ramp = float(first), ramp
        super().__init__(space, lr=lr, betas=betas, weight_decay=0.0, seed=seed)
        if others := [name for name in space.mixture_sites() if name not in space.sizes()]:
            raise ValueError(f"`space` has {others[0]!r}, which is no size; allowed are spaces whose decisions all are (chapter 9)")
        self.counts = {name: len(options) for name, options in space.sizes().items()}

    def first_alpha(self, options: int, scale: float) -> Tensor:
        return torch.tensor(min(self.first, options - 1.0))

    def shares(self, name: str) -> Tensor:
        place, count = self.alpha[name], self.counts[name]
        if count == 1:
            return 1 + 0 * place[None]
        low = int(place.detach().floor().clamp(0, count - 2))
        upper = place - low if self.ramp == "linear" else risen(place - low)
        ends = torch.eye(count, dtype=place.dtype)[low : low + 2]
        return (1 - upper) * ends[0] + upper * ends[1]

    def draw(self) -> tuple[Mixture, Weights]:
        drawn = {name: self.shares(name) for name in self.alpha}
        weights = {name: own.detach().numpy() for name, own in drawn.items()}
        return Mixture(weights, {name: self._near(name) for name in drawn}), drawn

    def _near(self, name: str) -> tuple[int, ...]:
        """The two options beside the number: at a whole number one of them has no weight, and a gradient all the same."""
        low = max(0, min(int(self.alpha[name].detach().floor()), self.counts[name] - 2))
        return tuple(range(low, min(low + 2, self.counts[name])))

    def follow(self, slope: Weights) -> None:
        super().follow(slope)
        with torch.no_grad():
            for name, own in self.alpha.items():
                own.clamp_(0, self.counts[name] - 1)

    @property
    def sizes(self) -> dict[str, float]:
        """decision -> the size where its number stands, between those of the options."""
        return {name: float(self.shares(name).detach() @ torch.tensor(options, dtype=torch.float32)) for name, options in self.space.sizes().items()}


def risen(x: Tensor) -> Tensor:
    """A sigmoid from exactly 0 at 0 to exactly 1 at 1."""
    low, high = torch.sigmoid(torch.tensor([-STEEPNESS / 2, STEEPNESS / 2]))
    return (torch.sigmoid(STEEPNESS * (x - 0.5)) - low) / (high - low)
