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
    return float(np.mean([_tau(_signs(run), _signs(values)) for run in runs]))


def more_agreement(mine: np.ndarray, theirs: np.ndarray, values: np.ndarray, resamples: int, seed: int) -> tuple[Interval, float, float]:
    """Mean tau of `mine` (K, n) less that of `theirs` (M, n), with values (n,), by a bootstrap over networks and over runs; (effect, p one-sided, least p)."""
    rng, own = numpy_rng(seed, "more_agreement"), _signs(values)
    sides = [[_signs(run) for run in runs] for runs in (mine, theirs)]

    def difference(rows: np.ndarray, picked: list[np.ndarray]) -> float:
        there = np.ix_(rows, rows)
        means = [np.mean([_tau(side[number][there], own[there]) for number in numbers]) for side, numbers in zip(sides, picked, strict=True)]
        return float(means[0] - means[1])

    found = difference(np.arange(len(values)), [np.arange(len(side)) for side in sides])
    drawn = [difference(rng.integers(len(values), size=len(values)), [rng.integers(len(side), size=len(side)) for side in sides]) for _ in range(resamples)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(found, min(found, float(low)), max(found, float(high))), (1 + sum(d <= 0 for d in drawn)) / (1 + resamples), 1 / (1 + resamples)


def _signs(values: np.ndarray) -> np.ndarray:
    """Of each pair, which is larger: (n, n)."""
    return np.sign(values[:, None] - values[None]).astype(np.int8)


def _tau(one: np.ndarray, other: np.ndarray) -> float:
    ordered = float(np.count_nonzero(one)) * float(np.count_nonzero(other))
    return float((one * other).sum(dtype=np.int64)) / ordered**0.5 if ordered else 0.0


if __name__ == "__main__":
    for seed in map(int, sys.argv[1:]):
        print(json.dumps(scores(seed), separators=(",", ":")), flush=True)
