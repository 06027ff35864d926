"""Random search with weight sharing (Li & Talwalkar 2019, arXiv:1902.07638) against DARTS, and against random search with early stopping (chapter 13).

`python -m nastutor.claims.single_paths SEED ... >> data/paths-tiny.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from nastutor.claims import gradients, shared
from nastutor.claims.base import Claim, Finding
from nastutor.claims.needs import ARCHITECTURES
from nastutor.claims.records import Record, paired, tested
from nastutor.claims.written import networks
from nastutor.estimators.table import Table
from nastutor.loop import search
from nastutor.rng import numpy_rng

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "table": "digits-tiny",
    "search": {"steps": 726, "candidates": 100, "again": 10},
    "shared": {"halves": True, "glances": 2, **shared.TRAINING},
}
MARGIN = 0.02  # of error: what counts as not worse
EARLY, LAST = 24, 3  # trained for one epoch, and of those for 12: 60 epochs together, as 726 steps of 64 images are


def one_search(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The number of what was found in the table, and epochs of training."""
    from nastutor.estimators.shared import SharedWeights
    from nastutor.strategies.one_shot import OneShot

    table = Table(settings["table"])
    strategy = OneShot(table.space, paths="one", seed=seed, **settings["search"])
    weights = SharedWeights(table.space, table.task, seed=seed, device="cpu", **settings["shared"])
    history = search(strategy, weights, trials=10**6, progress=False)  # it ends by itself
    return {"found": table.archs.index(strategy.recommend(history)), "cost": round(history.cost, 2)}


RECORD = Record("paths-tiny.jsonl", SETTINGS, one_search, "random searches with weight sharing")


def not_worse_than_darts(table: Any, seeds: int, first: int) -> Finding:
    mine, darts = tested(table, RECORD["found"]), tested(table, gradients.Replay().archs("DARTS")[:, -1])
    told = f"test error of random search with weight sharing {mine.mean():.3f}, of DARTS {darts.mean():.3f}; margin {MARGIN}"
    return paired(mine, darts, seeds, first, told, MARGIN)


def against_early_stopping(table: Any, seeds: int, first: int) -> Finding:
    """What the supernets of `shared` put first, and the best of a few that were trained for one epoch and then on."""
    archs = networks(table)
    mine = np.array([table.final(archs[int(own.argmin())]) for own in shared.record()[f"one path {shared.STEPS}"]])
    theirs = np.array([table.final(archs[_stopped_early(table, archs, seed)]) for seed in range(len(mine))])
    told = f"test error of random search with weight sharing {mine.mean():.3f}, with early stopping {theirs.mean():.3f}"
    return paired(mine, theirs, seeds, first, told)


def _stopped_early(table: Any, archs: list[Any], seed: int) -> int:
    """Of `EARLY` networks, by one run of the table: the best at the end among the `LAST` that were best after one epoch."""
    curves = table.curves(seed=seed % table.runs)[table.rows(archs)]  # (networks, epochs)
    drawn = numpy_rng(seed, "stopped early").choice(len(archs), EARLY, replace=False)
    kept = drawn[np.argsort(curves[drawn, 0], kind="stable")[:LAST]]
    return int(kept[np.argmin(curves[kept, -1])])


CLAIMS = (
    Claim(
        "sciuto2019-paths",
        "sciuto2019",
        "Random search with weight sharing (Li & Talwalkar 2019) is not worse than DARTS at equal cost.",
        "726 steps, each of 64 images along one random path, then the best of 100 by 128 images of the other half and of its 10 best by all of that half: some "
        "800 batches through one option of each edge, where the recorded 100 answers of DARTS take 1,000. The table's mean test error of what is found is not "
        f"worse by {MARGIN}: signed-rank test over ten recorded pairs, one-sided, 5 %.",
        "difference in test error, random search less DARTS",
        not_worse_than_darts,
        (ARCHITECTURES, gradients.RECORDED, RECORD.need),
        recorded=10,
    ),
    Claim(
        "sciuto2019-early",
        "sciuto2019",
        "Random search with weight sharing finds better networks than random search with early stopping at equal cost (Li & Talwalkar 2019).",
        "What ten recorded supernets of one path put first after 726 steps (60 epochs of one network), less the best of 24 random networks trained for one "
        "epoch each of which 3 are trained for 12 (60 epochs), by one of the table's runs: mean test error over runs, signed-rank test over ten pairs, "
        "one-sided, 5 %.",
        "difference in test error, weight sharing less early stopping",
        against_early_stopping,
        (ARCHITECTURES, shared.RECORDED),
        recorded=10,
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
