"""Sizes between the options, their gradients, and where they end."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.nets.mixed import MixedNet
from nastutor.strategies.das import risen

SPACE = nt.spaces.SizeSpace((1, 3, 5), (4, 8), (1, 2), (1, 3))
TASK = nt.tasks.digits(train_size=80)


def at(place, **more):
    return nt.DAS(SPACE, first=place, **more)


def test_between_two_options_both_have_weight():
    mixture = at(0.25).ask().arch
    np.testing.assert_allclose(mixture["kernel1.1"], [0.75, 0.25, 0.0])
    np.testing.assert_allclose(at(1.5).ask().arch["kernel1.1"], [0.0, 0.5, 0.5])
    np.testing.assert_allclose(at(1.5).ask().arch["depth1"], [0.0, 1.0]), "no further than the largest"
    assert at(0.25).sizes["kernel1.1"] == pytest.approx(1.5) and at(0.25).sizes["width1.1"] == pytest.approx(5.0)


def test_at_a_whole_number_it_is_the_option_alone_and_the_next_is_watched():
    trial = at(1.0).ask()
    assert trial.arch["kernel1.1"].tolist() == [0, 1, 0] and trial.arch.watched["kernel1.1"] == (1, 2)
    assert at(2.0).ask().arch.watched["kernel1.1"] == (1, 2) and at(0.0).ask().arch.watched["kernel1.1"] == (0, 1)


@settings(deadline=None, max_examples=25)
@given(a=st.floats(0, 2), b=st.floats(0, 2), ramp=st.sampled_from(["linear", "sigmoid"]))
def test_shares_sum_to_one_and_sizes_rise_with_the_number(a, b, ramp):
    small, large = at(min(a, b), ramp=ramp), at(max(a, b), ramp=ramp)
    for one in (small, large):
        assert all(own.sum() == pytest.approx(1) and own.min() >= 0 and (own > 0).sum() <= 2 for own in one.probabilities.values())
    assert all(small.sizes[name] <= large.sizes[name] + 1e-4 for name in small.sizes)


def test_the_ramps():
    x = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    found = risen(x)
    assert found[0] == 0 and found[-1] == pytest.approx(1) and found[2] == pytest.approx(0.5) and found[1] < 0.25 and found[3] > 0.75
    assert at(0.25, ramp="sigmoid").ask().arch["kernel1.1"][1] == pytest.approx(float(risen(x[1])))


@settings(deadline=None, max_examples=8)
@given(place=st.floats(0.05, 0.95), seed=st.integers(0, 10**6), ramp=st.sampled_from(["linear", "sigmoid"]))
def test_the_gradient_of_a_size_is_that_of_finite_differences(place, seed, ramp):
    """Through the supernet, in float64: all numbers moved together."""
    net = MixedNet(SPACE.supernet(TASK), seed).double()
    x = torch.randn(4, *TASK.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))

    def loss(strategy):
        return net(x, {name: strategy.shares(name).double() for name in strategy.alpha}).square().mean()

    def moved(by):
        strategy = at(0.0, ramp=ramp)
        strategy.alpha = {name: torch.tensor(place + by, dtype=torch.float64) for name in strategy.alpha}
        return float(loss(strategy).detach())

    strategy = at(0.0, ramp=ramp)
    strategy.alpha = {name: torch.tensor(place, dtype=torch.float64, requires_grad=True) for name in strategy.alpha}
    found = sum(float(own) for own in torch.autograd.grad(loss(strategy), list(strategy.alpha.values())))
    assert found == pytest.approx((moved(1e-7) - moved(-1e-7)) / 2e-7, rel=1e-3, abs=1e-5), "steps too short to cross the corner of a ReLU"


def test_numbers_move_as_adam_moves():
    """About `lr` options a step, by torch's own; without decay, which would draw all sizes to the smallest."""
    for how in ({}, {"lr": 0.1, "betas": (0.1, 0.2)}):
        strategy, place = at(0.5, **how), torch.tensor(0.5, requires_grad=True)
        adam = torch.optim.Adam([place], **{"lr": 0.05, "betas": (0.5, 0.999), **how})
        for step in (1.0, -0.5, 2.0, 0.3):
            strategy.follow({name: torch.tensor(step) for name in strategy.alpha})
            place.grad = torch.tensor(step)
            adam.step()
        assert float(strategy.alpha["kernel1.1"].detach()) == pytest.approx(float(place.detach()), abs=1e-6)


def test_what_lowers_the_loss_grows_to_the_largest_and_stops_there():
    strategy = at(0.0, lr=0.2)
    for _ in range(40):
        trial = strategy.ask()
        grad = {name: -np.arange(len(own), dtype=np.float32) * (1 if name.startswith("kernel") else -1) for name, own in trial.arch.weights.items()}
        strategy.tell(trial, nt.Result({"error": 0.5}, grad=nt.Mixture(grad)))
    arch = strategy.recommend(nt.History())
    assert strategy.sizes["kernel1.1"] == 5 and strategy.sizes["width1.1"] == 4 and arch["kernel1.1"] == 5 and arch["depth1"] == 1


def test_it_recommends_the_nearest_size():
    assert at(0.6).recommend(nt.History())["kernel1.1"] == 3 and at(0.4).recommend(nt.History())["kernel1.1"] == 1


def test_it_searches_over_shared_weights():
    strategy = nt.DAS(SPACE, first=0.0, seed=1)
    shared = nt.estimators.SharedWeights(SPACE, TASK, batch_size=20, device="cpu")
    history = nt.search(strategy, shared, trials=6, progress=False)
    assert strategy.steps == 6 and len({tuple(strategy.sizes.values())}) == 1 and all(record.result.status == "ok" for record in history)
    assert max(strategy.sizes[name] - SPACE.sizes()[name][0] for name in strategy.sizes) > 0


def test_a_decision_of_one_size_stays():
    space = nt.spaces.SizeSpace((3,), (4, 8), (1,), (3,))
    strategy = nt.DAS(space)
    nt.search(strategy, nt.estimators.SharedWeights(space, TASK, batch_size=20, device="cpu"), trials=2, progress=False)
    assert strategy.sizes["kernel1.1"] == 3 and strategy.alpha["kernel1.1"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kernels_that_begin_at_one_pixel_grow_and_the_network_is_better_than_where_it_began(seed):
    """Seeds of the ten of which the reading list tells (shin2018)."""
    space, task = nt.spaces.SizeSpace((1, 3, 5), (8,), (2,), (3,)), nt.tasks.digits(train_size=600)
    strategy = nt.DAS(space, first=0.0, seed=seed)
    nt.search(strategy, nt.estimators.SharedWeights(space, task, batch_size=32, lr=0.05, halves=True, seed=seed, device="cpu"), trials=300, progress=False)
    train = nt.estimators.Train(space, task, 8, seed=seed, weights=False, device="cpu")
    assert np.mean([size for name, size in strategy.sizes.items() if name.startswith("kernel")]) > 1.5
    assert train.final(strategy.recommend(nt.History())) < train.final(space.walk(lambda name, options: options[0])) - 0.2


@pytest.mark.parametrize("option, value", [("first", -0.1), ("ramp", "step"), ("lr", 0), ("betas", (1, 2))])
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is "):
        nt.DAS(SPACE, **{option: value})


def test_a_space_without_sizes_is_refused():
    with pytest.raises(TypeError, match="needs a space with sizes"):
        nt.DAS(nt.spaces.CellSpace(nodes=3))
