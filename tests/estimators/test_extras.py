"""What the published recipes train with beside the network itself: scheduled drop-path and an auxiliary head."""

import re

import numpy as np
import pytest
import torch
from scipy.stats import kstest

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

    def noting(fit, x, y, partners=None):
        found = {int(re.search(r"\d+", node.name)[0]): fit.module[node.name].p for node in fit.module.graph.nodes if node.op == "drop_path"}
        if len(seen) < fit.epoch + 1:
            seen.append(found)
        return step(fit, x, y, partners)

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


# mix-up and cutout


def stepped(train, monkeypatch):
    """What each step of a training is given: images, labels, share and partners."""
    seen, step = [], Fit.step
    monkeypatch.setattr(Fit, "step", lambda fit, x, y, partners=None: seen.append((x, y, partners)) or step(fit, x, y, partners))
    assert train(trial_of(train.space)).status == "ok"
    return seen


def test_mixed_images_and_losses(space, task, monkeypatch):
    train = make(space, task, 2, mixup=0.5)
    seen = stepped(train, monkeypatch)
    shares = [partners[0] for _, _, partners in seen]
    assert len(set(shares)) == len(seen) == 4 and all(0 <= one <= 1 for one in shares), "a share for each batch"
    assert all(sorted(partners[1].tolist()) == list(range(len(x))) for x, _, partners in seen)
    x, y, (own, other) = seen[0]
    fit = train._fit(train.effective(trial_of(space)))
    fit.module.train()
    scores = fit.module(own * x + (1 - own) * x[other]).detach().numpy()
    expected = own * cross_entropy(scores, y.numpy()) + (1 - own) * cross_entropy(scores, y[other].numpy())
    assert fit.step(x, y, (own, other)).item() == pytest.approx(expected, rel=1e-5)


def test_shares_are_of_the_beta_distribution(space, task):
    fit = make(space, task, mixup=0.3)._fit(nt.Trial(space.sample(3), 1))
    rng = np.random.default_rng(0)
    assert kstest([fit._partners(4, rng)[0] for _ in range(2000)], "beta", (0.3, 0.3)).pvalue > 1e-3


def test_a_training_that_is_taken_up_mixes_as_it_would_have(space, task):
    train = make(space, task, mixup=1.0)
    whole, half, taken_up = (train._fit(train.effective(trial_of(space, 2))) for _ in range(3))
    losses = [whole.one_epoch(epoch, 2) for epoch in range(2)]
    assert half.one_epoch(0, 2) == losses[0]
    half.epoch = 1
    assert taken_up.restore(half.state()).one_epoch(1, 2) == losses[1]


def test_cutout_erases_a_square_and_takes_the_place_of_the_tasks(space, task, monkeypatch):
    erased = [float((x == 0).float().mean()) for x, _, _ in stepped(make(space, task, cutout=4), monkeypatch)]
    assert all(0.05 < one < 0.35 for one in erased), "16 of 64 pixels where the square lies inside"
    own = nt.tasks.from_arrays(task.train.x, task.train.y, augment=nt.tasks.Augment(cutout=4))
    losses = [make(space, own, cutout=cutout)(trial_of(space)).metrics["loss"] for cutout in (None, 4, 0)]
    assert losses[0] == losses[1] != losses[2] == make(space, nt.tasks.from_arrays(task.train.x, task.train.y))(trial_of(space)).metrics["loss"]


@pytest.mark.parametrize(
    ("name", "value", "allowed"), [("mixup", -1, "numbers from 0"), ("cutout", -1, "whole numbers of pixels from 0"), ("cutout", 8, "less than 8")]
)
def test_other_mixtures_and_squares_are_refused(space, task, name, value, allowed):
    with pytest.raises(ValueError, match=f"`{name}` is {value}; .*{allowed}"):
        make(space, task, **{name: value})


def test_a_joint_space_decides_about_them(task):
    joint = nt.spaces.JointSpace(nt.spaces.CellSpace(nodes=2, channels=2), {"mixup": (0.0, 1.0), "cutout": (0, 4)})
    train, arch = make(joint, task), joint.sample(3)
    losses = {train(nt.Trial(nt.Arch((*arch.choices[:-2], ("mixup", mixed), ("cutout", cut))))).metrics["loss"] for mixed in (0.0, 1.0) for cut in (0, 4)}
    assert len(losses) == 4
    with pytest.raises(ValueError, match="`cutout` is 9; images of 8x8 pixels allow less than 8"):
        make(nt.spaces.JointSpace(joint.space, {"cutout": (0, 9)}), task)
    with pytest.raises(ValueError, match="`cutout` is 9; images"):
        make(nt.spaces.JointSpace(nt.spaces.JointSpace(joint.space, {"cutout": (0, 9)}), {"lr": (0.1, 0.2)}), task)
    with pytest.raises(ValueError, match="`space` decides about 'mixup', and a Population trains without"):
        Population(joint, task, 1)
