import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.widgets.designer_standing import Standings, changed, check_table, decisions, plain_start
from tests.widgets.tables import SmallTable, Stack, stack_table

CELL = nt.spaces.CellSpace(nodes=3)
NETWORKS = sorted({CELL.canonical(arch) for arch in CELL}, key=str)
WHICH = [NETWORKS.index(CELL.canonical(arch)) for arch in CELL]


@settings(max_examples=50)
@given(st.lists(st.one_of(st.sampled_from([0.1, 0.2, 0.3]), st.just(math.nan)), min_size=len(NETWORKS), max_size=len(NETWORKS)), st.integers(0, 124))
def test_ranks_are_counts(errors, number):
    """By definition: one more than there are better ones, diverged ones behind all."""
    table = SmallTable(CELL, dict(zip(NETWORKS, errors, strict=True)).get)
    got = Standings(table)(table.archs[number])
    worth = [math.inf if math.isnan(error) else error for error in errors]
    me = worth[WHICH[number]]
    assert got.rank == 1 + sum(error < me for error in worth) and got.tied == sum(error == me for error in worth) - 1
    assert got.arch_rank == 1 + sum(worth[network] < me for network in WHICH)
    assert got.twins == WHICH.count(WHICH[number]) and got.first == NETWORKS[WHICH[number]]
    assert (got.networks, got.archs) == (60, 125) and got.beats == sum(error > me for error in worth) / 59


@pytest.fixture(scope="module")
def table():
    return nt.estimators.Table("digits-tiny")


def test_it_agrees_with_the_table(table):
    standings = Standings(table)
    everyone = [standings(arch) for arch in table.space]
    assert [each.error for each in everyone] == [table(nt.Trial(arch)).error for arch in table.space]
    best = min(everyone, key=lambda each: each.arch_rank)
    assert best.rank == best.arch_rank == 1 and best.arch == table.best().trial.arch and best.error == table.best().error
    assert all((a.rank <= b.rank) == (a.error <= b.error) for a in everyone[::7] for b in everyone)
    assert best.metrics == table(nt.Trial(best.arch)).metrics


def test_neighbours_are_those_of_the_space(table):
    standings = Standings(table)
    for arch in list(table.space)[::9]:
        found = standings.neighbours(arch)
        assert [each.arch for each in found] == table.space.neighbours(arch)
        assert all(each.arch[each.decision] == each.option and each.error == table(nt.Trial(each.arch)).error for each in found)
    found.clear()
    assert standings.neighbours(arch), "the caller's list is the caller's"


def test_networks_met_again(table):
    archs = list(table.space)[:60]
    assert Standings(table).again(archs) == 60 - len({table.space.canonical(arch) for arch in archs}) > 0


def test_what_the_table_does_not_hold_is_no_neighbour():
    class Half(SmallTable):
        def rows(self, archs):
            if any(arch["depth"] == 2 for arch in archs):
                raise ValueError("not here")
            return super().rows(archs)

    half = Half(Stack(), lambda arch: 0.5)
    half.archs = [arch for arch in half.archs if arch["depth"] == 1]
    found = Standings(half).neighbours(half.archs[0])
    assert [(each.decision, each.option) for each in found] == [("width0", 8), ("width0", 16)]


def test_decisions_that_come_and_go():
    space = Stack()
    one, two = nt.Arch((("depth", 1), ("width0", 8))), nt.Arch((("depth", 2), ("width0", 8), ("width1", 4)))
    assert decisions(space, one) == {"depth": (1, 2), "width0": (4, 8, 16)}
    assert changed(space, one, "depth", 2) == two and changed(space, two, "depth", 1) == one


def test_the_start():
    assert set(dict(plain_start(CELL).choices).values()) == {"skip"}
    dense = nt.spaces.CellSpace(nodes=3, ops=("none", "conv3"))
    assert plain_start(dense) == next(iter(dense)) and plain_start(Stack()) == next(iter(Stack()))
    joint = nt.spaces.JointSpace(CELL, {"lr": (0.1, 0.2)})
    assert joint.inner(plain_start(joint)) == plain_start(CELL) and joint.training(plain_start(joint)) == {"lr": 0.1}


def test_a_dead_table_still_ranks():
    standings = Standings(stack_table())
    lost = standings(nt.Arch((("depth", 1), ("width0", 16))))
    assert math.isnan(lost.error) and lost.rank == 1 + 2 + 6 and lost.tied == 3 and np.isclose(lost.beats, 0)


def test_bad_tables():
    with pytest.raises(TypeError, match=r"`table` is a function, which has no archs, no rows, no column.*needs an nt.estimators.Table"):
        check_table(lambda trial: None)
    with pytest.raises(TypeError, match=r"`table` is a Estimator, which has no archs"):
        check_table(nt.estimators.Estimator(CELL))
