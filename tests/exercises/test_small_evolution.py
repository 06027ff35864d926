"""The reference solutions of chapter 8 for several objectives against the library's, and numbers worked out by hand."""

import math
import random

import pytest

from nastutor import pareto
from nastutor.checks import find_check, judge
from nastutor.exercises.small_evolution import CHECKS, crowding, dominates, front, hypervolume, rarity
from nastutor.strategies.thinness import rarities


def drawn(seed, count=12, most=9):
    rng = random.Random(seed)
    return [(rng.randint(0, most), rng.randint(0, most)) for _ in range(count)]


def test_dominance_by_hand():
    assert dominates((1, 2), (1, 3)) and dominates((1, 2), (2, 3))
    assert not dominates((1, 2), (1, 2)) and not dominates((1, 3), (2, 2)) and not dominates((2, 3), (1, 2))


@pytest.mark.parametrize("seed", range(20))
def test_front_and_volume_are_the_librarys(seed):
    points, corner = drawn(seed), (7, 6)
    assert front(points) == [points[number] for number in pareto.front(points)]
    assert hypervolume(points, corner) == pareto.hypervolume(points, corner)


def test_volume_by_hand():
    assert hypervolume([(1, 3), (2, 2), (3, 1)], (4, 4)) == 6 and hypervolume([(4, 1), (5, 0)], (4, 4)) == 0


@pytest.mark.parametrize("seed", range(20))
def test_crowding_is_the_librarys(seed):
    line = front(drawn(seed))
    assert crowding(line) == pytest.approx(pareto.crowding(line).tolist())


def test_crowding_by_hand():
    assert crowding([(0, 4), (1, 2), (4, 0)]) == [math.inf, 2.0, math.inf] and crowding([(1, 1)]) == [math.inf]


def test_rarity_by_hand_and_against_the_library():
    assert rarity([0.0, 0.0, 100.0], 1.0) == pytest.approx([0.25, 0.25, 0.5])
    values = [1.0, 1.5, 2.0, 6.0, 9.0]
    spread = (sum((v - sum(values) / 5) ** 2 for v in values) / 5) ** 0.5
    own, theirs = rarity(values, spread * 5 ** (-1 / 5)), rarities([(v,) for v in values], [(v,) for v in values], log=False)
    assert own == pytest.approx([one / sum(theirs) for one in theirs])


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("dominates", lambda one, other: one[0] <= other[0] and one[1] <= other[1], "Equal points do not dominate"),
        ("hypervolume", lambda points, corner: sum((corner[0] - a) * (corner[1] - b) for a, b in points if a < corner[0] and b < corner[1]), "Boxes overlap"),
        ("crowding", lambda line: [math.inf] * len(line), ""),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch08.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


def test_the_point_that_is_wrong_is_named():
    assert "is missing" in str(judge(find_check("ch08.front"), lambda points: []))
    assert "wanted is a list of points" in str(judge(find_check("ch08.front"), lambda points: points[0][0]))
    assert "stands in it 2 times" in str(judge(find_check("ch08.front"), lambda points: points))
    assert "is dominated, or not among the points" in str(judge(find_check("ch08.front"), lambda points: sorted({*points})))
    assert judge(find_check("ch08.front"), lambda points: [list(point) for point in front(points)][::-1]).passed, "the order does not count"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_known_mistakes_are_mistakes(check):
    for wrong, sentence in check.mistakes:
        assert check.diagnosis(wrong) == sentence, sentence
        assert not judge(check, wrong).passed
