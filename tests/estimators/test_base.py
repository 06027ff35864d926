import subprocess
import sys

import pytest

import nastutor as nt
from nastutor.estimators import Estimator


class Depth(Estimator):
    default_budget = 3

    def __call__(self, trial):
        effective = self.effective(trial)
        return nt.Result({"error": len(str(effective.arch)) / 1000}, cost=float(effective.budget))


def test_effective_trial_is_canonical_and_has_a_budget(space):
    estimator = Depth(space)
    arch = next(arch for arch in space if space.canonical(arch) != arch)
    effective = estimator.effective(nt.Trial(arch))
    assert effective == nt.Trial(space.canonical(arch), 3) == estimator.effective(nt.Trial(space.canonical(arch), 3))
    assert estimator.effective(nt.Trial(arch, 2, repeat=4)) == nt.Trial(space.canonical(arch), 2, repeat=4)


def test_open_ended_spaces_are_taken_as_asked():
    class Open:
        def canonical(self, arch):
            raise AssertionError("not asked for")

        def validate(self, arch):
            return None

    trial = nt.Trial(nt.Arch((("layers", 3),)))
    assert Depth(Open()).effective(trial).arch is trial.arch


def test_refuses_mixtures_and_strangers(space):
    with pytest.raises(TypeError, match="Mixture"):
        Depth(space)(nt.Trial(nt.Mixture({"0->1": [0.5, 0.5]})))
    with pytest.raises(ValueError, match="none of CellSpace"):
        Depth(space)(nt.Trial(nt.Arch((("depth", 2),))))


def test_what_a_subclass_leaves_out_is_said(space):
    with pytest.raises(TypeError, match="define __call__"):
        Estimator(space)(nt.Trial(space.sample(0)))
    with pytest.raises(TypeError, match="test error"):
        Depth(space).final(space.sample(0))


def test_many_is_one_by_one(space):
    trials = [nt.Trial(space.sample(seed)) for seed in range(3)]
    assert Depth(space).many(trials) == [Depth(space)(trial) for trial in trials]


def test_tables_and_wrappers_need_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import nastutor as nt\n"
        "table = nt.estimators.Table('digits-tiny')\n"
        "history = nt.search(nt.RegularizedEvolution(table.space, population=5, sample=2), nt.estimators.Cached(table), trials=20)\n"
        "print(history.best().error, table.final(history.best().trial.arch), table.best().error)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)


def test_what_an_estimator_needs_of_its_space_is_said_before_the_first_trial(task):
    numbers = nt.spaces.ChoiceSpace.of({"width": (4, 8)})
    for kind in (nt.estimators.Train, nt.estimators.Population):
        with pytest.raises(TypeError, match=rf"`{kind.__name__}` needs a space with graph\(\), which ProductSpace does not have \(chapter 1\)"):
            kind(numbers, task, 1)
    assert Depth(numbers)(nt.Trial(numbers.sample(0))).status == "ok"


def test_needs_name_methods_and_the_chapter_that_says_what_they_are(space):
    class Generated(Depth):
        needs = {"sample": 1, "hypernetwork": 13}

    with pytest.raises(TypeError, match=r"`Generated` needs a space with hypernetwork\(\), which CellSpace does not have \(chapter 13\)"):
        Generated(space)
