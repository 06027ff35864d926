import json
from dataclasses import replace

import pytest

import nastutor as nt
from nastutor.estimators import Table, Train
from nastutor.tables.make import Everything, estimator, made, make, networks, remake, settings
from nastutor.tables.recipes import RECIPES


def test_a_table_holds_what_train_answers(small):
    train = Train(small.space, small.task, batch_size=50, device="cpu")
    assert small.trained == (1, 3) and small.default_budget == 3
    for arch in small.space:
        for run in range(2):
            for budget in (1, 3):  # each under its own cosine: none is read off the other's curve
                held, trained = Table(small.path, seed=run)(nt.Trial(arch, budget)), train(nt.Trial(arch, budget, repeat=run))
                assert held.curve == trained.curve and held.error == trained.error and held.metrics["params"] == trained.metrics["params"]
                assert held.metrics["loss"] == pytest.approx(trained.metrics["loss"], rel=1e-6)
    assert small(nt.Trial(arch, 2)).error == small(nt.Trial(arch, 3)).curve[1]
    assert small.final(arch) == pytest.approx(train.final(arch), abs=0.2)


def test_it_goes_on_where_it_stood(recipe, small, tmp_path, monkeypatch):
    call, trained, cut = Train.__call__, [], [5]

    def counted(self, trial):
        if len(trained) == cut[0]:
            raise KeyboardInterrupt
        trained.append(trial)
        return call(self, trial)

    monkeypatch.setattr(Train, "__call__", counted)
    with pytest.raises(KeyboardInterrupt, match="goes on from there"):
        make(recipe, tmp_path, tmp_path / "work", progress=False)
    assert not (tmp_path / "small.npz").exists()
    cut[0] = -1
    again = Table(make(recipe, tmp_path, tmp_path / "work", progress=False))
    assert len(trained) == len(networks(small.space)) * 4, "nothing is trained twice"
    assert [again(nt.Trial(arch)).error for arch in small.space] == [small(nt.Trial(arch)).error for arch in small.space]


def test_a_training_that_broke_is_not_taken_for_one_that_diverged(recipe, tmp_path, monkeypatch):
    def broken(self, trial):
        raise MemoryError

    monkeypatch.setattr(Train, "__call__", broken)
    with pytest.raises(RuntimeError, match="broke: out of memory"):
        make(recipe, tmp_path, tmp_path / "work", progress=False)


def test_other_settings_do_not_mix(recipe, tmp_path):
    make(replace(recipe, budgets=(1,)), tmp_path, tmp_path / "work", progress=False)
    with pytest.raises(ValueError, match="journal"):
        make(replace(recipe, budgets=(1,), train={"batch_size": 25}), tmp_path, tmp_path / "work", progress=False)


def test_everything_is_each_network_once():
    asked = []
    strategy = Everything(nt.spaces.CellSpace(nodes=3), 2, run=3)
    with pytest.raises(nt.Finished):
        while True:
            asked.append(strategy.ask())
    assert len(asked) == 60 == len({trial.arch for trial in asked}) and all(trial.budget == 2 and trial.repeat == 3 for trial in asked)


@pytest.mark.parametrize("name", RECIPES)
def test_the_tables_that_ship_were_made_with_todays_settings(name):
    told = Table(name).meta
    assert told["settings"] == settings(RECIPES[name], estimator(RECIPES[name])), "settings have changed: make the table anew"
    assert json.dumps(told["made"]) and set(told["made"]) == {"when", "machine", "versions"}


@pytest.mark.parametrize(("number", "run"), [(7, 0), (41, 3)])
def test_an_entry_made_again(number, run):
    """Bit-equal on the machine type that made the table; on others sums are rounded differently, which 12 epochs of SGD amplify."""
    table = Table("digits-tiny")
    held, again = remake(table, number, run)
    same = table.meta["made"]["machine"] == made()["machine"] and table.meta["made"]["versions"] == made()["versions"]
    assert held == again if same else abs(held - again) < 0.04
