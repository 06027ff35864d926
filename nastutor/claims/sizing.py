"""Sizes that are learnt by gradients, and sizes by hand (Shin, Packer & Song 2018), from a record (chapter 9).

`python -m nastutor.claims.sizing SEED ... >> data/sizes-digits.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from nastutor.claims.base import Finding
from nastutor.claims.records import Record, paired
from nastutor.history import History
from nastutor.loop import search

SETTINGS: dict[str, Any] = {
    "train_size": 600,
    "space": {"kernels": (1, 3, 5), "widths": (8,), "depths": (2,), "pools": (3,)},
    "answers": 300,
    "lr": 0.05,  # of the sizes
    "shared": {"batch_size": 32, "lr": 0.05, "halves": True},
    "epochs": 8,  # of each network alone
}
MARGIN = 0.02  # of error: what counts as not worse
HAND = 3  # the kernel of all layers by hand


def searched(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Test errors of what DAS finds from kernels of one pixel, of these, and of kernels by hand, each trained alone; and the kernels that were found."""
    from nastutor.estimators.shared import SharedWeights
    from nastutor.estimators.train import Train
    from nastutor.spaces.sizes import SizeSpace
    from nastutor.strategies.das import DAS
    from nastutor.tasks import digits

    space, task = SizeSpace(**settings["space"]), digits(train_size=settings["train_size"])
    strategy = DAS(space, first=0.0, lr=settings["lr"], seed=seed)
    search(strategy, SharedWeights(space, task, seed=seed, device="cpu", **settings["shared"]), trials=settings["answers"], progress=False)
    train = Train(space, task, settings["epochs"], seed=seed, weights=False, device="cpu")
    archs = {
        "learnt": strategy.recommend(History()),
        "start": space.walk(lambda name, options: options[0]),
        "hand": space.walk(lambda name, options: HAND if HAND in options else options[0]),
    }
    kernels = [value for name, value in archs["learnt"].choices if name.startswith("kernel")]
    return {**{name: round(train.final(arch), 4) for name, arch in archs.items()}, "kernels": kernels}


RECORD = Record("sizes-digits.jsonl", SETTINGS, searched, "searches by DAS")


def better_than_the_start(table: Any, seeds: int, first: int) -> Finding:
    return paired(RECORD["learnt"], RECORD["start"], seeds, first, _told())


def not_worse_than_by_hand(table: Any, seeds: int, first: int) -> Finding:
    return paired(RECORD["learnt"], RECORD["hand"], seeds, first, f"{_told()}; margin {MARGIN}", MARGIN)


def _told() -> str:
    errors = ", ".join(f"{said} {RECORD[name].mean():.3f}" for name, said in (("learnt", "learnt"), ("start", "all 1x1"), ("hand", "all 3x3")))
    return f"test errors: {errors}; mean kernel learnt {RECORD['kernels'].mean():.1f}"


_RUN = "Kernels of 1, 3 or 5 in four layers of 8 channels, 300 answers of shared weights; networks are then trained alone for 8 epochs"
CLAIMS = (
    RECORD.claim(
        "shin2018-start",
        "shin2018",
        "From a bad start learnt sizes grow, and are better than the start.",
        f"{_RUN}. Test error of what is found from 1x1, less that of 1x1: signed-rank test over ten recorded seeds, one-sided, 5 %.",
        "difference in test error, learnt less 1x1",
        better_than_the_start,
        on="600 digits",
    ),
    RECORD.claim(
        "shin2018-hand",
        "shin2018",
        "Learned filter sizes are not worse than those by hand.",
        f"{_RUN}. Test error of what is found from 1x1 is not worse than that of 3x3 by {MARGIN}: signed-rank test over ten recorded seeds, one-sided, 5 %.",
        "difference in test error, learnt less 3x3",
        not_worse_than_by_hand,
        on="600 digits",
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
