"""Squeeze and excitation: the channels of an image are scaled by what its own means say (Hu et al. 2018)."""

# it has one input:
# mypy: disable-error-code="override"
from __future__ import annotations

from typing import Any, ClassVar

from nastutor.nets.attrs import REQUIRED
from nastutor.nets.op import Op, Runner, Shape, image


class SqueezeExcite(Op):
    """x times sigmoid(W2 relu(W1 mean(x))), channel by channel; between the two linear layers are `units` numbers."""

    attrs: ClassVar[dict[str, Any]] = {"units": REQUIRED}
    layers = 2

    def shape(self, a: Any, x: Shape) -> Shape:
        return image(x)

    def params(self, a: Any, x: Shape) -> int:
        return a["units"] * (2 * x[0] + 1) + x[0]

    def mult_adds(self, a: Any, x: Shape) -> int:
        return 2 * a["units"] * x[0]

    def inside(self, a: Any, x: Shape) -> int:
        return 3 * x[0] + 2 * a["units"]  # the means, W1's output before and after ReLU, W2's before and after the sigmoid

    def build(self, a: Any, x: Shape) -> Runner:
        from nastutor.nets.build import Scaled

        return Scaled(x[0], a["units"])
