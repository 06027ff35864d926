"""Tables of invented numbers, as large as real ones: to measure with, and to test with what takes hours to make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nastutor.estimators.table import OWN, Table
from nastutor.estimators.table_file import write_table
from nastutor.tables.plan import Plan, made
from nastutor.tables.recipes import TableRecipe


def invented(recipe: TableRecipe, path: Path, network: np.ndarray | None = None, seed: int = 0) -> Table:
    """A table of `recipe` with random numbers, about as noisy and as smooth as real ones; nothing is trained, and its name says so.

    network  (A,): which network each architecture is; default: found out, which takes seconds for large spaces
    """
    plan, rng = Plan(replace(recipe, name=f"{recipe.name}, invented")), np.random.default_rng(seed)
    archs = list(plan.space)
    if network is None:
        network = np.array([plan.numbers[plan.space.canonical(arch)] for arch in archs])
    count = int(network.max()) + 1
    arrays = {"choices": plan.space.codes(archs), "network": network.astype(np.int32)}
    arrays |= {name: rng.choice(rng.integers(100, 20_000, 800), len(archs)).astype(np.float64) for name in OWN}
    arrays["latency_ms"] = rng.random(count, dtype=np.float32)
    for budget in recipe.budgets:
        arrays |= {f"{name}/{budget}": array for name, array in _trainings(plan, rng, count, budget).items()}
    write_table(path, arrays, plan.settings, made())
    return Table(path)


def _trainings(plan: Plan, rng: np.random.Generator, networks: int, budget: int) -> dict[str, np.ndarray]:
    """Errors that fall to a level of each network, in each run a little another one; one training in a thousand diverges."""
    shape = (networks, plan.recipe.runs)
    level = np.clip(rng.lognormal(np.log(0.14), 0.35, (networks, 1)) + rng.normal(0, 0.02, shape), 0.01, 0.9)
    errors = np.clip(level[:, :, None] + 0.7 * np.exp(-0.5 * np.arange(1, budget + 1)), 0, 1)  # (N, R, E)
    shown = {"valid": errors, "test": errors[:, :, -plan.tested(budget) :]}
    arrays = {name: rng.binomial(plan.images[name], share).astype(np.uint16) for name, share in shown.items()}
    arrays |= {name: rng.random(shape, dtype=np.float32) for name in ("loss", "train_loss")}
    return arrays | {"failed": rng.random(shape) < 0.001, "seconds": rng.random((networks, 1), dtype=np.float32) * budget}
