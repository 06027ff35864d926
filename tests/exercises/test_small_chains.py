"""Counts and residual points against the library, and against numbers worked out by hand."""

import pytest

from nastutor.checks import find_check, judge
from nastutor.exercises.small_chains import count, reads
from nastutor.spaces import BranchSpace, ChainSpace
from nastutor.spaces.branch_points import residual


@pytest.mark.parametrize("depth, widths, max_pools", [(1, 1, 0), (2, 2, 1), (3, 2, 1), (4, 3, 2), (2, 2, 5)])
def test_chains_are_counted_as_the_library_has_them(depth, widths, max_pools):
    space = ChainSpace(range(1, depth + 1), ("conv", "pool"), widths=range(1, widths + 1), kernels=(3,), max_pools=max_pools)
    assert count(depth, widths, max_pools) == space.size == len(list(space))


def test_counts_by_hand():
    assert count(2, 2, 1) == (2 + 1) + (4 + 2 * 2) == 11 and count(3, 5, 0) == 5 + 25 + 125


@pytest.mark.parametrize("blocks", range(1, 4))
def test_the_residual_point_is_the_librarys(blocks):
    plan = residual(blocks, widths=(8,))
    assert reads(blocks) == [*(layer.reads for layer in plan.layers), plan.reads]
    space = BranchSpace.holding(plan)
    assert [*(layer.reads for layer in space.plan(space.arch(plan)).layers)] == reads(blocks)[:-1]


def test_reads_by_hand():
    assert reads(0) == [(0,), (1,)] and reads(2) == [(0,), (1,), (2,), (1, 3), (4,), (1, 3, 5)]


def exactly(depth, convs, max_pools):
    """Written as a student might: only the deepest."""
    return count(depth, convs, max_pools) - (count(depth - 1, convs, max_pools) if depth > 1 else 0)


def with_the_empty_chain(depth, convs, max_pools):
    return 1 + count(depth, convs, max_pools)


def chain_of(blocks):
    return [(layer - 1,) for layer in range(1, 2 * blocks + 2)] + [(2 * blocks + 1,)]


def last_two(blocks):
    answer = [(0,)]
    for layer in range(1, 2 * blocks + 1):
        answer.append((layer - 2, layer) if layer % 2 and layer > 1 else (layer,))
    return [*answer, (2 * blocks - 1, 2 * blocks + 1) if blocks else (1,)]


def without_the_classifier(blocks):
    return reads(blocks)[:-1]


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("count", exactly, "shorter ones"),
        ("count", with_the_empty_chain, "One too many"),
        ("count", lambda depth, convs, max_pools: (1 + convs) ** depth, "mind shorter ones"),
        ("reads", chain_of, "plain chain"),
        ("reads", last_two, "not the output of any layer"),
        ("reads", without_the_classifier, "classifier is missing"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch01.{name}"), wrong)
    assert words in dict(outcome.lines)["likely"], str(outcome)
