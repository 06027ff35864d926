"""What tables are made of: a recipe each, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

LATER = ("estimator", "chunk")  # not named in the settings where they are the defaults: older tables do not know them


@dataclass(frozen=True)
class TableRecipe:
    """What a table is a table of: plain data, kept in its file.

    space, task  what to call in nt.spaces and nt.tasks, and with which arguments (a space inside a space is said alike)
    budgets      each trained for on its own, under its own cosine
    runs         independent trainings of each network
    train        arguments of the estimator that are not its defaults
    estimator    "Train", or "Population", which trains many networks together
    chunk        how many networks, neighbours in the order of enumeration, are trained together
    """

    name: str
    space: dict[str, Any]
    task: dict[str, Any]
    budgets: tuple[int, ...]
    runs: int
    train: dict[str, Any] = field(default_factory=dict)
    estimator: str = "Train"
    chunk: int = 1

    def form(self) -> dict[str, Any]:
        """As a table's settings name it; `of` is the way back."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in LATER or getattr(self, f.name) != f.default}

    @classmethod
    def of(cls, settings: dict[str, Any]) -> TableRecipe:
        """The recipe that is named in the settings of a table."""
        found = {f.name: settings[f.name] for f in fields(cls) if f.name in settings}
        return cls(**{**found, "budgets": tuple(found["budgets"])})


DIGITS = {"name": "digits", "settings": {"difficulty": 0.3}}  # plain digits do not tell the networks apart: see data/README.md

RECIPES = {
    recipe.name: recipe
    for recipe in (
        TableRecipe("digits-tiny", space={"name": "CellSpace", "settings": {"nodes": 3}}, task=DIGITS, budgets=(12,), runs=5),
        TableRecipe(
            "digits-cells", space={"name": "CellSpace", "settings": {"nodes": 4}}, task=DIGITS, budgets=(12,), runs=3, estimator="Population", chunk=32
        ),
    )
}
