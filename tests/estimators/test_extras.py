"""What the published recipes train with beside the network itself: scheduled drop-path and an auxiliary head."""

import re

import numpy as np
import pytest
import torch

import nastutor as nt
from nastutor.estimators import Population, Train
from nastutor.estimators.fit import Fit, Images

NASNET = nt.spaces.NASNetSpace(blocks=2, channels=4, stages=2, drop_path=0.3)
DARTS = nt.spaces.DARTSSpace(nodes=2, channels=4, cells=2, drop_path=0.3)


@pytest.fixture(scope="module")
def task(task):
    return nt.tasks.from_arrays(task.train.x[:40], task.train.y[:40])


def make(space, task, epochs=1, **settings):
    return Train(space, task, epochs, batch_size=16, lr=0.05, device="cpu", **{"weights": False, **settings})


def trial_of(space, *args, **more):
    return nt.Trial(space.sample(3), *args, **more)


# drop-path


def probabilities(monkeypatch, train, *trials):
    """For each epoch that is trained {cell: the probability that its paths are dropped with}."""
    seen, step = [], Fit.step

    def noting(fit, x, y):
        found = {int(re.search(r"\d+", node.name)[0]): fit.module[node.name].p for node in fit.module.graph.nodes if node.op == "drop_path"}
        if len(seen) < fit.epoch + 1:
            seen.append(found)
        return step(fit, x, y)

    monkeypatch.setattr(Fit, "step", noting)
    for trial in trials:
        train(trial)
    return seen


@pytest.mark.parametrize("space, shares", [(NASNET, {1: 1 / 3, 2: 2 / 3, 3: 1}), (DARTS, dict.fromkeys(range(1, 6), 1))], ids=["NASNet", "DARTS"])
def test_paths_are_dropped_more_and_more_and_in_nasnet_most_in_the_last_cell(monkeypatch, task, space, shares):
    seen = probabilities(monkeypatch, make(space, task, 3, scheduled_drop_path=True), trial_of(space))
    assert len(seen) == 3 and len(seen[0]) > 2
    for epoch, found in enumerate(seen):
        assert found == pytest.approx({cell: 0.3 * share * epoch / 3 for cell, share in shares.items() if cell in found})


def test_by_default_they_are_dropped_alike_in_all_epochs(monkeypatch, task):
    seen = probabilities(monkeypatch, make(NASNET, task, 2), trial_of(NASNET))
    assert seen[0] == seen[1] == pytest.approx({1: 0.1, 2: 0.2, 3: 0.3})


def test_a_training_that_goes_on_follows_the_schedule_of_its_new_budget(monkeypatch, task):
    first = trial_of(NASNET, 1)
    train = make(NASNET, task, scheduled_drop_path=True, weights=None)
    seen = probabilities(monkeypatch, train, first, trial_of(NASNET, 4, warm_start=first.key))
    assert [found[3] for found in seen] == pytest.approx([0.3 * epoch / 4 for epoch in range(4)])


def test_the_schedule_changes_what_is_learnt(task):
    losses = {scheduled: make(NASNET, task, scheduled_drop_path=scheduled)(trial_of(NASNET)).metrics["loss"] for scheduled in (False, True)}
    assert losses[True] != losses[False]
    plain = nt.spaces.NASNetSpace(blocks=2, channels=4, stages=2)
    assert losses[True] == make(plain, task)(trial_of(plain)).metrics["loss"], "the one epoch of one begins with no drop at all"


# auxiliary head


def cross_entropy(scores, labels):
    """The mean of log sum exp(s) - s[label]."""
    scores = scores.astype(np.float64)
    return float(np.mean(np.log(np.exp(scores).sum(1)) - scores[np.arange(len(labels)), labels]))


def test_the_loss_has_a_share_of_the_heads_and_the_head_does_not_judge(task):
    train = make(NASNET, task, auxiliary=0.4)
    fit = train._fit(train.effective(trial_of(NASNET)))
    x, y = Images(task, "cpu")["train"]
    fit.module.train().reseed(5)
    scores = fit.module(x).detach().numpy()
    fit.module.reseed(5)
    assert scores.shape == (len(x), 2 * task.classes)
    own, head = (cross_entropy(part, y.numpy()) for part in np.split(scores, 2, 1))
    assert fit.step(x, y).item() == pytest.approx(own + 0.4 * head, rel=1e-5) and abs(own - head) > 0.01
    fit.module.eval()
    with torch.no_grad():
        own = fit.module(torch.tensor(task.valid.x)).numpy()[:, : task.classes]
    wrong, loss = fit.evaluate("valid")
    assert wrong == np.mean(own.argmax(1) != task.valid.y) and loss == pytest.approx(cross_entropy(own, task.valid.y), rel=1e-5)


