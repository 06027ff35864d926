"""Searches by changes: they look at what is near the best, as often as they are told, and know where it came from."""

from random import Random

import numpy as np
import pytest

import nastutor as nt
from nastutor.strategies.acquisition_search import MODIFIERS, anneal, changed, evolve, lineage, with_modifiers

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(4)})
OPEN = nt.spaces.EditSpace([("conv", 4, 3), ("max",), ("conv", 4, 3)], max_layers=8, max_width=16, max_pools=1)
ONE = nt.spaces.ChoiceSpace.of({"width": (4,)})


def score(archs):
    return np.array([-sum((value - 2) ** 2 for _, value in arch.choices) for arch in archs], dtype=float)


def starting(space=SPACE, count=4, scored=score):
    archs = list(dict.fromkeys(space.sample(seed) for seed in range(count)))
    return dict(zip(archs, scored(archs).tolist(), strict=True))


def test_evolution_finds_what_is_better_and_looks_no_more_often_than_told():
    seen = []

    def counted(archs):
        seen.extend(archs)
        return score(archs)

    starts, scores = starting(), {}
    evolve(SPACE, starts, counted, scores, Random(0), 120)
    assert max(scores.values()) == 0 > max(starts.values()) and scores.keys() == set(seen)
    assert len(seen) == len(set(seen)) <= 120 and not set(seen) & set(starts)


def test_parents_are_drawn_by_promise():
    """With one good start and one bad, most children are a change or two away from the good one."""
    good, bad = nt.Arch(tuple((f"d{i}", 2) for i in range(4))), nt.Arch(tuple((f"d{i}", 0) for i in range(4)))
    scores = {}
    evolve(SPACE, {good: 10.0, bad: -10.0}, lambda archs: np.full(len(archs), -10.0), scores, Random(1), 10)
    near = [sum(value == 2 for _, value in arch.choices) >= 2 for arch in scores]
    assert sum(near) > 0.7 * len(near)


@pytest.mark.parametrize("search", [lambda *arguments: evolve(*arguments, 10), anneal])
def test_where_nothing_can_be_changed_nothing_is_found(search):
    scores = {}
    search(ONE, {ONE.sample(0): 1.0}, lambda archs: np.zeros(len(archs)), scores, Random(0))
    search(SPACE, {}, score, scores, Random(0))
    assert not scores


def test_the_tree_search_finds_the_best_and_the_way_to_it():
    starts, scores = starting(), {}
    parents = anneal(SPACE, starts, score, scores, Random(0))
    best = max(scores, key=scores.__getitem__)
    assert scores[best] == 0 and parents.keys() == scores.keys() and not parents.keys() & starts.keys()
    root, edits = lineage(best, parents)
    assert root in starts and edits and set(edits) == {None}, "a space of decisions tells no edits"
    assert lineage(root, parents) == (root, [])


def test_88_nodes_have_children_at_the_settings_of_the_release(monkeypatch):
    from nastutor.strategies import acquisition_search

    asked = []
    original = acquisition_search._children
    monkeypatch.setattr(acquisition_search, "_children", lambda *arguments: asked.append(1) or original(*arguments))
    large = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(9)) for i in range(20)})
    flat = lambda archs: np.zeros(len(archs))
    anneal(large, starting(large, 3, flat), flat, {}, Random(0))
    assert len(asked) == 87, "0.9^87 is the last temperature above 1e-4"
    asked.clear()
    anneal(large, starting(large, 3, flat), flat, {}, Random(0), cooling=0.5, coldest=0.1)
    assert len(asked) == 3


def test_a_cold_search_goes_on_from_what_is_better_alone():
    """Every child is worse: hot, some of them have children of their own; cold, none has."""
    starts = starting(count=2, scored=lambda archs: np.zeros(len(archs)))
    hot, cold = ({}, {})
    roots = set(starts)
    parents = anneal(SPACE, starts, lambda archs: np.full(len(archs), -0.5), hot, Random(0))
    assert any(parent not in roots for parent, _ in parents.values())
    parents = anneal(SPACE, starts, lambda archs: np.full(len(archs), -1e9), cold, Random(0))
    assert all(parent in roots for parent, _ in parents.values())


def test_edits_lead_from_the_root():
    size = lambda archs: np.array([float(len(arch.choices)) for arch in archs])
    starts, scores = starting(OPEN, 3, size), {}
    parents = anneal(OPEN, starts, size, scores, Random(2), cooling=0.5, coldest=0.05, width=3)
    for arch in parents:
        root, edits = lineage(arch, parents)
        for edit in edits:
            root = edit(root)
        assert root == arch


def test_modifiers_are_those_of_the_release_as_far_as_the_space_has_them():
    space = with_modifiers(OPEN)
    assert dict(space.operators) == MODIFIERS and sum(MODIFIERS.values()) == pytest.approx(1.2) and space.max_width == OPEN.max_width
    assert dict(with_modifiers(nt.spaces.EditSpace(operators=("widen", "pool"))).operators) == {"widen": 0.1}
    only = nt.spaces.EditSpace(operators=("pool",))
    assert with_modifiers(only) is only and with_modifiers(SPACE) is SPACE
    assert changed(SPACE, SPACE.sample(0), Random(0))[1] is None and changed(OPEN, OPEN.start(), Random(0))[1] is not None
