"""The exercises on the policy gradient agree with autograd, with the library's baseline and clip, and with its policy with anchor points."""

import math
import random

import pytest
import torch

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises.small_policies import advantages, anchors, clipped, gradient
from nastutor.rng import torch_rng
from nastutor.strategies.policy import AnchorPolicy, Policy
from nastutor.strategies.ppo import clipped as library_clipped

SPACE = nt.spaces.ChoiceSpace.of({"x": (0, 1, 2)})


def test_gradient_by_hand_and_by_differences():
    assert gradient([0.0, 0.0], 0) == [0.5, -0.5]
    logits, step = [0.3, -1.0, 2.0], 1e-6

    def log_p(values):
        return values[1] - math.log(sum(map(math.exp, values)))

    differences = [(log_p([v + step * (i == k) for i, v in enumerate(logits)]) - log_p(logits)) / step for k in range(3)]
    assert gradient(logits, 1) == pytest.approx(differences, abs=1e-5)


def test_gradient_is_that_of_the_librarys_policy():
    """Heads are linear: the gradient of log p in their bias is that in the logits."""
    policy = Policy(SPACE.sites(), 4, torch_rng(0, "policy"))
    logits = []
    _, log_p, _ = policy.walk(SPACE, lambda name, options, log_probs: logits.extend(log_probs.tolist()) or 2)
    log_p.backward()
    assert policy.heads.bias.grad.tolist() == pytest.approx(gradient(logits, 2), abs=1e-6)


def test_advantages_are_the_librarys(monkeypatch):
    strategy, found = nt.REINFORCE(SPACE, decay=0.75, hidden=2), []
    monkeypatch.setattr(strategy, "learn", lambda arch, advantage: found.append(advantage))
    rewards = [random.Random(seed).random() for seed in range(12)]
    for reward in rewards:
        strategy.tell(strategy.ask(), nt.Result({"error": 1 - reward}))
    assert advantages(rewards, 0.75) == pytest.approx(found) and found[0] == 0


def test_clipped_is_the_librarys():
    for ratio in (0.5, 0.9, 1.0, 1.3, 2.0):
        for advantage in (-1.5, 0.0, 1.0):
            assert clipped(ratio, advantage, 0.2) == pytest.approx(library_clipped(torch.tensor(ratio).log(), advantage, 0.2).item(), abs=1e-6)


def test_anchors_are_the_librarys():
    space = nt.spaces.NASRLSpace(depths=(3,), heights=(3,), widths=(3,), filters=(8,))
    policy = AnchorPolicy(space.sites(), 4, torch_rng(1, "policy"), 1, space.anchors())
    with torch.no_grad():
        for weights in policy.parameters():
            weights.mul_(20)
    looked, own = {}, {"1->2": True, "1->3": False, "2->3": True}

    def pick(name, options, log_probs):
        if name in own:
            chance = log_probs[options.index(True)].exp().item()
            looked[name] = math.log(chance / (1 - chance))
        return own.get(name, options[0])

    _, log_p, _ = policy.walk(space, pick)
    assert math.log(anchors(list(looked.values()), [own[name] for name in looked])) == pytest.approx(log_p.item(), abs=1e-4)
    assert anchors([0.0, 0.0], [True, False]) == 0.25


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("gradient", lambda z, k: [math.exp(v) / sum(map(math.exp, z)) - (i == k) for i, v in enumerate(z)], "signs"),
        ("advantages", lambda rewards, decay: [r - sum(rewards) / len(rewards) for r in rewards], "come later"),
        ("clipped", lambda r, a, c: max(1 - c, min(1 + c, r)) * a, "never called back"),
        ("anchors", lambda scores, picked: math.prod(1 / (1 + math.exp(-s)) for s, own in zip(scores, picked) if own), "not* picked"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch07.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)
