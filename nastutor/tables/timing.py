"""What training each network of a table alone takes, timed on a machine with nothing else to do; the simulated cluster reads it.

A population's own time is no such figure: it trains many together. Timed are a few steps, in CPU time (`Recording.timed` says what that
leaves out), so a training of b epochs is said to take b * (train_seconds + look_seconds), whatever its batches were, and as long where it
diverged.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nastutor.rng import python_rng
from nastutor.tables.pace import Pace
from nastutor.tables.plan import Plan
from nastutor.tables.shards import Shard

PER_EPOCH = ("train_seconds", "look_seconds")
NAMES = (*PER_EPOCH, "latency_ms")
AGAIN, APART = 7, 1.25  # so many networks are timed again before going on; so far may the median ratio be from 1


def time_shard(plan: Plan, folder: Path) -> Shard:
    """What is timed already."""
    nothing = np.full(len(plan.numbers), np.nan, dtype=np.float32)
    return Shard(folder / plan.recipe.name / "time.npz", plan.time_settings(), dict.fromkeys(NAMES, nothing), mix=True)


def measure(plan: Plan, shard: Shard, pace: Pace | None = None) -> Shard:
    """Times the networks that are not timed yet, one after the other, in this process; they are written as it goes on."""
    missing = np.flatnonzero(~shard.done).tolist()
    if not missing:
        return shard
    alone = plan.alone
    check_machine(shard, lambda number: alone.timed(plan.networks[number])["train_seconds"])
    part = (pace or Pace(plan.recipe.name)).part("times", len(missing))
    try:
        for number in missing:
            shard.put([number], [alone.timed(plan.networks[number])])
            part.tick()
    finally:
        if shard.done.any():
            shard.write()
    return shard


def check_machine(shard: Shard, timed: Callable[[int], float]) -> None:
    """Times that are compared with each other come from one machine: some are taken again before others are added."""
    there = np.flatnonzero(shard.done).tolist()
    if not there:
        return
    numbers = python_rng(0, "timed again").sample(there, min(AGAIN, len(there)))
    ratio = statistics.median(timed(number) / float(shard.arrays["train_seconds"][number]) for number in numbers)
    if not 1 / APART < ratio < APART:
        raise ValueError(
            f"the times in {shard.path} were taken on another machine, or this one is busy: what took 1 s there takes {ratio:.2f} s here, "
            f"allowed is up to {APART}. Wait until it has nothing else to do, or move that file away to time all networks anew"
        )
