"""What tables are made of: a recipe each, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TableRecipe:
    """What a table is a table of: plain data, kept in its file.

    space, task  what to call in nt.spaces and nt.tasks, and with which arguments
    budgets      each trained for on its own, under its own cosine
    runs         independent trainings of each network
    train        arguments of `Train` that are not its defaults
    """

    name: str
    space: dict[str, Any]
    task: dict[str, Any]
    budgets: tuple[int, ...]
    runs: int
    train: dict[str, Any] = field(default_factory=dict)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        TableRecipe(
            "digits-tiny",
            space={"name": "CellSpace", "settings": {"nodes": 3}},
            task={"name": "digits", "settings": {"difficulty": 0.3}},  # plain digits do not tell the networks apart: see data/README.md
            budgets=(12,),
            runs=5,
        ),
    )
}
