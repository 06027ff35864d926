"""Every estimator keeps the rules, wrapped or not."""

import pytest

import nastutor as nt
from nastutor.testing import check_estimator
from tests.contracts.parts import ESTIMATORS, SPACES, TRAINED


@pytest.mark.parametrize("name", ESTIMATORS)
def test_keeps_the_rules(name):
    check_estimator(ESTIMATORS[name](), trials=2 if name in TRAINED else 4)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_a_plain_function(space):
    check_estimator(lambda trial: nt.Result({"error": len(str(trial.arch)) / 1000, "params": 1.0}, cost=1.0), space)
