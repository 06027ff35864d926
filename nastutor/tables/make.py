"""Trains what a table holds. Cut off at any moment, the same call goes on where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.estimators.table_file import write_table
from nastutor.history import History
from nastutor.loop import search
from nastutor.tables.pace import Pace
from nastutor.tables.plan import Everything, Plan
from nastutor.tables.recipes import TableRecipe
from nastutor.tables.shards import Shard, blank, joined_makers, row
from nastutor.tables.timing import PER_EPOCH, measure, time_shard
from nastutor.values import Result


def make(
    recipe: TableRecipe,
    out: Path,
    shards: Path,
    executor: Any = None,
    *,
    budgets: Sequence[int] | None = None,
    runs: Sequence[int] | None = None,
    mix: bool = False,
    progress: bool | None = None,
) -> Path | None:
    """Trains all that is asked for and not there yet, and writes the table to the folder `out` once nothing is missing.

    out, shards    folders for the table, and for its shards: one for each (budget, run), one for times
    executor       for several chunks at a time: `nt.Workers(n)`
    budgets, runs  those to train now; default: all
    mix            go on from shards that another version of torch has begun

    Returns the table's path; None where parts are missing that were not asked for.
    """
    plan = Plan(recipe)
    wanted = _wanted(plan, budgets, runs)
    todo = {part: part_shard(plan, shards, *part, mix=mix) for part in wanted}
    pace = Pace(recipe.name, sum(budget * int((~shard.done).sum()) for (budget, _), shard in todo.items()))
    for (budget, run), shard in todo.items():
        train(plan, budget, run, shard, pace, executor, progress)
    parts = {part: todo.get(part) or part_shard(plan, shards, *part, mix=mix) for part in plan.parts}
    if not all(shard.done.all() for shard in parts.values()):
        return None
    times = measure(plan, time_shard(plan, shards), pace)
    path = out / f"{recipe.name}.npz"
    pace.say(f"complete; {path} is being written")
    out.mkdir(parents=True, exist_ok=True)
    makers = joined_makers([shard.made for shard in (*parts.values(), times)])
    write_table(path, collect(plan, parts, times), plan.settings, makers)
    return path


def _wanted(plan: Plan, budgets: Sequence[int] | None, runs: Sequence[int] | None) -> list[tuple[int, int]]:
    recipe = plan.recipe
    for name, asked, there in (("budgets", budgets, recipe.budgets), ("runs", runs, range(recipe.runs))):
        for one in asked or ():
            if one not in there:
                raise ValueError(f"`{name}` has {one}; the table {recipe.name} has {', '.join(map(str, there))}")
    return [(budget, run) for budget, run in plan.parts if (not budgets or budget in budgets) and (runs is None or run in runs)]


def part_shard(plan: Plan, folder: Path, budget: int, run: int, *, mix: bool = False) -> Shard:
    """What is there of one (budget, run)."""
    path = folder / plan.recipe.name / f"{budget}.{run}.npz"
    return Shard(path, plan.part_settings(budget, run), blank(len(plan.numbers), budget, plan.tested(budget)), mix=mix)


def train(plan: Plan, budget: int, run: int, shard: Shard, pace: Pace, executor: Any = None, progress: bool | None = None) -> None:
    """Trains the chunks of a part that its shard lacks. Only whole chunks count, so that each can be made again as it was made."""
    missing = [number for chunk in plan.chunks if not shard.done[chunk].all() for number in chunk]
    if not missing:
        return
    sink = _Sink(plan, budget, shard, pace.part(f"budget {budget} run {run}", len(missing), budget))
    strategy = Everything(plan.space, budget, run, [plan.networks[number] for number in missing])
    options = {"batch": plan.recipe.chunk, "executor": executor, "callbacks": (sink,), "progress": progress}
    try:
        search(strategy, plan.estimator(budget), trials=len(missing), **options)  # type: ignore[arg-type]
    finally:
        if shard.done.any():
            shard.write()
    if sink.broken:
        raise RuntimeError(f"a training of {shard.path.stem} broke: {sink.broken}; mend that, and run the same command again: the rest is kept")
    if not shard.done.all():
        raise KeyboardInterrupt(f"{int(shard.done.sum())} of {len(shard.done)} trainings are in {shard.path}; the same command goes on from there")


class _Sink:
    """Takes the results of a search as they are told, and gives whole chunks to the shard; a chunk that broke ends the search."""

    def __init__(self, plan: Plan, budget: int, shard: Shard, pace: Any) -> None:
        self.plan, self.budget, self.shard, self.pace, self.broken = plan, budget, shard, pace, ""
        self.chunks: dict[int, dict[int, Result]] = {}

    def __call__(self, history: History) -> bool:
        trial, result = history[-1].trial, history[-1].result
        number = self.plan.numbers[trial.arch]  # type: ignore[index]
        place = number // self.plan.recipe.chunk
        chunk = self.chunks.setdefault(place, {})
        chunk[number] = result
        if result.status == "failed" and not result.info["reason"].startswith("diverged"):
            self.broken = result.info["reason"]  # an interruption or a mistake, which says nothing about the network
        elif len(chunk) == len(self.plan.chunks[place]):
            tested = self.plan.tested(self.budget)
            self.shard.put(chunk, [row(one, self.budget, self.plan.images, tested) for one in self.chunks.pop(place).values()])
        self.pace.tick()
        return bool(self.broken)


def collect(plan: Plan, parts: dict[tuple[int, int], Shard], times: Shard) -> dict[str, np.ndarray]:
    """The arrays of table_file.py."""
    arrays = of_architectures(plan) | {"latency_ms": times.arrays["latency_ms"]}
    for budget in plan.recipe.budgets:
        shards = [parts[budget, run] for run in range(plan.recipe.runs)]
        for name in shards[0].arrays:
            arrays[f"{name}/{budget}"] = np.stack([shard.arrays[name] for shard in shards], axis=1)
        steps, epochs = (times.arrays[name] for name in PER_EPOCH)
        arrays[f"seconds/{budget}"] = (budget * (steps + epochs))[:, None].astype(np.float32)
    return arrays


def of_architectures(plan: Plan) -> dict[str, np.ndarray]:
    """What belongs to each architecture of the space: its decisions, which network it is, what it costs."""
    space, numbers, alone = plan.space, plan.numbers, plan.alone
    archs = list(space)
    counts = [alone.own_metrics(arch) for arch in archs]
    arrays = {"choices": space.codes(archs), "network": np.array([numbers[space.canonical(arch)] for arch in archs], dtype=np.int32)}
    return arrays | {name: np.array([count[name] for count in counts]) for name in counts[0]}
