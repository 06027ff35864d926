"""The invariants of the policy gradient, and that it learns."""

import math
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy.stats import kstest, mannwhitneyu, wilcoxon

import nastutor as nt
from nastutor.rng import torch_rng
from nastutor.strategies.policy import Policy
from nastutor.testing.strategy import Pyramid

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(3)})


def log_p(policy, space, arch):
    return policy.walk(space, lambda name, options, log_probs: arch[name])[1]


@pytest.mark.parametrize("space", [SPACE, Pyramid(), nt.spaces.CellSpace(nodes=3)])
def test_probabilities_of_all_architectures_sum_to_one(space):
    policy = Policy(space.sites(), 8, torch_rng(0))
    with torch.no_grad():
        for weights in policy.parameters():
            weights.mul_(20)  # far from uniform
        probabilities = [log_p(policy, space, arch).exp().item() for arch in space]
    assert sum(probabilities) == pytest.approx(1, abs=1e-4) and max(probabilities) > 3 * min(probabilities)


def test_log_probabilities_of_the_decisions_sum_to_the_joint():
    policy, parts = Policy(SPACE.sites(), 8, torch_rng(0)), []
    arch = SPACE.sample(1)

    def pick(name, options, log_probs):
        parts.append((log_probs[options.index(arch[name])].item(), -(log_probs.exp() * log_probs).sum().item()))
        return arch[name]

    got, joint, entropy = policy.walk(SPACE, pick)
    assert got == arch and joint.item() == pytest.approx(sum(p for p, _ in parts)) and entropy.item() == pytest.approx(sum(h for _, h in parts))


def test_a_decision_depends_on_all_before():
    policy = Policy(SPACE.sites(), 8, torch_rng(0))
    with torch.no_grad():
        for weights in policy.parameters():
            weights.mul_(15)

    def distributions(*values):
        rows = []
        policy.walk(SPACE, lambda name, options, log_probs: rows.append(log_probs.detach()) or values[len(rows) - 1])
        return rows

    one, other = distributions(0, 2, 1), distributions(4, 2, 1)
    assert torch.equal(one[0], other[0]) and not torch.allclose(one[1], other[1], atol=1e-3), "on the last one, by its embedding"
    assert not torch.allclose(one[2], other[2], atol=1e-3), "and on those before it, by the state"


def test_a_step_starts_from_fresh_gradients():
    strategy = nt.REINFORCE(SPACE, seed=0)
    strategy.learn(SPACE.sample(0), 0.5)
    assert not any(weights.grad is not None and weights.grad.any() for weights in strategy.policy.parameters())


def test_gradient_of_a_bandit_is_the_analytic_one():
    """One decision: d/d(logits) of (R - b) log p(taken) is (R - b) (onehot - p)."""
    bandit = nt.spaces.ChoiceSpace.of({"arm": ("a", "b", "c")})
    strategy = nt.REINFORCE(bandit, entropy=0.0, per_update=10, seed=0)
    arch = nt.Arch((("arm", "b"),))
    p = []
    strategy.policy.walk(bandit, lambda name, options, log_probs: p.append(log_probs.detach().exp()) or "b")
    strategy.learn(arch, advantage=0.7)
    ascent = -10 * strategy.policy.heads.bias.grad
    assert torch.allclose(ascent, 0.7 * (torch.tensor([0.0, 1.0, 0.0]) - p[0]), atol=1e-6)


def expected_gradient(strategy, space, rewards, baseline):
    """E[(R - b) grad log p], exactly, over all architectures."""
    total = torch.zeros(sum(weights.numel() for weights in strategy.policy.parameters()))
    for arch in space:
        joint = log_p(strategy.policy, space, arch)
        gradient = torch.autograd.grad(joint, list(strategy.policy.parameters()))
        total += joint.exp().item() * (rewards[arch] - baseline) * torch.cat([part.flatten() for part in gradient])
    return total


def test_baseline_leaves_the_expected_gradient_unchanged():
    space = Pyramid()
    rewards = {arch: random.Random(str(arch)).random() for arch in space}
    strategy = nt.REINFORCE(space, hidden=6, seed=0)
    without, with_one = (expected_gradient(strategy, space, rewards, b) for b in (0.0, 0.6))
    assert without.norm() > 1e-3 and torch.allclose(without, with_one, atol=1e-5)


def test_baseline_is_the_moving_average_of_the_rewards_before():
    strategy = nt.REINFORCE(SPACE, decay=0.8, seed=0)
    advantages = []
    strategy.learn = lambda arch, advantage: advantages.append(advantage)
    for error in (0.5, 0.1, 0.3):
        strategy.tell(strategy.ask(), nt.Result({"error": error}))
    assert advantages == pytest.approx([0, 0.9 - 0.5, 0.7 - (0.8 * 0.5 + 0.2 * 0.9)])
    assert strategy.baseline == pytest.approx(0.8 * (0.8 * 0.5 + 0.2 * 0.9) + 0.2 * 0.7)


