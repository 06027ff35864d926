import pickle
from itertools import accumulate

import pytest
import torch

import nastutor as nt
from nastutor.estimators.fit_bundle import FitBundle
from nastutor.journal import read_events
from nastutor.values import Result
from tests.searching import copy_until


@pytest.fixture
def population(space, task):
    return nt.estimators.Population(space, task, epochs=2, device="cpu")


def trials(space, count=3):
    archs = list(dict.fromkeys(space.canonical(space.sample(seed)) for seed in range(40)))[:count]
    return [nt.Trial(arch, repeat=repeat) for arch in archs for repeat in range(2)]


def alike(one: Result, other: Result):
    """Equal up to rounding: a validation image or two may fall on the other side."""
    assert one.metrics.keys() == other.metrics.keys() and one.cost == other.cost and one.status == other.status
    assert one.metrics == pytest.approx(other.metrics, abs=6e-3) and one.curve == pytest.approx(other.curve, abs=6e-3)


def test_it_answers_as_train_does(population, train, space):
    asked = trials(space)
    for trial, result in zip(asked, population.many(asked), strict=True):
        alike(result, train(trial))


def test_alone_it_is_train(population, train, space):
    (trial,) = trials(space, 1)[:1]
    assert population(trial) == train(trial) and population.gives == train.gives


def test_a_network_is_trained_once_whoever_asks(population, space, monkeypatch):
    asked = trials(space)
    first = population.many(asked)
    monkeypatch.setattr(population, "_train_chunk", lambda chunk: pytest.fail(f"trained again: {chunk}"))
    assert population.many(asked[::-1]) == first[::-1] and population(asked[3]) == first[3]
    number, same = next((k, arch) for k, trial in enumerate(asked) for arch in space if space.canonical(arch) == trial.arch != arch and not trial.repeat)
    again = population(nt.Trial(same))
    assert (again.error, again.metrics["params"]) == (first[number].error, population.own_metrics(same)["params"])


def test_the_order_of_a_call_does_not_matter_and_its_members_do_a_little(population, space, task):
    asked = trials(space)
    first = population.many(asked)
    other = nt.estimators.Population(space, task, epochs=2, device="cpu", weights=False)
    assert other.many(asked[::-1]) == first[::-1]
    fewer = nt.estimators.Population(space, task, epochs=2, device="cpu", weights=False).many(asked[:4])
    assert fewer != first[:4], "so there is something to remember"
    for one, same in zip(fewer, first, strict=False):
        alike(one, same)


def test_a_copy_in_another_process_answers_each_batch_as_if_it_were_the_first(population, space, task):
    asked = trials(space)
    population.many(asked)
    there = pickle.loads(pickle.dumps(population))
    assert there._known == {}
    there.many(asked)
    fresh = nt.estimators.Population(space, task, epochs=2, device="cpu")
    assert there.many(asked[:4]) == fresh.many(asked[:4]) != population.many(asked[:4])
    assert there(asked[0]) == fresh.__class__(space, task, epochs=2, device="cpu")(asked[0]) != population(asked[0])


def test_search_asks_it_in_batches(population, space, monkeypatch):
    sizes, train_chunk = [], population._train_chunk
    monkeypatch.setattr(population, "_train_chunk", lambda chunk: sizes.append(len(chunk)) or train_chunk(chunk))
    history = nt.search(nt.RandomSearch(space, seed=0), population, trials=8, batch=4)
    assert len(history) == 8 and max(sizes) > 1 and all(record.result.status == "ok" for record in history)


FEW = nt.spaces.CellSpace(nodes=2, ops=("skip", "conv1", "conv3"), channels=2, stages=1)


@pytest.fixture(scope="module")
def few_images(task):
    return nt.tasks.from_arrays(task.train.x[:40], task.train.y[:40])


def batched(journal, task, wrapped=None):
    """Ten trials of three networks, by threes: most batches ask for some that are known and some that are new."""
    population = nt.estimators.Population(FEW, task, epochs=1, batch_size=8, device="cpu", weights=False)
    estimator = wrapped(population) if wrapped else population
    strategy = Repeating(FEW)
    return [(record.trial, record.result) for record in nt.search(strategy, estimator, trials=10, batch=3, journal=journal)]


