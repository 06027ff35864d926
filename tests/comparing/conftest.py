"""Searches of the small table, made once."""

import pytest

import nastutor as nt


@pytest.fixture(scope="session")
def tiny():
    return nt.estimators.Table("digits-tiny")


@pytest.fixture(scope="session")
def searches(tiny):
    """Twelve random searches of thirty trials."""
    return [nt.search(nt.RandomSearch(tiny.space, seed=seed), tiny, trials=30) for seed in range(12)]
