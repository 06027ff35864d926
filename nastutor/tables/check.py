"""Trains entries of a table again and compares them with what it holds."""

from __future__ import annotations

from dataclasses import dataclass

from nastutor.core import Trial
from nastutor.estimators.table import Table
from nastutor.rng import python_rng
from nastutor.tables.plan import Plan, made
from nastutor.tables.recipes import TableRecipe

TOLERANCE = 0.04  # between validation errors of one network trained on two types of machine; the same one trains bit for bit alike


@dataclass(frozen=True)
class Entry:
    """One training that was made again: validation errors of a network and run at a budget; NaN where it diverged."""

    number: int
    budget: int
    run: int
    held: float
    again: float

    @property
    def apart(self) -> float:
        """How far the two are from each other; 0 where both diverged."""
        if self.held != self.held and self.again != self.again:
            return 0.0
        return abs(self.held - self.again) if self.held == self.held and self.again == self.again else float("inf")


def again(table: Table, entries: list[tuple[int, int, int]]) -> list[Entry]:
    """Trains (network, budget, run) again, each with the whole chunk that it was made in; all of those chunks are compared."""
    plan = Plan(TableRecipe.of(table.meta["settings"]))
    chunks = dict.fromkeys((number // plan.recipe.chunk, budget, run) for number, budget, run in entries)
    return [entry for chunk in chunks for entry in _chunk(table, plan, *chunk)]


def _chunk(table: Table, plan: Plan, place: int, budget: int, run: int) -> list[Entry]:
    numbers = plan.chunks[place]
    archs = [plan.networks[number] for number in numbers]
    trials = [Trial(arch, budget, repeat=run) for arch in archs]
    estimator = plan.estimator(budget)
    results = estimator.many(trials) if len(trials) > 1 else [estimator(trials[0])]
    held = table.column("error", budget, run)[table.rows(archs)]
    return [Entry(number, budget, run, float(old), new.error) for number, old, new in zip(numbers, held, results, strict=True)]


def random_entries(table: Table, count: int, seed: int = 0) -> list[tuple[int, int, int]]:
    """Some of what the table holds, at random."""
    rng = python_rng(seed, "check")
    return [(rng.randrange(table.networks), rng.choice(table.trained), rng.randrange(table.runs)) for _ in range(count)]


def same_machine(table: Table) -> bool:
    """Whether this is the type of machine, and these are the versions, that made the table."""
    here, told = made(), table.meta["made"]
    return bool(here["machine"] == told["machine"] and {**here["versions"], "nastutor": ""} == {**told["versions"], "nastutor": ""})