class Repeating(nt.Strategy):
    """Random runs of random networks."""

    def ask(self):
        return nt.Trial(self.space.sample(self.rng), repeat=self.rng.randrange(2))

    def tell(self, trial, result):
        """Learns nothing."""


@pytest.mark.parametrize("wrapped", [None, nt.estimators.Cached], ids=["", "cached"])
def test_a_batch_search_that_is_killed_after_any_event_ends_as_if_it_had_not_been(tmp_path, few_images, wrapped):
    whole = batched(tmp_path / "whole", few_images, wrapped)
    events = [(event.kind, event.trial) for event in read_events(tmp_path / "whole")]
    cuts = [event for event in events if event[0] == "told" or (event[1] or 0) % 3 == 2 or event[1] == 9]  # a group is written as one
    assert len(cuts) == 4 + 4 + 10
    for number, cut in enumerate(cuts):
        copy_until(tmp_path / "whole", tmp_path / f"{number}", lambda kind, trial, cut=cut: (kind, trial) == cut)
        assert batched(tmp_path / f"{number}", few_images, wrapped) == whole, cut


def test_why_a_batch_was_taken_apart_is_said_and_not_remembered(tmp_path, few_images, monkeypatch):
    whole = batched(tmp_path / "whole", few_images)

    broke = []

    def breaks_once(self, trials):
        if not broke:
            broke.append(trials)
            raise MemoryError("too many")
        return first_chunk(self, trials)

    first_chunk = nt.estimators.Population._train_chunk
    monkeypatch.setattr(nt.estimators.Population, "_train_chunk", breaks_once)
    broken = batched(tmp_path / "broken", few_images)
    assert [result.info.get("batch_failed") for _, result in broken] == ["out of memory: MemoryError: too many"] * 3 + [None] * 7
    copy_until(tmp_path / "broken", tmp_path / "cut", lambda kind, trial: (kind, trial) == ("told", 2))
    assert batched(tmp_path / "cut", few_images) == broken
    for (trial, one), (same, other) in zip(broken, whole, strict=True):
        assert trial == same
        alike(one, other)


def test_chunks_hold_one_budget_and_batch_size_and_no_more_than_fit(space, task):
    joint = nt.spaces.JointSpace(space, {"batch_size": (16, 32), "lr": (0.05, 0.1)})
    population = nt.estimators.Population(joint, task, epochs=1, members=3, device="cpu", weights=False)
    asked = [nt.Trial(arch, budget) for arch in list(joint)[:12] for budget in (1, 2)]
    chunks = list(population.chunks([population.effective(trial) for trial in asked]))
    assert sum(map(len, chunks)) == len(asked) and max(map(len, chunks)) == 3
    for chunk in chunks:
        assert len({(trial.budget, trial.arch["batch_size"]) for trial in chunk}) == 1
    small = nt.estimators.Population(space, task, epochs=1, memory=1, device="cpu")
    assert {len(chunk) for chunk in small.chunks([small.effective(trial) for trial in trials(space)])} == {1}


def test_every_member_is_trained_as_its_space_says(space, task):
    joint = nt.spaces.JointSpace(space, {"lr": (0.01, 0.1), "weight_decay": (0.0, 0.05)})
    population, train = (kind(joint, task, epochs=1, device="cpu", weights=False) for kind in (nt.estimators.Population, nt.estimators.Train))
    asked = [nt.Trial(arch) for arch in list(joint)[400:404]]
    assert len({tuple(arch.arch.choices[-2:]) for arch in asked}) == 4
    for trial, result in zip(asked, population.many(asked), strict=True):
        alike(result, train(trial))


def test_weights_are_kept_and_gone_on_with(population, train, space):
    asked = trials(space, 3)
    population.many(asked), [train(trial) for trial in asked]
    more = nt.Trial(asked[0].arch, budget=3, warm_start=asked[0].key)
    alike(population(more), train(more))
    assert population(more).cost == 1 and population.many([more, asked[1]])[0] == population(more)
    assert population.final(asked[2].arch) == pytest.approx(train.final(asked[2].arch), abs=6e-3)


