"""How networks rank by weights that are written for them (Zhang et al. 2019), from a record: each hypernetwork took a minute to train.

`python -m nastutor.claims.written SEED ... >> data/written-tiny.jsonl` adds a line for each seed; the claims are tested once there are ten. Scores are of
the validation images, the truth of the test images.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.needs import Need
from nastutor.claims.noise import final_errors, truth
from nastutor.claims.records import lines_of
from nastutor.comparing.intervals import Interval
from nastutor.comparing.taus import tau, taus_resampled
from nastutor.estimators.table import Table
from nastutor.rng import numpy_rng
from nastutor.values import Arch, Trial

TABLE = "digits-tiny"
RECORD = "written-tiny.jsonl"
PLANNED = 10  # hypernetworks of either kind, with the seeds 0 to 9
STEPS, BATCH = 726, 64  # as many images as one epoch of each of the 60 networks has: 60 * 775 / 64
WAYS = {"graph": {"order": "both"}, "nodes": {"order": "none"}}


def networks(table: Any) -> list[Arch]:
    """The different networks of a table that can be trained, in its order."""
    true = truth(table)
    return [arch for arch in dict.fromkeys(map(table.space.canonical, table.archs)) if arch in true]


def scores(seed: int, steps: int = STEPS) -> dict[str, Any]:
    """A line of the record: how many validation images each network gets wrong with the weights that a hypernetwork writes."""
    from nastutor.estimators.ghn import GHN

    table = Table(TABLE)
    archs, images = networks(table), len(table.task.valid)
    line: dict[str, Any] = {"seed": seed, "steps": steps, "batch": BATCH}
    for name, how in WAYS.items():
        ghn = GHN(table.space, table.task, steps, kernel=3, batch_size=BATCH, lr=3e-3, seed=seed, device="cpu", **how)  # type: ignore[arg-type]
        for when, budget in (("untrained", 0), ("trained", steps)):
            line[f"{name} {when}"] = [round(ghn(Trial(arch, budget=budget)).error * images) for arch in archs]
    return line


@cache
def record() -> dict[str, np.ndarray]:
    """Way of scoring -> images that are wrong, (hypernetworks, networks)."""
    lines = lines_of(RECORD)
    return {name: np.array([line[name] for line in lines]) for name in lines[0] if isinstance(lines[0][name], list)}


def _recorded(table: Any) -> str:
    if table.path.stem != TABLE:
        return "there is none"
    count = len(record()["graph trained"])
    return f"it has {count} of {PLANNED} hypernetworks so far" if count < PLANNED else ""


RECORDED = Need(f"a whole record of weights that were written for its networks ({TABLE}, {PLANNED} hypernetworks)", _recorded)


def against_an_epoch(table: Any, seeds: int, first: int) -> Finding:
    written, rows = record(), table.rows(networks(table))
    epoch = np.stack([table.curves(seed=run)[rows, 0] for run in range(table.runs)])  # (R, networks)
    return _finding(table, written["graph trained"], epoch, seeds, first, "of one epoch each")


def against_nodes(table: Any, seeds: int, first: int) -> Finding:
    return _finding(table, record()["graph trained"], record()["nodes trained"], seeds, first, "without messages")


def _finding(table: Any, mine: np.ndarray, theirs: np.ndarray, seeds: int, first: int, against: str) -> Finding:
    true = final_errors(table)
    values = np.array([true[arch] for arch in networks(table)])
    effect, p, least = more_agreement(mine, theirs, values, 20 * seeds, first)
    sizes = -table.column("params")[table.rows(networks(table))]
    told = {"": mine, f"{against} ": theirs, "of untrained ones ": record()["graph untrained"], "of the number of parameters ": sizes[None]}
    taus = [f"{name}{agreement(runs, values):.2f}" for name, runs in told.items()]
    return Finding(effect, p, f"Kendall's tau of {len(values)} networks {', '.join(taus)}", least)


def agreement(runs: np.ndarray, values: np.ndarray) -> float:
    """Mean tau-b of runs (K, n) with values (n,); 0 where a run has no order."""
    return float(np.mean([tau(run, values) for run in runs]))


def more_agreement(mine: np.ndarray, theirs: np.ndarray, values: np.ndarray, resamples: int, seed: int) -> tuple[Interval, float, float]:
    """Mean tau of `mine` (K, n) less that of `theirs` (M, n), with values (n,), by a bootstrap over networks and over runs; (effect, p one-sided, least p)."""
    rng = numpy_rng(seed, "more_agreement")
    again = [[rng.integers(size, size=size) for size in (len(values), len(mine), len(theirs))] for _ in range(resamples)]  # networks, runs of each side
    rows, *picked = (np.stack(drawn) for drawn in zip(*again, strict=True))
    means = []
    for runs, numbers in zip((mine, theirs), picked, strict=True):
        taus = np.stack([taus_resampled(run, values, rows) for run in runs], axis=1)  # (resamples, runs)
        means.append(np.take_along_axis(taus, numbers, axis=1).mean(axis=1))
    found, drawn = agreement(mine, values) - agreement(theirs, values), means[0] - means[1]
    low, high = np.quantile(drawn, (0.025, 0.975))
    effect = Interval(found, min(found, float(low)), max(found, float(high)))
    return effect, float(1 + (drawn <= 0).sum()) / (1 + resamples), 1 / (1 + resamples)


if __name__ == "__main__":
    for seed in map(int, sys.argv[1:]):
        print(json.dumps(scores(seed), separators=(",", ":")), flush=True)
