"""`Embedding`: points of a Euclidean space for what has only distances (Bourgain 1985; Linial, London & Rabinovich 1995, as in Auto-Keras)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nastutor.kernels.base import Floats
from nastutor.rng import python_rng


class Embedding:
    """Coordinates are distances to random sets of anchors: for n of them ceil(ln n) sets of each size 1, 2, 4 ... up to 2^ceil(log2(n) - 1).

    anchors  what distances are taken to
    apart    (x, anchors) -> its distances from all of them, (n,), by a metric
    seed     of the sets

    A point moves by at most what its original does, as no distance to a set changes by more (coordinates are divided by the root of their
    number), and Bourgain's theorem says that on n anchors distances shrink by at most a factor of the order of log n. The map is fixed before
    anything is compared: a kernel of points that were found for other sets in training than in prediction would be no kernel.
    """

    def __init__(self, anchors: Sequence[Any], apart: Callable[[Any, Sequence[Any]], Floats], seed: int = 0) -> None:
        self.anchors, self.apart = tuple(anchors), apart
        count, rng = len(self.anchors), python_rng(seed, "Bourgain")
        sizes = [2**power for power in range(max(1, math.ceil(math.log2(count) - 1) + 1))]
        times = max(1, math.ceil(math.log(count)))
        self.sets = [rng.sample(range(count), min(size, count)) for size in sizes for _ in range(times)]

    def __call__(self, one: Any) -> Floats:
        """(sets,)"""
        distances = self.apart(one, self.anchors)
        return np.array([distances[members].min() for members in self.sets]) / math.sqrt(len(self.sets))