def test_without_weights(space, task):
    population = nt.estimators.Population(space, task, epochs=1, weights=False, device="cpu")
    assert population.weights is None and "warm_start" not in population.gives and len(population.many(trials(space))) == 6


def test_one_that_diverges_fails_alone(space, task):
    joint = nt.spaces.JointSpace(space, {"lr": (0.05, 1e12)})
    population = nt.estimators.Population(joint, task, epochs=2, weights=False, device="cpu")
    results = population.many([nt.Trial(arch) for arch in list(joint)[200:206]])
    assert [result.status for result in results] == ["ok", "failed"] * 3
    assert "diverged" in results[1].info["reason"] and results[1].cost == 1


def test_the_fingerprint_names_what_changes_a_result(space, task):
    def name(**settings):
        return nt.estimators.Population(space, task, epochs=1, device="cpu", **settings).fingerprint

    assert (
        name() == name(weights=False) == name(lr=0.1)
        and all(word in name() for word in ("lr=0.1", "momentum=0.9", "batch_size=32", "threads=1"))
        and "training" not in name()
        and name().startswith("Population(")
    )
    assert len({name(), name(lr=0.2), name(members=8), name(seed=1)}) == 4


def test_bad_settings(space, task):
    with pytest.raises(ValueError, match="`amp` is True"):
        nt.estimators.Population(space, task, amp=True)
    with pytest.raises(ValueError, match="`members` is 0"):
        nt.estimators.Population(space, task, members=0)
    with pytest.raises(TypeError, match="rate"):
        nt.estimators.Population(space, task, rate=0.1)
    with pytest.raises(ValueError, match="3->3|0->1"):
        nt.estimators.Population(space, task, epochs=1, device="cpu").many([nt.Trial(nt.Arch((("width", 3),)))] * 2)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
def test_on_a_gpu(space, task):
    asked = trials(space)
    there, here = (nt.estimators.Population(space, task, epochs=1, device=device, weights=False) for device in ("cuda", "cpu"))
    for one, other in zip(there.many(asked), here.many(asked), strict=True):
        assert one.metrics["loss"] == pytest.approx(other.metrics["loss"], abs=0.02)


def test_chunks_shrink_with_the_memory(space, task):
    def largest(memory):
        population = nt.estimators.Population(space, task, epochs=1, memory=memory, device="cpu", weights=False)
        asked = [population.effective(trial) for trial in trials(space, 12)]
        chunks = list(population.chunks(asked))
        size = max(map(population.bytes_of, asked))
        assert sum(map(len, chunks)) == 24 and all(len(chunk) * size <= memory or len(chunk) == 1 for chunk in chunks)
        return max(map(len, chunks)), size

    _, size = largest(1 << 30)
    assert [largest(int(members * size) + 1)[0] for members in (100, 24, 12, 5.5, 2, 0.5)] == [24, 24, 12, 5, 2, 1]


@pytest.mark.parametrize("batch_size", [8, 32])
def test_the_estimate_bounds_what_training_takes(space, task, batch_size):
    """The most that torch holds at a time, of all that is new, against the estimate: no more, and no less than an eighth."""
    population = nt.estimators.Population(space, task, epochs=1, batch_size=batch_size, device="cpu", weights=False)
    (chunk,) = population.chunks([population.effective(trial) for trial in trials(space, 3)])
    population._images["train"], population._images["valid"]
    fit = FitBundle([population.network(t.arch) for t in chunk], population._images, [population.recipe] * len(chunk), range(len(chunk)))
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as noted:
        fit.run(1)
    changes = sorted((event.start_ns(), event.nbytes()) for event in noted.profiler.kineto_results.events() if event.name() == "[memory]")
    peak = max(accumulate(change for _, change in changes))
    estimate = len(chunk) * max(map(population.bytes_of, chunk))
    assert estimate / 8 < peak < estimate, (peak, estimate)
