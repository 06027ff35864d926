"""Phases that leave each other alone, rewards and baseline, and what the controller learns."""

import logging
import math

import numpy as np
import pytest
import torch

import nastutor as nt
from nastutor.strategies.enas import SETTINGS

SPACE = nt.spaces.MacroSpace(3, ("conv3", "maxpool3"), channels=4)
TASK = nt.tasks.digits(train_size=100)
SMALL = {"rounds": 2, "child_steps": 3, "updates": 2, "samples": 2, "final": 4, "hidden": 8}


def enas(space=SPACE, seed=0, **more):
    return nt.ENAS(space, **{**SMALL, **more}, seed=seed)


def answered(strategy, error, trials=10_000):
    """The trials of a search in which `error(arch)` is the answer."""
    asked = []
    for _ in range(trials):
        try:
            trial = strategy.ask()
        except nt.Finished:
            break
        asked.append(trial)
        strategy.tell(trial, nt.Result({"error": error(trial.arch), "loss": error(trial.arch)}))
    return asked


def test_weights_are_trained_and_then_the_controller_and_then_the_best_is_drawn():
    asked = answered(enas(), lambda arch: 0.5)
    assert [trial.budget for trial in asked] == 2 * ([None] * 3 + [0] * 4) + [0] * 4
    assert len({trial.key for trial in asked}) == len(asked) and len({trial.arch for trial in asked[-4:]}) == 4


def test_each_phase_leaves_what_the_other_learns_alone():
    strategy = enas()
    estimator = nt.estimators.SharedWeights(SPACE, TASK, batch_size=20, affine=True, device="cpu")
    weights, thoughts = estimator.state(), {name: own.clone() for name, own in strategy.controller.state_dict().items()}

    def same(one, other):
        return all(torch.equal(one[name], other[name]) for name in one)

    for phase in range(4):
        for _ in range(3 if phase % 2 == 0 else 4):
            trial = strategy.ask()
            strategy.tell(trial, estimator(trial))
        if phase % 2 == 0:
            assert same(thoughts, strategy.controller.state_dict()) and not same(weights, estimator.state())
        else:
            strategy.ask()
            assert same(weights, estimator.state()) and not same(thoughts, strategy.controller.state_dict())
            break
        weights, thoughts = estimator.state(), {name: own.clone() for name, own in strategy.controller.state_dict().items()}


def test_the_baseline_moves_before_the_reward_is_compared_with_it():
    """By hand: b = 0.1 R after the first reward of R, and the gradient is -(R - b) d log p."""
    strategy = enas(decay=0.9, entropy=0.0, skip_weight=0.0)
    arch = SPACE.sample(3)
    strategy.follow([arch], [nt.Result({"error": 0.2})])
    assert strategy.baseline == pytest.approx(0.08)
    other = enas(decay=0.9, entropy=0.0, skip_weight=0.0)
    (-0.72 * other.controller.walk(SPACE, lambda name, options, log_probs: arch[name]).log_p).backward()
    for one, two in zip(strategy.controller.parameters(), other.controller.parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad)


def test_the_gradient_is_that_of_the_mean_reward_in_the_mean():
    """Enumerated: the mean of R grad log p over all architectures is the gradient of the mean reward; a constant reward has none."""
    strategy = enas()
    rewards = np.random.default_rng(0).random(SPACE.size)
    controller = strategy.controller

    def log_ps():
        return torch.stack([controller.walk(SPACE, lambda name, options, log_probs, arch=arch: arch[name]).log_p for arch in SPACE])

    exact = torch.autograd.grad((log_ps().exp() * torch.tensor(rewards, dtype=torch.float32)).sum(), list(controller.parameters()), allow_unused=True)
    found = log_ps()
    reinforced = torch.autograd.grad((found * (found.detach().exp() * torch.tensor(rewards, dtype=torch.float32))).sum(), list(controller.parameters()))
    found = log_ps()
    constant = torch.autograd.grad((found * found.detach().exp()).sum(), list(controller.parameters()))
    for one, two, none in zip(exact, reinforced, constant, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-6)
        assert none.abs().max() < 1e-5


def test_it_learns_which_operation_is_good():
    strategy = enas(rounds=20, child_steps=1, updates=4, samples=4, final=6, learning_rate=0.04)
    asked = answered(strategy, lambda arch: 1 - sum(arch[f"op{layer}"] == "conv3" for layer in (1, 2, 3)) / 3)
    assert len(asked) == 20 * 17 + 6
    drawn = [strategy.draw() for _ in range(100)]
    assert np.mean([arch["op2"] == "conv3" for arch in drawn]) > 0.8


def test_without_learning_architectures_are_drawn_uniformly_and_nothing_is_asked_for_a_controller():
    strategy = enas(learn=False, rounds=30, child_steps=20)
    asked = answered(strategy, lambda arch: 0.5)
    assert [trial.budget for trial in asked] == [None] * 600 + [0] * 4
    shares = [np.mean([trial.arch[f"op{layer}"] == "conv3" for trial in asked[:600]]) for layer in (1, 2, 3)]
    assert np.abs(np.array(shares) - 0.5).max() < 0.09 and strategy.baseline == 0


