"""What of a table is there."""

from __future__ import annotations

from pathlib import Path

from nastutor.estimators.table_file import read_table, settings_hash
from nastutor.tables.make import part_shard
from nastutor.tables.plan import Plan
from nastutor.tables.recipes import TableRecipe
from nastutor.tables.shards import Shard
from nastutor.tables.timing import time_shard


def status(recipe: TableRecipe, out: Path, shards: Path) -> str:
    """A line for each part, the times and the table."""
    plan = Plan(recipe)
    lines = [f"{recipe.name}: {len(plan.numbers):,} networks in chunks of {recipe.chunk}, settings {settings_hash(plan.settings)}"]
    trained = [part_shard(plan, shards, *part, mix=True) for part in plan.parts]
    lines += [f"  budget {budget:3d}  run {run}  {_said(shard, 'trained')}" for (budget, run), shard in zip(plan.parts, trained, strict=True)]
    epochs = [budget for budget, _ in plan.parts]
    share = sum(each * float(shard.done.mean()) for each, shard in zip(epochs, trained, strict=True)) / sum(epochs)
    lines += [f"  of all epochs {share:7.1%}", f"  {_said(time_shard(plan, shards), 'timed')}", f"  {_table(plan, out / f'{recipe.name}.npz')}"]
    return "\n".join(lines)


def _said(shard: Shard, verb: str) -> str:
    there, all_of_them = int(shard.done.sum()), len(shard.done)
    by = f"  on {shard.made['machine']}, torch {shard.made['versions']['torch']}, until {shard.made['when']}" if shard.made else ""
    diverged = f", {int(shard.arrays['failed'][shard.done].sum())} diverged" if "failed" in shard.arrays and there else ""
    return f"{there:6,} of {all_of_them:,} {verb}{diverged}{by}"


def _table(plan: Plan, path: Path) -> str:
    if not path.exists():
        return f"{path} is not there: `make` writes it when nothing is missing"
    meta = read_table(path)[1]
    if meta["settings"] != plan.settings:
        return f"{path} was made with other settings ({meta['settings_hash']}): make it anew"
    return f"{path} is there, {path.stat().st_size:,} bytes, made {meta['made']['when']}"
