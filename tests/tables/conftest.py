"""A table of two networks, trained once; `recipe` is what it is made by."""

import pytest

from nastutor.estimators import Table
from nastutor.tables.make import make
from nastutor.tables.recipes import TableRecipe


@pytest.fixture(scope="session")
def recipe():
    return TableRecipe(
        "small",
        space={"name": "CellSpace", "settings": {"nodes": 2, "ops": ("none", "skip", "conv1"), "channels": 2}},
        task={"name": "digits", "settings": {"train_size": 100}},
        budgets=(1, 3),
        runs=2,
        train={"batch_size": 50},
    )


@pytest.fixture(scope="session")
def small(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    return Table(make(recipe, folder, folder / "shards", progress=False))
