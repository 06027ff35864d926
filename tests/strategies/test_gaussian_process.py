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


def test_what_is_in_flight_is_believed_and_not_asked_for_again():
    strategy = nt.GaussianProcess(SPACE, start=5, seed=2)
    for _ in range(8):
        trial = strategy.ask()
        strategy.tell(trial, answer(trial))
    flying = [strategy.ask() for _ in range(6)]
    assert len({trial.arch for trial in flying}) == 6
    model, believed = strategy._model()
    assert len(strategy.held.archs) == 8 and {trial.arch for trial in flying} == set(believed)
    for trial in reversed(flying):
        strategy.tell(trial, answer(trial))
    assert not strategy.flying and len(model.targets) == 14


@pytest.mark.parametrize("option, value", [("start", 3), ("acquisition", "ucb"), ("climbs", 0), ("refit", 1), ("most", 8)])
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
    assert strategy._targets().tolist() == []
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


def test_what_it_holds_is_the_better_half_and_the_latest():
    strategy = nt.GaussianProcess(SPACE, start=1, most=6)
    told = list(dict.fromkeys(SPACE.sample(seed) for seed in range(20)))[:14]
    for seed, arch in enumerate(told):
        strategy.tell(nt.Trial(arch), nt.Result({"error": (seed * 5) % 14 / 14}))
        model, _ = strategy._model()
    best = sorted(range(14), key=lambda seed: (seed * 5) % 14)[:3]
    assert {told[seed] for seed in [*best, 13]} <= set(strategy.held.archs) and len(strategy.held.archs) == len(model.targets) == 6
    assert strategy.ask().arch in SPACE


def test_many_answers_at_once_are_held_as_if_they_had_come_one_by_one():
    told, compared = list(dict.fromkeys(SPACE.sample(seed) for seed in range(200)))[:90], []

    class Counted(nt.kernels.OneHot):
        def compare(self, one, other):
            compared.append(len(one))
            return super().compare(one, other)

    held = []
    for at_once in (False, True):
        compared.clear()
        strategy = nt.GaussianProcess(SPACE, start=1, most=10, kernel=Counted())
        for seed, arch in enumerate(told):
            strategy.tell(nt.Trial(arch), nt.Result({"error": (seed * 37) % 90 / 90}) if seed % 7 else nt.Result.failed("planted"))
            if not at_once:
                strategy._hold()
        strategy._hold()
        held.append((strategy.held.archs, np.argsort(strategy.held.since).tolist(), sum(compared)))
    assert held[0][:2] == held[1][:2], "the same in the same places, and the same are next to go"
    assert held[0][2] == 90 and held[1][2] <= 20


def test_settings_are_looked_for_less_often_as_answers_grow(monkeypatch):
    fits = []
    from nastutor.strategies import gaussian_process

    fit = gaussian_process.Process.fit
    monkeypatch.setattr(gaussian_process.Process, "fit", lambda self, **how: fits.append(len(self.targets)) or fit(self, **how))
    nt.search(nt.GaussianProcess(SPACE, climbs=1, samples=5), answer, trials=80, progress=False)
    gaps = np.diff(fits)
    assert gaps[0] == 5 and gaps[-1] >= 10 and (np.diff(gaps) >= 0).all()


@pytest.mark.parametrize("values", [(1,), (1, 2)])
def test_a_space_of_one_or_two(values):
    space = nt.spaces.ChoiceSpace.of({"width": values})
    history = nt.search(nt.GaussianProcess(space, start=1), lambda trial: nt.Result({"error": 0.5}), trials=6, progress=False)
    assert len(history) == 6 and {record.trial.arch for record in history} == set(space)


@pytest.mark.parametrize(
    "option, value", [("start", 0), ("acquisition", "pi"), ("beta", -1), ("climbs", -1), ("samples", 0), ("refit", 0), ("most", 1), ("kernel", "arc")]
)
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        nt.GaussianProcess(SPACE, **{option: value})