def test_reward_may_be_cubed_and_a_failure_earns_the_worst_so_far():
    strategy = nt.REINFORCE(SPACE, power=3, seed=0)
    assert strategy.reward(nt.Result({"error": 0.5})) == pytest.approx(0.125) and strategy.reward(nt.Result({"error": 3.0})) == pytest.approx(-8)
    assert math.isnan(strategy.reward(nt.Result.failed("planted"))), "nothing to compare with yet"
    for error in (0.4, 0.6, 0.5):
        strategy.tell(strategy.ask(), nt.Result({"error": error}))
    assert strategy.reward(nt.Result.failed("planted")) == pytest.approx(0.4**3) == strategy.reward(nt.Result({"error": math.nan}))


def test_rewards_stay_finite_whatever_the_error():
    strategy = nt.REINFORCE(SPACE, power=3, seed=0)
    strategy.tell(strategy.ask(), nt.Result({"error": 4e38}))
    assert math.isnan(strategy.baseline), "nothing to compare with yet"
    for error in (0.4, 0.6, 4e38, 1e200, -1e300, 5e6, 0.5):
        strategy.tell(strategy.ask(), nt.Result({"error": error}))
    assert strategy.worst == pytest.approx(0.4**3) and 0 < strategy.baseline < 0.6**3
    assert torch.isfinite(weights_of(strategy)).all()
    assert strategy.reward(nt.Result({"error": 90.0})) == pytest.approx(-(89.0**3)), "large, but within bounds"
    sharp = nt.REINFORCE(SPACE, power=1e308, seed=0)
    for error in (0.5, 3.0):  # 2 ** 1e308 is more than a float holds
        sharp.tell(sharp.ask(), nt.Result({"error": error}))
    assert sharp.worst == sharp.baseline == 0 and torch.isfinite(weights_of(sharp)).all()


def test_first_weights_are_uniform_from_minus_to_plus_0_08():
    weights = weights_of(nt.REINFORCE(SPACE, hidden=64, seed=0)).numpy()
    assert len(weights) > 10_000 and np.abs(weights).max() <= 0.08
    assert kstest(weights, "uniform", (-0.08, 0.16)).pvalue > 0.01


@pytest.mark.parametrize("rate", [0.001, 0.02])
def test_adam_takes_steps_of_the_learning_rate(rate):
    """The first step of Adam is the rate itself, wherever there is a gradient."""
    strategy = nt.REINFORCE(SPACE, learning_rate=rate, seed=0)
    before = weights_of(strategy)
    strategy.learn(SPACE.sample(0), 1.0)
    assert (weights_of(strategy) - before).abs().max().item() == pytest.approx(rate, rel=1e-2)


@pytest.mark.parametrize("hidden", [3, 20])
def test_hidden_is_the_width_of_the_policy(hidden):
    policy = nt.REINFORCE(SPACE, hidden=hidden, seed=0).policy
    options = sum(map(len, SPACE.sites().values()))
    assert policy.cell.hidden_size == hidden and policy.heads.weight.shape == (options, hidden) and policy.choices.weight.shape == (1 + options, hidden)


def test_the_gradient_goes_back_through_all_decisions_before():
    """Against central differences in float64; of the start symbol, which only the state carries to the second decision and the third."""
    policy, arch = Policy(SPACE.sites(), 6, torch_rng(0)).double(), SPACE.sample(3)
    with torch.no_grad():
        for weights in policy.parameters():
            weights.mul_(8)
    log_p(policy, SPACE, arch).backward()
    for weights, row in ((policy.choices.weight, -1), (policy.cell.weight_hh, 0), (policy.cell.weight_ih, 7)):
        numeric = []
        for column in range(6):
            sides = []
            for step in (1e-5, -1e-5):
                with torch.no_grad():
                    weights[row, column] += step
                    sides.append(log_p(policy, SPACE, arch).item())
                    weights[row, column] -= step
            numeric.append((sides[0] - sides[1]) / 2e-5)
        assert weights.grad[row].tolist() == pytest.approx(numeric, rel=1e-5, abs=1e-9) and max(map(abs, numeric)) > 1e-3


def weights_of(strategy):
    return torch.cat([weights.detach().flatten().clone() for weights in strategy.policy.parameters()])


