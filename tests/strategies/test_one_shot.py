"""Path dropout, its schedule, and judging without training."""

import numpy as np
import pytest

import nastutor as nt

SPACE = nt.spaces.CellSpace(nodes=3)
TASK = nt.tasks.digits(train_size=100)


def masks(progress, rate, count=400, space=SPACE):
    strategy = nt.OneShot(space, rate=rate)
    return [strategy.mask(progress).weights for _ in range(count)]


@pytest.mark.parametrize("rate", [0.05, 0.5])
@pytest.mark.parametrize("ops", [("conv1", "conv3"), ("none", "skip", "conv1", "conv3", "avgpool3")])
def test_at_the_end_all_options_are_gone_with_the_given_probability(ops, rate):
    """Whatever k is; and an option stays with 1 - rate^(1/k)."""
    found = masks(1.0, rate, 1500, nt.spaces.CellSpace(nodes=3, ops=ops))
    rows = np.concatenate([np.array([one[name] for one in found]) for name in found[0]])  # (draws, options)
    assert (rows.sum(1) == 0).mean() == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / len(rows)))
    kept = 1 - rate ** (1 / len(ops))
    assert rows.mean() == pytest.approx(kept, abs=4 * np.sqrt(kept * (1 - kept) / rows.size))


def test_the_rate_rises_from_nothing():
    means = [np.mean([own.mean() for one in masks(progress, 0.3) for own in one.values()]) for progress in (0.0, 0.5, 1.0)]
    assert means[0] == 1 and means[1] == pytest.approx(1 - 0.5 * 0.3 ** (1 / 5), abs=0.02) and means[2] < means[1]
    assert all(own.all() for one in masks(1.0, 0.0, 20) for own in one.values()), "a rate of 0 drops nothing"


def test_what_is_asked_for_follows_the_schedule_and_the_seed():
    def asked(seed, **more):
        strategy = nt.OneShot(SPACE, 40, 3, rate=0.9, seed=seed, **more)
        trials = [strategy.ask() for _ in range(40)]
        for trial in trials:
            strategy.tell(trial, nt.Result({"error": 0.5}))
        return [trial.arch.to_json() for trial in trials], [strategy.ask().arch for _ in range(3)], trials

    masks, candidates, trials = asked(0)
    kept = [np.mean([own.mean() for own in trial.arch.weights.values()]) for trial in trials]
    assert kept[0] == 1 and np.mean(kept[:10]) > 0.75 and np.mean(kept[30:]) < 0.3
    assert (masks, candidates) == asked(0)[:2] and masks != asked(1)[0] and candidates != asked(1)[1]
    assert asked(0, paths="one")[0] != asked(1, paths="one")[0]


@pytest.mark.parametrize("paths", ["dropout", "one"])
def test_it_trains_and_then_judges_and_recommends_the_best_judged(paths):
    strategy = nt.OneShot(SPACE, 30, 8, paths=paths, seed=1)
    estimator = nt.estimators.SharedWeights(SPACE, TASK, channels=4, batch_size=20, lr=0.1, gradients=False, device="cpu")
    history = nt.search(strategy, estimator, trials=100, progress=False)
    assert len(history) == 38 and estimator.fit.steps == 30
    judged = history[30:]
    assert all(record.trial.budget == 0 and record.result.cost == 0 for record in judged) and len({record.trial.arch for record in judged}) == 8
    assert strategy.recommend(history) == min(judged, key=lambda record: record.error).trial.arch


def test_each_round_has_a_winner_and_the_best_comes_first():
    strategy = nt.OneShot(SPACE, 1, 5, paths="one", rounds=3, seed=2)
    asked = []
    while True:
        try:
            trial = strategy.ask()
        except nt.Finished:
            break
        asked.append(trial)
        strategy.tell(trial, nt.Result({"error": sum(map(ord, str(trial.arch))) % 97 / 97}))
    rounds = [[trial.arch for trial in asked if trial.budget == 0 and trial.repeat == number] for number in range(3)]
    errors = {trial.arch: sum(map(ord, str(trial.arch))) % 97 / 97 for trial in asked}
    assert [len(one) for one in rounds] == [5, 5, 5]
    assert set(strategy.winners) == {min(one, key=errors.get) for one in rounds}
    assert [errors[arch] for arch in strategy.winners] == sorted(errors[arch] for arch in strategy.winners)