def test_the_head_is_trained_kept_and_not_counted(task):
    with_head, without = make(NASNET, task, auxiliary=0.4, metrics=("params", "latency_ms"), weights=None), make(NASNET, task)
    result, plain = with_head(trial_of(NASNET)), without(trial_of(NASNET))
    assert result.metrics["params"] == plain.metrics["params"] and result.metrics["loss"] != plain.metrics["loss"]
    effective = with_head.effective(trial_of(NASNET))
    kept = with_head.store.load(effective.key)
    assert any("auxiliary" in name for name in kept.tensors) and with_head.network(effective.arch) == without.network(effective.arch)
    assert 0 <= with_head.final(effective.arch) <= 1
    more = with_head(trial_of(NASNET, 2, warm_start=trial_of(NASNET).key))
    assert more.cost == 1 and more.curve[0] == result.error


def test_the_network_itself_begins_with_the_weights_it_has_without_a_head(task):
    fits = [train._fit(train.effective(trial_of(NASNET))) for train in (make(NASNET, task, auxiliary=0.4), make(NASNET, task))]
    with_head, without = (dict(fit.module.named_parameters()) for fit in fits)
    assert without.keys() < with_head.keys() and all(torch.equal(with_head[name], without[name]) for name in without)


def test_the_weight_counts(task):
    losses = {weight: make(NASNET, task, auxiliary=weight)(trial_of(NASNET)).metrics["loss"] for weight in (0, 0.4, 1.5)}
    assert len(set(losses.values())) == 3 and losses[0] == make(NASNET, task)(trial_of(NASNET)).metrics["loss"]


# who has them, and their names


def test_a_joint_space_has_what_its_space_has(task):
    joint = nt.spaces.JointSpace(NASNET, {"lr": (0.01, 0.05)})
    assert make(joint, task, auxiliary=0.4, scheduled_drop_path=True)(trial_of(joint)).status == "ok"


def test_where_they_make_no_sense(space, task):
    with pytest.raises(ValueError, match=r"`auxiliary` is 0.4; CellSpace.* has no auxiliary heads, allowed is 0"):
        make(space, task, auxiliary=0.4)
    with pytest.raises(ValueError, match="`auxiliary` is True, and `stages` is 1"):
        make(nt.spaces.NASNetSpace(blocks=2, stages=1), task, auxiliary=0.4)
    with pytest.raises(ValueError, match="`auxiliary` is -1; allowed are numbers from 0"):
        make(NASNET, task, auxiliary=-1)
    with pytest.raises(ValueError, match="`scheduled_drop_path` is True, and .*CellSpace.* drops no paths"):
        make(space, task, scheduled_drop_path=True)
    with pytest.raises(ValueError, match="drops no paths"):
        make(nt.spaces.NASNetSpace(blocks=2), task, scheduled_drop_path=True)
    with pytest.raises(ValueError, match="`scheduled_drop_path` is 0.2; allowed are True and False"):
        make(NASNET, task, scheduled_drop_path=0.2)


@pytest.mark.parametrize("setting", [{"auxiliary": 0.4}, {"scheduled_drop_path": True}], ids=str)
def test_a_population_says_that_it_does_not_take_them(task, setting):
    (name,) = setting
    with pytest.raises(ValueError, match=f"`{name}` is .*; a Population trains without"):
        Population(NASNET, task, 1, **setting)
    assert Population(NASNET, task, 1, **{name: Train.later[name]}).fingerprint == Population(NASNET, task, 1).fingerprint


def test_they_are_named_where_they_are_on(task):
    plain = make(NASNET, task).fingerprint
    assert "auxiliary" not in plain and "scheduled" not in plain and plain == make(NASNET, task, auxiliary=0, scheduled_drop_path=False).fingerprint
    assert make(NASNET, task, auxiliary=0.4).fingerprint.endswith("threads=1, auxiliary=0.4)")
    assert len({plain, *(make(NASNET, task, **on).fingerprint for on in ({"auxiliary": 0.4}, {"auxiliary": 1}, {"scheduled_drop_path": True}))}) == 4


# momentum and clipping


def test_plain_momentum_and_clipping_change_what_is_learnt_and_are_named_only_where_they_do(space, task):
    usual = make(space, task)
    losses = {usual(trial_of(space)).metrics["loss"]}
    for more in ({"nesterov": False}, {"clip": 0.05}):
        other = make(space, task, **more)
        losses.add(other(trial_of(space)).metrics["loss"])
        assert other.fingerprint != usual.fingerprint
    assert len(losses) == 3 and make(space, task, nesterov=True, clip=None).fingerprint == usual.fingerprint
    assert make(space, task, clip=1e9)(trial_of(space)).metrics["loss"] in losses, "a bound that nothing reaches"


@pytest.mark.parametrize("option, value", [("clip", 0), ("clip", "5"), ("nesterov", 1)])
def test_other_momenta_and_bounds_are_refused(space, task, option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        make(space, task, **{option: value})


@pytest.mark.parametrize("option, value", [("clip", 5.0), ("nesterov", False)])
def test_a_population_has_neither(space, task, option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value}; a Population trains without"):
        nt.estimators.Population(space, task, 1, weights=False, **{option: value})