def test_per_update_takes_one_step_for_several_answers():
    strategy = nt.REINFORCE(SPACE, per_update=3, seed=0)
    before = weights_of(strategy)
    changes = []
    for _ in range(6):
        strategy.tell(strategy.ask(), nt.Result({"error": strategy.rng.random()}))
        changes.append(not torch.equal(weights_of(strategy), before))
        before = weights_of(strategy)
    assert changes == [False, False, True, False, False, True]


def test_answers_it_did_not_ask_for_teach_nothing_and_one_trial_may_be_out_twice():
    single = nt.spaces.ChoiceSpace.of({"a": (1,), "b": (1, 2)})
    strategy = nt.REINFORCE(single, seed=0)
    before = weights_of(strategy)
    strategy.tell(nt.Trial(single.sample(0)), nt.Result({"error": 0.1}))
    assert torch.equal(weights_of(strategy), before) and math.isnan(strategy.baseline)
    flying = [strategy.ask() for _ in range(6)]
    for trial in flying:
        strategy.tell(trial, nt.Result({"error": 0.1}))
    assert strategy.answers == 6 and not strategy.flying


def test_entropy_bonus_keeps_the_policy_open():
    entropies = []
    for bonus in (0.0, 1.0):
        strategy = nt.REINFORCE(SPACE, entropy=bonus, learning_rate=0.05, seed=0)
        for _ in range(60):
            trial = strategy.ask()
            strategy.tell(trial, nt.Result({"error": trial.arch["d0"] / 4}))
        entropies.append(strategy.policy.walk(SPACE, lambda name, options, log_probs: options[0])[2].item())
    assert entropies[1] > entropies[0] + 0.2, entropies


