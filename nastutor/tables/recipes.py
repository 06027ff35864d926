"""What tables are made of: a recipe each, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

LATER = ("estimator", "chunk", "test_curves")  # not named in the settings where they are the defaults: older tables do not know them


@dataclass(frozen=True)
class TableRecipe:
    """What a table is a table of: plain data, kept in its file.

    space, task  what to call in nt.spaces and nt.tasks, and with which arguments (a space inside a space is said alike)
    budgets      each trained for on its own, under its own cosine
    runs         independent trainings of each network
    train        arguments of the estimator that are not its defaults
    estimator    "Train", or "Population", which trains many networks together
    chunk        how many networks, neighbours in the order of enumeration, are trained together
    test_curves  look at the test images after every epoch; False: after the last alone, which takes a fifth less time
    """

    name: str
    space: dict[str, Any]
    task: dict[str, Any]
    budgets: tuple[int, ...]
    runs: int
    train: dict[str, Any] = field(default_factory=dict)
    estimator: str = "Train"
    chunk: int = 1
    test_curves: bool = True

    def form(self) -> dict[str, Any]:
        """As a table's settings name it; `of` is the way back."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in LATER or getattr(self, f.name) != f.default}

    @classmethod
    def of(cls, settings: dict[str, Any]) -> TableRecipe:
        """The recipe that is named in the settings of a table."""
        found = {f.name: settings[f.name] for f in fields(cls) if f.name in settings}
        return cls(**{**found, "budgets": tuple(found["budgets"])})


# Plain digits do not tell the networks apart: data/README.md says what was tried.
EASIER = {"name": "digits", "settings": {"difficulty": 0.3}}
HARDER = {"name": "digits", "settings": {"difficulty": 0.5, "train_size": 1000, "size": 10, "copies": 3}}
TRAIN = {"batch_size": 32, "lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}  # said, so that other defaults of another day change nothing
TOGETHER: dict[str, Any] = {"train": TRAIN, "estimator": "Population", "chunk": 24}
BUDGETS: dict[str, Any] = {**TOGETHER, "test_curves": False}  # each budget has a test error of its own


def _space(name: str, **settings: Any) -> dict[str, Any]:
    return {"name": name, "settings": settings}


# The batch size first: those that are trained together, 5 learning rates x 3 decays of one network, have one of them.
TRAININGS = {"batch_size": (32, 64), "lr": (0.01, 0.03, 0.1, 0.3, 1.0), "weight_decay": (0.0, 5e-4, 5e-3)}
JOINT = _space("JointSpace", space=_space("CellSpace", nodes=3), settings=TRAININGS)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        TableRecipe("digits-tiny", _space("CellSpace", nodes=3), EASIER, budgets=(12,), runs=5),
        TableRecipe("digits-cells", _space("CellSpace", nodes=4), HARDER, budgets=(12,), runs=3, **TOGETHER),
        TableRecipe("digits-graphs", _space("NASBench101", vertices=5), HARDER, budgets=(1, 3, 9, 27), runs=3, **BUDGETS),
        TableRecipe("digits-hpo", JOINT, HARDER, budgets=(3, 9, 27), runs=1, **{**BUDGETS, "chunk": 15}),
    )
}
