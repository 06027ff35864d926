"""The reference solutions of chapter 8 against the library's evolution, and numbers worked out by hand."""

import random
from itertools import product

import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import ch08
from nastutor.exercises.ch08 import CHECKS, ageing, crossing, tournament
from nastutor.strategies.breeding import one_point

SPACE = nt.spaces.ChoiceSpace.of({"x": (0, 1, 2), "y": ("a", "b"), "z": (0, 1), "u": (0, 1, 2, 3)})


@pytest.mark.parametrize("population, sample", [(1, 1), (4, 2), (5, 3), (3, 4)])
def test_a_tournament_counted_out(population, sample):
    every = [min(draws) for draws in product(range(1, population + 1), repeat=sample)]
    chances = [tournament(place, population, sample) for place in range(1, population + 1)]
    assert chances == pytest.approx([every.count(place) / len(every) for place in range(1, population + 1)]) and sum(chances) == pytest.approx(1)


def test_the_library_draws_with_these_chances():
    strategy = nt.RegularizedEvolution(SPACE, 4, 2, seed=0)
    for number in range(4):
        strategy.tell(nt.Trial(SPACE.sample(number)), nt.Result({"error": number / 10}))
    won = [strategy._tournament()[1].birth for _ in range(4000)]
    assert [won.count(birth) / 4000 for birth in range(4)] == pytest.approx([7 / 16, 5 / 16, 3 / 16, 1 / 16], abs=0.03)


def test_ageing_by_hand():
    assert ageing([(0.1, "a"), (0.9, "b")], (0.5, "c"), 2) == [(0.9, "b"), (0.5, "c")]
    assert ageing([(0.1, "a")], (0.5, "c"), 2) == [(0.1, "a"), (0.5, "c")] and ageing([], (0.5, "c"), 1) == [(0.5, "c")]


@pytest.mark.parametrize("seed", range(3))
def test_the_population_is_the_librarys(seed):
    strategy, mine = nt.RegularizedEvolution(SPACE, 5, 3, seed=seed), []
    for _ in range(25):
        trial = strategy.ask()
        error = random.Random(str(trial.arch)).random()
        strategy.tell(trial, nt.Result({"error": error}))
        mine = ageing(mine, (error, trial.arch), 5)
        assert mine == [(member.error, member.arch) for member in strategy.population]


def test_crossing_is_the_librarys():
    one, other = SPACE.sample(1), SPACE.sample(2)
    children = {tuple(crossing(dict(one.choices), dict(other.choices), cut).items()) for cut in range(1, 4)}
    assert {one_point(SPACE, one, other, random.Random(seed)).choices for seed in range(60)} == children


def test_the_solutions_of_the_chapter_are_in_one_place():
    assert {check.id for check in CHECKS} == {f"ch08.{name}" for name in ch08.__all__ if name != "CHECKS"}


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("tournament", lambda place, population, sample: (1 - (place - 1) / population) ** sample, "nobody *better* is drawn"),
        ("ageing", lambda population, child, size: population[1:] + [child], "though there was room"),
        ("ageing", lambda population, child, size: sorted([*population, child])[:size], ""),
        ("crossing", lambda one, other, cut: {name: other[name] if n < cut else one[name] for n, name in enumerate(one)}, "changed places"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch08.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_known_mistakes_are_mistakes(check):
    for wrong, sentence in check.mistakes:
        assert check.diagnosis(wrong) == sentence, sentence
        assert not judge(check, wrong).passed
