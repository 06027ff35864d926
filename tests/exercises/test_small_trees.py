"""Halves, their chances, n-grams and climbs against the library's strategies, and by hand."""

from collections import Counter
from fractions import Fraction

import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises.small_trees import chances, climb, halves, ngrams


def test_halves_by_hand():
    assert halves(list("abcde")) == [["a", "b"], ["c", ["d", "e"]]] and halves(["a"]) == "a"


@pytest.mark.parametrize("count", range(2, 10))
def test_halves_are_the_librarys(count):
    strategy, options = nt.MCTS(nt.spaces.ChoiceSpace.of({"x": tuple(range(count))}), bisection=True), list(range(count))

    def tree(low, high):
        return options[low] if high - low == 1 else [tree(*part) for part in strategy.parts(low, high)]

    assert halves(options) == tree(0, count)


def test_chances_are_those_of_the_librarys_first_trials():
    assert chances(5) == [0.25, 0.25, 0.25, 0.125, 0.125] and sum(map(Fraction, chances(11))) == 1
    space = nt.spaces.ChoiceSpace.of({"x": tuple(range(5))})
    drawn = Counter(nt.MCTS(space, bisection=True, seed=seed).ask().arch["x"] for seed in range(2000))
    assert all(abs(drawn[option] / 2000 - chance) < 0.04 for option, chance in enumerate(chances(5)))


def test_ngrams_are_the_librarys():
    space = nt.spaces.ChoiceSpace.of({"x": (0, 1)})
    for words in ("abab", "a", "abcabcab"):
        assert ngrams(list(words), 3) == nt.NGramSMBO(space, longest=3).grams(words)


def test_a_climb_ends_where_the_librarys_steepest_one_does():
    errors = [5, 4, 3, 4, 1, 2, 2, 0]
    assert climb(errors, 0) == [0, 1, 2] and climb(errors, 5) == [5, 4] and climb([1, 1], 0) == [0] and climb([3], 0) == [0]
    assert climb([1, 2, 1], 1) == [1, 0], "of two that are equal the left one"


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("halves", lambda options: [options[: len(options) // 2], options[len(options) // 2 :]] if len(options) > 1 else options[0], "You cut once"),
        ("chances", lambda count: [1 / count] * count, "at once"),
        ("ngrams", lambda words, longest: dict(Counter(zip(*[words[n:] for n in range(longest)], strict=False))), "the shorter ones count too"),
        ("climb", lambda errors, start: climb(errors, start)[-1:], "all places on the way"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch06.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda words, longest: list(ngrams(words, longest)), "wanted is a dictionary"),
        (lambda words, longest: {" ".join(gram): count for gram, count in ngrams(words, longest).items()}, "an n-gram is a tuple of words"),
        (lambda words, longest: ngrams(words, 1), "stands in it 0 times, and in the sequence 1 times"),
    ],
)
def test_wrong_counts_are_said(answer, words):
    assert words in str(judge(find_check("ch06.ngrams"), answer))


def test_right_counts_pass_in_any_dictionary():
    assert judge(find_check("ch06.ngrams"), lambda words, longest: Counter(ngrams(words, longest))).passed