def test_global_generator_is_untouched_and_processes_agree():
    code = (
        "import sys, nastutor as nt, torch; torch.set_num_threads(int(sys.argv[1])); s = nt.REINFORCE(nt.spaces.CellSpace(nodes=4), seed=3)\n"
        "for _ in range(12): t = s.ask(); s.tell(t, nt.Result({'error': (len(str(t.arch)) % 7) / 7}))\n"
        "print(s.ask().arch)"
    )
    state = torch.get_rng_state()
    strategy = nt.REINFORCE(nt.spaces.CellSpace(nodes=4), seed=3)
    for _ in range(12):
        trial = strategy.ask()
        strategy.tell(trial, nt.Result({"error": (len(str(trial.arch)) % 7) / 7}))
    assert torch.equal(torch.get_rng_state(), state)
    there = subprocess.run([sys.executable, "-c", code, "2"], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == str(strategy.ask().arch)


@pytest.fixture(scope="module")
def table():
    return nt.estimators.Table("digits-tiny")


def errors_of(strategy, table, trials):
    errors = []
    for _ in range(trials):
        trial = strategy.ask()
        strategy.tell(trial, table(trial))
        errors.append(table(trial).error)
    return errors


def learned_and_drawn(table, seeds, trials, last):
    """For each seed: mean error of the last samples of REINFORCE, with its defaults, and of all of random search's."""
    learned = [np.mean(errors_of(nt.REINFORCE(table.space, seed=seed), table, trials)[-last:]) for seed in range(seeds)]
    drawn = [np.mean(errors_of(nt.RandomSearch(table.space, seed=seed), table, trials)) for seed in range(seeds)]
    print(f"{seeds} seeds, last {last} of {trials}: REINFORCE {np.mean(learned):.3f}, random {np.mean(drawn):.3f}")
    return learned, drawn


def test_claim_at_equal_samples_it_samples_better_than_random(table):
    """The claim in small: the last 30 of 100, 10 paired seeds."""
    assert wilcoxon(*learned_and_drawn(table, 10, 100, 30), alternative="less").pvalue < 0.01


@pytest.mark.slow
def test_claim_as_the_card_has_it(table):
    """Mean of the last 50 sampled, of 150, against random's mean, 20 seeds, one-sided Mann-Whitney."""
    assert mannwhitneyu(*learned_and_drawn(table, 20, 150, 50), alternative="less").pvalue < 0.01


@pytest.mark.parametrize(
    "argument, value", [("hidden", 0), ("learning_rate", 0), ("decay", 1), ("entropy", -0.1), ("power", 0), ("per_update", 0), ("decay", "0.9")]
)
def test_bad_arguments_are_refused_in_words(argument, value):
    with pytest.raises(ValueError) as error:
        nt.REINFORCE(SPACE, **{argument: value})
    assert f"`{argument}` is {value!r}" in str(error.value)


ANCHORED = nt.spaces.NASRLSpace((1, 2, 3), (1, 3), (3,), (4, 8))


def answered(strategy, trials, error=lambda arch: 0.5):
    asked = []
    for _ in range(trials):
        trial = strategy.ask()
        asked.append(trial.arch)
        strategy.tell(trial, nt.Result({"error": error(trial.arch)}))
    return asked


def test_depth_grows_with_the_architectures_asked():
    strategy = nt.REINFORCE(ANCHORED, grow=(1, 1, 4), hidden=4, seed=0)
    assert [arch["depth"] for arch in answered(strategy, 14)] == [1] * 4 + [2] * 4 + [3] * 6
    assert [strategy.ask().arch["depth"] for _ in range(2)] == [3, 3] and not any("depth" in pair for pair in strategy.policy.rows)
    by_two = nt.REINFORCE(ANCHORED, grow=(1, 2, 2), hidden=4, seed=0)
    assert [arch["depth"] for arch in answered(by_two, 5)] == [1, 1, 3, 3, 3]


def test_what_is_in_flight_when_the_depth_grows_is_learnt_from_as_it_is():
    strategy = nt.REINFORCE(ANCHORED, grow=(1, 1, 2), hidden=4, anchors=True, seed=0)
    flying = [strategy.ask() for _ in range(6)]
    for trial in flying[::-1]:
        strategy.tell(trial, nt.Result({"error": 0.1 * trial.arch["depth"]}))
    assert strategy.answers == 6


def test_the_paper_grows_by_2_every_1600():
    space = nt.spaces.NASRLSpace(tuple(range(6, 21, 2)), (1, 3, 5, 7), (1, 3, 5, 7), (24, 36, 48, 64), pools=())
    strategy = nt.REINFORCE(space, hidden=35, layers=2, learning_rate=0.0006, entropy=0.0, power=3, anchors=True, grow=(6, 2, 1600), last=5, seed=0)
    depths = {}
    for strategy.asked in (0, 1599, 1600, 3200, 12799, 12800, 20000):
        depths[strategy.asked] = strategy.depth
    assert depths == {0: 6, 1599: 6, 1600: 8, 3200: 10, 12799: 20, 12800: 20, 20000: 20}
    assert strategy.policy.cell.hidden_size == 35 and len(strategy.policy.upper) == 1


def test_the_reward_is_that_of_the_best_of_the_last_epochs():
    strategy = nt.REINFORCE(SPACE, power=3, last=3, seed=0)
    curve = (0.9, 0.1, 0.5, 0.4, 0.6)
    assert strategy.reward(nt.Result({"error": 0.6}, curve=curve)) == pytest.approx(0.6**3) and strategy.wants == ("curve",)
    assert strategy.reward(nt.Result({"error": 0.6}, curve=(0.5,))) == pytest.approx(0.5**3) and strategy.reward(nt.Result({"error": 0.6})) == pytest.approx(
        0.4**3
    )
    plain = nt.REINFORCE(SPACE, power=3, seed=0)
    assert plain.reward(nt.Result({"error": 0.6}, curve=curve)) == pytest.approx(0.4**3) and plain.wants == ()


def test_set_selection_learns_which_links_pay():
    """Reward for each link from layer 1, none for others: the last 30 of 90 have more of the first and as many of the second."""
    strategy = nt.REINFORCE(ANCHORED, grow=(3, 1, 1), hidden=12, learning_rate=0.05, anchors=True, seed=1)
    asked = answered(strategy, 90, lambda arch: 1 - 0.5 * (arch["1->2"] + arch["1->3"]))
    assert np.mean([arch["1->2"] + arch["1->3"] for arch in asked[-30:]]) > 1.5


def test_options_that_came_later_are_not_named_while_they_are_off():
    assert "anchors" not in nt.REINFORCE(SPACE).fingerprint and "layers=2" in nt.REINFORCE(SPACE, layers=2).fingerprint


@pytest.mark.parametrize(
    "space, options, kind, text",
    [
        (SPACE, {"anchors": True}, TypeError, r"`REINFORCE` needs a space with anchors\(\), which ProductSpace does not have"),
        (SPACE, {"anchors": 1}, ValueError, "`anchors` is 1; allowed are True and False"),
        (SPACE, {"layers": 0}, ValueError, "`layers` is 0"),
        (SPACE, {"last": 0}, ValueError, "`last` is 0"),
        (SPACE, {"grow": (1, 1, 1)}, ValueError, "it has no decision 'depth'"),
        (ANCHORED, {"grow": (2, 1)}, ValueError, r"`grow` is \(2, 1\)"),
        (ANCHORED, {"grow": (4, 1, 1)}, ValueError, "steps through its decision 'depth': 1, 2, 3"),
        (nt.spaces.NASRLSpace((1, 4)), {"grow": (1, 1, 5)}, ValueError, "steps through its decision 'depth': 1, 4"),
    ],
)
def test_refusals_of_the_paper_s_options(space, options, kind, text):
    with pytest.raises(kind, match=text):
        nt.REINFORCE(space, **options)
