"""The reference solutions of chapter 7 against the library's Q-learning, and numbers worked out by hand."""

import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import ch07
from nastutor.exercises.ch07 import CHECKS, bellman, epsilon, shaped

SPACE = nt.spaces.ChoiceSpace.of({"x": ("a", "b"), "y": ("a", "b"), "z": ("a", "b")})


@pytest.mark.parametrize("models", [1, 7, 27])
def test_epsilon_is_the_librarys(models):
    strategy = nt.QLearning(SPACE, models=models)
    for asked in range(models + 5):
        strategy.asked = asked
        assert epsilon(list(strategy.schedule), asked) == strategy.epsilon


def test_bellman_by_hand():
    table = {"s1": {"a": 0.5, "b": 0.75}, "s2": {"a": 0.5, "b": 0.0}}
    assert bellman(table, [("s1", "a"), ("s2", "b")], 1.0, 0.5) == {"s1": {"a": 0.5, "b": 0.75}, "s2": {"a": 0.5, "b": 0.5}}
    assert bellman(table, [("s1", "a"), ("s2", "a")], 1.0, 0.5) == {"s1": {"a": 0.625, "b": 0.75}, "s2": {"a": 0.75, "b": 0.5}}


def test_bellman_is_the_librarys():
    strategy = nt.QLearning(SPACE, learning_rate=0.25, replay=0, seed=0)
    own = {}
    for seed in range(40):
        arch = SPACE.sample(seed)
        steps, reward = strategy.trajectory(arch), seed / 40
        for step in steps:
            own.setdefault(step.state, dict.fromkeys(("a", "b"), 0.5))
        bellman(own, [(step.state, step.option) for step in steps], reward, 0.25)
        strategy.learn(steps, reward)
    assert len(own) == len(strategy.table) > 3
    for state, row in strategy.table.items():
        assert {option: own[state][option] for option in row} == pytest.approx(row)


def test_shaped_is_the_librarys():
    assert shaped(0.8, 4) == [0.2, 0.2, 0.2, 0.8] and shaped(0.8, 1) == [0.8]
    strategy = nt.QLearning(SPACE, learning_rate=1.0, shaped=True, initial=0.0, replay=0)
    steps = strategy.trajectory(SPACE.sample(0))
    strategy.learn(steps, 0.9)
    worth = [strategy.table[step.state][step.option] for step in steps]
    assert worth == pytest.approx([sum(shaped(0.9, 3)[place:]) for place in range(3)])


def test_the_solutions_of_the_chapter_are_in_one_place():
    assert {check.id for check in CHECKS} == {f"ch07.{name}" for name in ch07.__all__ if name != "CHECKS"}


def one_reward_for_all(table, steps, reward, rate):
    for state, option in steps:
        table[state][option] += rate * (reward - table[state][option])
    return table


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("epsilon", lambda schedule, asked: next((e for e, n in schedule if n > asked), schedule[-1][0]), "one after the other"),
        ("shaped", lambda reward, decisions: [reward / decisions for _ in range(decisions)], "the whole reward"),
        ("shaped", lambda reward, decisions: [*[0] * (decisions - 1), reward], "without shaping"),
        ("bellman", one_reward_for_all, ""),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch07.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


def test_the_number_that_is_wrong_is_named():
    assert "Q(s1, a) is" in str(judge(find_check("ch07.bellman"), one_reward_for_all))
    assert "wanted is the table" in str(judge(find_check("ch07.bellman"), lambda table, *_: [table]))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_known_mistakes_are_mistakes(check):
    for wrong, sentence in check.mistakes:
        assert check.diagnosis(wrong) == sentence, sentence
        assert not judge(check, wrong).passed
