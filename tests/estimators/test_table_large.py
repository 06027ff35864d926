"""Tables as large as those that take hours to make, with random numbers in them: size, several budgets, spaces with conditions."""

from dataclasses import replace

import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators import Table
from nastutor.estimators.table_file import read_table
from nastutor.tables.invented import invented
from nastutor.tables.recipes import RECIPES
from nastutor.testing import check_estimator


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    network = np.concatenate([np.arange(5_044), np.random.default_rng(0).integers(0, 5_044, 15_625 - 5_044)])
    return invented(RECIPES["digits-cells"], tmp_path_factory.mktemp("cells") / "cells.npz", network)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    space = {"name": "NASBench101", "settings": {"vertices": 4}}
    return invented(replace(RECIPES["digits-graphs"], space=space), tmp_path_factory.mktemp("graphs") / "graphs.npz")


@pytest.fixture(scope="module")
def joint(tmp_path_factory):
    return invented(RECIPES["digits-hpo"], tmp_path_factory.mktemp("joint") / "joint.npz")


def test_the_largest_takes_less_than_a_megabyte(cells):
    """Numbers drawn at random compress worse than trained ones; the three tables may take 8 together."""
    assert len(cells.archs) == 15_625 and cells.path.stat().st_size < 1_000_000


def test_each_budget_is_a_training_of_its_own(graphs):
    """Low fidelity is no prefix of high fidelity: budgets that were trained for answer for themselves, and there are no others."""
    assert graphs.trained == (1, 3, 9, 27) and graphs.default_budget == 27 and graphs.runs == 3
    arrays = read_table(graphs.path)[0]
    arch = next(arch for arch, column in zip(graphs.archs, zip(*(graphs.column("error", b) for b in (1, 3, 9, 27)), strict=True), strict=True) if all(column))
    network = graphs.network[graphs.rows([arch])[0]]
    for budget in (1, 3, 9, 27):
        wrong = arrays[f"valid/{budget}"][network, :, :budget].mean(axis=0) / graphs.images["valid"]
        answers = [graphs(nt.Trial(arch, budget)), Table(graphs.path, budget=budget)(nt.Trial(arch))]
        for answer in answers:
            assert (
                answer.curve == tuple(wrong)
                and answer.error == wrong[-1]
                and answer.cost == budget
                and set(graphs.gives) - {"curve", "budget"} == set(answer.metrics)
            )
            assert answer.seconds == pytest.approx(float(arrays[f"seconds/{budget}"][network, 0]))
        for run in range(3):
            assert Table(graphs.path, seed=run)(nt.Trial(arch, budget)).error == arrays[f"valid/{budget}"][network, run, budget - 1] / graphs.images["valid"]
            assert Table(graphs.path, seed="repeat")(nt.Trial(arch, budget, repeat=run)) == Table(graphs.path, seed=run)(nt.Trial(arch, budget))
    assert graphs.curves(9).shape == (len(graphs.archs), 9) and not np.array_equal(graphs.curves(9), graphs.curves(27)[:, :9], equal_nan=True)
    assert Table(graphs.path, budget=3).final(arch) == graphs.final(arch) == pytest.approx(arrays["test/27"][network, :, -1].mean() / graphs.images["test"])


@pytest.mark.parametrize("budget", [2, 8, 26, 28, 0, True])
def test_a_table_of_several_budgets_answers_no_other(graphs, budget):
    words = f"`budget` is {budget}; allowed are 1, 3, 9, 27 epochs, trained each on its own"
    assert graphs.budgets == (1, 3, 9, 27) and "loss" in graphs.gives and nt.estimators.Averaged(graphs, 2).budgets == graphs.budgets
    for ask in (lambda: Table(graphs.path, budget=budget), lambda: graphs.column("error", budget), lambda: graphs.curves(budget)):
        with pytest.raises(ValueError, match=words):
            ask()
    if budget > 1:
        with pytest.raises(ValueError, match=words):
            graphs(nt.Trial(graphs.archs[0], budget))


def test_failures_belong_to_their_budget(graphs, tmp_path):
    from nastutor.estimators.table_file import write_table

    arrays, meta = read_table(graphs.path)
    for budget in (1, 3, 9, 27):
        arrays[f"failed/{budget}"] = np.full_like(arrays[f"failed/{budget}"], budget == 9)
    write_table(tmp_path / "broken.npz", arrays, meta["settings"], meta["made"])
    broken, arch = Table(tmp_path / "broken.npz"), graphs.archs[7]
    assert [broken(nt.Trial(arch, budget)).status for budget in (1, 3, 9, 27)] == ["ok", "ok", "failed", "ok"] and broken.final(arch) > 0
    assert np.isnan(broken.column("error", 9)).all() and not np.isnan(broken.column("error", 3)).any()
    with pytest.raises(ValueError, match="`metric` 'error' has no best"):
        Table(broken.path, budget=9).best()


@pytest.mark.parametrize("name", ["graphs", "joint"])
def test_they_keep_the_rules_of_estimators(name, request):
    table = request.getfixturevalue(name)
    check_estimator(table)
    for seed in range(50):
        arch = table.space.sample(seed)
        answer = table(nt.Trial(arch))
        assert answer.error == table(nt.Trial(table.space.canonical(arch))).error or answer.status == "failed"
        assert table.archs[table.rows([arch])[0]] == arch


def test_published_names(graphs, joint, cells):
    arch = graphs.space.sample(0)
    assert graphs.published(arch) == graphs.space.published_hash(arch) and cells.published(cells.archs[7]) == cells.space.published_form(cells.archs[7])
    with pytest.raises(ValueError, match="JointSpace comes from no published benchmark"):
        joint.published(joint.archs[0])


def test_a_joint_search(joint):
    history = nt.search(nt.RegularizedEvolution(joint.space, population=10, sample=3), joint, trials=60)
    assert history.cost == 60 * 27 and {"lr", "weight_decay", "batch_size"} <= {name for name, _ in history.best().trial.arch.choices}
    assert joint.space.training(joint.best().trial.arch)["lr"] in joint.space.choices["lr"]
