"""How mixtures are drawn from alpha, and how their gradients come back."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

import nastutor as nt
from nastutor.strategies.relaxed import Relaxed

SPACE = nt.spaces.CellSpace(nodes=3)
SITES = SPACE.mixture_sites()
KINDS = (nt.DARTS, nt.SNAS, nt.GDAS)


def gradient(value):
    return nt.Mixture({name: value(name, len(options)) for name, options in SITES.items()})


def answer(grad, error=0.5):
    return nt.Result({"error": error}, grad=grad)


def alphas(strategy):
    return {name: own.detach().clone() for name, own in strategy.alpha.items()}


def test_darts_asks_for_the_softmax_of_alpha():
    strategy = nt.DARTS(SPACE, scale=1.0, seed=3)
    mixture = strategy.ask().arch
    for name, own in strategy.alpha.items():
        e = np.exp(own.detach().numpy() - own.detach().numpy().max())
        np.testing.assert_allclose(mixture[name], e / e.sum(), rtol=1e-5)


def test_darts_takes_the_gradient_through_the_softmax():
    """dL/d(alpha_i) = sum_j g_j p_j (delta_ij - p_i), by hand."""
    strategy, rng = nt.DARTS(SPACE, scale=1.0), np.random.default_rng(0)
    _, drawn = strategy.draw()
    g = {name: torch.tensor(rng.normal(size=len(own)), dtype=torch.float32) for name, own in SITES.items()}
    for name, found in strategy.slope(drawn, g).items():
        p = drawn[name].detach()
        torch.testing.assert_close(found, p * (g[name] - (p * g[name]).sum()), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_lowers_the_loss_gains_weight(kind):
    """A loss that is linear in the mixture, 0 for one option of each edge: all find it."""
    strategy = kind(SPACE, lr=0.05, seed=0)
    slope = gradient(lambda name, options: [0.0 if k == 3 else 1.0 for k in range(options)])
    for _ in range(300):
        strategy.tell(strategy.ask(), answer(slope))
    assert strategy.recommend(nt.History()) == nt.Arch(tuple((name, "conv3") for name in SITES))
    assert min(own[3] for own in strategy.probabilities.values()) > 0.5


def test_snas_draws_options_as_often_as_their_probabilities_say():
    """As the temperature goes to 0, draws are one-hot, with the frequencies of softmax(alpha)."""
    strategy = nt.SNAS(SPACE, first=0.001, last=0.001, scale=1.0, seed=1)
    draws = [strategy.ask().arch for _ in range(2_000)]
    for name in SITES:
        weights = np.array([draw[name] for draw in draws])
        assert (weights.max(1) > 0.999).mean() > 0.97
        counts = np.bincount(weights.argmax(1), minlength=weights.shape[1])
        p = strategy.probabilities[name].astype(float)
        assert chisquare(counts, 2_000 * p / p.sum()).pvalue > 1e-4


def test_the_temperature_falls_from_first_to_last_and_stays():
    strategy = nt.SNAS(SPACE, first=2.0, last=0.5, horizon=10)
    seen = []
    for _ in range(12):
        seen.append(strategy.temperature)
        strategy.tell(strategy.ask(), answer(gradient(lambda name, options: [0.1] * options)))
    assert seen[0] == 2.0 and seen[5] == pytest.approx(1.0) and seen[10:] == [0.5, 0.5] and seen == sorted(seen, reverse=True)


def in_double(strategy):
    """With alphas of float64, and noise that stays the same from draw to draw."""
    strategy.alpha = {name: own.detach().double().requires_grad_() for name, own in strategy.alpha.items()}
    noise = torch.tensor([0.3, -0.8, 1.1, 0.2, -0.4], dtype=torch.float64)
    strategy.gumbel = lambda like: noise
    return strategy, noise


@pytest.mark.parametrize("kind", [nt.SNAS, nt.GDAS])
def test_a_soft_draw_is_the_softmax_of_log_p_and_noise_by_the_temperature(kind):
    """Xie et al. 2019, equation 4, by hand; GDAS sends out the largest of it."""
    strategy, noise = in_double(kind(SPACE, scale=1.0, first=0.7, last=0.7, seed=2))
    mixture, soft = strategy.draw()
    for name, own in strategy.alpha.items():
        p = np.exp(own.detach().numpy()) / np.exp(own.detach().numpy()).sum()
        raised = (p * np.exp(noise.numpy())) ** (1 / 0.7)
        np.testing.assert_allclose(soft[name].detach(), raised / raised.sum(), rtol=1e-12)
        expected = np.eye(5)[raised.argmax()] if kind is nt.GDAS else raised / raised.sum()
        np.testing.assert_allclose(mixture[name], expected, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_finite_differences_through_the_draw(kind):
    """With the same noise, of a loss that is not linear; GDAS takes the slope at its one path through the soft draw (Dong & Yang 2019, equation 6)."""
    temperature = {} if kind is nt.DARTS else {"first": 0.7, "last": 0.7}
    strategy, _ = in_double(kind(SPACE, scale=1.0, seed=2, **temperature))
    target = torch.tensor([0.1, 0.2, 0.3, 0.2, 0.2], dtype=torch.float64)
    mixture, drawn = strategy.draw()
    grad = {name: 2 * (torch.tensor(mixture[name]).double() - target) for name in SITES}
    found = strategy.slope(drawn, grad)

    def moved(name, k, step):
        with torch.no_grad():
            strategy.alpha[name][k] += step
            after = strategy.draw()[1]
            strategy.alpha[name][k] -= step
        return float((after[name] * grad[name]).sum() if kind is nt.GDAS else (after[name] - target).square().sum())

    for name in SITES:
        slopes = [(moved(name, k, 1e-5) - moved(name, k, -1e-5)) / 2e-5 for k in range(5)]
        np.testing.assert_allclose(found[name], slopes, rtol=1e-4, atol=1e-6)


def test_gdas_asks_for_one_path_and_learns_through_the_soft_draw():
    strategy = nt.GDAS(SPACE, scale=1.0, seed=4)
    mixture, soft = strategy.draw()
    for name in SITES:
        assert sorted(mixture[name]) == [0, 0, 0, 0, 1] and mixture[name].argmax() == int(soft[name].argmax())
    found = strategy.slope(soft, {name: torch.tensor([1.0, 0, 0, 0, 0]) for name in SITES})
    assert all(own.abs().min() > 0 for own in found.values()), "the soft draw lets all options learn"


@pytest.mark.parametrize("kind", [*KINDS, nt.ProxylessNAS])
def test_a_resource_pulls_towards_what_costs_less(kind):
    costs = {name: [5.0, 0.5, 3.0, 9.0, 4.0] for name in SITES}
    flat = gradient(lambda name, options: [0.0] * options)
    free, dear = kind(SPACE, lr=0.05), kind(SPACE, lr=0.05, resource=costs, eta=1.0)
    for _ in range(300):
        free.tell(free.ask(), answer(flat)), dear.tell(dear.ask(), answer(flat))
    assert all(own.argmax() == 1 and own[1] > 0.5 for own in dear.probabilities.values())
    assert max(own.max() for own in free.probabilities.values()) < 0.3


@pytest.mark.parametrize("eta", [0.5, 2.0])
@pytest.mark.parametrize("kind", KINDS)
def test_the_price_is_eta_times_the_mean_cost_of_all_architectures(kind, eta):
    """The expectation is exact where the cost is a sum over decisions; so is its slope, enumerated over all architectures."""
    space = nt.spaces.CellSpace(nodes=3, ops=("none", "skip", "conv3"), channels=4)
    costs = nt.estimators.option_costs(space, nt.tasks.digits(), "params")
    strategy = kind(space, scale=1.0, resource=costs, eta=eta, seed=5)
    leaves = {name: own.detach().clone().requires_grad_() for name, own in strategy.alpha.items()}
    p = {name: torch.softmax(own, 0) for name, own in leaves.items()}

    def likely(arch):
        return math.prod(p[name][space.ops.index(arch[name])] for name in p)

    mean = sum(likely(arch) * float(sum(costs[name][space.ops.index(arch[name])] for name in costs)) for arch in space)
    expected = torch.autograd.grad(mean, list(leaves.values()))
    found = strategy.slope(strategy.draw()[1], {name: torch.zeros(3) for name in leaves})
    for name, own in zip(leaves, expected, strict=True):
        torch.testing.assert_close(found[name], eta * own, rtol=1e-4, atol=1e-3)
        assert own.abs().max() > 1


@pytest.mark.parametrize("kind", [*KINDS, nt.ProxylessNAS])
def test_failures_and_strangers_teach_nothing(kind):
    strategy = kind(SPACE, lr=0.1)
    before = alphas(strategy)
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    strategy.tell(strategy.ask(), answer(gradient(lambda name, options: [math.nan] * options)))
    strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result({"error": 0.1}))
    strategy.tell(nt.Trial(SPACE.one_hot(SPACE.sample(0))), answer(gradient(lambda name, options: [1.0] * options)))
    assert all(torch.equal(before[name], own) for name, own in alphas(strategy).items()) and strategy.steps == 0


def test_two_equal_mixtures_in_flight_are_both_learnt_from():
    strategy = nt.DARTS(SPACE, lr=0.1)
    one, two = strategy.ask(), strategy.ask()
    assert one.key == two.key
    for trial in (one, two):
        strategy.tell(trial, answer(gradient(lambda name, options: [float(k == 0) for k in range(options)])))
    assert strategy.steps == 2


def test_alpha_moves_as_adam_moves():
    """By torch's own, with the three settings that the paper gives it and others."""
    rng = np.random.default_rng(1)
    slopes = [{name: torch.tensor(rng.normal(size=5), dtype=torch.float32) for name in SITES} for _ in range(4)]
    for how in ({}, {"lr": 0.3, "betas": (0.2, 0.7), "weight_decay": 0.4}):
        strategy = nt.DARTS(SPACE, scale=1.0, **how)
        theirs = {name: own.detach().clone().requires_grad_() for name, own in strategy.alpha.items()}
        adam = torch.optim.Adam(list(theirs.values()), **{"lr": 3e-4, "betas": (0.5, 0.999), "weight_decay": 1e-3, **how})
        for slope in slopes:
            strategy.follow(slope)
            for name, own in theirs.items():
                own.grad = slope[name].clone()
            adam.step()
        for name, own in theirs.items():
            torch.testing.assert_close(strategy.alpha[name], own)


