"""The reference solutions of chapter 5 against the library, and numbers worked out by hand."""

import math

import numpy as np
import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import ch05
from nastutor.exercises.ch05 import CHECKS, density, ei, split, ucb
from nastutor.strategies.acquisition import expected_improvement
from nastutor.strategies.parzen import categorical
from nastutor.strategies.split import Split

ARCHS = [nt.Arch((("x", number),)) for number in range(20)]


def test_improvement_by_hand_and_as_the_library():
    assert ei(0.3, 0.0, 0.5) == pytest.approx(0.2) and ei(0.7, 0.0, 0.5) == 0 and ei(0.5, 1.0, 0.5) == pytest.approx(1 / math.sqrt(2 * math.pi))
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=50), np.maximum(0, rng.normal(size=50))
    np.testing.assert_allclose([ei(m, s, 0.1) for m, s in zip(mean, std, strict=True)], expected_improvement(mean, std, 0.1), atol=1e-12)
    assert ei(0.5, 0.2, 0.4) == pytest.approx(np.maximum(0, 0.4 - rng.normal(0.5, 0.2, 400_000)).mean(), rel=0.02), "a mean of what is drawn"


def test_a_bound_is_better_where_less_is_known():
    assert ucb(0.5, 0.1, 2.0) == pytest.approx(-0.3) and ucb(0.5, 0.2, 2.0) > ucb(0.5, 0.1, 2.0) > ucb(0.6, 0.1, 2.0)


@pytest.mark.parametrize("seed", range(10))
def test_halves_are_those_of_tpe(seed):
    rng = np.random.default_rng(seed)
    errors = [math.inf if rng.random() < 0.2 else float(rng.integers(5)) for _ in range(rng.integers(1, 20))]
    library = Split(nt.TPE(nt.spaces.ChoiceSpace.of({"x": tuple(range(20))})).good_of)
    for arch, error in zip(ARCHS, errors, strict=False):
        library.add(arch, error)
    good, bad = split(errors, 0.25)
    assert [arch["x"] for arch in library.good.in_order()] == good and [arch["x"] for arch in library.bad.in_order()] == bad


def test_densities_are_those_of_tpe():
    assert density(["a", "a"], ["a", "b"], 1.0) == [0.75, 0.25] and density([], ["a", "b"], 3.0) == [0.5, 0.5]
    for taken in ("", "a", "abca", "cccc"):
        assert density(list(taken), ["a", "b", "c"], 0.5) == categorical([taken.count(option) for option in "abc"], 0.5)


def test_the_solutions_of_the_chapter_are_in_one_place():
    assert {check.id for check in CHECKS} == {f"ch05.{name}" for name in ch05.__all__ if name != "CHECKS"}


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("ei", lambda mean, std, best: max(mean - best, 0) if std == 0 else ei(best, std, mean), "best - mean"),
        ("ei", lambda mean, std, best: (best - mean) * ei(0, 1, 0), ""),
        ("ucb", lambda m, s, b: m + b * s, "to be *maximised*"),
        ("split", lambda errors, gamma: ([errors.index(min(errors))], [n for n in range(len(errors)) if n != errors.index(min(errors))]), ""),
        ("density", lambda taken, options, prior: [(taken.count(o) + prior) / (len(taken) + prior) for o in options], "do not add up to 1"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch05.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


def test_halves_may_come_in_any_order_and_what_is_wrong_is_said():
    check = find_check("ch05.split")
    assert judge(check, lambda errors, gamma: [half[::-1] for half in split(errors, gamma)]).passed
    assert "wanted are two lists" in str(judge(check, lambda errors, gamma: errors[0]))
    assert "the good ones are" in str(judge(check, lambda errors, gamma: (list(range(len(errors))), [])))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_known_mistakes_are_mistakes(check):
    for wrong, sentence in check.mistakes:
        assert check.diagnosis(wrong) == sentence, sentence
        assert not judge(check, wrong).passed
