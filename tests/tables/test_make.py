import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import nastutor as nt
from nastutor.data import folder
from nastutor.estimators import Table, Train
from nastutor.estimators.table_file import read_table
from nastutor.tables import shards
from nastutor.tables.make import make
from nastutor.tables.plan import Plan
from nastutor.tables.recipes import RECIPES
from nastutor.tables.recording import Notes


@pytest.fixture
def trained(monkeypatch):
    """The trials that were trained; the training that would be one more than `trained.cut` is interrupted."""

    class Trained(list):
        cut = -1

    call, done = Train.__call__, Trained()

    def counted(self, trial):
        if len(done) == done.cut:
            raise KeyboardInterrupt
        done.append(trial)
        return call(self, trial)

    monkeypatch.setattr(Train, "__call__", counted)
    return done


def test_a_table_holds_what_train_answers(small):
    train = Train(small.space, small.task, batch_size=50, device="cpu")
    assert small.trained == (1, 3) and small.default_budget == 3
    for arch in small.space:
        for run in range(2):
            for budget in (1, 3):  # each under its own cosine: none is read off the other's curve
                held, trained = Table(small.path, seed=run)(nt.Trial(arch, budget)), train(nt.Trial(arch, budget, repeat=run))
                assert held.curve == trained.curve and held.error == trained.error and held.metrics["params"] == trained.metrics["params"]
                assert held.metrics["loss"] == pytest.approx(trained.metrics["loss"], rel=1e-6)
    with pytest.raises(ValueError, match="`budget` is 2; allowed are 1, 3 epochs"):
        small(nt.Trial(arch, 2))
    assert small.final(arch) == pytest.approx(train.final(arch), abs=0.2)
    assert 0 < small(nt.Trial(arch, 1)).seconds == pytest.approx(small(nt.Trial(arch, 3)).seconds / 3) and small(nt.Trial(arch)).metrics["latency_ms"] > 0


@pytest.mark.parametrize("pause", [0.0, 1e9], ids=["written at each chunk", "written at the end"])
def test_it_goes_on_where_it_stood(recipe, small, tmp_path, monkeypatch, trained, pause):
    monkeypatch.setattr(shards, "PAUSE", pause)
    trained.cut = 4
    with pytest.raises(KeyboardInterrupt, match="goes on from there"):
        make(recipe, tmp_path, tmp_path / "shards", progress=False)
    assert not (tmp_path / "small.npz").exists()
    trained.cut = -1
    again = Table(make(recipe, tmp_path, tmp_path / "shards", progress=False))
    assert len(trained) == small.networks * 4, "nothing is trained twice"
    assert [again(nt.Trial(arch)).error for arch in small.space] == [small(nt.Trial(arch)).error for arch in small.space]
    assert again.meta["settings"] == small.meta["settings"]


def test_a_table_with_the_last_test_errors_alone(recipe, small, tmp_path):
    last = Table(make(replace(recipe, test_curves=False), tmp_path, tmp_path / "shards", progress=False))
    assert read_table(last.path)[0]["test/3"].shape == (small.networks, 2, 1)
    for arch in small.space:
        assert last.final(arch) == small.final(arch) and last(nt.Trial(arch)).curve == small(nt.Trial(arch)).curve


def test_a_clone_goes_on_from_the_shards(recipe, small, tmp_path, trained):
    assert make(recipe, tmp_path, tmp_path / "shards", budgets=[3], runs=[1], progress=False) is None
    assert {(trial.budget, trial.repeat) for trial in trained} == {(3, 1)} and len(trained) == small.networks
    shutil.copytree(tmp_path / "shards", tmp_path / "clone")
    make(recipe, tmp_path, tmp_path / "clone", progress=False)
    assert len(trained) == small.networks * 4