def learnt(kind, answers=6, **more):
    """alpha after some answers of ever other gradients, whatever is asked for."""
    strategy, rng = kind(SPACE, **more), np.random.default_rng(3)
    for _ in range(answers):
        strategy.tell(strategy.ask(), answer(gradient(lambda name, options: rng.normal(size=options)), error=rng.random()))
    return torch.cat([own.detach() for own in strategy.alpha.values()])


ADAM = {"lr": 0.2, "betas": (0.3, 0.4), "weight_decay": 0.5}
FALLING = {"first": 0.5, "last": 0.05, "horizon": 3}
HAS = {nt.DARTS: ADAM, nt.SNAS: ADAM | FALLING, nt.GDAS: ADAM | FALLING, nt.ProxylessNAS: ADAM, nt.ProxylessREINFORCE: ADAM, nt.PerturbationDARTS: ADAM}


@pytest.mark.parametrize("kind, option", [(kind, option) for kind, has in HAS.items() for option in (*has, "scale", "seed")])
def test_every_option_changes_where_alpha_goes(kind, option):
    usual = {"scale": 1.0, "lr": 0.1, **({"samples": 2} if kind is nt.ProxylessREINFORCE else {}), **({"horizon": 9} if "first" in HAS[kind] else {})}
    changed = {**HAS[kind], "scale": 0.5, "seed": 1}[option]
    assert torch.equal(learnt(kind, **usual), learnt(kind, **usual))
    assert not torch.allclose(learnt(kind, **usual), learnt(kind, **{**usual, option: changed}), rtol=1e-4)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"lr": 0}, "`lr` is 0"),
        ({"betas": (0.9, 1.0)}, "`betas` is"),
        ({"weight_decay": -1}, "`weight_decay` is -1"),
        ({"scale": math.nan}, "`scale` is nan"),
        ({"eta": 1.0}, "`eta` is 1.0 and `resource` None"),
        ({"eta": 1.0, "resource": {"0->1": [1.0]}}, "allowed is a finite cost from 0 for each option"),
    ],
)
def test_refusals(arguments, words):
    with pytest.raises(ValueError, match=words):
        nt.DARTS(SPACE, **arguments)


@pytest.mark.parametrize("arguments, words", [({"last": 0}, "`last` is 0"), ({"first": 0.1, "last": 0.5}, "does not rise"), ({"horizon": 0}, "`horizon` is 0")])
def test_refusals_of_temperatures(arguments, words):
    with pytest.raises(ValueError, match=words):
        nt.SNAS(SPACE, **arguments)


def test_a_space_without_mixtures_is_refused_and_so_is_an_estimator_without_gradients():
    with pytest.raises(TypeError, match=r"needs a space with mixture_sites\(\)"):
        nt.DARTS(nt.spaces.ChoiceSpace.of({"width": (4, 8)}))
    with pytest.raises(ValueError, match="wants grad"):
        nt.search(nt.DARTS(nt.spaces.CellSpace(nodes=3)), nt.estimators.Table("digits-tiny"), trials=1)


def test_a_subclass_must_say_how_it_draws():
    with pytest.raises(TypeError, match="define draw"):
        Relaxed(SPACE).ask()
