"""Shared weights as an estimator: what it answers, what it costs, and going on from a journal to the last bit."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import nastutor as nt

SPACE = nt.spaces.CellSpace(nodes=3)
TASK = nt.tasks.digits(train_size=200)
EVEN = nt.Mixture({name: np.full(len(options), 1 / len(options)) for name, options in SPACE.mixture_sites().items()})


def shared(**more):
    return nt.estimators.SharedWeights(SPACE, TASK, **{"channels": 4, "batch_size": 20, "device": "cpu", **more})


def lines(history):
    return [(record.trial.to_json(), record.result.to_json().partition('"seconds"')[0]) for record in history]


def test_it_answers_to_mixtures_with_gradients_and_to_architectures_with_errors():
    estimator = shared(steps=3, metrics=("params",))
    answer = estimator(nt.Trial(EVEN))
    assert answer.grad.weights.keys() == EVEN.weights.keys() and answer.cost == 3 * 20 / 200
    assert answer.info["steps"] == 3 and answer.info["budget"] == 3 and 0 <= answer.error <= 1
    arch = SPACE.sample(0)
    other = estimator(nt.Trial(arch, budget=0))
    assert other.grad is None and other.cost == 0 and other.info["steps"] == 3
    assert other.metrics["params"] == SPACE.graph(arch, TASK).counts().params


def test_training_on_a_path_lowers_its_loss():
    estimator, arch = shared(lr=0.1, whole_split=True), SPACE.sample(2)
    before = estimator(nt.Trial(arch, budget=0)).metrics["loss"]
    after = [estimator(nt.Trial(arch, budget=60)) for _ in range(2)][-1].metrics["loss"]
    assert after < 0.7 * before


def test_what_a_search_is_told_depends_on_what_was_trained_before_and_on_the_seed_alone():
    def told(seed, op):
        estimator = shared(seed=seed)
        estimator(nt.Trial(nt.Arch(tuple((name, op) for name in SPACE.sites()))))
        return estimator(nt.Trial(nt.Arch(tuple((name, "conv3") for name in SPACE.sites())))).metrics

    assert told(0, "conv3") == told(0, "conv3") and told(0, "conv3") != told(0, "conv1") and told(0, "conv3") != told(1, "conv3")


@pytest.mark.parametrize(
    "option, value",
    [
        ("steps", 2), ("batch_size", 10), ("lr", 0.1), ("momentum", 0.5), ("nesterov", True), ("weight_decay", 0.1), ("clip", 0.01), ("order", 2),
        ("halves", True), ("affine", True), ("ghosts", 2), ("statistics", "running"), ("seed", 1), ("channels", 8), ("cells", 2),
    ],
)  # fmt: skip
def test_options_change_what_is_answered_and_the_fingerprint(option, value):
    usual, other = shared(lr=0.02), shared(**{"lr": 0.02, option: value})
    answers = [[estimator(nt.Trial(EVEN)).to_json().partition('"seconds"')[0] for _ in range(3)] for estimator in (usual, other)]
    judged = [estimator(nt.Trial(SPACE.sample(0), budget=0)).metrics for estimator in (usual, other)]
    assert (answers[0], judged[0]) != (answers[1], judged[1]) and usual.fingerprint != other.fingerprint


def test_xi_horizon_and_the_whole_split_change_what_is_answered():
    def loss(**more):
        estimator = shared(**more)
        return [estimator(nt.Trial(EVEN)) for _ in range(3)][-1].grad["0->1"].tolist(), estimator(nt.Trial(SPACE.sample(0))).metrics["loss"]

    assert loss(order=2, xi=0.5) != loss(order=2)
    assert loss(horizon=2) != loss() and loss(horizon=2, last_lr=0.02) != loss(horizon=2)
    assert loss(whole_split=True) != loss() and loss(statistics="recalibrated", recalibration=2) != loss(statistics="recalibrated")


def test_what_nothing_is_trained_for_is_judged_by_all_images():
    """Twice the same, and by the very images by which others are judged."""
    estimator, arch = shared(), SPACE.sample(4)
    estimator(nt.Trial(arch))
    first = estimator(nt.Trial(arch, budget=0)).metrics
    assert estimator(nt.Trial(arch, budget=0)).metrics == first and first["error"] * len(TASK.valid.x) == pytest.approx(
        round(first["error"] * len(TASK.valid.x))
    )
    assert estimator(nt.Trial(arch)).metrics != first


def test_a_first_glance_is_at_the_same_few_batches_and_going_on_is_at_all():
    few, whole, arch = shared(glances=2), shared(), SPACE.sample(4)
    first, again = (few(nt.Trial(arch, budget=0)).metrics for _ in range(2))
    assert first == again and first != (judged := whole(nt.Trial(arch, budget=0)).metrics) and few.fingerprint != whole.fingerprint
    assert few(nt.Trial(arch, budget=0, warm_start=nt.Trial(arch, budget=0).key)).metrics == judged


def test_where_there_is_nothing_to_go_on_from_it_says_so():
    with pytest.raises(ValueError, match="`warm_start` is 'abc'.*chapter 13"):
        shared()(nt.Trial(SPACE.sample(0), budget=0, warm_start="abc"))
    with pytest.raises(ValueError, match="`glances` is 20, of 20 images each; allowed are at most 19"):
        shared(glances=20)


def test_without_gradients_mixtures_are_answered_like_architectures():
    estimator = shared(gradients=False)
    answer = estimator(nt.Trial(EVEN))
    assert answer.grad is None and answer.status == "ok" and answer.info["steps"] == 1
    with pytest.raises(ValueError, match="wants grad"):
        nt.search(nt.DARTS(SPACE), estimator, trials=1)


def test_halves_are_of_the_training_images_and_have_none_in_common():
    fit = shared(halves=True).fit
    assert len(fit.batches.x) == len(fit.glances.x) == 100
    assert not {own.numpy().tobytes() for own in fit.batches.x} & {own.numpy().tobytes() for own in fit.glances.x}
    assert len(shared().fit.glances.x) == len(TASK.valid.x)


@pytest.mark.parametrize("kind", [nt.DARTS, nt.SNAS, nt.GDAS, nt.ProxylessNAS, nt.RandomSearch])
@pytest.mark.parametrize("checkpoint", [4, 100], ids=["copies", "no copy"])
def test_a_search_goes_on_from_its_journal_to_the_last_bit(kind, checkpoint, tmp_path):
    whole, state = shared(checkpoint=checkpoint), None
    expected = nt.search(kind(SPACE, seed=1), whole, trials=14, progress=False)
    journal = tmp_path / "cut.sqlite"
    nt.search(kind(SPACE, seed=1), shared(checkpoint=checkpoint), trials=9, journal=journal, progress=False)
    again, state = shared(checkpoint=checkpoint), whole.state()
    strategy = kind(SPACE, seed=1)
    found = nt.search(strategy, again, trials=14, journal=journal, progress=False)
    assert lines(found) == lines(expected)
    assert all(torch.equal(own, again.state()[name]) for name, own in state.items())
    assert bool(list(tmp_path.glob("cut.sqlite.weights/*/*.safetensors"))) == (checkpoint == 4)


def test_the_same_object_goes_on_as_well_without_training_anything_twice(tmp_path):
    estimator, journal = shared(), tmp_path / "cut.sqlite"
    nt.search(nt.DARTS(SPACE), estimator, trials=5, journal=journal, progress=False)
    steps = estimator.fit.steps
    nt.search(nt.DARTS(SPACE), estimator, trials=7, journal=journal, progress=False)
    assert estimator.fit.steps == steps + 2
    other = shared()
    other(nt.Trial(SPACE.sample(0)))
    nt.search(nt.DARTS(SPACE), other, trials=9, journal=journal, progress=False)
    assert other.fit.steps == 9, "what it had learnt in another search is left behind"


def test_an_answer_that_broke_is_left_out_when_the_search_goes_on(tmp_path, monkeypatch):
    estimator, journal = shared(), tmp_path / "cut.sqlite"
    judge, calls = type(estimator.fit).judge, []

    def breaks_once(self, *arguments):
        calls.append(self)
        if len(calls) == 3:
            raise RuntimeError("planted")
        return judge(self, *arguments)

    monkeypatch.setattr(type(estimator.fit), "judge", breaks_once)
    history = nt.search(nt.RandomSearch(SPACE), estimator, trials=5, journal=journal, progress=False)
    assert [record.result.status for record in history] == ["ok", "ok", "failed", "ok", "ok"]
    other = shared()
    assert [record.result.status for record in nt.search(nt.RandomSearch(SPACE), other, trials=7, journal=journal, progress=False)][-2:] == ["ok", "ok"]
    assert other.fit.steps == 6, "the four that were answered, and two more"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_answer_that_broke_moves_no_weights(error, monkeypatch):
    trials, kind, calls = [nt.Trial(SPACE.sample(seed)) for seed in range(4)], type(shared().fit), []
    whole = shared()
    expected = [whole(trial).metrics["loss"] for trial in (trials[0], trials[1], trials[3])]
    judge, cut = kind.judge, shared()

    def breaks_once(self, *arguments):
        calls.append(self)
        if len(calls) == 3:
            raise error("planted")
        return judge(self, *arguments)

    monkeypatch.setattr(kind, "judge", breaks_once)
    found = [cut(trial).metrics["loss"] for trial in trials[:2]]
    with pytest.raises(error, match="planted"):
        cut(trials[2])
    assert [*found, cut(trials[3]).metrics["loss"]] == expected and cut.fit.steps == whole.fit.steps


def test_threads_take_turns():
    from concurrent.futures import ThreadPoolExecutor

    estimator = shared()
    with ThreadPoolExecutor(3) as pool:
        history = nt.search(nt.RandomSearch(SPACE), estimator, trials=9, executor=pool, workers=3, progress=False)
    assert estimator.fit.steps == 9 and sorted(record.result.info["steps"] for record in history) == list(range(1, 10))


def test_final_trains_the_network_alone(monkeypatch):
    monkeypatch.setenv("NASTUTOR_SCALE", "smoke")
    arch = SPACE.sample(0)
    assert shared(seed=3).final(arch) == nt.estimators.Train(SPACE, TASK, seed=3, device="cpu", weights=False).final(arch)


def test_final_passes_on_seed_device_and_threads(monkeypatch):
    made = []
    monkeypatch.setattr(
        "nastutor.estimators.train.Train", lambda space, task, **how: made.append((space, task, how)) or SimpleNamespace(final=lambda arch: 0.5)
    )
    assert shared(seed=3, threads=2).final(SPACE.sample(0)) == 0.5
    assert made == [(SPACE, TASK, {"seed": 3, "device": "cpu", "weights": False, "threads": 2})]


def test_copies_lie_in_the_folder_that_is_given(tmp_path):
    shared(weights=tmp_path / "here", checkpoint=1)(nt.Trial(SPACE.sample(0)))
    assert list((tmp_path / "here").glob("**/*.safetensors")) and shared(weights=tmp_path / "here").weights == tmp_path / "here" and shared().weights is None


def test_it_does_not_travel_to_other_processes():
    with pytest.raises(TypeError, match="search without `executor`"):
        pickle.dumps(shared())


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"order": 3}, "`order` is 3; allowed are 1, 2 and 'exact'"),
        ({"statistics": "mean"}, "`statistics` is 'mean'"),
        ({"xi": -1}, "`xi` is -1"),
        ({"device": "gpu9"}, "`device` is 'gpu9'"),
        ({"amp": "bfloat16"}, "`amp` is 'bfloat16' and `device` 'cpu'"),
        ({"amp": "int8"}, "`amp` is 'int8'"),
        ({"halves": 1}, "`halves` is 1; allowed are True and False"),
        ({"nesterov": True, "momentum": 0.0}, "`nesterov` is True and `momentum` 0"),
        ({"metrics": ("latency_ms",)}, "measure_latency"),
        ({"width": 3}, "`width` is neither an argument of SharedWeights nor a setting of CellSpace"),
        ({"nodes": 4}, "other decisions"),
        ({"batch_size": 1}, "`batch_size` is 1"),
        ({"clip": 0}, "`clip` is 0"),
        ({"ghosts": 3}, "`ghosts` is 3 and `batch_size` 20"),
        ({"ghosts": 20}, "of 2 images and more"),
    ],
)
def test_refusals(arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        shared(**arguments)


def test_spaces_without_a_supernet_and_foreign_mixtures_are_refused():
    with pytest.raises(TypeError, match=r"needs a space with supernet\(\).*chapter 9"):
        nt.estimators.SharedWeights(nt.spaces.FabricSpace(), TASK)
    with pytest.raises(ValueError, match="other decisions, for instance '0->2'"):
        shared()(nt.Trial(nt.Mixture({"0->1": [1, 0, 0, 0, 0]})))
    with pytest.raises(ValueError, match="`budget` is 0; allowed are whole numbers from 1"):
        nt.estimators.Train(SPACE, TASK, 1, weights=False)(nt.Trial(SPACE.sample(0), budget=0))
