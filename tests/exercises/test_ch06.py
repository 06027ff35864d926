"""The reference solutions of chapter 6 against the library's tree, and numbers worked out by hand."""

import math
import random

import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import ch06
from nastutor.exercises.ch06 import CHECKS, back_up, ucb1

SPACE = nt.spaces.ChoiceSpace.of({"x": (0, 1, 2), "y": ("a", "b"), "z": (0, 1)})


def test_ucb1_by_hand():
    assert ucb1(1.6, 2, 4, 0.5) == pytest.approx(0.8 + 0.5 * math.sqrt(math.log(4))) and ucb1(0.0, 0, 4, 0.5) == math.inf
    assert ucb1(0.6, 1, 4, 0) == 0.6


def test_back_up_by_hand():
    tree = back_up({}, ("a", "b"), 1)
    assert tree == {(): (1, 1)}
    assert back_up(tree, ("a", "b"), 2) == {(): (2, 3), ("a",): (1, 2)}
    assert back_up(tree, ("a", "b"), 3) == {(): (3, 6), ("a",): (2, 5), ("a", "b"): (1, 3)}
    assert back_up(tree, ("a", "b"), 1)[("a", "b")] == (2, 4), "the end of a path counts again"


def library_nodes(node, options, path=()):
    """The library's tree in the form of the exercise; decisions have several options each."""
    found = {path: (node.visits, node.total)} if node.visits else {}
    for way, child in node.children.items():
        found |= library_nodes(child, options[1:], (*path, options[0][way]))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_tree_and_bounds_are_the_librarys(seed):
    strategy, tree = nt.MCTS(SPACE, repeats=True, seed=seed), {}
    for _ in range(25):
        trial = strategy.ask()
        reward = random.Random(str(trial.arch)).random()
        strategy.tell(trial, nt.Result({"error": 1 - reward}))
        back_up(tree, tuple(value for _, value in trial.arch.choices), 1 - (1 - reward))
    assert tree == library_nodes(strategy.root, [options for _, options in SPACE.options.items()])
    for way, child in strategy.root.children.items():
        visits, total = tree[(way,)]
        assert ucb1(total, visits, tree[()][0], 0.5) == strategy.bound(strategy.root, child)


def test_the_solutions_of_the_chapter_are_in_one_place():
    assert {check.id for check in CHECKS} == {f"ch06.{name}" for name in ch06.__all__ if name != "CHECKS"}


def whole_path(tree, path, reward):
    for node in [path[:depth] for depth in range(len(path) + 1)]:
        tree.setdefault(node, (0, 0))
        tree[node] = (tree[node][0] + 1, tree[node][1] + reward)
    return tree


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("ucb1", lambda total, n, p, c: total / n + c * (2 * math.log(p) / n) ** 0.5 if n else 0, "infinite"),
        ("ucb1", lambda t, n, p, c: math.inf if n == 0 else t / n + c * math.sqrt(math.log(p) / n), "The 2 under the root"),
        ("back_up", whole_path, "below the first new one"),
        ("back_up", lambda tree, path, reward: tree | {path[:0]: (1, reward)}, ""),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch06.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)


def test_the_node_that_is_wrong_is_named():
    outcome = judge(find_check("ch06.back_up"), whole_path)
    assert "the node ('a',) is not to be there yet" in str(outcome)
    assert "wanted is the tree" in str(judge(find_check("ch06.back_up"), lambda tree, path, reward: [tree]))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_known_mistakes_are_mistakes(check):
    for wrong, sentence in check.mistakes:
        assert check.diagnosis(wrong) == sentence, sentence
        assert not judge(check, wrong).passed
