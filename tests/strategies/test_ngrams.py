"""N-grams by hand, the ridge by its closed form, each option, and that it learns."""

import math
import random

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

import nastutor as nt
from nastutor.spaces import language as w
from nastutor.testing.strategy import Pyramid

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(5)})
CHAIN = nt.spaces.ModuleSpace(w.Repeat(w.Or(w.ReLU(), w.BatchNorm(), w.Conv((8, 16), (1, 3))), (1, 2, 3, 4)))


def error_of(arch):
    return sum(abs(value - 3) for _, value in arch.choices) / 15


def run(strategy, count, of=error_of):
    asked = []
    for _ in range(count):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], nt.Result({"error": of(asked[-1].arch)}))
    return asked


def test_ngrams_by_hand():
    two, one = (nt.NGramSMBO(SPACE, longest=longest) for longest in (2, 1))
    assert two.grams(("conv", "relu", "conv", "relu")) == {("conv",): 2, ("relu",): 2, ("conv", "relu"): 2, ("relu", "conv"): 1}
    assert one.grams(("conv", "relu", "conv")) == {("conv",): 2, ("relu",): 1} and not two.grams(())
    assert len(nt.NGramSMBO(SPACE).grams("abcdef")) == 6 + 5 + 4 + 3, "up to four by default"


def test_sequences_are_modules_or_decisions():
    arch = next(arch for arch in CHAIN if str(arch) == "times=2 1 which=1 2 which=3 2.3 channels=16 2.3 kernel=3")
    assert nt.NGramSMBO(CHAIN).sequence(arch) == ("relu", "conv"), "kinds alone, as in the release"
    assert nt.NGramSMBO(Pyramid()).sequence(nt.Arch((("depth", 1), ("width0", 8)))) == ("depth=1", "width0=8")


@pytest.mark.parametrize("ridge", [0.1, 1000.0])
def test_weights_are_those_of_the_closed_form(ridge):
    strategy, rng = nt.NGramSMBO(CHAIN, ridge=ridge, least=2, longest=3, seed=0), random.Random(0)
    archs = [CHAIN.sample(rng) for _ in range(30)]
    rewards = np.array([rng.random() for _ in archs])
    for arch, reward in zip(archs, rewards, strict=True):
        strategy.tell(nt.Trial(arch), nt.Result({"error": 1 - reward}))
    sequences = [strategy.sequence(arch) for arch in archs]
    names = sorted(gram for gram, count in strategy.seen.items() if count >= 2)
    x = np.array([[len(words), *(strategy.grams(words)[name] for name in names)] for words in sequences], dtype=float)
    centred = x - x.mean(axis=0)
    weights = np.linalg.solve(centred.T @ centred + ridge * np.eye(x.shape[1]), centred.T @ (rewards - rewards.mean()))
    assert [strategy.predict(arch) for arch in archs] == pytest.approx(list(x @ weights), rel=1e-4, abs=1e-9)


def test_rare_ngrams_are_left_out():
    def weighed(least):
        strategy = nt.NGramSMBO(SPACE, least=least, seed=0)
        run(strategy, 12)
        strategy.predict(SPACE.sample(0))
        return {gram for gram in strategy.weights if gram}, strategy.seen

    for least in (1, 3):
        grams, seen = weighed(least)
        assert grams == {gram for gram, count in seen.items() if count >= least} and grams


def test_the_best_candidate_is_asked_for_and_by_epsilon_a_random_one():
    for epsilon, share in ((0.0, 1.0), (1.0, 0.1)):
        best = 0
        for seed in range(40):
            strategy = nt.NGramSMBO(SPACE, candidates=10, epsilon=epsilon, least=1, ridge=1.0, seed=seed)
            for number in range(20):
                strategy.tell(nt.Trial(SPACE.sample(number)), nt.Result({"error": error_of(SPACE.sample(number))}))
            twin = random.Random()
            twin.setstate(strategy.rng.getstate())
            drawn = [SPACE.sample(twin) for _ in range(10)]
            best += strategy.ask().arch == max(drawn, key=strategy.predict)
        assert abs(best / 40 - share) < 0.15


@pytest.mark.parametrize("candidates", [1, 7])
def test_candidates_are_so_many_draws(candidates, monkeypatch):
    strategy, drawn = nt.NGramSMBO(SPACE, candidates=candidates, seed=0), []
    monkeypatch.setattr(strategy, "space", type("Counted", (), {"sample": lambda self, rng: drawn.append(1) or SPACE.sample(rng)})())
    strategy.ask()
    assert len(drawn) == candidates


def test_nothing_is_asked_twice_while_something_is_new():
    few = nt.spaces.ChoiceSpace.of({"x": tuple(range(6))})
    asked = [trial.arch["x"] for trial in run(nt.NGramSMBO(few, seed=0), 9, lambda arch: arch["x"] / 6)]
    assert sorted(asked[:6]) == list(range(6)) and len(asked) == 9, "and then it goes on"
    strategy = nt.NGramSMBO(few, seed=0)
    assert len({strategy.ask().arch for _ in range(6)}) == 6, "those still out are known too"


def test_a_failed_trial_earns_the_worst_so_far_and_before_that_nothing():
    strategy = nt.NGramSMBO(SPACE, seed=0)
    for bad in (nt.Result.failed("planted"), nt.Result({"error": math.nan}), nt.Result({"error": 1e9})):
        strategy.tell(strategy.ask(), bad)
    strategy.tell(nt.Trial(nt.Mixture({"d0": [1]})), nt.Result({"error": 0.1}))
    assert not strategy.told
    for result in (nt.Result({"error": 0.3}), nt.Result({"error": 0.8}, status="stopped"), nt.Result({"error": 0.5}), nt.Result.failed("planted")):
        strategy.tell(strategy.ask(), result)
    assert [reward for *_, reward in strategy.told] == pytest.approx([0.7, 0.2, 0.5, 0.2])


@pytest.mark.parametrize(
    "space, of", [(SPACE, error_of), (CHAIN, lambda arch: 1 / (1 + sum(str(value) == "3" for name, value in arch.choices if "which" in name)))]
)
def test_it_finds_better_than_random_search(space, of):
    late = {}
    for name, kind in (("n-grams", nt.NGramSMBO), ("random", nt.RandomSearch)):
        late[name] = [np.mean([of(trial.arch) for trial in run(kind(space, seed=seed), 40, of)[20:]]) for seed in range(8)]
    assert mannwhitneyu(late["n-grams"], late["random"], alternative="less").pvalue < 0.01, late


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"candidates": 0}, ("`candidates`", "0")),
        ({"epsilon": 1.5}, ("`epsilon`", "1.5")),
        ({"longest": 0}, ("`longest`", "0")),
        ({"least": 0}, ("`least`", "0")),
        ({"ridge": 0}, ("`ridge`", "0")),
    ],
)
def test_bad_arguments_are_refused_in_words(arguments, words):
    with pytest.raises(ValueError) as error:
        nt.NGramSMBO(SPACE, **arguments)
    assert all(word in str(error.value) for word in words)