def test_the_best_of_the_last_is_recommended():
    strategy = enas()
    estimator = nt.estimators.SharedWeights(SPACE, TASK, batch_size=20, device="cpu")
    history = nt.search(strategy, estimator, trials=200, progress=False)
    assert len(history) == 18 and estimator.fit.steps == 6
    assert strategy.recommend(history) == min(history[-4:], key=lambda record: record.error).trial.arch


@pytest.mark.parametrize("space", [nt.spaces.ENASMicroSpace(2, channels=4), nt.spaces.CellSpace(nodes=3, channels=4)], ids=["micro", "cells"])
def test_it_searches_cells(space):
    estimator = nt.estimators.SharedWeights(space, TASK, batch_size=20, device="cpu")
    strategy = enas(space, rounds=1)
    history = nt.search(strategy, estimator, trials=200, progress=False)
    assert len(history) == 11 and space.validate(strategy.recommend(history)) is None


def test_a_reward_for_language_models_is_80_over_the_perplexity():
    strategy = enas(reward="perplexity")
    assert strategy.reward(nt.Result({"error": 0.9, "loss": math.log(40)})) == pytest.approx(2.0)
    assert strategy.reward(nt.Result({"error": 0.9, "loss": 5_000.0})) == pytest.approx(0.0, abs=1e-100)


def test_what_failed_is_worth_nothing_and_is_told(caplog):
    with caplog.at_level(logging.WARNING, "nastutor"):
        assert enas().reward(nt.Result.failed("planted")) == 0.0
    assert "planted" in caplog.text


def test_the_presets_have_the_published_constants():
    paper, release = SETTINGS["paper"], SETTINGS["release"]
    assert {(one.hidden, one.bounds.temperature, one.bounds.tanh, one.entropy, one.decay) for one in paper.values()} == {(100, 5.0, 2.5, 1e-4, 0.99)}
    assert paper["micro"].bounds(torch.tensor(1e9), op=True).item() == pytest.approx(1.1)
    assert release["macro"].betas[0] == 0 and release["macro"].eps == 1e-3 and release["micro"].learning_rate == 3.5e-3
    assert enas(preset="paper", hidden=None).controller.start.shape == (100,)


FORMS = {"macro": SPACE, "micro": nt.spaces.ENASMicroSpace(1), "recurrent": nt.spaces.RecurrentSpace(3, "enas"), "plain": nt.spaces.CellSpace(nodes=3)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("preset", SETTINGS)
def test_a_preset_is_what_a_controller_of_its_form_learns_with(preset, form):
    strategy, wanted = enas(FORMS[form], preset=preset, hidden=None), SETTINGS[preset][form]
    (group,) = strategy.optimizer.param_groups
    assert (group["lr"], group["betas"], group["eps"]) == (wanted.learning_rate, wanted.betas, wanted.eps)
    assert strategy.controller.form == form and strategy.controller.bounds == wanted.bounds and strategy.controller.start.shape == (wanted.hidden,)
    assert 0.9 * wanted.init < strategy.controller.cell.weight_hh.abs().max() <= wanted.init


def test_what_is_given_stands_in_place_of_the_preset():
    usual, given = enas().setting, {"hidden": 5, "learning_rate": 0.3, "entropy": 0.7, "decay": 0.2}
    strategy = enas(**given, tanh=None, temperature=7.0)
    assert strategy.setting == usual._replace(**given, bounds=usual.bounds._replace(tanh=None, temperature=7.0))
    assert strategy.controller.start.shape == (5,) and strategy.optimizer.param_groups[0]["lr"] == 0.3


def test_the_seed_is_of_the_first_weights_and_of_the_draws():
    one, same, other = (enas(seed=seed) for seed in (0, 0, 1))
    weights = [torch.cat([own.flatten() for own in strategy.controller.parameters()]) for strategy in (one, same, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    other.controller.load_state_dict(one.controller.state_dict())
    draws = [[strategy.draw() for _ in range(8)] for strategy in (one, same, other)]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(
    "option, changed", [("skip_weight", 0.0), ("skip_target", 0.9), ("exact", True), ("entropy", 1.0), ("decay", 0.0), ("tanh", 0.1), ("temperature", 50.0)]
)
def test_every_option_changes_what_is_learnt(option, changed):
    plain, other = enas(rounds=3), enas(rounds=3, **{option: changed})
    for strategy in (plain, other):
        answered(strategy, lambda arch: 0.1 + 0.1 * (arch["op1"] == "conv3"), 19)
    assert any(not torch.equal(one, two) for one, two in zip(plain.controller.parameters(), other.controller.parameters(), strict=True))


@pytest.mark.parametrize(
    "option, value",
    [("rounds", 0), ("child_steps", 0), ("samples", 0), ("final", 0), ("preset", "best"), ("tanh", 0), ("temperature", 0), ("skip_target", 1.0),
     ("reward", "speed"), ("learn", 1), ("exact", 0), ("decay", 1.0)],
)  # fmt: skip
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        enas(**{option: value})


def test_an_estimator_that_judges_nothing_without_training_is_refused():
    with pytest.raises(ValueError, match="judges nothing without training"):
        nt.search(enas(), nt.estimators.Train(SPACE, TASK, 1, weights=False), trials=2)
