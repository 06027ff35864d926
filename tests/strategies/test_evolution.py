"""Properties, errors, and the claim that aging helps under noise."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu, ttest_ind

import nastutor as nt
from nastutor.rng import python_rng
from tests.strategies.landscapes import SPACE, Bits, distance, error_of, run, true_fitness_at_the_end


@settings(max_examples=25, deadline=None)
@given(population=st.integers(2, 12), sample=st.integers(2, 12), aging=st.booleans(), seed=st.integers(0, 99))
def test_population_is_constant_and_with_aging_everyone_lives_exactly_p_births(population, sample, aging, seed):
    strategy = nt.RegularizedEvolution(SPACE, population, min(sample, population), aging=aging, seed=seed)
    for number in range(60):
        run(strategy, 1)
        assert len(strategy.population) == min(number + 1, population)
    dead = [member for member in strategy.lives if member.death is not None]
    assert len(dead) == 60 - population and [member.birth for member in strategy.lives] == list(range(60))
    if aging:
        assert all(member.death - member.birth == population for member in dead)


def test_removal_by_age_ignores_the_error():
    strategy = nt.RegularizedEvolution(SPACE, 3, 3, seed=0)
    for error in (0.0, 0.5, 0.6, 0.7):
        strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result({"error": error}))
    assert [member.error for member in strategy.population] == [0.5, 0.6, 0.7], "the best was the oldest"


def test_without_aging_the_worst_of_the_tournament_goes():
    strategy = nt.RegularizedEvolution(SPACE, 4, 4, aging=False, seed=0)
    for error in (0.4, 0.9, 0.1, 0.6):
        strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result({"error": error}))
    trial = strategy.ask()
    worst = max(member.error for member in strategy.tournaments[trial.key][0])
    strategy.tell(trial, nt.Result({"error": 1.0}))
    assert worst not in [member.error for member in strategy.population] and len(strategy.population) == 4
    assert 1.0 in [member.error for member in strategy.population], "the child itself is not of the tournament"


def test_without_aging_a_tournament_that_is_gone_is_held_again():
    strategy = nt.RegularizedEvolution(SPACE, 2, 2, aging=False, seed=0)
    run(strategy, 2)
    flying = [strategy.ask() for _ in range(20)]
    for number, trial in enumerate(flying):
        strategy.tell(trial, nt.Result({"error": 1 / (1 + number)}))
        assert len(strategy.population) == 2
    assert not strategy.tournaments


def test_equal_trials_in_flight_each_keep_their_tournament():
    two = nt.spaces.ChoiceSpace.of({"bit": (0, 1)})
    strategy = nt.RegularizedEvolution(two, 4, 2, aging=False, seed=0)
    for error in (0.1, 0.2, 0.3, 0.4):
        strategy.tell(nt.Trial(nt.Arch((("bit", 0),))), nt.Result({"error": error}))
    flying = [strategy.ask() for _ in range(3)]
    assert len({trial.key for trial in flying}) == 1, "the only child of 0 is 1"
    held = list(strategy.tournaments[flying[0].key])
    assert len(held) == 3
    for number, (trial, tournament) in enumerate(zip(flying, held)):
        alive = [member for member in tournament if member.death is None]
        strategy.tell(trial, nt.Result({"error": 0.5}))
        if alive:
            assert max(alive, key=lambda member: member.error).death == 4 + number, "the worst of the tournament that this trial was asked from"
    assert not strategy.tournaments


def test_failed_trials_give_their_tournament_back():
    strategy = nt.RegularizedEvolution(SPACE, 2, 2, aging=False, seed=0)
    run(strategy, 2)
    strategy.tell(strategy.ask(), nt.Result.failed("planted"))
    assert not strategy.tournaments and len(strategy.population) == 2


def test_child_differs_in_one_decision_from_a_living_parent():
    strategy = nt.RegularizedEvolution(SPACE, 10, 4, seed=3)
    run(strategy, 10)
    for _ in range(300):
        living = [member.arch for member in strategy.population]
        (trial,) = run(strategy, 1)
        assert SPACE.validate(trial.arch) is None and min(distance(trial.arch, arch) for arch in living) <= 1


def test_parent_is_the_best_of_the_tournament():
    strategy = nt.RegularizedEvolution(SPACE, 20, 20, seed=0)
    run(strategy, 20)
    best = min(strategy.population, key=lambda member: member.error)
    near = sum(distance(strategy.ask().arch, best.arch) == 1 for _ in range(200))
    assert near >= 110, f"{near}: with S = P = 20 the best is drawn in 1 - 0.95^20 = 64 % of the tournaments"


def test_tournaments_are_drawn_with_replacement():
    strategy = nt.RegularizedEvolution(SPACE, 2, 2, aging=False, seed=0)
    run(strategy, 2)
    same = 0
    for _ in range(200):
        a, b = strategy.tournaments[strategy.ask().key][-1]
        same += a is b
    assert 60 < same < 140


def test_a_sample_of_one_is_drift_and_warned_about():
    with pytest.warns(UserWarning, match="`sample` is 1"):
        strategy = nt.RegularizedEvolution(SPACE, 5, 1, seed=0)
    for number in range(5):  # far from each other, so that a child tells its parent
        strategy.tell(nt.Trial(nt.Arch(tuple((f"d{i}", number) for i in range(6)))), nt.Result({"error": number / 10}))
    parents = [min(range(5), key=lambda n: distance(arch, strategy.population[n].arch)) for arch in (strategy.ask().arch for _ in range(1000))]
    assert all(binomtest(parents.count(n), 1000, 0.2).pvalue > 1e-4 for n in range(5)), "uniform, whatever the error"


def test_identity_rate_lies_in_its_interval_and_copies_are_measured_anew():
    strategy = nt.RegularizedEvolution(SPACE, 10, 3, identity=0.05, seed=0)
    asked = run(strategy, 4010)[10:]
    copies = [trial for trial in asked if trial.repeat]
    low, high = binomtest(200, 4000, 0.05).proportion_ci(0.99)
    assert low < len(copies) / 4000 < high
    assert len({trial.key for trial in copies}) == len(copies), "each copy is the next repeat of its architecture"
    assert not any(trial.repeat for trial in run(nt.RegularizedEvolution(SPACE, 10, 3, seed=0), 500)), "off by default"


def test_copies_are_counted_for_each_network_whatever_it_is_called():
    space = nt.spaces.CellSpace(nodes=3)
    network = next(arch for arch in space if space.canonical(arch) != arch)
    twins, other = [network, space.canonical(network)], next(arch for arch in reversed(list(space)) if space.canonical(arch) == arch)
    strategy = nt.RegularizedEvolution(space, 3, 2, identity=1.0, seed=0)
    for arch in (*twins, other):
        strategy.tell(nt.Trial(arch), nt.Result({"error": 0.5}))
    asked = [strategy.ask() for _ in range(40)]
    assert {trial.arch for trial in asked} == {*twins, other}
    for names in (twins, [other]):
        repeats = [trial.repeat for trial in asked if trial.arch in names]
        assert repeats == list(range(1, len(repeats) + 1)), "the first copy of a network is repeat 1, and none comes twice"


def test_a_space_without_canonical_counts_copies_too():
    strategy = nt.RegularizedEvolution(Bits(8), 2, 2, identity=1.0, seed=0)
    for seed in (1, 2):
        strategy.tell(nt.Trial(strategy.space.sample(random.Random(seed))), nt.Result({"error": 0.5}))
    assert len({strategy.ask().key for _ in range(20)}) == 20


def test_a_space_with_nothing_to_change_is_refused():
    single = nt.spaces.ChoiceSpace.of({"a": (1,), "b": ("x",)})
    with pytest.raises(ValueError, match=r"`space` is ProductSpace.*allowed are spaces of two architectures or more"):
        nt.RegularizedEvolution(single)
    assert nt.RegularizedEvolution(SPACE, seed=4).rng.getstate() == python_rng(4, "RegularizedEvolution").getstate(), "looking costs no chance"


def test_asks_are_random_until_p_answers_are_in():
    strategy, twin = nt.RegularizedEvolution(SPACE, 5, 2, seed=4), nt.RandomSearch(SPACE, seed=0)
    twin.rng.setstate(strategy.rng.getstate())
    asked = [strategy.ask() for _ in range(9)]
    assert asked == [twin.ask() for _ in range(9)]
    for trial in asked[:4]:
        strategy.tell(trial, nt.Result({"error": 0.5}))
    strategy.tell(asked[4], nt.Result.failed("planted"))
    assert len(strategy.population) == 4, "failed trials never enter"
    assert strategy.ask() == twin.ask(), "four are not five"


@pytest.mark.parametrize("result", [nt.Result.failed("planted"), nt.Result({"error": math.nan}), nt.Result({"error": math.inf})])
def test_what_has_no_finite_error_never_enters(result):
    strategy = nt.RegularizedEvolution(SPACE, 5, 2, seed=0)
    strategy.tell(nt.Trial(SPACE.sample(0)), result)
    assert not strategy.population and not strategy.lives


@pytest.mark.parametrize("aging", [True, False])
def test_those_stopped_early_live_like_others(aging):
    strategy = nt.RegularizedEvolution(SPACE, 3, 2, aging=aging, seed=0)
    for _ in range(8):
        strategy.tell(strategy.ask(), nt.Result({"error": 0.4}, status="stopped"))
    assert len(strategy.population) == 3 and len(strategy.lives) == 8


def test_age_is_counted_from_the_answer():
    strategy = nt.RegularizedEvolution(SPACE, 3, 2, seed=0)
    asked = [strategy.ask() for _ in range(4)]
    for number in (3, 1, 0, 2):
        strategy.tell(asked[number], nt.Result({"error": number / 10}))
    assert [member.error for member in strategy.population] == [0.1, 0.0, 0.2], "3 was told first and left first"


def test_it_finds_the_optimum_where_random_search_does_not():
    errors = {}
    for name, make in (("evolution", lambda s: nt.RegularizedEvolution(SPACE, 20, 5, seed=s)), ("random", lambda s: nt.RandomSearch(SPACE, seed=s))):
        errors[name] = [min(error_of(trial.arch) for trial in run(make(seed), 300)) for seed in range(10)]
    assert mannwhitneyu(errors["evolution"], errors["random"], alternative="less").pvalue < 0.01, errors


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"population": 5, "sample": 9}, ("`sample`", "9", "5")),
        ({"population": 5, "sample": 0}, ("`sample`", "0")),
        ({"population": 1}, ("`population`", "1")),
        ({"population": 10.0}, ("`population`", "10.0")),
        ({"identity": 1.5}, ("`identity`", "1.5")),
        ({"identity": math.nan}, ("`identity`", "nan")),
        ({"aging": "no"}, ("`aging`", "'no'", "True and False")),
        ({"aging": 0}, ("`aging`", "0", "True and False")),
    ],
)
def test_bad_arguments_are_refused_in_words(arguments, words):
    with pytest.raises(ValueError) as error:
        nt.RegularizedEvolution(SPACE, **arguments)
    assert all(word in str(error.value) for word in words)


def aging_and_twin(size, sigma, evaluations, seeds, **settings):
    aging, twin = ([true_fitness_at_the_end(size, sigma, evaluations, kind, seed, **settings) for seed in range(seeds)] for kind in (True, False))
    print(f"D={size} sigma={sigma} {evaluations} evaluations {settings}: aging {np.mean(aging):.3f}, not aging {np.mean(twin):.3f}")
    return aging, twin


def test_claim_under_noise_aging_beats_its_twin():
    """D = 100, sigma = 0.05, P = 100, S = 10, 2,000 evaluations, 12 seeds; a calculation beforehand found 0.788 and 0.697."""
    aging, twin = aging_and_twin(100, 0.05, 2000, seeds=12)
    assert mannwhitneyu(aging, twin, alternative="greater").pvalue < 0.01


def test_boundary_with_little_noise_the_two_are_equivalent():
    """Sigma = 0.01, 1,000 evaluations, 0.888 and 0.886 there. Two one-sided tests at 5 %: equivalent within 0.02."""
    margin = 0.02
    interval = ttest_ind(*aging_and_twin(100, 0.01, 1000, seeds=20), equal_var=False).confidence_interval(0.90)
    assert -margin < interval.low and interval.high < margin, interval


def test_boundary_on_short_strings_not_supported_at_this_scale():
    """A calculation beforehand said that at D = 32, sigma = 0.1 the twin is better (0.826 and 0.857), and named neither P, S nor the evaluations.

    With P = 100 and S = 10, as for its other claims, this is not supported: in means of 16 seeds aging is better from 500 to 4,000
    evaluations (0.805, 0.867, 0.875, 0.879), whether the twin removes the worst of the tournament (0.775, 0.785, 0.781, 0.844), of the
    tournament and the child (at most 0.799) or of the population (0.775, 0.793, 0.818, 0.889: at the end no difference). There is a
    reversal where populations are small and searches long: see the next test.
    """
    aging, twin = aging_and_twin(32, 0.1, 2000, seeds=12)
    assert mannwhitneyu(aging, twin, alternative="greater").pvalue < 0.01
    print("the boundary D=32, sigma=0.1 at P=100, S=10: not supported at this scale")


def test_boundary_in_a_small_population_the_twin_is_better():
    """D = 32, sigma = 0.1 again, but 200 generations of P = 20, S = 5: near those numbers, which may have come from such a setting.

    Found by trying P, S and lengths on other seeds (100 to 123: 0.796 and 0.850); here everyone is forgotten within 20 births.
    """
    aging, twin = aging_and_twin(32, 0.1, 4000, seeds=12, population=20, sample=5)
    assert mannwhitneyu(twin, aging, alternative="greater").pvalue < 0.01
