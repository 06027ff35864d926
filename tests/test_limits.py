"""What a search refuses before its first trial, and when it stops asking."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import nastutor as nt
from nastutor.core import Arch, Result
from nastutor.loop import search
from tests.searching import SPACE, Counting, error


@pytest.mark.parametrize(("limits", "expected"), [({"trials": 7}, 7), ({"cost": 9}, 5), ({"cost": 2.0}, 1), ({"trials": 3, "cost": 100}, 3)])
def test_limits(limits, expected):
    assert len(search(Counting(), error, **limits)) == expected


def test_the_limit_of_seconds():
    history = search(Counting(), lambda trial: (time.sleep(0.02), error(trial))[1], seconds=0.1)
    assert 2 <= len(history) <= 5 and history[-1].finished >= 0.1 and history[0].result.seconds >= 0.02


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "`trials`, `cost`"),
        ({"trials": 0}, "`trials` is 0"),
        ({"trials": -2}, "`trials` is -2"),
        ({"cost": 0}, "`cost` is 0"),
        ({"seconds": -1.0}, r"`seconds` is -1\.0"),
        ({"trials": 1, "batch": 0}, "`batch` is 0"),
        ({"trials": 1, "workers": 2}, r"`workers` is 2.*nt\.Workers"),
        ({"trials": 1, "order": "random"}, "`order` is 'random'"),
    ],
)
def test_bad_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        search(Counting(), error, **arguments)


class Budgeted(Counting):
    """Asks at one budget after the other; it may say beforehand which."""

    def __init__(self, asked, budgets=()):
        super().__init__()
        self.left, self.budgets = list(asked), budgets

    def ask(self):
        return replace(super().ask(), budget=self.left.pop(0))


class Fixed(nt.estimators.Estimator):
    """Answers some budgets alone, and notes which it was asked for."""

    budgets = (1, 3, 9)
    gives = ("error", "budget")

    def __init__(self):
        super().__init__(SPACE)
        self.seen = []

    def __call__(self, trial):
        self.seen.append(trial.budget)
        return error(trial)


def test_budgets_that_an_estimator_does_not_answer():
    estimator = Fixed()
    with pytest.raises(ValueError, match="`budget` of `strategy` is 2; allowed are 1, 3, 9: this estimator answers no other"):
        search(Budgeted([1, 2, 3], (1, 2, 3)), estimator, trials=3)
    with pytest.raises(ValueError, match="`budget` of .* is 2; allowed are 1, 3, 9"):
        search(Budgeted([2, 3]), estimator, trials=2)
    assert estimator.seen == [], "refused before the first trial"
    assert len(search(Budgeted([1, None, 9], (1, 9)), estimator, trials=3)) == 3 and estimator.seen == [1, None, 9]
    assert len(search(Budgeted([2], (2,)), error, trials=1)) == 1, "a function answers whatever it is asked"


def test_a_cost_that_nobody_states_is_no_limit():
    with pytest.raises(ValueError, match="`cost` is the only limit") as caught:
        search(Counting(), lambda trial: Result({"error": 0.5}), cost=5)
    assert len(caught.value.history) == 1000
    with pytest.raises(ValueError, match="`cost` is True"):
        search(Counting(), error, cost=True)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"strategy": nt.RandomSearch}, TypeError, "`strategy` is <class"),
        ({"first": SPACE.sample(0)}, TypeError, "`first` is Arch"),
        ({"first": [SPACE.sample(0)] * 3}, ValueError, "`first` has 3"),
        ({"callbacks": print}, TypeError, "`callbacks` is <built-in"),
        ({"callbacks": [3]}, TypeError, r"`callbacks` is \[3\]"),
    ],
)
def test_slips_are_named(arguments, kind, words):
    with pytest.raises(kind, match=words):
        search(**{"strategy": Counting(), "estimator": error, "trials": 2} | arguments)


def test_an_executor_must_be_one_and_tell_its_size():
    with pytest.raises(TypeError, match="`executor` is 3"):
        search(Counting(), error, trials=1, executor=3)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="`workers` is needed"):
        search(Counting(), error, trials=1, executor=pool)


def test_refusals_before_the_first_trial():
    class Wanting(Counting):
        wants = ("grad",)

    class Elsewhere:
        space = nt.spaces.ChoiceSpace.of({"other": (1, 2)})
        gives = ("error",)

        def __call__(self, trial):
            raise AssertionError("evaluated")

    with pytest.raises(ValueError, match="wants grad"):
        search(Wanting(), error, trials=1)
    with pytest.raises(ValueError, match="`estimator` is for"):
        search(Counting(), Elsewhere(), trials=1)
    with pytest.raises(TypeError, match="`estimator` is None"):
        search(Counting(), None, trials=1)
    with pytest.raises(ValueError, match="d0"):
        search(Counting(), error, trials=1, first=[Arch((("d0", 99),))])


def test_an_equal_space_is_the_same_space():
    class Here:
        space = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})

        def __call__(self, trial):
            return error(trial)

    assert len(search(Counting(), Here(), trials=2)) == 2
