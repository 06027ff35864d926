"""Are motifs of motifs easier to search than one flat graph (Liu et al. 2018b)? From a record (chapter 8).

`python -m nastutor.claims.motifs SEED ... >> data/motifs-digits.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from nastutor.claims.base import Finding
from nastutor.claims.records import Record, paired
from nastutor.comparing import wilcoxon

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "train_size": 400,
    "space": {"motifs": [3, 1], "nodes": [3, 4], "channels": 8, "stages": 1},  # 15 edges; its flat twin has 15 too
    "training": {"epochs": 2, "batch_size": 32, "lr": 0.1},
    "evaluations": 30,
    "start": 10,  # of them diversified by the paper's thousand mutations
    "share": 0.3,  # of the population competes: 5 % of 30 is a tournament of one or two
}


def bests(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of each search the best validation error, and the test error of the network that has it."""
    from nastutor.estimators.train import Train
    from nastutor.loop import search
    from nastutor.spaces.hierarchical import HierarchicalSpace
    from nastutor.strategies import TournamentEvolution
    from nastutor.tasks import digits

    task, hierarchy, found = digits(train_size=settings["train_size"]), HierarchicalSpace(**settings["space"]), dict[str, Any]()
    for kind, space in (("hierarchical", hierarchy), ("flat", hierarchy.flat_twin())):
        train = Train(space, task, seed=seed, weights=False, device="cpu", metrics=("params",), **settings["training"])
        for name, start in (("", settings["start"]), (" random", settings["evaluations"])):
            strategy = TournamentEvolution(space, start, settings["share"], seed=seed)
            best = search(strategy, train, trials=settings["evaluations"], progress=False).best()
            found[kind + name] = round(best.error, 4)
            found[f"{kind}{name} test"] = round(train.final(best.trial.arch), 4)  # type: ignore[arg-type]
    return found


RECORD = Record("motifs-digits.jsonl", SETTINGS, bests, "evolution over hierarchical motifs and over their flat twin")


def against_flat(table: Any, seeds: int, first: int) -> Finding:
    return _compared("hierarchical", "flat", seeds, first)


def against_chance(table: Any, seeds: int, first: int) -> Finding:
    return _compared("hierarchical", "hierarchical random", seeds, first)


def _compared(mine: str, other: str, seeds: int, first: int) -> Finding:
    means = ", ".join(f"{kind} {RECORD[kind].mean():.3f}" for kind in ("hierarchical", "flat", "hierarchical random", "flat random"))
    tests = [RECORD[f"{name} test"] for name in (mine, other)]
    told = f"best of {SETTINGS['evaluations']}: {means}; test error {tests[0].mean():.3f} and {tests[1].mean():.3f}, p = {wilcoxon(*tests, 'less').p:.2g}"
    return paired(RECORD[mine], RECORD[other], seeds, first, told)


CLAIMS = (
    RECORD.claim(
        "liu2018b-hierarchical",
        "liu2018b",
        "Evolution finds better networks among hierarchical genotypes than among flat ones.",
        "Three motifs of 3 nodes in a cell of 4, against one graph with as many edges. 30 evaluations of 2 epochs on 400 digits, of which 10 are diversified "
        "by 1,000 mutations each; tournaments of 30 % of the population. Best validation error: Wilcoxon's signed-rank test over ten recorded pairs, "
        "one-sided, 5 %. Its test error, and the same number of diversified networks, are told beside it. So small a test has little power: read the interval.",
        "difference in validation error, hierarchical less flat",
        against_flat,
        on="400 digits",
    ),
    RECORD.claim(
        "liu2018b-motifs",
        "liu2018b",
        "Evolution over hierarchical genotypes finds better networks than as many random ones.",
        "As liu2018b-hierarchical, one-sided, 5 %, against the best of 30 networks that are diversified each.",
        "difference in validation error, evolution less random",
        against_chance,
        on="400 digits",
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
