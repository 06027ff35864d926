"""Bayesian optimisation with a Gaussian process: what it asks for, what it learns from, and the edges."""

import numpy as np
import pytest
from scipy.stats import wilcoxon

import nastutor as nt

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(4)) for i in range(4)})


def answer(trial):
    """How many decisions differ from 0, with a little of each one's own."""
    return nt.Result({"error": sum((value > 0) + 0.1 * value for _, value in trial.arch.choices) / 6})


def best_of(strategy, trials=30):
    return min(record.error for record in nt.search(strategy, answer, trials=trials, progress=False))


@pytest.mark.parametrize("acquisition", ["ei", "ucb", "thompson"])
def test_it_finds_what_random_search_does_not(acquisition):
    own = [best_of(nt.GaussianProcess(SPACE, acquisition=acquisition, seed=seed)) for seed in range(8)]
    random = [best_of(nt.RandomSearch(SPACE, seed=seed)) for seed in range(8)]
    assert wilcoxon(own, random, alternative="less").pvalue < 0.02


def test_distances_count_the_decisions_that_differ():
    strategy = nt.GaussianProcess(SPACE)
    archs = [nt.Arch(tuple((f"d{i}", value) for i, value in enumerate(values))) for values in ((0, 0, 0, 0), (0, 0, 0, 1), (1, 2, 3, 1))]
    np.testing.assert_allclose(strategy._squared(archs, archs), [[0, 1, 4], [1, 0, 3], [4, 3, 0]], atol=1e-9)


@pytest.mark.parametrize("space", [nt.spaces.CellSpace(nodes=3), nt.spaces.ChainSpace((1, 3)), nt.spaces.MobileSpace()])
def test_the_kernel_is_positive_semidefinite_over_random_architectures(space):
    from nastutor.strategies.gp import matern

    strategy = nt.GaussianProcess(space)
    archs = list({space.sample(seed) for seed in range(30)})
    assert np.linalg.eigvalsh(matern(strategy._squared(archs, archs)))[0] > -1e-8


def test_what_is_in_flight_is_believed_and_not_asked_for_again():
    strategy = nt.GaussianProcess(SPACE, start=5, seed=2)
    for _ in range(8):
        trial = strategy.ask()
        strategy.tell(trial, answer(trial))
    flying = [strategy.ask() for _ in range(6)]
    assert len({trial.arch for trial in flying}) == 6
    model, told = strategy._model()
    assert len(told) == 14 and {trial.arch for trial in flying} <= set(told)
    for trial in reversed(flying):
        strategy.tell(trial, answer(trial))
    assert not strategy.flying and len(model.targets) == 14


@pytest.mark.parametrize("option, value", [("start", 3), ("acquisition", "ucb"), ("climbs", 0), ("refit", 1)])
def test_every_option_changes_what_is_asked(option, value):
    def asked(**options):
        return [record.trial.key for record in nt.search(nt.GaussianProcess(SPACE, **options, seed=1), answer, trials=20, progress=False)]

    assert asked() != asked(**{option: value})


def test_without_climbs_the_samples_decide():
    def asked(samples):
        return [record.trial.key for record in nt.search(nt.GaussianProcess(SPACE, climbs=0, samples=samples, seed=1), answer, trials=20, progress=False)]

    assert asked(5) != asked(50)


def test_beta_weighs_what_is_not_known():
    def asked(beta):
        return [record.trial.key for record in nt.search(nt.GaussianProcess(SPACE, acquisition="ucb", beta=beta, seed=1), answer, trials=25, progress=False)]

    assert asked(0.0) != asked(10.0)


def test_failures_count_as_the_worst_and_alone_they_teach_nothing():
    strategy = nt.GaussianProcess(SPACE, start=2)
    for _ in range(4):
        strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    strategy.tell(strategy.ask(), nt.Result({"error": 0.3}))
    strategy.tell(strategy.ask(), nt.Result({"error": 0.6}))
    model, _ = strategy._model()
    assert sorted(model.targets) == pytest.approx([0.3] + [0.6] * 5) and strategy.ask().arch in SPACE


def test_several_answers_for_one_architecture_count_by_their_mean_and_budgets_not():
    strategy, arch = nt.GaussianProcess(SPACE, start=1), SPACE.sample(0)
    for error in (0.2, 0.4):
        strategy.tell(nt.Trial(arch), nt.Result({"error": error}))
    strategy.tell(nt.Trial(arch, budget=3), nt.Result({"error": 0.9}))
    assert strategy._model()[0].targets == pytest.approx([0.3])


@pytest.mark.parametrize("values", [(1,), (1, 2)])
def test_a_space_of_one_or_two(values):
    space = nt.spaces.ChoiceSpace.of({"width": values})
    history = nt.search(nt.GaussianProcess(space, start=1), lambda trial: nt.Result({"error": 0.5}), trials=6, progress=False)
    assert len(history) == 6 and {record.trial.arch for record in history} == set(space)


@pytest.mark.parametrize("option, value", [("start", 0), ("acquisition", "pi"), ("beta", -1), ("climbs", -1), ("samples", 0), ("refit", 0)])
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        nt.GaussianProcess(SPACE, **{option: value})
