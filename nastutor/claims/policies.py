"""What shared weights save, and what a controller adds to them (Pham et al. 2018), from a record on the smallest table (chapter 13).

`python -m nastutor.claims.policies SEED ... >> data/policies-tiny.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.records import Record, paired, tested
from nastutor.estimators.table import Table
from nastutor.loop import search

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "table": "digits-tiny",
    "enas": {"rounds": 30, "child_steps": 10, "updates": 5, "samples": 4, "final": 10},
    "shared": {"batch_size": 64, "lr": 0.2, "last_lr": 0.0, "horizon": 300, "nesterov": True, "weight_decay": 5e-4, "gradients": False},
    "draws": 10,  # of the policy at the end
}
MARGIN = 0.02  # of error: what counts as not worse
TIMES = 10  # cheaper


def searches(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """With a controller that learns, and with uniform draws: what was found, draws of the policy at the end (numbers in the table), and epochs of training."""
    from nastutor.estimators.shared import SharedWeights
    from nastutor.strategies.enas import ENAS

    table, found = Table(settings["table"]), dict[str, Any]()
    numbers = {arch: number for number, arch in enumerate(table.archs)}
    for name, learn in (("learnt", True), ("uniform", False)):
        strategy = ENAS(table.space, **settings["enas"], learn=learn, seed=seed)
        shared = SharedWeights(table.space, table.task, seed=seed, device="cpu", **settings["shared"])
        history = search(strategy, shared, trials=10**6, progress=False)  # it ends by itself
        found[name] = numbers[strategy.recommend(history)]
        found[f"{name} draws"] = [numbers[strategy.draw()] for _ in range(settings["draws"])]
        found[f"{name} cost"] = round(history.cost, 2)
    return found


RECORD = Record("policies-tiny.jsonl", SETTINGS, searches, "searches by ENAS, with its controller and with uniform draws")


def cheaper(table: Any, seeds: int, first: int) -> Finding:
    """ENAS against a policy whose architectures are trained alone for ten times as many epochs."""
    from nastutor.strategies.reinforce import REINFORCE

    cost = float(RECORD["learnt cost"].mean())
    trainings, mine, theirs = math.ceil(TIMES * cost / table.trained[-1]), tested(table, RECORD["learnt"]), []
    singles = [Table(table.path, seed=run) for run in range(table.runs)]
    for seed in RECORD.seeds:
        strategy = REINFORCE(table.space, seed=seed)
        history = search(strategy, singles[seed % table.runs], trials=trainings, progress=False)
        theirs.append(table.final(strategy.recommend(history)))
    told = f"ENAS {mine.mean():.3f} after {cost:.0f} epochs, REINFORCE {np.mean(theirs):.3f} after {trainings} trainings of {table.trained[-1]} epochs"
    return paired(mine, np.array(theirs), seeds, first, f"{told}; margin {MARGIN}", MARGIN)


def better_draws(table: Any, seeds: int, first: int) -> Finding:
    """Draws of the learnt policy and uniform ones, each trained alone."""
    learnt, uniform = (tested(table, RECORD[f"{name} draws"]).mean(1) for name in ("learnt", "uniform"))
    return paired(learnt, uniform, seeds, first, f"mean test error of draws: learnt {learnt.mean():.3f}, uniform {uniform.mean():.3f}")


def better_found(table: Any, seeds: int, first: int) -> Finding:
    """What is found by shared weights that were trained along a learnt policy, and along uniform draws."""
    learnt, uniform = (tested(table, RECORD[name]) for name in ("learnt", "uniform"))
    return paired(learnt, uniform, seeds, first, f"test error of what was found: with the controller {learnt.mean():.3f}, without {uniform.mean():.3f}")


_SEARCH = (
    "nt.ENAS with 30 rounds of 10 steps of the shared weights (64 images) and 5 of the controller (4 samples), of which the best of 10 in the end is found"
)
CLAIMS = (
    RECORD.claim(
        "pham2018-cost",
        "pham2018",
        "Sharing makes the search at least ten times cheaper at a final error that is not worse.",
        f"{_SEARCH}, against nt.REINFORCE with its defaults, which trains each architecture alone (a run of the table) for ten times as many epochs in all as "
        f"the shared weights were trained for: the mean test error, by the table, of what is found is not worse by {MARGIN}, signed-rank test over ten "
        "recorded seeds, one-sided, 5 %. Judging costs nothing on either side.",
        "difference in test error, ENAS less REINFORCE",
        cheaper,
    ),
    RECORD.claim(
        "pham2018-policy",
        "pham2018",
        "The policy that shared weights have taught draws better architectures than chance.",
        f"{_SEARCH}: mean test error, by the table, of 10 draws of the policy at the end, less that of 10 uniform draws: signed-rank test over ten recorded "
        "seeds, one-sided, 5 %.",
        "difference in mean test error",
        better_draws,
    ),
    RECORD.claim(
        "pham2018-controller",
        "pham2018",
        "Without its controller ENAS finds worse architectures.",
        f"{_SEARCH}, less the same with uniform draws in the controller's place: the table's mean test error, signed-rank test over ten recorded seeds, "
        "one-sided, 5 %. Sciuto et al. (2019) found no such difference.",
        "difference in test error",
        better_found,
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
