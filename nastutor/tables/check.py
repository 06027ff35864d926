"""Trains entries of a table again and compares them with what it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nastutor.comparing.agreement import spread_of
from nastutor.core import Trial
from nastutor.estimators.table import Table
from nastutor.rng import python_rng
from nastutor.tables import report
from nastutor.tables.plan import Plan, made
from nastutor.tables.recipes import TableRecipe

ROOM = 1.25  # how much larger than that of two runs the difference of one run made twice may be, for few entries say little
UNKNOWN = 0.03  # noise of a table of one run: what trainings on these images have


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


@dataclass(frozen=True)
class Verdict:
    """What came of making entries again.

    equal    how many are equal bit for bit: all, where `same` is true
    apart    root mean square of the differences
    shift    their mean, with its sign: better or worse throughout is another recipe, however little
    allowed  of `apart`: what two runs of one network differ by (sqrt 2 times the noise of the table), and some room. Another processor or
             version rounds sums differently; that grows in training until it is another run of the same network
    strays   how many diverged only there or only here
    same     this is the type of machine, and these are the versions, that made the table
    """

    entries: int
    equal: int
    apart: float
    shift: float
    largest: float
    allowed: float
    strays: int
    same: bool

    @property
    def allowed_shift(self) -> float:
        """What chance gives the mean of so many differences, 3 standard errors."""
        return 3 * self.allowed / ROOM / max(self.entries, 1) ** 0.5

    @property
    def good(self) -> bool:
        if self.same:
            return self.equal == self.entries
        return self.apart <= self.allowed and abs(self.shift) <= self.allowed_shift and self.strays <= 0.02 * self.entries


def verdict(table: Table, entries: list[Entry], same: bool | None = None) -> Verdict:
    """Whether what was made again is what the table holds; `same` as in `Verdict`, by default found out."""
    apart = np.array([entry.apart for entry in entries])
    ended = apart[np.isfinite(apart)]
    signed = np.array([entry.again - entry.held for entry in entries])
    shift = float(signed[np.isfinite(signed)].mean()) if np.isfinite(signed).any() else 0.0
    noise = {budget: spread_of(table_errors(table, budget)).within for budget in {entry.budget for entry in entries}}
    known = [value if value == value else UNKNOWN for value in noise.values()]
    allowed = ROOM * (2 * float(np.mean(np.square(known)))) ** 0.5
    square = float(np.mean(ended**2)) if len(ended) else 0.0
    same = same_machine(table) if same is None else same
    return Verdict(len(entries), int((apart == 0).sum()), square**0.5, shift, float(ended.max(initial=0)), allowed, len(apart) - len(ended), same)


def table_errors(table: Table, budget: int) -> np.ndarray:
    """Validation errors (N, R) of the networks none of whose runs diverged."""
    first = np.unique(table.network, return_index=True)[1]
    found = report.errors_of(table, budget)[first]
    return found[np.isfinite(found).all(axis=1)]


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
    for result in results:
        if result.status == "failed" and not result.info["reason"].startswith("diverged"):
            raise RuntimeError(f"a training broke: {result.info['reason']}; mend that, and check again")
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
