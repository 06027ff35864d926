"""Does SMAC find better in the conditional space of Auto-Net than random search (Mendoza et al. 2016)? From a record (chapter 5).

`python -m nastutor.claims.autonets SEED ... >> data/autonets-digits.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from nastutor.claims.base import Finding
from nastutor.claims.records import Record, paired
from nastutor.comparing import wilcoxon

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "train_size": 200,
    "space": {"layers": [1, 2, 3], "points": 4},
    "epochs": 5,
    "trials": 30,
    "start": 10,
}


def bests(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of each search the best validation error, and the test error of the network that has it."""
    from nastutor.estimators.train import Train
    from nastutor.loop import search
    from nastutor.spaces.autonet import AutoNetSpace
    from nastutor.strategies import SMAC, RandomSearch
    from nastutor.tasks import digits

    space, found = AutoNetSpace(**settings["space"]), dict[str, Any]()
    train = Train(space, digits(train_size=settings["train_size"]), settings["epochs"], seed=seed, weights=False, device="cpu", metrics=("params",))
    for name, strategy in (("smac", SMAC(space, settings["start"], seed=seed)), ("random", RandomSearch(space, seed=seed))):
        best = search(strategy, train, trials=settings["trials"], progress=False).best()
        found[name], found[f"{name} test"] = round(best.error, 4), round(train.final(best.trial.arch), 4)  # type: ignore[arg-type]
    return found


RECORD = Record("autonets-digits.jsonl", SETTINGS, bests, "searches among Auto-Net's networks", range(30))


def smac(table: Any, seeds: int, first: int) -> Finding:
    mine, drawn, tests = RECORD["smac"], RECORD["random"], [RECORD[f"{name} test"] for name in ("smac", "random")]
    told = f"best of {SETTINGS['trials']}: SMAC {mine.mean():.3f}, random search {drawn.mean():.3f}; "
    told += f"test error {tests[0].mean():.3f} and {tests[1].mean():.3f}, p = {wilcoxon(*tests, 'less').p:.2g}"
    return paired(mine, drawn, seeds, first, told)


CLAIMS = (
    RECORD.claim(
        "mendoza2016-smac",
        "mendoza2016",
        "SMAC finds better networks in Auto-Net's conditional space than random search in equally many trials.",
        "A part of the space (one to three layers, all activations, sgd and nesterov, four numbers of each range), 200 digits as "
        "vectors, 5 epochs, 30 trials. Best validation error, SMAC with its defaults: Wilcoxon's signed-rank test over 30 recorded pairs, one-sided, 5 %. The "
        "test error of what was found is told beside it.",
        "difference in validation error",
        smac,
        on="200 digits",
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
