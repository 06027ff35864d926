"""Are learnt transformations better than random ones (Cai et al. 2018a)? From a record of searches with made-up accuracies (chapter 7).

`python -m nastutor.claims.transforming SEED ... >> data/transforming.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.records import Record, bootstrapped
from nastutor.comparing import mann_whitney
from nastutor.values import Result, Trial

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "gains": [0.2, 0.4, 0.8, 1.2, 1.6, 2.0],  # of each layer
    "price": 0.18,  # of a doubling
    "noise": 0.01,
    "batches": 30,  # of ten networks each
    "judged": 3,  # the last of them
    "policy": {"deeper": 0, "learning_rate": 0.01, "hidden": 16, "embedding": 8},
}


def surrogate(seed: int, settings: Mapping[str, Any] = SETTINGS) -> Callable[[Trial], Result]:
    """Six layers, each worth more the wider it is up to a point, and a price for width."""
    from nastutor.edits import Network

    gains, rng = settings["gains"], random.Random(seed)

    def error(trial: Trial) -> Result:
        widths = [1 + math.log2(layer.width or 1) for _, layer in sorted(Network.of(trial.arch).layers.items())]  # type: ignore[arg-type]
        score = sum(gain * (1 - math.exp(-width / 2)) for gain, width in zip(gains, widths, strict=True)) - settings["price"] * sum(widths)
        return Result({"error": 1 - (1 / (1 + math.exp(-score)) + rng.gauss(0, settings["noise"]))})

    return error


def ends(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Mean errors of the last batches of a policy that learns, and of as many of one that does not, whose batches are alike."""
    from nastutor.loop import search
    from nastutor.spaces import EditSpace
    from nastutor.strategies.eas import EAS

    space = EditSpace([("conv", 1, 3)] * len(settings["gains"]), ("widen",), max_width=16)
    found = dict[str, Any]()
    for name, batches in (("learnt", settings["batches"]), ("drawn", settings["judged"])):
        strategy = EAS(space, learn=name == "learnt", seed=seed, **settings["policy"])
        history = search(strategy, surrogate(seed, settings), trials=10 * batches, progress=False)
        found[name] = round(float(np.mean([record.error for record in history[-10 * settings["judged"] :]])), 5)
    return found


RECORD = Record("transforming.jsonl", SETTINGS, ends, "searches that widen layers, with made-up accuracies")


def learnt(table: Any, seeds: int, first: int) -> Finding:
    mine, chance = RECORD["learnt"], RECORD["drawn"]
    told = f"mean accuracy of the last {10 * SETTINGS['judged']} networks: {1 - mine.mean():.3f} learnt, {1 - chance.mean():.3f} at random"
    return Finding(bootstrapped(mine - chance, seeds, first), mann_whitney(mine, chance, "less").p, told, 1 / math.comb(2 * len(mine), len(mine)))


CLAIMS = (
    RECORD.claim(
        "cai2018a-learnt",
        "cai2018a",
        "A policy that learns where to widen a network does better than random transformations.",
        "Six layers, four steps in which each is widened or not, accuracies by a formula in which later layers gain more and all widths have a price, with "
        "noise of 0.01; the release's batches of 10, of which 30, a learning rate of 0.01. Mean error of the last three batches, against the same policy that "
        "does not learn: Mann-Whitney's test over ten recorded seeds of each, one-sided, 5 %.",
        "difference in error, learnt less random",
        learnt,
        on="made-up accuracies",
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
