"""Single graphs in the benchmark's form: what is refused, pruned, hashed, and how channels are shared."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from nastutor.spaces import NASBench101
from nastutor.spaces.graph_forms import checked, pruned, published_hash, vertex_channels

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))


def matrix(rows):
    return np.array([[int(entry) for entry in row] for row in rows], dtype=np.int8)


CHAIN = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
OPS = ["input", "conv3", "output"]


@pytest.mark.parametrize(
    "edges, ops, words",
    [
        ([[0, 1]], OPS, r"`matrix` has the shape \(1, 2\); allowed is \(V, V\) with V from 2"),
        ([[0]], ["input"], r"`matrix` has the shape \(1, 1\)"),
        ([[0, 1], [0]], ["input", "output"], "`matrix` is .*rows of one length"),
        ([[0, 2, 0], [0, 0, 1], [0, 0, 0]], OPS, "`matrix` holds .*2.*; allowed are 0 and 1"),
        ([[0, 1, 0], [0, 0, 1], [1, 0, 0]], OPS, "`matrix` has an edge 2->0; .* upper triangular"),
        ([[0, 1, 0], [0, 1, 1], [0, 0, 0]], OPS, "`matrix` has an edge 1->1"),
        (CHAIN, ["input", "output"], r"`ops` is \['input', 'output'\]; allowed is a name for each of the 3 vertices"),
        (CHAIN, "abc", "`ops` is 'abc'"),
        (CHAIN, ["output", "conv3", "input"], "`ops` begins with 'output' and ends with 'input'"),
        (CHAIN, ["input", "conv5x5-bn-relu", "output"], "`ops` has 'conv5x5-bn-relu'; allowed .* conv3, conv3x3-bn-relu, conv1, .* maxpool3x3"),
        (CHAIN, ["input", "input", "output"], "`ops` has 'input'"),
    ],
)
def test_what_is_no_graph_is_refused(edges, ops, words):
    with pytest.raises(ValueError, match=words):
        checked(edges, ops)


def test_both_names_of_an_operation_are_understood():
    edges, ops = checked(np.array(CHAIN, dtype=bool), ["input", "conv3x3-bn-relu", "output"])
    assert ops == tuple(OPS) and edges.dtype == np.int8 and edges.tolist() == CHAIN


def test_dead_vertices_are_pruned():
    """Of 0->1->4, 0->2 (leads nowhere), 3->4 (from nowhere) the chain is left."""
    edges = matrix(["01100", "00001", "00000", "00001", "00000"])
    left, ops = pruned(edges, ("input", "conv1", "conv3", "maxpool3", "output"))
    assert left.tolist() == CHAIN and ops == ("input", "conv1", "output")


def test_a_graph_without_a_way_is_refused():
    with pytest.raises(ValueError, match=r"no way from the input \(vertex 0\) to the output \(vertex 3\)"):
        pruned(matrix(["0100", "0000", "0001", "0000"]), ("input", "conv1", "conv1", "output"))


def test_the_published_hash():
    golden = GOLDEN["NAS-Bench-101 inception-like"]
    for edges, ops in ((golden["matrix"], golden["ops"]), (golden["stored matrix"], golden["stored ops"])):
        assert published_hash(*pruned(*checked(matrix(edges), ops))) == golden["hash"]


def test_the_hash_tells_the_graphs_of_five_vertices_apart():
    space = NASBench101(vertices=5)
    assert len({space.published_hash(space.arch(number)) for number in space.networks()}) == GOLDEN["NAS-Bench-101"]["graphs by vertices"]["5"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_hash_tells_all_graphs_apart():
    space = NASBench101()
    assert len({space.published_hash(space.arch(number)) for number in space.networks()}) == 423_624


def test_equal_graphs_have_one_hash():
    space, rng = NASBench101(), random.Random(0)
    archs = [space.sample(rng) for _ in range(100)]
    assert all(space.published_hash(arch) == space.published_hash(space.canonical(arch)) for arch in archs)


@pytest.mark.parametrize("channels, rows, expected", GOLDEN["NAS-Bench-101 channels"]["examples"])
def test_published_examples_of_channels(channels, rows, expected):
    assert vertex_channels(matrix(rows), channels) == expected


def test_channels_of_all_small_graphs_fit():
    """They add up to the output's; none grows along an edge, and it shrinks by one at most, which is cut off."""
    space = NASBench101(vertices=5)
    for number in space.networks()[::7]:
        edges, _ = space.matrix(space.arch(number))
        widths, last = vertex_channels(edges, 8), len(edges) - 1
        feeding = [width for vertex, width in enumerate(widths, start=1) if edges[vertex, last]]
        assert all(widths) and sum(feeding) == (8 if feeding else 0)
        assert all(widths[i - 1] - widths[j - 1] in (0, 1) for i, j in np.argwhere(edges) if i > 0 and j < last)
