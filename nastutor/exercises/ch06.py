"""Exercises of chapter 6: UCB1, backing a reward up, and those on pencil and paper (small_trees.py)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nastutor.checks import Check
from nastutor.exercises.small_trees import CHECKS as SMALL
from nastutor.exercises.small_trees import chances, climb, halves, ngrams

__all__ = ["CHECKS", "back_up", "chances", "climb", "halves", "ngrams", "ucb1"]

Tree = dict[tuple[str, ...], tuple[int, float]]  # the first decisions -> visits, sum of rewards


def ucb1(total: float, visits: int, parent: int, exploration: float) -> float:
    if visits == 0:
        return math.inf
    return total / visits + exploration * math.sqrt(2 * math.log(parent) / visits)


def back_up(tree: Tree, path: tuple[str, ...], reward: float) -> Tree:
    for depth in range(len(path) + 1):
        node = path[:depth]
        visits, total = tree.get(node, (0, 0))
        tree[node] = (visits + 1, total + reward)
        if visits == 0:  # it was new: nobody knows yet what lies below
            break
    return tree


# --- inputs


def _branch(st: Any) -> Any:
    def inside(drawn: tuple[int, int, int, int]) -> tuple[float, int, int, float]:
        visits, tenths, more, exploration = drawn
        return visits * tenths / 10, visits, visits + more + 1, exploration / 4

    return st.tuples(st.integers(0, 20), st.integers(0, 10), st.integers(0, 30), st.integers(0, 8)).map(inside)


def _trees(st: Any) -> Any:
    """A tree that grew from some trials of two or three decisions, and one trial more."""
    path = st.integers(2, 3).flatmap(lambda depth: st.tuples(*[st.sampled_from(("a", "b"))] * depth))
    trials = st.lists(st.tuples(path, st.integers(0, 9)), max_size=6)
    return st.tuples(trials, path, st.integers(1, 9)).map(lambda drawn: (_grown(drawn[0]), *drawn[1:]))


def _grown(trials: list[tuple[tuple[str, ...], int]]) -> Tree:
    tree: Tree = {}
    for path, reward in trials:
        back_up(tree, path, reward)
    return tree


# --- how answers are compared


def _as_trees(got: Any, expected: Tree, *_: Any) -> str | None:
    """Said is the first node that is not right."""
    if not isinstance(got, dict):
        return f"it is a {type(got).__name__}; wanted is the tree, a dictionary"
    for node in sorted({*expected, *got}, key=lambda node: (len(node), node)):
        if node not in expected:
            return f"the node {node} is not to be there yet"
        if node not in got:
            return f"the node {node} is missing"
        if tuple(got[node]) != expected[node]:
            return f"the node {node} has {tuple(got[node])}; wanted is {expected[node]}"
    return None


# --- known mistakes


def _backed(add: Callable[[int, float, float], tuple[int, float]], first: int = 0, stop: bool = True) -> Callable[..., Any]:
    """A wrong back_up: `add(visits, total, reward)` at each node from depth `first` on; without `stop` to the end of the path."""

    def wrong(tree: Tree, path: tuple[str, ...], reward: float) -> Tree:
        for depth in range(first, len(path) + 1):
            visits, total = tree.get(path[:depth], (0, 0))
            tree[path[:depth]] = add(visits, total, reward)
            if stop and visits == 0:
                break
        return tree

    return wrong


def _old_ones(tree: Tree, path: tuple[str, ...], reward: float) -> Tree:
    for depth in range(len(path) + 1):
        if path[:depth] in tree:
            visits, total = tree[path[:depth]]
            tree[path[:depth]] = (visits + 1, total + reward)
    return tree


def _last_alone(tree: Tree, path: tuple[str, ...], reward: float) -> Tree:
    depth = next((depth for depth in range(len(path)) if path[:depth] not in tree), len(path))
    visits, total = tree.get(path[:depth], (0, 0))
    tree[path[:depth]] = (visits + 1, total + reward)
    return tree


def _bound(mean: Callable[[float, int], float], bonus: Callable[[int, int], float]) -> Callable[..., float]:
    """A wrong ucb1: how the mean is made of the sum, and the bonus of both counts."""
    return lambda total, visits, parent, exploration: mean(total, visits) + exploration * bonus(visits, parent) if visits else math.inf


def _mean(total: float, visits: int) -> float:
    return total / visits


def _bonus(visits: int, parent: int) -> float:
    return math.sqrt(2 * math.log(parent) / visits)


CHECKS = [
    Check(
        "ch06.ucb1",
        inputs=_branch,
        reference=ucb1,
        mistakes=(
            (_bound(lambda total, visits: total, _bonus), "You add the *sum* of the rewards; the bound begins with their mean, total / visits."),
            (_bound(_mean, lambda visits, parent: math.sqrt(math.log(parent) / visits)), "The 2 under the root is missing: 2 ln(parent) / visits."),
            (
                _bound(_mean, lambda visits, parent: math.sqrt(2 * math.log(parent)) / visits),
                "The root goes over the whole fraction: visits stand under it too.",
            ),
            (_bound(_mean, lambda visits, parent: 2 * math.log(parent) / visits), "The square root is missing."),
            (_bound(_mean, lambda visits, parent: math.sqrt(2 * math.log10(parent) / visits)), "The logarithm is the natural one: math.log."),
            (_bound(_mean, lambda visits, parent: math.sqrt(2 * math.log2(parent) / visits)), "The logarithm is the natural one: math.log."),
            (_bound(_mean, lambda visits, parent: math.sqrt(2 * math.log(visits) / visits)), "Inside the logarithm stand the visits of the *parent*."),
            (_bound(_mean, lambda visits, parent: math.sqrt(2 * math.log(visits) / parent)), "Parent and branch have changed places under the root."),
            (
                lambda total, visits, parent, exploration: ucb1(total, visits, parent, exploration) if visits else 0.0,
                "A branch that nobody has been to must be tried first: its bound is infinite (math.inf), not 0.",
            ),
        ),
        why="Mean reward of the branch, plus exploration times the root of 2 ln(parent) / visits; infinite where `visits` is 0.",
        hints=(
            "Begin with the branch that nobody has been to: if visits == 0, return math.inf.",
            "total / visits + exploration * math.sqrt(2 * math.log(parent) / visits)",
        ),
    ),
    Check(
        "ch06.back_up",
        inputs=_trees,
        reference=back_up,
        compare=_as_trees,
        mistakes=(
            (
                _backed(lambda visits, total, reward: (visits + 1, total + reward), stop=False),
                "You count the nodes below the first new one as well. They were decided at random; one node is added at each trial.",
            ),
            (_backed(lambda visits, total, reward: (visits + 1, total + reward), first=1), "The root () is on every path: it counts too."),
            (_old_ones, "Only nodes that were there before get the reward in yours. The first new one is added, with one visit."),
            (_last_alone, "Only the last node gets the reward in yours. It goes *up*: every node on the way from the root has it."),
            (
                _backed(lambda visits, total, reward: (visits + 1, (visits * total + reward) / (visits + 1))),
                "You keep the mean; wanted is the sum of the rewards.",
            ),
            (_backed(lambda visits, total, reward: (visits + 1, reward)), "The reward replaces what was there. It is to be added to the sum."),
        ),
        why="The nodes on the way are path[:0], path[:1], path[:2] ...; stop behind the first one that was not in the tree.",
        hints=(
            "for depth in range(len(path) + 1): node = path[:depth]; visits, total = tree.get(node, (0, 0)).",
            "tree[node] = (visits + 1, total + reward), then break if visits was 0; at the end return tree.",
        ),
    ),
    *SMALL,
]
