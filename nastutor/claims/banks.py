"""How networks of memory banks rank by weights that are written from their code (Brock et al. 2017), from a record (chapter 13).

`python -m nastutor.claims.banks SEED ... >> data/banks-digits.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.records import Record
from nastutor.claims.written import agreement, more_agreement
from nastutor.values import Trial

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "train_size": 600,
    "space": {"channels": 4, "largest": 8, "depth": 1, "blocks": 2, "kernels": [1, 3]},
    "networks": 50,  # the first so many seeds of `space.sample`
    "smash": {"steps": 250, "layers": [2, 2, 2], "growth": 6, "batch_size": 50, "lr": 1e-3},
    "trainings": 2,  # of each network alone
    "epochs": 4,
    "share": 5,  # of the networks that the line of a seed trains: ten lines have all
}


def scores(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """How many validation images each network gets wrong with written weights, by a hypernetwork that sees its code and by a blind one; and some truths."""
    from nastutor.estimators.smash import SMASH
    from nastutor.estimators.train import Train
    from nastutor.spaces.memory_banks import MemoryBankSpace
    from nastutor.tasks import digits

    space, task = MemoryBankSpace(**settings["space"]), digits(train_size=settings["train_size"])
    archs, found = [space.sample(number) for number in range(settings["networks"])], dict[str, Any]()
    for name, blind in (("seeing", False), ("blind", True)):
        smash = SMASH(space, task, blind=blind, seed=seed, device="cpu", **settings["smash"])
        found[name] = [round(smash(Trial(arch)).error * len(task.valid)) for arch in archs]
    mine = archs[seed * settings["share"] : (seed + 1) * settings["share"]]
    trainers = [Train(space, task, settings["epochs"], seed=run, weights=False, device="cpu") for run in range(settings["trainings"])]
    found["alone"] = [round(float(np.mean([train(Trial(arch)).error for train in trainers])), 4) for arch in mine]
    found["params"] = [space.graph(arch, task).counts().params for arch in mine]
    return found


RECORD = Record("banks-digits.jsonl", SETTINGS, scores, "weights that were written for networks of memory banks")


def ranks(table: Any, seeds: int, first: int) -> Finding:
    return _finding(np.zeros((1, SETTINGS["networks"])), seeds, first)


def better_than_blind(table: Any, seeds: int, first: int) -> Finding:
    return _finding(RECORD["blind"], seeds, first)


def _finding(theirs: np.ndarray, seeds: int, first: int) -> Finding:
    truth, seeing = RECORD["alone"].ravel(), RECORD["seeing"]
    effect, p, least = more_agreement(seeing, theirs, truth, 20 * seeds, first)
    told = {"": seeing, "of blind ones ": RECORD["blind"], "of the number of parameters ": -RECORD["params"].reshape(1, -1)}
    taus = ", ".join(f"{name}{agreement(runs, truth):.2f}" for name, runs in told.items())
    return Finding(effect, p, f"Kendall's tau of {len(truth)} networks {taus}; trained alone they err by {truth.min():.3f} to {truth.max():.3f}", least)


CLAIMS = (
    RECORD.claim(
        "brock2017-ranks",
        "brock2017",
        "Errors with generated weights rank architectures like errors after training.",
        "50 random networks of two small blocks (N = 4, N_max = 8, kernels 1 and 3), trained alone for 4 epochs, mean of two trainings. Kendall's tau of their "
        "validation errors with weights written by SMASH after 250 steps, mean of ten hypernetworks, is above 0; a bootstrap over networks and over "
        "hypernetworks, 20 resamples a seed, one-sided, 5 %. Tau of the number of parameters is told beside it.",
        "Kendall's tau",
        ranks,
        on="600 digits",
    ),
    RECORD.claim(
        "brock2017-code",
        "brock2017",
        "A hypernetwork that sees the code ranks better than a blind one.",
        "As brock2017-ranks, less the tau of ten hypernetworks of the same seeds that see no code; the same bootstrap, one-sided, 5 %.",
        "difference in Kendall's tau",
        better_than_blind,
        on="600 digits",
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
