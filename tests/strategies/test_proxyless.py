"""The gradient of binary gates, and a step that moves two options and no others."""

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

import nastutor as nt
from nastutor.strategies.proxyless import Pair

SPACE = nt.spaces.CellSpace(nodes=2)
EDGE = "0->1"


def answer(grad):
    return nt.Result({"error": 0.5}, grad=nt.Mixture({EDGE: grad}))


def test_of_two_drawn_options_one_runs_and_the_other_is_watched():
    strategy = nt.ProxylessNAS(SPACE, seed=0)
    for _ in range(20):
        mixture = strategy.ask().arch
        (other,) = mixture.watched[EDGE]
        assert sorted(mixture[EDGE]) == [0, 0, 0, 0, 1] and mixture[EDGE][other] == 0


def test_pairs_and_runners_are_drawn_by_their_probabilities():
    """A pair without replacement, then one of the two by its share of both."""
    strategy = nt.ProxylessNAS(SPACE, scale=0.7, seed=1)
    p, counts = strategy.probabilities[EDGE].astype(float), np.zeros((5, 5))
    p /= p.sum()
    for _ in range(3_000):
        mixture = strategy.ask().arch
        counts[mixture[EDGE].argmax(), mixture.watched[EDGE][0]] += 1
    expected = np.zeros((5, 5))
    for one, two in itertools.permutations(range(5), 2):
        both = p[one] * p[two] / (1 - p[one]) + p[two] * p[one] / (1 - p[two])
        expected[one, two] = both * p[one] / (p[one] + p[two])
    off = ~np.eye(5, dtype=bool)
    assert expected.sum() == pytest.approx(1) and chisquare(counts[off], 3_000 * expected[off]).pvalue > 1e-4


def test_the_gate_gradient_is_that_of_the_mean_over_both_gates():
    """A loss that is linear in the gates: the chain rule through p gives the gradient of its mean, enumerated."""
    strategy = nt.ProxylessNAS(SPACE, scale=1.0, seed=2)
    numbers, g = torch.tensor([3, 1]), torch.tensor([0.0, 0.4, 0.0, -1.2, 0.0])
    found = strategy.slope({EDGE: Pair(numbers)}, {EDGE: g})[EDGE]
    leaf = strategy.alpha[EDGE].detach().clone().requires_grad_()
    mean = (torch.softmax(leaf[numbers], 0) * g[numbers]).sum()
    torch.testing.assert_close(found, torch.autograd.grad(mean, leaf)[0])


def test_the_price_of_a_gate_is_eta_times_what_its_option_costs():
    """Cai et al. 2019, equation 7, over the two that were drawn."""
    costs, numbers = torch.tensor([5.0, 0.5, 3.0, 9.0, 4.0]), torch.tensor([3, 1])
    for eta in (0.25, 2.0):
        strategy = nt.ProxylessNAS(SPACE, scale=1.0, seed=2, resource={EDGE: costs}, eta=eta)
        found = strategy.slope({EDGE: Pair(numbers)}, {EDGE: torch.zeros(5)})[EDGE]
        leaf = strategy.alpha[EDGE].detach().clone().requires_grad_()
        mean = (torch.softmax(leaf[numbers], 0) * costs[numbers]).sum()
        torch.testing.assert_close(found, eta * torch.autograd.grad(mean, leaf)[0])


def test_a_step_leaves_the_probabilities_of_all_other_options_as_they_were():
    strategy = nt.ProxylessNAS(SPACE, lr=0.3, scale=1.0, seed=3)
    for _ in range(10):
        before, trial = strategy.probabilities[EDGE].copy(), strategy.ask()
        drawn = {int(trial.arch[EDGE].argmax()), *trial.arch.watched[EDGE]}
        strategy.tell(trial, answer([1.0, -2.0, 0.5, 3.0, -1.0]))
        after, others = strategy.probabilities[EDGE], [k for k in range(5) if k not in drawn]
        np.testing.assert_allclose(after[others], before[others], rtol=1e-5)
        assert np.abs(after - before).max() > 1e-3 and after.sum() == pytest.approx(1, abs=1e-6)