def test_half_a_chunk_is_no_chunk(recipe, small, tmp_path, trained):
    """Members of a chunk are trained together, so a chunk can be made again only as a whole."""
    recipe, trained.cut = replace(recipe, chunk=2, budgets=(1,), runs=1), small.networks - 1
    with pytest.raises(KeyboardInterrupt):
        make(recipe, tmp_path, tmp_path / "shards", progress=False)
    there = read_table(tmp_path / "shards" / "small" / "1.0.npz")[0]["numbers"]
    assert there.tolist() == list(range((small.networks - 1) // 2 * 2))
    trained.cut = -1
    again = Table(make(recipe, tmp_path, tmp_path / "shards", progress=False))
    assert (again.curves() == small.curves(1, 0)).all()


def test_a_training_that_broke_is_not_taken_for_one_that_diverged(recipe, tmp_path, monkeypatch):
    def broken(self, trial):
        if trial.repeat == 1:
            raise MemoryError
        return call(self, trial)

    call = Train.__call__
    monkeypatch.setattr(Train, "__call__", broken)
    for chunk in (1, 2):
        with pytest.raises(RuntimeError, match=r"of 1\.1 broke: (out of memory: )?MemoryError"):
            make(replace(recipe, chunk=chunk), tmp_path, tmp_path / f"shards{chunk}", progress=False)
        assert [path.name for path in (tmp_path / f"shards{chunk}" / "small").iterdir()] == ["1.0.npz"]


def test_one_that_broke_takes_its_chunk_along_and_ends_the_making(recipe, tmp_path, monkeypatch):
    recipe = replace(recipe, space={"name": "CellSpace", "settings": {"nodes": 2, "channels": 2}}, chunk=2, budgets=(1,), runs=1)
    plan, seen, call = Plan(recipe), [], Train.__call__

    def broken(self, trial):
        seen.append(trial.arch)
        return nt.Result.failed("OSError: disk") if trial.arch == plan.networks[3] else call(self, trial)

    monkeypatch.setattr(Train, "__call__", broken)
    with pytest.raises(RuntimeError, match="broke: OSError: disk; mend that, and run the same command again: the rest is kept"):
        make(recipe, tmp_path, tmp_path / "shards", progress=False)
    assert seen == plan.networks[:4] and read_table(tmp_path / "shards" / "small" / "1.0.npz")[0]["numbers"].tolist() == [0, 1]


def test_one_that_diverged_is_kept_as_such(recipe, tmp_path, monkeypatch):
    call = Train.__call__

    def diverging(self, trial):
        result = call(self, trial)
        return result if trial.repeat == 0 else replace(result, status="failed", curve=result.curve[:1], metrics={}, info={**result.info, "reason": "diverged"})

    monkeypatch.setattr(Train, "__call__", diverging)
    table = Table(make(replace(recipe, budgets=(3,)), tmp_path, tmp_path / "shards", progress=False))
    assert np.isnan(table.column("error", seed=1)).all() and not np.isnan(table.column("error", seed=0)).any()
    assert table(nt.Trial(table.archs[0])).status == "failed" and table(nt.Trial(table.archs[0])).seconds > 0


def test_other_settings_do_not_mix(recipe, tmp_path):
    one = replace(recipe, budgets=(1,), runs=1)
    make(one, tmp_path, tmp_path / "shards", progress=False)
    for change in ({"train": {"batch_size": 25}}, {"chunk": 2}, {"task": {"name": "digits", "settings": {"train_size": 90}}}):
        with pytest.raises(ValueError, match=r"1\.0\.npz was made with other settings: `(estimator|chunk|task)\w*` is"):
            make(replace(one, **change), tmp_path, tmp_path / "shards", progress=False)
    assert make(replace(one, budgets=(1, 2), runs=2), tmp_path, tmp_path / "shards", progress=False), "more budgets and runs take up what is there"


def test_unknown_parts_are_refused(recipe, tmp_path):
    with pytest.raises(ValueError, match="`budgets` has 2; the table small has 1, 3"):
        make(recipe, tmp_path, tmp_path, budgets=[2])
    with pytest.raises(ValueError, match="`runs` has 2; the table small has 0, 1"):
        make(recipe, tmp_path, tmp_path, runs=[0, 2])


def test_neighbours_are_trained_together(recipe, tmp_path, monkeypatch):
    together, many = [], Notes.many

    def noted(self, trials):
        together.append([trial.arch for trial in trials])
        return many(self, trials)

    monkeypatch.setattr(Notes, "many", noted)
    plan = Plan(replace(recipe, chunk=2))
    make(replace(plan.recipe, budgets=(1,), runs=1), tmp_path, tmp_path / "shards", progress=False)
    assert together == [plan.networks[:2]], "and the third, which is left, alone"


def test_workers_make_the_same_table(recipe, small, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        pool.workers = 2
        again = Table(make(replace(recipe, chunk=2), tmp_path, tmp_path / "shards", pool, progress=False))
    for budget in (1, 3):
        for run in (0, 1):
            assert (again.curves(budget, run) == small.curves(budget, run)).all()


@pytest.mark.parametrize("name", [path.stem for path in folder().glob("*.npz")])
def test_the_tables_that_ship_were_made_with_todays_settings(name):
    told = Table(name).meta
    assert told["settings"] == Plan(RECIPES[name]).settings, "settings have changed: make the table anew"
    assert json.dumps(told["made"]) and set(told["made"]) == {"when", "machine", "versions"}
