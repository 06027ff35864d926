"""What readers of published benchmarks share: which runs count, what is refused."""

import math

import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators.published import Trainings, _Published

SPACE = nt.spaces.ChoiceSpace.of({"width": (4, 8, 16)})
NAN = math.nan


class Small(_Published):
    """Three architectures; with 3 epochs two runs, one of them missing, with 9 epochs one run and curves."""

    def __init__(self, budget=None, seed="mean"):
        short = Trainings({"error": np.array([[0.5, 0.3], [0.2, NAN], [NAN, NAN]])}, np.array([[1.0, 3.0], [5.0, NAN], [NAN, NAN]]))
        curve = np.linspace([[0.9], [0.8], [0.7]], [[0.3], [0.2], [0.1]], 9, axis=2)
        long = Trainings({"error": curve[:, :, -1]}, np.full((3, 1), 9.0), curve)
        super().__init__(SPACE, {9: long, 3: short}, np.array([[0.4], [0.3], [NAN]]), {"params": np.array([4.0, 8.0, 16.0])}, budget, seed)

    def _row(self, arch):
        return SPACE.options["width"].index(arch["width"])

    def _arch(self, row):
        return ARCHS[row]


ARCHS = list(SPACE)


def test_means_are_over_the_runs_that_are_there():
    small = Small()
    assert small(nt.Trial(ARCHS[0], budget=3)) == nt.Result({"error": 0.4, "params": 4.0}, cost=3.0, info={"budget": 3})
    assert small(nt.Trial(ARCHS[0], budget=3)).seconds == 2.0 and small(nt.Trial(ARCHS[1], budget=3)).error == 0.2
    assert small.column(budget=3)[:2].tolist() == [0.4, 0.2] and np.isnan(small.column(budget=3)[2])
    with pytest.raises(ValueError, match=r"`arch` is width=16, of which the file has no such run with 3 epochs"):
        small(nt.Trial(ARCHS[2], budget=3))


def test_the_largest_budget_is_the_default_and_what_is_given_is_given_with_each():
    small = Small()
    assert (small.budgets, small.default_budget, small.runs, small.gives) == ((3, 9), 9, 1, ("error", "params", "budget")), "no curves with 3 epochs"
    result = small(nt.Trial(ARCHS[1]))
    assert result.info["budget"] == 9 and len(result.curve) == 9 and result.curve[-1] == result.error == pytest.approx(0.2)
    assert Small(budget=3).gives == ("error", "params", "budget") and Small(budget=3)(nt.Trial(ARCHS[1])).curve == ()


def test_the_best_and_the_final_error():
    small = Small()
    assert small.best().trial.arch == ARCHS[2] and Small(budget=3).best().trial.arch == ARCHS[1] and Small(budget=3).best("params").trial.arch == ARCHS[0]
    assert small.final(ARCHS[0]) == Small(budget=3, seed=1).final(ARCHS[0]) == 0.4
    with pytest.raises(ValueError, match="no test error with 9 epochs"):
        small.final(ARCHS[2])
    with pytest.raises(ValueError, match="decision"):
        small.final(nt.Arch((("depth", 3),)))


def test_columns_are_copies_and_know_their_names():
    small = Small()
    small.column()[:] = 0
    small.column("params")[:] = 0
    assert small.column("params").tolist() == [4.0, 8.0, 16.0] and small.column("seconds").tolist() == [9.0] * 3 and small.column()[0] > 0
    assert small.archs == ARCHS and small.rows(reversed(ARCHS)).tolist() == [2, 1, 0]
    with pytest.raises(ValueError, match="`metric` is 'loss'; allowed with a `budget` of 9 are error, seconds, params$"):
        small.column("loss")


@pytest.mark.parametrize("seed", [-1, 2, True, 1.0, "first", None])
def test_seeds_that_there_are_not(seed):
    with pytest.raises(ValueError, match="`seed` is .*; allowed are 'mean', 'repeat' and the runs 0 to 1"):
        Small(budget=3, seed=seed)


@pytest.mark.parametrize("budget", [0, 1, 10, True, 3.0, "9"])
def test_budgets_that_there_are_not(budget):
    with pytest.raises(ValueError, match="`budget` is .*; allowed are 3, 9 epochs, trained each on its own"):
        Small(budget=budget)