def test_the_option_with_the_lower_loss_wins():
    strategy = nt.ProxylessNAS(SPACE, lr=0.05, seed=4)
    for _ in range(400):
        strategy.tell(strategy.ask(), answer([1.0, 0.8, 0.0, 0.9, 1.0]))
    assert strategy.probabilities[EDGE].argmax() == 2 and strategy.probabilities[EDGE][2] > 0.5


def test_a_decision_with_one_option_has_nothing_to_compare():
    space = nt.spaces.CellSpace(nodes=2, ops=("conv3",))
    strategy = nt.ProxylessNAS(space)
    trial = strategy.ask()
    assert trial.arch.watched[EDGE] == () and trial.arch[EDGE].tolist() == [1.0]
    strategy.tell(trial, answer([0.3]))
    assert strategy.probabilities[EDGE].tolist() == [1.0]


def rewarded(error, **more):
    """The steps of ProxylessREINFORCE on one edge where option k has this error."""
    strategy = nt.ProxylessREINFORCE(SPACE, **more)
    for _ in range(400):
        trial = strategy.ask()
        strategy.tell(trial, nt.Result({"error": error[int(trial.arch[EDGE].argmax())]}))
    return strategy


def test_without_a_gradient_gates_learn_what_paths_are_worth():
    strategy = rewarded([0.9, 0.8, 0.1, 0.9, 0.8], lr=0.1, seed=0)
    assert strategy.probabilities[EDGE].argmax() == 2 and strategy.probabilities[EDGE][2] > 0.6


def test_its_step_is_that_of_the_mean_of_advantage_times_log_p():
    """By hand, for two draws."""
    strategy = nt.ProxylessREINFORCE(SPACE, samples=2, decay=0.5, scale=1.0, seed=1)
    strategy.follow = lambda slope: found.append(slope)
    found, leaf, draws = [], strategy.alpha[EDGE].detach().clone().requires_grad_(), []
    for error in (0.2, 0.6):
        trial = strategy.ask()
        draws.append(int(trial.arch[EDGE].argmax()))
        strategy.tell(trial, nt.Result({"error": error}))
    log_p = torch.log_softmax(leaf, 0)
    advantage = 0.4 - (0.5 * 0.8 + 0.5 * 0.4)  # the first reward is the baseline
    expected = torch.autograd.grad(-(0 * log_p[draws[0]] + advantage * log_p[draws[1]]) / 2, leaf)[0]
    torch.testing.assert_close(found[0][EDGE], expected)


def test_a_path_that_costs_more_than_the_target_is_worth_less():
    costs = {EDGE: [0.0, 1.0, 2.0, 4.0, 8.0]}
    strategy = nt.ProxylessREINFORCE(SPACE, resource=costs, target=2.0, exponent=-0.5)
    assert strategy.reward({EDGE: 2}, 0.2) == pytest.approx(0.8) and strategy.reward({EDGE: 4}, 0.2) == pytest.approx(0.4)
    free = rewarded([0.3] * 5, resource={EDGE: [0.0, 2.0, 2.0, 2.0, 2.0]}, target=2.0, exponent=-0.07, lr=0.1, seed=2)
    assert free.reward({EDGE: 0}, 0.9) < free.reward({EDGE: 1}, 0.1), "what costs nothing does not earn without bound"
    dear = rewarded([0.3] * 5, resource={EDGE: [2.0, 4.0, 4.0, 4.0, 4.0]}, target=2.0, exponent=-0.5, lr=0.1, seed=2)
    assert dear.probabilities[EDGE].argmax() == 0


@pytest.mark.parametrize(
    "more, words", [({"target": 1.0}, "allowed are both or neither"), ({"exponent": 0.1}, "`exponent` is 0.1"), ({"samples": 0}, "`samples` is 0")]
)
def test_refusals_without_a_gradient(more, words):
    with pytest.raises(ValueError, match=words):
        nt.ProxylessREINFORCE(SPACE, **more)
