"""Shaking: in training, branches are weighed at random, forwards by other weights than backwards."""

# each op has its own number of inputs:
# mypy: disable-error-code="override"
from __future__ import annotations

import math
from typing import Any, ClassVar

from nastutor.nets.attrs import REQUIRED
from nastutor.nets.op import Op, Runner, Shape, alike


class Shake(Op):
    """Shake-Shake (Gastaldi 2017): a weighed mean of branches of one shape. In training each image draws weights of its own, which add up to 1,
    and other ones for the way back; in evaluation all branches weigh the same.

    draw  "simplex": uniform among all such weights (of two branches one is uniform from 0 to 1, as in the paper); "softmax": the softmax of
          numbers uniform from 0 to 1, which stays near the plain mean (released code of Zela et al. 2018)
    """

    attrs: ClassVar[dict[str, Any]] = {"draw": "simplex"}
    inputs = (2, math.inf)

    def shape(self, a: Any, *shapes: Shape) -> Shape:
        return alike("weighs", shapes)

    def build(self, a: Any, *shapes: Shape) -> Runner:
        from nastutor.nets.shaking import ShakenMean

        return ShakenMean(a["draw"])


class ShakeDrop(Op):
    """ShakeDrop (Yamada et al. 2018; a gate for each batch and factors for each image, as in the released code of Zela et al. 2018): with
    probability `p` a training batch's branch is multiplied, image by image, by a number uniform from -1 to 1, and its gradient by another from
    0 to 1; else it stays. In evaluation it is multiplied by what it is in the mean, 1 - p.
    """

    attrs: ClassVar[dict[str, Any]] = {"p": REQUIRED}

    def build(self, a: Any, x: Shape) -> Runner:
        from nastutor.nets.shaking import ShakenBranch

        return ShakenBranch(a["p"])


SHAKE_OPS: dict[str, Op] = {"shake": Shake(), "shake_drop": ShakeDrop()}
