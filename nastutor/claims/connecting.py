"""Connections that are learnt, random ones and none (Ahmed & Torresani 2018), from a record (chapter 9).

`python -m nastutor.claims.connecting SEED ... >> data/masks-tiny.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.records import Record, paired
from nastutor.estimators.table import Table
from nastutor.history import History
from nastutor.loop import search
from nastutor.rng import numpy_rng
from nastutor.values import Arch, Trial

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "table": "digits-tiny",  # its images
    "space": {"layers": 6, "ops": ["conv3", "maxpool3"], "channels": 4, "search": True},  # skips are added: they cost no parameters
    "fan_in": 1,
    "answers": 150,
    "lr": 1.0,  # of the masks
    "shared": {"batch_size": 64, "lr": 0.1, "halves": True},
    "random": 2,  # networks with as many random skips
    "epochs": 8,  # of each network alone
}


def errors(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Validation errors, which no search has seen, of networks trained alone: with learnt skips, random ones and none."""
    from nastutor.estimators.shared import SharedWeights
    from nastutor.estimators.train import Train
    from nastutor.spaces.macro import MacroSpace
    from nastutor.strategies.mask_connect import MaskConnect

    space, task = MacroSpace(**settings["space"]), Table(settings["table"]).task
    strategy = MaskConnect(space, settings["fan_in"], lr=settings["lr"], seed=seed)
    search(strategy, SharedWeights(space, task, seed=seed, device="cpu", **settings["shared"]), trials=settings["answers"], progress=False)
    train = Train(space, task, settings["epochs"], seed=seed, weights=False, device="cpu")
    chance = list(random_skips(strategy, seed, settings["random"]))
    found = {"learnt": [strategy.recommend(History())], "random": chance, "none": [space.walk(lambda name, options: options[0])]}
    masks = [[round(float(own), 3) for own in mask] for mask in strategy.masks.values()]
    return {**{name: [round(train(Trial(arch)).error, 4) for arch in archs] for name, archs in found.items()}, "masks": masks}


def random_skips(strategy: Any, seed: int, count: int) -> Iterator[Arch]:
    """The networks of a strategy's space with as many skips at each layer as it may choose, drawn uniformly."""
    rng = numpy_rng(seed, "random skips")
    for _ in range(count):
        kept = {names[k] for names in strategy.groups.values() for k in rng.permutation(len(names))[: strategy.fan_in]}
        yield strategy.space.walk(lambda name, options, kept=kept: strategy.others.get(name, name in kept))


RECORD = Record("masks-tiny.jsonl", SETTINGS, errors, "networks with learnt skips and random ones")


def better_than_random(table: Any, seeds: int, first: int) -> Finding:
    return paired(RECORD["learnt"].mean(1), RECORD["random"].mean(1), seeds, first, _told())


def better_than_none(table: Any, seeds: int, first: int) -> Finding:
    return paired(RECORD["learnt"].mean(1), RECORD["none"].mean(1), seeds, first, _told())


def _told() -> str:
    spread = np.mean([max(np.ptp(mask) for mask in line["masks"]) for line in RECORD.lines()])
    errors = ", ".join(f"{said} {RECORD[name].mean():.3f}" for name, said in (("learnt", "learnt"), ("random", "random"), ("none", "without")))
    return f"error with skips that are {errors}; masks of a layer differ by up to {spread:.2f}"


_RUN = "Six convolutional layers of 4 channels, each with one skip beside its predecessor, 150 answers of shared weights; networks are trained alone for 8"
CLAIMS = (
    RECORD.claim(
        "ahmed2018-random",
        "ahmed2018",
        "Learned connections beat random ones with the same fan-in.",
        f"{_RUN} epochs. Validation error with learnt skips, less the mean of two networks with random ones: signed-rank test over ten recorded seeds, "
        "one-sided, 5 %.",
        "difference in error, learnt less random",
        better_than_random,
        on="six layers and the images of digits-tiny",
    ),
    RECORD.claim(
        "ahmed2018-chain",
        "ahmed2018",
        "Learned connections beat a chain without skips.",
        f"{_RUN} epochs. Validation error with learnt skips, less that without any: signed-rank test over ten recorded seeds, one-sided, 5 %.",
        "difference in error, learnt less without",
        better_than_none,
        on="six layers and the images of digits-tiny",
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
