"""Against brute force, word by word from the definitions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.pareto import crowding, front, hypervolume, ranks


def sets(objectives, most=9, high=6):
    return st.lists(st.tuples(*[st.integers(0, high)] * objectives), max_size=most)


some_sets = st.integers(1, 4).flatmap(sets)


def dominates(a, b):
    return all(x <= y for x, y in zip(a, b)) and any(x < y for x, y in zip(a, b))


@given(some_sets)
def test_the_front_is_what_none_dominates_each_once(points):
    found = front(points)
    alive = [number for number, point in enumerate(points) if not any(dominates(other, point) for other in points)]
    assert [points[number] for number in found] == sorted({points[number] for number in alive})
    assert all(points.index(points[number]) == number for number in found), "of equal points the first"


@given(some_sets)
def test_ranks_by_peeling_one_front_after_another(points):
    found, left, rank = ranks(points), set(range(len(points))), 0
    while left:
        peel = {number for number in left if not any(dominates(points[other], points[number]) for other in left)}
        assert {number for number in range(len(points)) if found[number] == rank} == peel
        left, rank = left - peel, rank + 1


@given(some_sets, st.randoms(use_true_random=False))
def test_the_order_of_the_points_means_nothing(points, random):
    order = random.sample(range(len(points)), len(points))
    shuffled = [points[number] for number in order]
    assert ranks(shuffled).tolist() == ranks(points)[order].tolist()
    assert [shuffled[number] for number in front(shuffled)] == [points[number] for number in front(points)]
    corner = [5] * len(points[0]) if points else [5]
    assert hypervolume(shuffled, corner) == hypervolume(points, corner)


@given(st.integers(1, 4).flatmap(lambda m: st.tuples(sets(m), st.tuples(*[st.integers(1, 6)] * m))))
def test_the_hypervolume_counts_unit_cubes(case):
    points, corner = case
    cubes = itertools.product(*map(range, corner))
    assert hypervolume(points, corner) == sum(any(all(x <= y for x, y in zip(point, cube)) for point in points) for cube in cubes)


@settings(max_examples=50)
@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=6))
def test_the_hypervolume_by_inclusion_and_exclusion(points):
    volume = 0.0
    for size in range(1, len(points) + 1):
        for some in itertools.combinations(points, size):
            volume -= (-1) ** size * math.prod(1 - max(point[axis] for point in some) for axis in range(3))
    assert hypervolume(points, (1, 1, 1)) == pytest.approx(volume, abs=1e-9)


@given(st.integers(1, 3).flatmap(lambda m: st.tuples(sets(m), st.tuples(*[st.integers(0, 6)] * m))))
def test_one_point_more_never_takes_volume(case):
    points, new = case
    corner = [6] * len(new)
    assert hypervolume([*points, new], corner) >= hypervolume(points, corner)
    grows = all(x < 6 for x in new) and not any(all(x <= y for x, y in zip(point, new)) for point in points)
    assert (hypervolume([*points, new], corner) > hypervolume(points, corner)) == grows


def test_crowding_by_hand():
    """Objective 1 spans 8, objective 2 spans 4: (3 - 0) / 8 + (4 - 1) / 4 and so on."""
    points = [(8.0, 0.0), (0.0, 4.0), (3.0, 1.0), (1.0, 3.0)]
    assert crowding(points).tolist() == [math.inf, math.inf, 7 / 8 + 3 / 4, 3 / 8 + 3 / 4]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=3, max_size=9, unique_by=(lambda p: p[0], lambda p: p[1])))
def test_crowding_is_the_sum_of_the_gaps_around_each(points):
    found = crowding(points)
    for number, point in enumerate(points):
        wanted = 0.0
        for axis in range(2):
            line = sorted(p[axis] for p in points)
            place = line.index(point[axis])
            ends = place in (0, len(line) - 1)
            wanted += math.inf if ends else (line[place + 1] - line[place - 1]) / (line[-1] - line[0])
        assert found[number] == pytest.approx(wanted)


def test_crowding_of_few_and_of_equals():
    assert crowding([]).tolist() == [] and crowding([(1.0, 2.0)]).tolist() == [math.inf] and crowding([(1.0, 2.0), (2.0, 1.0)]).tolist() == [math.inf] * 2
    assert crowding([(1.0, 2.0)] * 4).tolist() == [0.0] * 4, "copies of one point crowd each other"


def test_what_is_nan_or_infinite_stands_last():
    points = [(1.0, math.nan), (1.0, 5.0), (math.inf, 0.0), (0.5, 6.0)]
    assert front(points) == [3, 1, 2] and ranks(points).tolist() == [1, 0, 0, 0]
    assert hypervolume(points, (2.0, 8.0)) == 0.5 * 2 + 1 * 3
    assert not np.isnan(crowding([(1.0, math.nan), (2.0, 3.0), (3.0, math.inf), (4.0, 1.0)])).any()


def test_a_history_tells_its_hypervolume():
    rows = [
        nt.Record(nt.Trial(nt.Arch((("id", number),))), nt.Result({"error": e, "params": p})) for number, (e, p) in enumerate([(0.5, 1), (0.2, 3), (0.6, 2)])
    ]
    failed = nt.Record(nt.Trial(nt.Arch((("id", 9),))), nt.Result.failed("planted"))
    assert nt.History([*rows, failed]).hypervolume(error=1.0, params=4.0) == pytest.approx(0.5 * 3 + 0.3 * 1)
    with pytest.raises(KeyError, match="latency"):
        nt.History(rows).hypervolume(error=1.0, latency=3.0)
    with pytest.raises(ValueError, match="`metrics` is empty"):
        nt.History(rows).hypervolume()


@pytest.mark.parametrize(
    "asked, words",
    [
        (lambda: hypervolume([(1, 2)], (3,)), r"`points` hold \(1.0, 2.0\) with 2 objectives, and `reference` has 1"),
        (lambda: hypervolume([(1, 2)], (3, math.inf)), "`reference` is .*; allowed is a finite number"),
        (lambda: hypervolume([], ()), "`reference` is"),
        (lambda: hypervolume([(-math.inf, 1)], (3, 3)), "above minus infinity"),
        (lambda: ranks([1, 2]), r"`points` have shape \(2,\)"),
    ],
)
def test_refusals(asked, words):
    with pytest.raises(ValueError, match=words):
        asked()
