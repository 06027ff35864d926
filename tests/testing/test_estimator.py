"""Each rule has an estimator that breaks it, and is found out by that rule."""

import math
import random
import threading
from dataclasses import replace
from zlib import crc32

import pytest

import nastutor as nt
from nastutor.estimators import Estimator
from nastutor.testing import check_estimator

SPACE = nt.spaces.CellSpace(nodes=3)


class Good(Estimator):
    gives = ("error", "params", "curve", "budget")
    default_budget = 2

    def __call__(self, trial):
        effective = self.effective(trial)
        error = len(str(effective.arch)) / 100
        return nt.Result({"error": error, "params": 3.0}, curve=(error,) * effective.budget, cost=float(effective.budget))


class Noisy(Good):
    def __call__(self, trial):
        return nt.Result({"error": random.Random().random(), "params": 1.0}, curve=(0.1,))


class Global(Good):
    def __call__(self, trial):
        random.random()
        return super().__call__(trial)


class Counting(Good):
    count = 0

    def __call__(self, trial):
        self.count += 1
        return nt.Result({"error": 1 / self.count, "params": 1.0}, curve=(0.1,))


class Literal(Good):
    """Looks at the architecture as it was asked for."""

    def __call__(self, trial):
        self.checked(trial.arch)
        return nt.Result({"error": crc32(str(trial.arch).encode()) / 2**32, "params": 1.0}, curve=(0.1,) * (trial.budget or 2))


class Raw(Good):
    def __call__(self, trial):
        return 0.5


class Raising(Good):
    def __call__(self, trial):
        raise KeyError("epochs")


class Diverging(Good):
    def __call__(self, trial):
        return nt.Result({"error": math.nan})


class Paying(Good):
    def __call__(self, trial):
        return nt.Result({"error": 0.1}, cost=-1.0)


class Boasting(Good):
    gives = ("error", "latency_ms")


class Short(Good):
    def __call__(self, trial):
        result = super().__call__(trial)
        return nt.Result(result.metrics, curve=result.curve[:1] * 2, cost=result.cost)


class Locked(Good):
    def __init__(self, space):
        super().__init__(space)
        self.lock = threading.Lock()


class Careless(Good):
    def __call__(self, trial):
        arch = self.space.canonical(trial.arch) if trial.arch.choices[0][0] in self.space.sites() else trial.arch
        return nt.Result({"error": len(str(arch)) / 100, "params": 1.0}, curve=(0.1,) * (trial.budget or 2))


class Going(Good):
    """Goes on where the parent ended, and charges the rest."""

    gives = ("error", "params", "curve", "budget", "warm_start")

    def __init__(self, space):
        super().__init__(space)
        self.spent = {}

    def __call__(self, trial):
        result = super().__call__(trial)
        self.spent[trial.key] = len(result.curve)
        return replace(result, cost=result.cost - self.spent.get(trial.warm_start, 0))


class Charging(Going):
    def __call__(self, trial):
        return super().__call__(replace(trial, warm_start=None))


class Gifting(Going):
    def __call__(self, trial):
        result = super().__call__(trial)
        return result if trial.warm_start is None else replace(result, cost=0.0)


class Together(Good):
    """Divides the error by how many are asked for together."""

    def many(self, trials):
        return [replace(result, metrics={**result.metrics, "error": result.error / len(trials)}) for result in map(self, trials)]


class Swapped(Good):
    def many(self, trials):
        return [self(trial) for trial in trials][::-1]


class Dropping(Good):
    def many(self, trials):
        return [self(trial) for trial in trials[1:]]


class Bulky(Good):
    def many(self, trials):
        return [self(trial).metrics for trial in trials]


class Peeking(Good):
    def __call__(self, trial):
        result = super().__call__(trial)
        return replace(result, metrics={**result.metrics, "top1_Test-error": 0.1})


CAUGHT = {
    Charging: "a resumed trial costs the difference",
    Gifting: "a resumed trial costs the difference",
    Together: "many answers as one by one",
    Swapped: "many answers as one by one",
    Dropping: "many answers as one by one",
    Bulky: "many answers as one by one",
    Peeking: "test error steers nothing",
    Noisy: "the order of trials does not matter",
    Counting: "the order of trials does not matter",
    Global: "global generators stay untouched",
    Literal: "equal architectures, equal results",
    Raw: "results are Results",
    Raising: "results are Results",
    Diverging: "errors are finite",
    Paying: "costs are not negative",
    Boasting: "gives what it says",
    Short: "gives what it says",
    Locked: "can be sent to another process",
    Careless: "architectures of other spaces are refused",
}


@pytest.mark.parametrize("cls", CAUGHT, ids=lambda cls: cls.__name__)
def test_who_breaks_a_rule_is_found_out_by_that_rule(cls):
    with pytest.raises(AssertionError) as error:
        check_estimator(cls(SPACE))
    assert str(error.value).startswith(f"`{cls.__name__}` breaks the rule '{CAUGHT[cls]}'"), error.value


def test_drift_that_comes_later_is_found_on_the_same_trial():
    class Tired(Good):
        def __init__(self, space):
            super().__init__(space)
            self.asked = 0

        def __call__(self, trial):
            self.asked += 1
            return super().__call__(trial) if self.asked < 9 else nt.Result({"error": 0.9, "params": 3.0}, curve=(0.9, 0.9))

    with pytest.raises(AssertionError, match="same trial, same result"):
        check_estimator(Tired(SPACE), trials=4, process=False)


def test_good_ones_pass():
    check_estimator(Good(SPACE))
    check_estimator(lambda trial: nt.Result({"error": len(str(trial.arch)) / 100}), SPACE)


def test_who_goes_on_and_who_answers_many_alike_pass():
    class Alike(Going):
        def many(self, trials):
            return [self(trial) for trial in trials]

    class Latest(Good):
        def __call__(self, trial):
            result = super().__call__(trial)
            return replace(result, metrics={**result.metrics, "latest": 1.0, "fastest_ms": 2.0})

    check_estimator(Going(SPACE))
    check_estimator(Alike(SPACE))
    check_estimator(Latest(SPACE))


def test_training_that_keeps_weights_charges_the_difference(tmp_path):
    space = nt.spaces.CellSpace(nodes=3, channels=2, stages=1)
    train = nt.estimators.Train(space, nt.tasks.digits(train_size=50), 1, weights=tmp_path)
    assert "warm_start" in train.gives
    check_estimator(train, trials=1)
    check_estimator(nt.estimators.Cached(train), trials=1)


def test_a_plain_function_needs_a_space():
    with pytest.raises(ValueError, match="`space` is None"):
        check_estimator(lambda trial: nt.Result({"error": 0.5}))
