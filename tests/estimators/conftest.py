"""A small space and few images: a training takes a twentieth of a second."""

import pytest

import nastutor as nt


@pytest.fixture(scope="session")
def space():
    return nt.spaces.CellSpace(nodes=3, channels=4)


@pytest.fixture(scope="session")
def task():
    return nt.tasks.digits(train_size=200)


@pytest.fixture
def train(space, task):
    return nt.estimators.Train(space, task, epochs=2, device="cpu")
