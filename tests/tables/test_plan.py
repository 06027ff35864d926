from dataclasses import replace

import pytest

import nastutor as nt
from nastutor.estimators import Table
from nastutor.tables.plan import Everything, Plan, different, made
from nastutor.tables.recipes import RECIPES, TableRecipe


def test_everything_is_each_network_once():
    asked = []
    strategy = Everything(nt.spaces.CellSpace(nodes=3), 2, run=3)
    with pytest.raises(nt.Finished):
        while True:
            asked.append(strategy.ask())
    assert len(asked) == 60 == len({trial.arch for trial in asked}) and all(trial.budget == 2 and trial.repeat == 3 for trial in asked)
    some = Everything(nt.spaces.CellSpace(nodes=3), 2, 0, [asked[5].arch, asked[2].arch])
    assert [some.ask().arch, some.ask().arch] == [asked[5].arch, asked[2].arch]


def test_networks_chunks_and_parts(recipe):
    plan = Plan(replace(recipe, chunk=3))
    assert plan.numbers == different(plan.space) and plan.networks == list(plan.numbers)
    assert [number for chunk in plan.chunks for number in chunk] == list(range(len(plan.networks))) and {len(chunk) for chunk in plan.chunks[:-1]} <= {3}
    assert plan.parts == [(1, 0), (1, 1), (3, 0), (3, 1)]
    assert plan.images == {"train": 100, "valid": 397, "test": 400} and plan.estimator(3).default_budget == 3


def test_settings_of_a_part_are_those_that_decide_about_it(recipe):
    plan = Plan(recipe)
    here = plan.part_settings(1, 0)
    assert Plan(replace(recipe, budgets=(1, 9), runs=7)).part_settings(1, 0) == here, "other budgets and runs do not"
    changes = [{"train": {"batch_size": 25}}, {"chunk": 2}, {"name": "other"}, {"task": {"name": "digits", "settings": {"train_size": 90}}}]
    changes += [{"space": {"name": "CellSpace", "settings": {"nodes": 2, "channels": 2}}}]
    assert all(Plan(replace(recipe, **change)).part_settings(1, 0) != here for change in changes)
    assert plan.part_settings(3, 0) != here != plan.part_settings(1, 1)


def test_too_many_images_to_count(recipe, monkeypatch):
    monkeypatch.setattr("nastutor.tables.plan.MOST", 399)
    with pytest.raises(ValueError, match="allowed are 399"):
        Plan(recipe)


def test_older_tables_know_no_later_settings(recipe):
    """digits-tiny was made before there were populations: its settings, and their hash, are what they were."""
    told = Table("digits-tiny").meta
    assert told["settings_hash"] == "7a9f7850fc630d27" and Plan(RECIPES["digits-tiny"]).settings == told["settings"]
    assert "chunk" not in recipe.form() and replace(recipe, chunk=2).form()["chunk"] == 2


@pytest.mark.parametrize("change", [{}, {"chunk": 4, "estimator": "Population"}])
def test_a_recipe_is_in_the_settings(recipe, change):
    assert TableRecipe.of({**replace(recipe, **change).form(), "images": {}}) == replace(recipe, **change)


def test_who_made_it():
    assert set(made()) == {"when", "machine", "versions"} and "torch" in made()["versions"]


def test_an_unknown_estimator(recipe):
    with pytest.raises(ValueError, match="`estimator` is 'Guess'; allowed are 'Train' and 'Population'"):
        Plan(replace(recipe, estimator="Guess")).estimator()
