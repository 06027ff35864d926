"""Deb et al. 2002: what lives on, who breeds, and the front that comes of it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wilcoxon

import nastutor as nt
from nastutor.pareto import front, ranks
from nastutor.strategies.nsga2 import Individual, selected
from nastutor.testing import check_strategy

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(8)})
TABLE = nt.estimators.Table("digits-tiny")


def arch(number):
    return nt.Arch((("id", number),))


def two(trial):
    """A conflict: how much there is, and what it is good for; the rest of an optimal design is all the same."""
    values = [value for _, value in trial.arch.choices]
    waste = sum((value - values[0]) ** 2 for value in values) / 100
    return nt.Result({"error": 1 / (1 + sum(values)) + waste, "params": float(sum(values))})


class Two:
    gives = ("error", "params")

    def __call__(self, trial):
        return two(trial)


sets = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=14)


@given(sets, st.integers(1, 14))
def test_selection_is_by_front_and_then_by_crowding(points, size):
    kept = selected([Individual(arch(number), point) for number, point in enumerate(points)], size)
    assert len(kept) == min(size, len(points)) == len({one.arch for one in kept})
    of_all = ranks(points)
    assert [one.rank for one in kept] == sorted(of_all)[: len(kept)] and all(of_all[one.arch["id"]] == one.rank for one in kept)
    for rank in {one.rank for one in kept}:
        distances = [one.crowding for one in kept if one.rank == rank]
        assert distances == sorted(distances, reverse=True)


def test_ends_of_the_last_front_live_on_and_the_most_crowded_goes():
    points = [(0.0, 4.0), (1.0, 3.0), (1.1, 2.9), (4.0, 0.0)]
    kept = selected([Individual(arch(number), point) for number, point in enumerate(points)], 3)
    assert {one.point for one in kept} == {points[0], points[2], points[3]}, "of the two near ones that with the larger gap around it"


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(0, 99))
def test_elitism_the_front_never_loses(population, seed):
    strategy, covered = nt.NSGA2(SPACE, population, seed=seed), []
    for number in range(1, 8 * population + 1):
        trial = strategy.ask()
        strategy.tell(trial, two(trial))
        assert strategy.generation == number // population and len(strategy.children) == number % population
        if number % population == 0:
            covered.append(min(one.point for one in strategy.front))
            assert len({one.arch for one in strategy.population}) == len(strategy.population) <= population
            points = [one.point for one in strategy.population]
            assert {one.point for one in strategy.front} == {points[number] for number in front(points)}
    assert covered == sorted(covered, reverse=True), "the best error, and the fewest parameters for it"


def test_the_best_of_each_objective_is_never_lost():
    strategy, seen = nt.NSGA2(SPACE, 10, seed=3), []
    for _ in range(200):
        trial = strategy.ask()
        strategy.tell(trial, result := two(trial))
        seen.append((result.error, result.metrics["params"]))
    for axis in (0, 1):
        assert min(one.point[axis] for one in strategy.population) == min(point[axis] for point in seen)


def test_parents_win_binary_tournaments():
    strategy = nt.NSGA2(SPACE, 4, seed=0)
    strategy.population = [Individual(arch(0), (0, 0), 0, math.inf), Individual(arch(1), (1, 1), 1, math.inf), Individual(arch(2), (1, 1), 1, 0.5)]
    wins = [strategy._winner().arch["id"] for _ in range(9000)]
    for number, share in enumerate((5 / 9, 3 / 9, 1 / 9)):
        assert abs(wins.count(number) / 9000 - share) < 0.02


def test_equal_architectures_count_once_by_their_last_answer():
    strategy = nt.NSGA2(SPACE, 2, ("error",), seed=0)
    same = SPACE.sample(1)
    for error in (0.1, 0.5):
        strategy.tell(nt.Trial(same), nt.Result({"error": error}))
    assert [one.point for one in strategy.population] == [(0.5,)]


def test_what_lacks_an_objective_is_left():
    strategy = nt.NSGA2(SPACE, 2, seed=0)
    for metrics in ({"error": 0.1}, {"error": 0.1, "params": math.nan}, {"error": math.inf, "params": 1.0}):
        strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result(metrics))
    strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result.failed("planted"))
    assert not strategy.children and strategy.wants == ("params",)
    with pytest.raises(ValueError, match="`NSGA2` wants params, and this estimator gives only error"):
        nt.search(strategy, two, trials=1)


@pytest.mark.parametrize("settings", [{}, {"crossover": 0.0}, {"mutation": 0.0}, {"way": "one-point", "mutation": 1.0}])
def test_it_keeps_the_rules_with_two_objectives(settings):
    check_strategy(nt.NSGA2, [SPACE], process=False, population=5, **settings)


def test_settings_are_told_apart():
    asked = set()
    for changed in ({}, {"crossover": 0.2}, {"mutation": 0.1}, {"way": "one-point"}, {"population": 7}, {"objectives": ("params", "error")}):
        history = nt.search(nt.NSGA2(SPACE, **{"population": 6, **changed}, seed=1), Two(), trials=60, progress=False)
        asked.add(tuple(record.trial for record in history))
    assert len(asked) == 5, "all but the order of the objectives changes what is tried"


def test_it_goes_on_from_a_journal(tmp_path):
    make = lambda: nt.NSGA2(TABLE.space, 6, seed=2)
    whole = nt.search(make(), TABLE, trials=40, progress=False)
    nt.search(make(), TABLE, trials=17, journal=tmp_path / "cut.sqlite", progress=False)
    again = nt.search(make(), TABLE, trials=40, journal=tmp_path / "cut.sqlite", progress=False)
    assert [(r.trial, r.result) for r in again] == [(r.trial, r.result) for r in whole]


def test_several_in_flight_never_wait():
    strategy = nt.NSGA2(SPACE, 6, ("error",), seed=2)
    history = nt.search(
        strategy,
        lambda trial: nt.Result({"error": two(trial).error}, seconds=1.0 + two(trial).metrics["params"]),
        trials=60,
        executor=nt.simulate(5),
        progress=False,
    )
    assert len(history) == 60 and strategy.generation == 10


def test_it_covers_more_than_random_search():
    """Paired seeds, 200 evaluations each, hypervolume up to (1.5, 33)."""
    covered = [
        [nt.search(make(seed), Two(), trials=200, progress=False).hypervolume(error=1.5, params=33.0) for seed in range(10)]
        for make in (lambda seed: nt.NSGA2(SPACE, 20, seed=seed), lambda seed: nt.RandomSearch(SPACE, seed=seed))
    ]
    assert wilcoxon(*covered, alternative="greater").pvalue < 0.01


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"population": 1}, "`population` is 1; allowed are whole numbers from 2"),
        ({"objectives": ()}, "`objectives` is .*; allowed are names of metrics"),
        ({"objectives": "error"}, "`objectives` is 'error'"),
        ({"objectives": ("error", "error")}, "`objectives` is"),
        ({"mutation": 2}, "`mutation` is 2; allowed are probabilities"),
        ({"space": nt.spaces.ChoiceSpace.of({"a": (1,)})}, "`space` is ProductSpace.*two architectures or more"),
    ],
)
def test_refusals(wrong, words):
    with pytest.raises(ValueError, match=words):
        nt.NSGA2(wrong.pop("space", SPACE), **wrong)
