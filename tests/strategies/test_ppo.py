"""The clipped gain and its gradient, a batch by hand, and that it learns."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import mannwhitneyu

import nastutor as nt
from nastutor.strategies.ppo import Taken, clipped

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(3)})


def answer(trial):
    """The sum of the numbers, from 0 (all 0) to 1."""
    return nt.Result({"error": sum(value for _, value in trial.arch.choices) / 12})


@pytest.mark.parametrize("advantage", [1.5, -1.5])
@pytest.mark.parametrize("ratio", [0.5, 0.79, 0.81, 1.0, 1.19, 1.21, 2.0])
def test_the_gradient_is_zero_where_the_ratio_is_outside_and_the_advantage_pushes_further(ratio, advantage):
    log_ratio = torch.tensor(math.log(ratio), dtype=torch.float64, requires_grad=True)
    clipped(log_ratio, advantage, 0.2).backward()
    further = (ratio > 1.2 and advantage > 0) or (ratio < 0.8 and advantage < 0)
    assert log_ratio.grad.item() == pytest.approx(0.0 if further else ratio * advantage)


def test_the_gain_is_the_smaller_of_the_two():
    for ratio, advantage, gain in ((1.5, 2.0, 2.4), (1.5, -2.0, -3.0), (0.5, 2.0, 1.0), (0.5, -2.0, -1.6), (1.1, 2.0, 2.2)):
        assert clipped(torch.tensor(math.log(ratio), dtype=torch.float64), advantage, 0.2).item() == pytest.approx(gain)


def test_the_first_step_on_a_batch_is_that_of_reinforce():
    """All ratios are 1: the gradient is that of the mean of (R - b) log p + bonus."""
    ppo = nt.PPO(SPACE, hidden=8, batch=3, seed=4)
    reinforce = nt.REINFORCE(SPACE, hidden=8, per_update=3, entropy=0.01, seed=4)
    reinforce.policy.load_state_dict(ppo.policy.state_dict())
    batch = [(SPACE.sample(k), advantage) for k, advantage in enumerate((0.5, -0.2, 0.1))]
    ppo.loss([Taken(arch, ppo.log_p(arch), advantage) for arch, advantage in batch]).backward()
    reinforce.optimizer = torch.optim.SGD(reinforce.policy.parameters(), lr=0.0)
    for arch, advantage in batch[:2]:
        reinforce.learn(arch, advantage)
    reinforce.per_update = 10**9  # keeps the gradient
    _, joint, entropy = reinforce.policy.walk(SPACE, lambda name, options, log_probs: batch[2][0][name])
    (-(batch[2][1] * joint + 0.01 * entropy) / 3).backward()
    for one, other in zip(ppo.policy.parameters(), reinforce.policy.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-7)


def test_more_steps_on_a_batch_stay_near_the_policy_that_drew_it():
    """With a bold step, ratios leave the bounds far behind where nothing clips them."""
    moved = {}
    for clip in (0.05, 1e6):
        strategy = nt.PPO(SPACE, hidden=8, batch=1, epochs=30, clip=clip, learning_rate=0.02, entropy=0.0, seed=1)
        trials = [strategy.ask() for _ in range(2)]
        strategy.tell(trials[0], nt.Result({"error": 0.9}))  # the baseline
        before = strategy.log_p(trials[1].arch)
        strategy.tell(trials[1], nt.Result({"error": 0.1}))
        moved[clip] = math.exp(strategy.log_p(trials[1].arch) - before)
    assert moved[1e6] > 5 and 1.05 < moved[0.05] < 0.5 * moved[1e6]


def test_the_ratio_counts_from_the_policy_that_drew_the_architecture():
    """Also where the policy has moved while it was out."""
    strategy = nt.PPO(SPACE, hidden=8, batch=2, learning_rate=0.1, seed=3)
    out = strategy.ask()
    drawn = strategy.log_p(out.arch)
    for _ in range(4):
        strategy.tell(strategy.ask(), nt.Result({"error": 0.1 + 0.2 * (strategy.answers % 2)}))
    assert strategy.log_p(out.arch) != pytest.approx(drawn, abs=1e-3)
    strategy.tell(out, nt.Result({"error": 0.5}))
    assert strategy.waiting[-1].log_p == pytest.approx(drawn, abs=1e-6) and not strategy.drawn


def test_it_learns():
    """The last 50 of 150 against 50 at random."""
    strategy = nt.PPO(SPACE, hidden=16, learning_rate=0.03, seed=0)
    errors = [record.error for record in nt.search(strategy, answer, trials=150, progress=False)]
    rng = np.random.default_rng(0)
    random = [answer(nt.Trial(SPACE.sample(int(seed)))).error for seed in rng.integers(0, 10**6, 50)]
    assert mannwhitneyu(errors[-50:], random, alternative="less").pvalue < 1e-6


@pytest.mark.parametrize(
    "option, value", [("clip", 0.01), ("epochs", 1), ("batch", 2), ("hidden", 8), ("learning_rate", 0.5), ("decay", 0.1), ("entropy", 1.0), ("power", 3.0)]
)
def test_every_option_changes_what_is_asked(option, value):
    def asked(**options):
        strategy = nt.PPO(SPACE, **{"hidden": 12, "learning_rate": 0.1, **options}, seed=2)
        return [record.trial.key for record in nt.search(strategy, answer, trials=40, progress=False)]

    assert asked() != asked(**{option: value})


@pytest.mark.parametrize("option, value", [("clip", 0), ("clip", math.inf), ("epochs", 0), ("batch", 0), ("batch", 2.5), ("hidden", 0), ("power", 0)])
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value}"):
        nt.PPO(SPACE, **{option: value})


def test_failures_and_strangers():
    strategy = nt.PPO(SPACE, hidden=8, batch=2)
    before = [own.clone() for own in strategy.policy.parameters()]
    strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result({"error": 0.1}))
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    assert not strategy.waiting and all(torch.equal(a, b) for a, b in zip(before, strategy.policy.parameters(), strict=True))
    strategy.tell(strategy.ask(), nt.Result({"error": 0.2}))
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    assert not all(torch.equal(a, b) for a, b in zip(before, strategy.policy.parameters(), strict=True)), "a failure earns the worst reward so far"
