"""The graph exercises of chapter 19 by hand, and against the counts that NAS-Bench-101 publishes for small graphs."""

import itertools

import networkx
import pytest

from nastutor.checks import find_check, judge
from nastutor.exercises.small_graphs import isomorphic, prune, renumbered

OPS = ("conv1", "conv3", "maxpool3")


def graph(edges, *inner):
    """Vertices are numbered from 0; `edges` as "01 12"."""
    size = len(inner) + 2
    return [[int(f"{i}{j}" in edges.split()) for j in range(size)] for i in range(size)], ["input", *inner, "output"]


def test_what_is_on_no_path_goes():
    whole = graph("01 13 02 34", "conv1", "conv3", "conv1")  # vertex 2 reaches nothing
    assert prune(*whole) == graph("01 12 23", "conv1", "conv1")
    assert prune(*graph("02 12 23 03", "conv1", "conv3")) == graph("01 12 02", "conv3")  # vertex 1 is reached by nothing
    assert prune(*graph("01 02", "conv1", "conv3")) == ([], [])


def test_numbering_does_not_matter_and_order_does():
    first = graph("01 13 02 23", "conv1", "conv3")
    assert isomorphic(first, graph("01 13 02 23", "conv3", "conv1"))
    assert not isomorphic(graph("01 12 23", "conv1", "conv3"), graph("01 12 23", "conv3", "conv1"))
    assert not isomorphic(graph("01 12 23 03", "conv1", "conv1"), graph("01 02 13 23", "conv1", "conv1"))  # the same degrees
    assert not isomorphic(graph("01 12", "conv1"), graph("01"))


def all_graphs(size):
    """Every labelled graph with this many vertices in which each lies on a path."""
    pairs = list(itertools.combinations(range(size), 2))
    for bits in itertools.product((0, 1), repeat=len(pairs)):
        edges = " ".join(f"{i}{j}" for (i, j), there in zip(pairs, bits) if there)
        for ops in itertools.product(OPS, repeat=size - 2):
            matrix, names = graph(edges, *ops)
            if prune(matrix, names) == (matrix, names):
                yield matrix, names


@pytest.mark.parametrize("size, unique", [(2, 1), (3, 6), (4, 84)])
def test_the_two_together_count_the_graphs_of_the_benchmark(size, unique):
    kinds = []
    for candidate in all_graphs(size):
        if not any(isomorphic(candidate, known) for known in kinds):
            kinds.append(candidate)
    assert len(kinds) == unique  # with at most 2, 3, 4 vertices: 1, 7, 91


def test_isomorphic_is_networkx():
    def to_networkx(candidate):
        matrix, ops = candidate
        whole = networkx.DiGraph((i, j) for i, row in enumerate(matrix) for j, there in enumerate(row) if there)
        networkx.set_node_attributes(whole, dict(enumerate(ops)), "op")
        return whole

    some = list(all_graphs(4))[::7]
    for a, b in itertools.combinations(some, 2):
        theirs = networkx.is_isomorphic(to_networkx(a), to_networkx(b), node_match=lambda x, y: x["op"] == y["op"])
        assert isomorphic(a, b) == theirs


def test_a_renumbered_graph_is_the_same():
    matrix, ops = graph("01 12 14 23 34 04", "conv1", "conv3", "conv1")
    assert all(isomorphic((matrix, ops), renumbered(matrix, ops, [0, *order, 4])) for order in itertools.permutations((1, 2, 3)))


def input_only(matrix, ops):
    alive = {0}
    for j in range(1, len(ops)):
        if any(matrix[i][j] for i in alive):
            alive.add(j)
    return renumbered(matrix, ops, sorted(alive | {len(ops) - 1}))


def degrees(first, second):
    def summary(candidate):
        matrix, ops = candidate
        return sorted((op, sum(row), sum(other[i] for other in matrix)) for i, (op, row) in enumerate(zip(ops, matrix)))

    return summary(first) == summary(second)


def test_a_failing_graph_is_drawn():
    def keeps_all(matrix, ops):  # wrong only where there are edges to be drawn
        return (matrix, ops) if prune(matrix, ops)[0] else ([], [])

    assert judge(find_check("ch19.prune"), keeps_all).picture.startswith("<svg")


@pytest.mark.parametrize("name, wrong, words", [("prune", input_only, "must also reach the output"), ("isomorphic", degrees, "which one comes first")])
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch19.{name}"), wrong)
    assert words in dict(outcome.lines)["likely"], str(outcome)
