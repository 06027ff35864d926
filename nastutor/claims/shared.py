"""How networks rank by weights that they share (Bender et al. 2018, Sciuto et al. 2019), from a record: a supernet took up to half a minute to train.

`python -m nastutor.claims.shared SEED ... >> data/shared-tiny.jsonl` adds a line for each seed; the claims are tested once there are ten. Scores are of
the validation images, the truth of the test images: were both of the same, what is peculiar to these would agree as well.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from nastutor.claims.base import Claim, Finding
from nastutor.claims.needs import ARCHITECTURES, Need
from nastutor.claims.noise import final_errors
from nastutor.claims.records import bootstrapped, lines_of, machine
from nastutor.claims.written import agreement, more_agreement, networks
from nastutor.estimators.table import Table
from nastutor.values import Arch, Mixture

TABLE = "digits-tiny"
RECORD = "shared-tiny.jsonl"
PLANNED = 10  # supernets of each kind, with the seeds 0 to 9
WAYS = {"one path": {"paths": "one"}, "path dropout": {"paths": "dropout", "rate": 0.05}, "all paths": {"paths": "dropout", "rate": 0.0}}
LOOKS = (0, 91, 182, 363, 726)  # steps after which all networks are judged: nothing, 1/8, 1/4, 1/2 and all of the training
STEPS = LOOKS[-1]  # of 64 images: as many as one epoch of each of the 60 networks has
TRAINING = {"batch_size": 64, "lr": 0.2, "last_lr": 0.0, "horizon": STEPS, "nesterov": True, "weight_decay": 5e-4, "gradients": False}
STATISTICS = ("recalibrated", "running")  # of batch norm, for a second look at the end, at what `LOOKED` has learnt
LOOKED = "one path"
ABOUT = ("seed", "settings", "torch", "machine", "seconds")
SETTINGS = blake2b(repr((TABLE, WAYS, LOOKS, sorted(TRAINING.items()), STATISTICS, LOOKED)).encode(), digest_size=8).hexdigest()


def scores(seed: int, looks: tuple[int, ...] = LOOKS) -> dict[str, Any]:
    """A line of the record: how many validation images each network gets wrong with the weights of three supernets.

    Where nothing is said, batch norm goes by the images that are judged; "change" is that of the predictions (`prediction_change`) at the end.
    "seconds" are those of the CPU.
    """
    from nastutor.estimators.pruning_looks import prediction_change

    began, archs = time.process_time(), networks(Table(TABLE))
    line: dict[str, Any] = {"seed": seed, "settings": SETTINGS}
    for way in WAYS:
        for steps, shared in supernet(way, seed, looks):
            if steps or "untrained" not in line:  # all begin with the same weights
                line[f"{way} {steps}" if steps else "untrained"] = [wrong(shared, arch) for arch in archs]
            line[f"{way} {steps} whole"] = wrong(shared, None)
        if way == LOOKED:
            line |= {f"{way} {kind}": [wrong(shared, arch, kind) for arch in archs] for kind in STATISTICS}
        if way == "path dropout":
            line[f"{way} change"] = [float(f"{change:.4g}") for change in prediction_change(shared, archs)]
    return line | machine() | {"seconds": round(time.process_time() - began)}


def supernet(way: str, seed: int, looks: tuple[int, ...] = LOOKS) -> Iterator[tuple[int, Any]]:
    """(steps, the shared weights after so many): one object that learns on."""
    from nastutor.estimators.shared import SharedWeights
    from nastutor.strategies.one_shot import OneShot

    table = Table(TABLE)
    shared = SharedWeights(table.space, table.task, statistics="running", seed=seed, device="cpu", **TRAINING)  # type: ignore[arg-type]
    strategy = OneShot(table.space, STEPS, seed=seed, **WAYS[way])  # type: ignore[arg-type]
    plan = strategy.plan()
    for steps in range(looks[-1] + 1):
        if steps in looks:
            yield steps, shared
        if steps < looks[-1]:
            shared.fit.learn(shared.route(next(plan).arch))  # type: ignore[union-attr]


def wrong(shared: Any, arch: Arch | None, statistics: str = "batch") -> int:
    """Of the validation images, judged all at once; None: with all options at the same time."""
    import torch

    from nastutor.estimators.pruning_looks import full

    asked: Arch | Mixture = full(shared) if arch is None else arch
    with shared.looking(), torch.no_grad():
        route, fit = shared.route(asked), shared.fit
        if statistics == "recalibrated":
            fit.recalibrate(route)
        fit.net.train(statistics == "batch")
        logits = fit.forward(fit.glances.x, route, fixed=True)
        return int((logits.argmax(1) != fit.glances.y).sum())


@cache
def record() -> dict[str, np.ndarray]:
    """What was recorded -> (supernets, networks), or (supernets,) of a whole; refused where a line was made with other settings."""
    lines = lines_of(RECORD)
    if other := [line["seed"] for line in lines if line["settings"] != SETTINGS]:
        raise ValueError(f"`{RECORD}` has supernets of other settings, with the seeds {other}; allowed are those of {SETTINGS}: make them again")
    return {name: np.array([line[name] for line in lines]) for name in lines[0] if name not in ABOUT}


def moments() -> dict[str, dict[int, np.ndarray]]:
    """Way of training -> steps -> the share of validation images that each network gets wrong, (supernets, networks)."""
    count, own = len(Table(TABLE).task.valid), record()
    return {way: {steps: own[f"{way} {steps}" if steps else "untrained"] / count for steps in LOOKS} for way in WAYS}


def banner() -> str:
    """Where the numbers come from."""
    lines = lines_of(RECORD)
    made = f"python -m nastutor.claims.shared in {sum(line['seconds'] for line in lines) / 60:.0f} CPU minutes"
    return f"REPLAYED, not run now: {len(lines)} supernets of each kind, settings {SETTINGS}, made by {made} ({lines[0]['machine']}, torch {lines[0]['torch']})"


def _recorded(table: Any) -> str:
    if table.path.stem != TABLE:
        return "there is none"
    count = len(record()[f"one path {STEPS}"])
    return f"it has {count} of {PLANNED} supernets so far" if count < PLANNED else ""


RECORDED = Need(f"a whole record of weights that its networks share ({TABLE}, {PLANNED} supernets of each kind)", _recorded)


def in_order(table: Any, seeds: int, first: int) -> Finding:
    return _finding(table, f"path dropout {STEPS}", None, seeds, first)


def with_dropout(table: Any, seeds: int, first: int) -> Finding:
    return _finding(table, f"path dropout {STEPS}", f"all paths {STEPS}", seeds, first)


def least_change(table: Any, seeds: int, first: int) -> Finding:
    return _finding(table, "path dropout change", None, seeds, first)


def judged_in_batches(table: Any, seeds: int, first: int) -> Finding:
    """The same weights, judged with the statistics of the images at hand and with those that were stored in training, supernet by supernet."""
    from nastutor.comparing import wilcoxon

    true = final_errors(table)
    values = np.array([true[arch] for arch in networks(table)])
    taus = {name: np.array([agreement(one[None], values) for one in record()[f"{LOOKED} {name}"]]) for name in ("running", "recalibrated")}
    batch = np.array([agreement(one[None], values) for one in record()[f"one path {STEPS}"]])
    found = wilcoxon(batch, taus["running"], "greater")
    told = f"mean of Kendall's tau by batch {batch.mean():.2f}, stored {taus['running'].mean():.2f}, recalibrated {taus['recalibrated'].mean():.2f}"
    return Finding(bootstrapped(batch - taus["running"], seeds, first), found.p, told, 1 / 2 ** len(batch))


def alone(table: Any, seeds: int, first: int) -> Finding:
    """One epoch each against as many images for all together."""
    rows = table.rows(networks(table))
    epoch = np.stack([table.curves(seed=run)[rows, 0] for run in range(table.runs)])  # (R, networks)
    return _tested(table, epoch, record()[f"one path {STEPS}"], "one epoch each ", "one path ", seeds, first)


def _finding(table: Any, mine: str, theirs: str | None, seeds: int, first: int) -> Finding:
    """Of two ways of the record; None: against no order at all."""
    other = np.zeros((1, len(networks(table)))) if theirs is None else record()[theirs]
    return _tested(table, record()[mine], other, f"{mine} ", "" if theirs is None else f"{theirs} ", seeds, first)


def _tested(table: Any, mine: np.ndarray, theirs: np.ndarray, name: str, against: str, seeds: int, first: int) -> Finding:
    true = final_errors(table)
    values = np.array([true[arch] for arch in networks(table)])
    effect, p, least = more_agreement(mine, theirs, values, 20 * seeds, first)
    sizes = -table.column("params")[table.rows(networks(table))]
    told = {name: mine, **({against: theirs} if against else {}), "untrained ": record()["untrained"], "of the number of parameters ": sizes[None]}
    taus = [f"{said}{agreement(runs, values):.2f}" for said, runs in told.items()]
    return Finding(effect, p, f"Kendall's tau of {len(values)} networks {', '.join(taus)}", least)


CLAIMS = (
    Claim(
        "bender2018-ranks",
        "bender2018",
        "Errors of a one-shot model that was trained with path dropout rank networks as training alone does.",
        "Path dropout with a rate of 0.05 under its linear schedule, 726 steps of 64 images: as many as one epoch of each network has. Kendall's tau with the "
        "mean test error over runs, over all networks, mean of ten supernets, which are judged by the validation images, is above 0; a bootstrap over networks "
        "and over supernets, 20 resamples a seed, one-sided, 5 %. Tau of an untrained supernet and of the number of parameters are told beside it.",
        "Kendall's tau",
        in_order,
        (ARCHITECTURES, RECORDED),
        recorded=10,
    ),
    Claim(
        "bender2018-dropout",
        "bender2018",
        "With path dropout a one-shot model ranks networks better than without.",
        "As bender2018-ranks, less the tau of ten supernets of the same seeds and steps that always run all options; the same bootstrap, one-sided, 5 %.",
        "difference in Kendall's tau",
        with_dropout,
        (ARCHITECTURES, RECORDED),
        recorded=10,
    ),
    Claim(
        "bender2018-change",
        "bender2018",
        "The networks that change the predictions of the one-shot model least are the best alone.",
        "As bender2018-ranks, one-sided, 5 %, by the symmetrised KL divergence of predictions on the training images in place of the error.",
        "Kendall's tau",
        least_change,
        (ARCHITECTURES, RECORDED),
        recorded=10,
    ),
    Claim(
        "bender2018-statistics",
        "bender2018",
        "Batch norm by the images that are judged ranks networks better than by the statistics that were stored while the supernet was trained.",
        "Supernets of which each step trained one path. Kendall's tau with the mean test error over runs, over all networks, of each supernet in both ways: "
        "Wilcoxon's signed-rank test over ten recorded supernets, one-sided, 5 %.",
        "difference in Kendall's tau",
        judged_in_batches,
        (ARCHITECTURES, RECORDED),
        recorded=10,
    ),
    Claim(
        "sciuto2019-sharing",
        "sciuto2019",
        "Shared weights rank networks worse than a short training of each alone at equal cost.",
        "Kendall's tau, with the mean test error, of the table's runs after their first epoch, mean over runs, less that of ten supernets of which each of 726 "
        "steps of 64 images trained one uniformly drawn path: as many images in all; the bootstrap of bender2018-ranks, one-sided, 5 %.",
        "difference in Kendall's tau",
        alone,
        (ARCHITECTURES, RECORDED),
        recorded=10,
    ),
)

if __name__ == "__main__":
    for seed in map(int, sys.argv[1:]):
        print(json.dumps(scores(seed), separators=(",", ":")), flush=True)
