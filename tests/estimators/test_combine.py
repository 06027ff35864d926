import pickle
import statistics

import pytest

import nastutor as nt
from nastutor.estimators import Averaged, Cached, Estimator
from nastutor.estimators.combine import mean_result


class Counting(Estimator):
    """Answers with numbers made of the effective key, and counts how often it was asked."""

    gives = ("error", "warm_start")
    default_budget = 2

    def __init__(self, space, fail=()):
        super().__init__(space)
        self.asked, self.noted, self.fail = [], [], fail

    def __call__(self, trial):
        self.asked.append(trial)
        if trial.repeat in self.fail:
            return nt.Result.failed("diverged")
        value = int(self.effective(trial).key[:6], 16) / 16**6
        return nt.Result({"error": value, **self.own_metrics(trial.arch)}, (1.0, value), 2.0, seconds=1.0, info={"budget": 2})

    def own_metrics(self, arch):
        return {"params": float(len(arch.to_json()))}

    def note(self, trial):
        self.noted.append(trial)

    def final(self, arch):
        return 0.25


@pytest.fixture
def twins(space):
    """Two architectures that are the same network."""
    other = next(arch for arch in space if space.canonical(arch) != arch)
    return space.canonical(other), other


def test_cached_asks_once_for_each_network(space, twins):
    counting = Counting(space)
    cached = Cached(counting)
    first, second = (cached(nt.Trial(arch)) for arch in twins)
    assert len(counting.asked) == 1 and first.error == second.error and first.curve == second.curve
    assert second.metrics["params"] == len(twins[1].to_json()), "its own"
    assert second.cost == first.cost == 2.0, "a resumed search must have the same history"
    assert counting.noted == [nt.Trial(twins[1])], "its key may come back as a warm start"
    assert cached(nt.Trial(twins[0], 2)) == first and cached(nt.Trial(twins[0], repeat=1)) != first and len(counting.asked) == 2


def test_cached_many_asks_together_and_once(space, twins):
    counting = Counting(space)
    results = Cached(counting).many(nt.Trial(arch) for arch in (*twins, space.sample(3)))
    assert len(results) == 3 and len(counting.asked) == 2 and results[0].error == results[1].error
    assert results[1].metrics["params"] == len(twins[1].to_json())


def test_cached_folder_is_shared(space, twins, tmp_path):
    first = Cached(Counting(space), tmp_path)(nt.Trial(twins[0]))
    fresh = Counting(space)
    assert Cached(fresh, tmp_path)(nt.Trial(twins[0])) == first and not fresh.asked
    other = Counting(space, fail=(9,))
    Cached(other, tmp_path)(nt.Trial(twins[0]))
    assert other.asked, "other settings, other answers"


def test_cached_asks_again_where_a_file_is_damaged(space, twins, tmp_path):
    first = Cached(Counting(space), tmp_path)(nt.Trial(twins[0]))
    (path,) = tmp_path.rglob("*.json")
    path.write_text(path.read_text("utf-8")[:-9], "utf-8")
    fresh = Counting(space)
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert Cached(fresh, tmp_path)(nt.Trial(twins[0])) == first
    assert len(fresh.asked) == 1 and Cached(Counting(space), tmp_path)(nt.Trial(twins[0])) == first, "and is whole again"


def test_cached_is_the_same_estimator_to_a_journal(space, twins):
    cached = Cached(Counting(space))
    assert cached.fingerprint == cached.estimator.fingerprint and cached.gives == ("error", "warm_start")
    cached(nt.Trial(twins[0]))
    assert pickle.loads(pickle.dumps(cached)).memory == {} and cached.final(twins[0]) == 0.25


def test_averaged_is_the_mean_over_runs_of_its_own(space):
    counting, arch = Counting(space), space.sample(1)
    result = Averaged(counting, 3)(nt.Trial(arch, repeat=2))
    assert [trial.repeat for trial in counting.asked] == [6, 7, 8]
    errors = [Counting(space)(trial).error for trial in counting.asked]
    assert result.error == statistics.fmean(errors) and result.metrics["error_std"] == statistics.stdev(errors)
    assert result.cost == 6.0 and result.seconds == 3.0 and result.curve == (1.0, result.error) and result.info["runs"] == 3
    assert result.metrics["params"] == len(arch.to_json())


def test_averaged_fails_if_a_run_does(space):
    result = Averaged(Counting(space, fail=(1,)), 3)(nt.Trial(space.sample(1)))
    assert result.status == "failed" and result.info["reason"] == "1 of 3 runs failed, the first: diverged" and result.cost == 4.0


def test_averaged_curve_is_as_long_as_the_shortest():
    runs = [nt.Result({"error": 0.2}, (0.5, 0.4, 0.2)), nt.Result({"error": 0.3}, (0.7, 0.3), status="stopped")]
    assert mean_result(runs).curve == (0.6, 0.35) and mean_result(runs).status == "stopped"


def test_averaged_hands_no_weights_on(space):
    averaged = Averaged(Counting(space))
    assert "warm_start" not in averaged.gives and "error_std" in averaged.gives and averaged.weights is None
    with pytest.raises(ValueError, match="warm_start"):
        averaged(nt.Trial(space.sample(0), warm_start="a key"))


@pytest.mark.parametrize("repeats", [0, 1, -2, 2.0, True])
def test_averaged_refuses(space, repeats):
    with pytest.raises(ValueError, match=f"`repeats` is {repeats!r}"):
        Averaged(Counting(space), repeats)


def test_wrappers_refuse_functions():
    with pytest.raises(TypeError, match="`estimator`"):
        Cached(lambda trial: nt.Result({"error": 0.0}))
