"""Files that were made before know this code: what came later and is off changes no name, and every value that changes numbers does."""

from dataclasses import replace
from hashlib import blake2b
from inspect import Parameter, signature
from pathlib import Path

import pytest

import nastutor as nt
from nastutor.data import folder
from nastutor.estimators import Table
from nastutor.estimators.table_file import settings_hash
from nastutor.estimators.train import Train
from nastutor.rng import python_rng
from nastutor.spaces import CellSpace
from nastutor.tables.plan import Plan
from nastutor.tables.recipes import RECIPES
from nastutor.tables.shards import Shard, blank

SHARDS = sorted(path for path in (folder() / "shards").glob("*/*.npz") if path.stem != "time")
TINY, CELLS = RECIPES["digits-tiny"], RECIPES["digits-cells"]
NETWORKS = 5044

# of all settings, of each part by budget, of the times: as on the day when their making began
NAMES = {
    "digits-tiny": ("7a9f7850fc630d27", {12: "4e15556ad54f4570"}, "f9afa88a61777491"),
    "digits-cells": ("a70702c1cdd7b4c9", {12: "438ac1160968199b"}, "a2367ab5b84ba959"),
    "digits-graphs": ("c452f5523d16d685", {1: "a715ad27d2b60c84", 3: "f54d4f64b7c0342a", 9: "39093ccf07059aa9", 27: "4ca5b92506e6c0f7"}, "90928e7d0a116635"),
    "digits-hpo": ("2f82c183f98e5ee8", {3: "eea81910bd397909", 9: "ef0a25267784cc08", 27: "466e9627381f963a"}, "dc90ddf75060100d"),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_names_of_tables_and_shards_are_what_they_were(name):
    plan = Plan(RECIPES[name])
    parts = {budget: settings_hash(plan.part_settings(budget, 0)) for budget in plan.recipe.budgets}
    assert (settings_hash(plan.settings), parts, settings_hash(plan.time_settings())) == NAMES[name]


# of what 100 of each are built of: weights are drawn by the names of nodes, so that no table is what it was when these change
GRAPHS = {
    "CellSpace": (CellSpace(nodes=4), "ac755b2266918800"),
    "NASBench101": (nt.spaces.NASBench101(vertices=5), "535395d1b12e15d2"),
    "JointSpace": (nt.spaces.JointSpace(CellSpace(nodes=4), {"lr": (0.02, 0.1)}), "5b6ad0f3ff24e11e"),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_the_nodes_of_networks_are_what_they_were(name):
    space, expected = GRAPHS[name]
    rng, digest = python_rng(0, "nodes"), blake2b(digest_size=8)
    for _ in range(100):
        nodes = space.graph(space.sample(rng), nt.tasks.digits(train_size=50)).nodes
        digest.update(repr([(node.name, node.op, node.inputs, node.attrs, node.shape) for node in nodes]).encode())
    assert digest.hexdigest() == expected


def shard(path: Path, recipe=None) -> Shard:
    """The shard of a file, as a table of `recipe` opens it."""
    recipe, (budget, run) = recipe or RECIPES[path.parent.name], map(int, path.stem.split("."))
    plan = Plan(recipe)
    return Shard(path, plan.part_settings(budget, run), blank(NETWORKS, budget, plan.tested(budget)), mix=True)


@pytest.fixture
def old(tmp_path):
    """A shard of digits-cells as today's code writes it."""
    path = tmp_path / "digits-cells" / "12.0.npz"
    shard(path).write()
    return path


@pytest.mark.parametrize("path", SHARDS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_shards_that_are_there_are_accepted(path):
    assert shard(path).done.any()


def changed(**settings):
    return replace(CELLS, train={**CELLS.train, **settings})


@pytest.mark.parametrize(
    "recipe",
    [
        *(changed(**{name: value}) for name, value in {"batch_size": 16, "lr": 0.2, "momentum": 0.8, "weight_decay": 0.0, "seed": 1}.items()),
        *(changed(**{name: value}) for name, value in {"threads": 2, "members": 8, "memory": 2**20, "stop": lambda curve: curve[-1] > 0.8}.items()),
        replace(CELLS, estimator="Train"),
        replace(CELLS, chunk=12),
        replace(CELLS, test_curves=False),
        replace(CELLS, task={"name": "digits", "settings": {**CELLS.task["settings"], "copies": 2}}),
        replace(CELLS, space={"name": "CellSpace", "settings": {"nodes": 4, "channels": 4}}),
    ],
    ids=lambda recipe: f"{recipe.estimator} {recipe.chunk} {recipe.test_curves} {sorted(set(recipe.train) - set(CELLS.train))} {recipe.train['lr']}",
)
def test_a_changed_value_is_refused(recipe, old):
    with pytest.raises(ValueError, match="made with other settings"):
        shard(old, recipe)


@pytest.fixture
def later(monkeypatch):
    """later(cls, off): gives a class the keyword `warmup`, as a later version might."""

    def add(cls, off):
        first = cls.__init__

        def init(self, *args, warmup=off, **settings):
            first(self, *args, **settings)

        known = signature(first)
        named = [known for known in known.parameters.values() if known.kind is not known.VAR_KEYWORD]
        init.__signature__ = known.replace(parameters=[*named, Parameter("warmup", Parameter.KEYWORD_ONLY, default=off)])
        monkeypatch.setattr(cls, "__init__", init)
        monkeypatch.setattr(cls, "later", {**cls.later, "warmup": off})

    return add


def test_a_new_keyword_of_training_orphans_nothing(old, later):
    told = Table("digits-tiny").meta["settings"]
    later(Train, 0)
    assert not shard(old).done.any() and Plan(TINY).settings == told
    assert not shard(old, changed(warmup=0)).done.any()
    with pytest.raises(ValueError, match="made with other settings.*warmup=3"):
        shard(old, changed(warmup=3))


def test_a_new_keyword_of_a_space_orphans_nothing(old, later):
    later(CellSpace, None)
    assert not shard(old).done.any() and Table("digits-tiny").space == nt.spaces.CellSpace(nodes=3)
    with pytest.raises(ValueError, match="`space_fingerprint`.*warmup=2|`estimator_fingerprint`.*warmup=2"):
        shard(old, replace(CELLS, space={"name": "CellSpace", "settings": {"nodes": 4, "warmup": 2}}))


def test_a_new_keyword_orphans_no_journal(tmp_path, later):
    space, task = nt.spaces.CellSpace(nodes=2, ops=("skip", "conv1"), channels=2), nt.tasks.digits(train_size=20)

    def run(**settings):
        train = nt.estimators.Train(space, task, epochs=1, device="cpu", weights=False, **settings)
        return nt.search(nt.RandomSearch(space), train, trials=2, journal=tmp_path / "j")

    first = run()
    later(Train, 0)
    assert list(run()) == list(first)
    with pytest.raises(ValueError, match="of another search: its estimator"):
        run(warmup=1)
