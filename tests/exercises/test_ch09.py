"""The reference solutions of chapter 9 against torch and the library, and numbers worked out by hand."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import nastutor as nt  # noqa: E402
from nastutor.checks import find_check, judge  # noqa: E402
from nastutor.exercises import ch09  # noqa: E402
from nastutor.exercises.ch09 import CHECKS, almost_one_hot, derive, gate_slope, mean_cost, slope, softmax  # noqa: E402

SPACE = nt.spaces.CellSpace(nodes=3, channels=4)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def test_the_solutions_of_the_chapter_are_in_one_place():
    assert {check.id for check in CHECKS} == {f"ch09.{name}" for name in ch09.__all__ if name != "CHECKS"}


def test_softmax_is_torchs_for_large_numbers_too():
    for alpha in ([0.0], [1.0, -2.0, 0.5], [1000.0, 999.0]):
        assert softmax(alpha) == pytest.approx(torch.softmax(tensor(alpha), 0).tolist())


@pytest.mark.parametrize("seed", range(5))
def test_slope_is_what_torch_differentiates(seed):
    alpha, grad = tensor(np.random.default_rng(seed).normal(size=4)).requires_grad_(), np.random.default_rng(seed + 10).normal(size=4).tolist()
    (torch.softmax(alpha, 0) @ tensor(grad)).backward()
    found = slope(alpha.tolist(), grad)
    assert found == pytest.approx(alpha.grad.tolist()) and sum(found) == pytest.approx(0)


def test_a_step_of_the_librarys_darts_goes_against_this_slope():
    strategy = nt.DARTS(SPACE, weight_decay=0.0, scale=1.0, seed=3)
    before = {name: own.tolist() for name, own in strategy.alpha.items()}
    trial, rng = strategy.ask(), np.random.default_rng(0)
    grad = nt.Mixture({name: rng.normal(size=len(own)).astype(np.float32) for name, own in before.items()})
    assert {name: trial.arch[name].tolist() for name in before} == {name: pytest.approx(softmax(own), rel=1e-5) for name, own in before.items()}
    strategy.tell(trial, nt.Result({"error": 0.5, "loss": 1.0}, grad=grad))
    for name, own in before.items():
        moved = strategy.alpha[name].detach() - torch.tensor(own)
        assert torch.equal(moved.sign(), -torch.tensor(slope(own, grad[name].tolist())).sign())


def test_single_precision_will_do_and_no_less():
    """Torch computes with float32 where nothing is said, and later steps build on such a softmax."""

    def single(alpha):
        return torch.softmax(torch.tensor(alpha), 0)

    answers = {
        "softmax": single,
        "slope": lambda alpha, grad: single(alpha) * (torch.tensor(grad) - single(alpha) @ torch.tensor(grad)),
        "almost_one_hot": lambda alpha, u, t: single([(math.log(p) - math.log(-math.log(x))) / t for p, x in zip(single(alpha).tolist(), u)]).tolist(),
        "mean_cost": lambda alphas, costs: sum(single(a) @ torch.tensor(c) for a, c in zip(alphas, costs)),
    }
    for name, answer in answers.items():
        assert judge(find_check(f"ch09.{name}"), answer).passed, name
    assert not judge(find_check("ch09.softmax"), lambda alpha: [round(p, 3) for p in softmax(alpha)]).passed
    half = find_check("ch09.softmax").compare([0.25, 0.5], [0.25, 0.75])
    assert half == "entry 1 (counted from 0) is wrong"


def test_almost_one_hot_by_hand():
    """exp(-exp(-g)) is Gumbel's distribution: u = exp(-1) gives g = 0."""
    still = [np.exp(-1.0)] * 2
    assert almost_one_hot([0.0, np.log(3.0)], still, 1.0) == pytest.approx([0.25, 0.75])
    assert almost_one_hot([0.0, np.log(3.0)], still, 0.5) == pytest.approx([0.1, 0.9])


def test_the_largest_of_noisy_ones_is_drawn_with_its_share():
    rng, alpha = np.random.default_rng(0), [0.0, 1.0, -1.0]
    counts = np.zeros(3)
    for uniform in rng.uniform(size=(4000, 3)).tolist():
        counts[np.argmax(almost_one_hot(alpha, uniform, 0.7))] += 1
    assert np.abs(counts / 4000 - softmax(alpha)).max() < 0.03


def test_gates_are_the_librarys():
    strategy = nt.ProxylessNAS(SPACE, scale=1.0, seed=1)
    _, pairs = strategy.draw()
    grad = {name: torch.arange(len(own), dtype=torch.float32) ** 2 for name, own in strategy.alpha.items()}
    found = strategy.slope(pairs, grad)
    for name, pair in pairs.items():
        mine = gate_slope(strategy.alpha[name].tolist(), tuple(pair.numbers.tolist()), grad[name].tolist())
        assert mine == pytest.approx(found[name].tolist(), abs=1e-6)


def test_a_cell_is_derived_as_dartsspace_does():
    space = nt.spaces.DARTSSpace()
    rng = np.random.default_rng(0)
    mixture = nt.Mixture({name: rng.dirichlet(np.ones(len(options))).astype(np.float32) for name, options in space.mixture_sites().items()})
    genotype = space.genotype(space.discretize(mixture))
    for kind, cell in zip(("normal", "reduce"), genotype, strict=True):
        edges = {}
        for name, options in space.mixture_sites().items():
            own_kind, edge = name.split(" ")
            if own_kind == kind:
                edges[tuple(map(int, edge.split("->")))] = dict(zip(options, mixture[name].tolist(), strict=True))
        theirs = {node: sorted(((block.in1, block.op1), (block.in2, block.op2))) for node, block in enumerate(cell.blocks, 2)}
        assert derive(edges, 2) == theirs


def test_mean_cost_is_the_mean_over_all_architectures():
    alphas, costs = [[0.0, 1.0], [2.0, 0.0, -1.0]], [[1.0, 4.0], [0.0, 2.0, 8.0]]
    p, q = map(softmax, alphas)
    assert mean_cost(alphas, costs) == pytest.approx(sum(p[i] * q[j] * (costs[0][i] + costs[1][j]) for i in range(2) for j in range(3)))


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("softmax", lambda alpha: [a / sum(alpha) for a in alpha], "alpha may be negative"),
        ("slope", lambda alpha, grad: [p * g for p, g in zip(softmax(alpha), grad)], "The second part is missing"),
        ("almost_one_hot", lambda a, u, t: softmax([x / t - np.log(-np.log(y)) for x, y in zip(a, u)]), "divides the noise too"),
        ("gate_slope", lambda alpha, pair, grad: slope(alpha, grad), "two options ran"),
        ("derive", lambda edges, keep: {}, ""),
        ("mean_cost", lambda alphas, costs: sum(np.mean(own) for own in costs), "weigh by softmax"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch09.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)
