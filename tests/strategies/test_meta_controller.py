"""What the controllers of transformations share, on a controller of one decision; more in test_eas.py and test_path_level_eas.py."""

import pytest
import torch
from torch import nn

import nastutor as nt
from nastutor.rng import torch_rng
from nastutor.strategies.meta_controller import MetaController, tan_reward


class Arms(MetaController):
    """One decision of three options."""

    def __init__(self, seed=0, **options):
        defaults = {"batch": 2, "learning_rate": 0.1, "decay": 0.05, "entropy": 0.0, "clip": None, "learn": True}
        super().__init__(nt.spaces.ChoiceSpace.of({"arm": ("a", "b", "c")}), **{**defaults, **options}, seed=seed)
        self.begin(nn.Linear(1, 3), torch_rng(seed))

    def episode(self, start, choose):
        return nt.Arch((("arm", "abc"[choose(self.policy(torch.ones(1)))]),))

    def ask(self):
        arch, episode = self.drawn(None)
        return self.out(nt.Trial(arch), episode)


def test_the_gradient_of_one_decision_is_the_analytic_one():
    """(R - b) (onehot - p)."""
    arms = Arms()
    p = arms.policy(torch.ones(1)).softmax(0).detach()
    _, episode = arms.drawn(None)
    arms.loss(episode, 0.7, 0.0)
    torch.testing.assert_close(-arms.policy.bias.grad, 0.7 * (torch.eye(3)[episode.taken[0]] - p))


def test_one_trial_may_be_out_twice_and_strangers_teach_nothing():
    arms = Arms(batch=100)
    arms.tell(nt.Trial(nt.Arch((("arm", "a"),))), nt.Result({"error": 0.1}))
    flying = [arms.ask() for _ in range(6)]
    for trial in flying:
        arms.tell(trial, nt.Result({"error": 0.1}))
    assert len(arms.waiting) == 6 and not arms.flying


def test_entropy_keeps_it_open():
    spread = []
    for bonus in (0.0, 3.0):
        arms = Arms(entropy=bonus)
        for _ in range(80):
            trial = arms.ask()
            arms.tell(trial, nt.Result({"error": 0.2 if trial.arch["arm"] == "a" else 0.6}))
        spread.append(arms.policy(torch.ones(1)).softmax(0).max().item())
    assert spread[0] > 0.9 > spread[1]


def test_errors_beyond_0_and_1_have_a_finite_reward():
    assert tan_reward(-5) == tan_reward(0) == pytest.approx(636_619.77, rel=1e-5) and tan_reward(1e300) == -tan_reward(0)
