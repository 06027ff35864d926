import pickle
from dataclasses import replace

import cloudpickle
import pytest

import nastutor as nt
from nastutor.estimators import Train
from nastutor.estimators.population import Population
from nastutor.tables.recording import Recording, recorder


@pytest.mark.parametrize("kind", [Train, Population])
def test_it_notes_test_error_and_changes_nothing_else(small, kind):
    space, task = small.space, small.task
    trials = [nt.Trial(space.sample(seed), repeat=seed) for seed in range(3)]
    recorded, trained = (made(space, task, 2, device="cpu", weights=False).many(trials) for made in (recorder(kind.__name__), kind))
    for with_test, without, trial in zip(recorded, trained, trials, strict=True):
        test = with_test.info["test_curve"]
        assert len(test) == 2 and replace(with_test, info=without.info) == without
        alone = Recording(space, task, 2, device="cpu", weights=False)(trial).info["test_curve"]
        assert test == pytest.approx(alone, abs=0 if kind is Train else 0.05)
    if kind is Train:
        assert recorded[0].info["test_curve"][-1] == Train(space, task, 2, device="cpu", weights=False).final(trials[0].arch)


@pytest.mark.parametrize("kind", [Train, Population])
def test_what_breaks_together_is_not_tried_one_by_one(small, kind, monkeypatch):
    def broken(*_):
        raise MemoryError("too many")

    monkeypatch.setattr(kind, "many", broken, raising=False)
    results = recorder(kind.__name__)(small.space, small.task, 1, device="cpu", weights=False).many([nt.Trial(small.archs[0])] * 3)
    assert [result.info["reason"] for result in results] == ["MemoryError: too many"] * 3 and "broken" in results[0].info["traceback"]


@pytest.mark.parametrize("kind", ["Train", "Population"])
def test_test_images_may_wait_for_the_last_epoch(small, kind):
    trials = [nt.Trial(small.space.sample(seed)) for seed in range(3)]
    each, last = (recorder(kind)(small.space, small.task, 3, device="cpu", weights=False) for _ in range(2))
    last.splits, last.late = ("valid",), ("test",)
    for curve, end in zip(each.many(trials), last.many(trials), strict=True):
        assert len(curve.info["test_curve"]) == 3 and end.info["test_curve"] == curve.info["test_curve"][-1:]
        assert end.metrics == curve.metrics and end.curve == curve.curve


def test_it_travels_to_workers(small):
    estimator = recorder("Population")(small.space, small.task, 1, device="cpu", weights=False, members=4)
    copy = pickle.loads(cloudpickle.dumps(estimator))
    assert copy.fingerprint == estimator.fingerprint and copy.fingerprint.startswith("RecordingPopulation(")
    assert (copy.splits, copy.late) == (("valid", "test"), ())
    estimator.late = ("test",)
    assert pickle.loads(cloudpickle.dumps(estimator)).late == ("test",)