def two_stages(again, candidates=8, **more):
    strategy = nt.OneShot(SPACE, 12, candidates, paths="one", again=again, seed=3)
    estimator = nt.estimators.SharedWeights(SPACE, TASK, channels=4, batch_size=20, lr=0.1, glances=2, gradients=False, device="cpu", **more)
    return strategy, nt.search(strategy, estimator, trials=100, progress=False)


def test_the_best_of_a_round_are_judged_once_more_by_all_images():
    """Li & Talwalkar 2019: all by a few batches, the best by all; what is recommended comes of the second stage."""
    strategy, history = two_stages(3)
    first = [record for record in history if record.trial.budget == 0 and record.trial.warm_start is None]
    second = [record for record in history if record.trial.warm_start is not None]
    assert len(first) == 8 and len(second) == 3 and all(record.error * 40 == pytest.approx(round(record.error * 40)) for record in first)
    assert [record.trial.arch for record in second] == [record.trial.arch for record in sorted(first, key=lambda record: record.error)[:3]]
    assert {record.trial.warm_start for record in second} <= {record.trial.key for record in first}
    assert strategy.recommend(history) == min(second, key=lambda record: record.error).trial.arch == strategy.winners[0]


def test_judging_all_once_more_is_judging_all_by_all_images():
    _, history = two_stages(8)
    plain = nt.OneShot(SPACE, 12, 8, paths="one", seed=3)
    shared = nt.estimators.SharedWeights(SPACE, TASK, channels=4, batch_size=20, lr=0.1, gradients=False, device="cpu")
    other = nt.search(plain, shared, trials=100, progress=False)
    errors = {record.trial.arch: record.error for record in other if record.trial.budget == 0}
    assert {record.trial.arch: record.error for record in history if record.trial.warm_start is not None} == errors


def test_random_paths_with_sharing_are_enas_with_a_controller_that_never_learns():
    """The same architectures in the same order, once both draw from one generator."""
    one, enas = nt.OneShot(SPACE, 9, 2, paths="one"), nt.ENAS(SPACE, 3, child_steps=3, learn=False)
    enas.rng.setstate(one.rng.getstate())
    drawn = [[], []]
    for strategy, archs in zip((one, enas), drawn, strict=True):
        for _ in range(9):
            while (trial := strategy.ask()) is None:
                raise AssertionError("nothing is waited for: all was told")
            archs.append(trial.arch)
            strategy.tell(trial, nt.Result({"error": 0.5}))
    assert drawn[0] == drawn[1]


def test_once_more_asks_for_an_estimator_that_looks_twice():
    with pytest.raises(ValueError, match="`OneShot` wants warm_start"):
        nt.search(nt.OneShot(SPACE, 2, 4, again=2), nt.estimators.SharedWeights(SPACE, TASK, device="cpu"), trials=2)
    with pytest.raises(ValueError, match="`again` is 5; allowed are 0 to the 4"):
        nt.OneShot(SPACE, 2, 4, again=5)


def test_it_waits_until_all_that_trains_was_answered():
    strategy = nt.OneShot(SPACE, 3, 2, rate=0.0)
    first = [strategy.ask() for _ in range(3)]
    assert len({trial.key for trial in first}) == 3 and strategy.ask() is None
    for trial in first:
        strategy.tell(trial, nt.Result({"error": 0.5}))
    assert strategy.ask().budget == 0


def test_what_does_not_judge_without_training_is_refused():
    with pytest.raises(ValueError, match="wants mixture"):
        nt.search(nt.OneShot(SPACE), nt.estimators.Train(SPACE, TASK, 1, weights=False), trials=2)


@pytest.mark.parametrize("option, value", [("steps", 0), ("candidates", 0), ("paths", "all"), ("rate", 1.0), ("rate", -0.1), ("rounds", 0)])
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        nt.OneShot(SPACE, **{option: value})
