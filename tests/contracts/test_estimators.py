"""Every estimator keeps the rules, wrapped or not."""

import pytest

import nastutor as nt
from nastutor.testing import check_estimator

SPACE = nt.spaces.CellSpace(nodes=3, channels=4)


def function(trial):
    return nt.Result({"error": len(str(trial.arch)) / 100, "params": 1.0}, cost=1.0)


def train(**settings):
    task = nt.tasks.digits(train_size=100)
    return nt.estimators.Train(SPACE, task, 1, weights=False, **settings)


def test_a_plain_function():
    check_estimator(function, SPACE)


def test_table():
    check_estimator(nt.estimators.Table("digits-tiny"))
    check_estimator(nt.estimators.Table("digits-tiny", budget=1, seed="repeat"))


@pytest.mark.parametrize(
    "make", [train, lambda: nt.estimators.Cached(train()), lambda: nt.estimators.Averaged(train(), 2)], ids=["Train", "Cached", "Averaged"]
)
def test_training(make):
    check_estimator(make(), trials=2)


def test_training_of_chains():
    space = nt.spaces.ChainSpace((1, 2), widths=(4,))
    check_estimator(nt.estimators.Train(space, nt.tasks.digits(train_size=100), 1, weights=False), trials=2)
