"""All graphs of NAS-Bench-101: the published numbers, and the same classes by brute force and by networkx."""

import itertools
import json
import random
from collections import Counter, defaultdict
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx.algorithms.isomorphism import categorical_node_match

from nastutor.spaces.graph_enumeration import _live, graphs, pairs

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "spaces.json").read_text(encoding="utf-8"))["NAS-Bench-101"]


def edges_of(mask, vertices):
    return [edge for bit, edge in enumerate(pairs(vertices)) if mask >> bit & 1]


def ops_of(code, vertices):
    return [code // 3 ** (vertices - 2 - vertex) % 3 for vertex in range(1, vertices - 1)]


def as_mask(edges):
    return sum(2 ** (i + j * (j - 1) // 2) for i, j in edges)


def as_code(ops):
    return int("".join(map(str, ops)) or "0", 3)


def labelled(mask, code, vertices):
    """The graph without dead vertices, for networkx."""
    graph = nx.DiGraph(edges_of(mask, vertices))
    labels = {0: "in", vertices - 1: "out", **dict(enumerate(ops_of(code, vertices), start=1))}
    nx.set_node_attributes(graph, {node: labels[node] for node in graph}, "op")
    return graph.subgraph(({0} | nx.descendants(graph, 0)) & ({vertices - 1} | nx.ancestors(graph, vertices - 1)))


def isomorphic(one, other):
    return nx.is_isomorphic(one, other, node_match=categorical_node_match("op", None))


@pytest.mark.parametrize("vertices", range(2, 8))
def test_the_published_number_of_graphs(vertices):
    mask, code = graphs(vertices, 9).unique()
    assert len(mask) == len(code) == len(set(zip(mask.tolist(), code.tolist(), strict=True))) == GOLDEN["graphs by vertices"][str(vertices)]


def test_the_number_of_labelled_graphs_without_dead_vertices():
    total = 0
    for vertices in range(2, 8):
        total += int((_live(graphs(vertices, 9).mask, vertices) == 2**vertices - 1).sum()) * 3 ** (vertices - 2)
        assert total == GOLDEN["labelled graphs without dead vertices"][str(vertices)]


@pytest.mark.parametrize("vertices, limit", [(2, 1), (3, 2), (4, 4), (5, 9)])
def test_the_same_classes_as_by_brute_force(vertices, limit):
    """Every mask and code, reachability, pruning and permutations spelt out; of each class the first in the order of mask and code."""
    first, least = {}, {}
    for mask in range(2 ** len(pairs(vertices))):
        edges = edges_of(mask, vertices)
        reached, reaching = {0}, {vertices - 1}
        for _ in range(vertices):
            reached |= {j for i, j in edges if i in reached}
            reaching |= {i for i, j in edges if j in reaching}
        live = reached & reaching
        if len(edges) > limit or vertices - 1 not in reached:
            continue
        inner = sorted(live - {0, vertices - 1})
        names = [dict(zip([0, *order, vertices - 1], itertools.count(), strict=False)) for order in itertools.permutations(inner)]
        kept = [(i, j) for i, j in edges if i in live and j in live]
        for code, ops in enumerate(itertools.product(range(3), repeat=vertices - 2)):
            form = min((sorted((new[i], new[j]) for i, j in kept), [ops[v - 1] for v in sorted(inner, key=new.get)]) for new in names)
            key = json.dumps(form)
            first[mask, code] = least.setdefault(key, (mask, code))
    own = graphs(vertices, limit)
    assert sorted({mask for mask, _ in first}) == own.mask.tolist()
    masks, codes = np.array(list(first)).T
    assert list(zip(*(part.tolist() for part in own.canonical(masks, codes)), strict=True)) == list(first.values())
    assert sorted(least.values()) == list(zip(*(part.tolist() for part in own.unique()), strict=True))


@st.composite
def graph_and_order(draw):
    """A labelled graph of 7 vertices, and an order of its interior vertices in which no edge runs backwards."""
    mask = int(graphs(7, 9).mask[draw(st.integers(0, len(graphs(7, 9).mask) - 1))])
    rng = random.Random(draw(st.integers(0, 2**32)))
    left, order = set(range(1, 6)), []
    while left:
        ready = sorted(vertex for vertex in left if not any(i in left for i, j in edges_of(mask, 7) if j == vertex))
        order.append(rng.choice(ready))
        left.remove(order[-1])
    return mask, draw(st.integers(0, 242)), order


@given(graph_and_order())
def test_the_order_of_vertices_does_not_matter(case):
    mask, code, order = case
    new = {0: 0, 6: 6, **{vertex: place for place, vertex in enumerate(order, start=1)}}
    ops = ops_of(code, 7)
    other = as_mask((new[i], new[j]) for i, j in edges_of(mask, 7)), as_code(ops[vertex - 1] for vertex in order)
    own = graphs(7, 9)
    canonical = own.first(mask, code)
    assert own.first(*other) == canonical == own.first(*canonical) and canonical <= min((mask, code), other)
    assert isomorphic(labelled(mask, code, 7), labelled(*canonical, 7))


def test_different_canonical_graphs_are_not_isomorphic():
    """A sample of 7 vertices: those of the same edges and operations, counted, which are hardest to tell apart, by networkx."""
    own, rng = graphs(7, 9), random.Random(0)
    alike = defaultdict(list)
    for mask, code in zip(*(part.tolist() for part in own.unique()), strict=True):
        alike[mask.bit_count(), tuple(sorted(ops_of(code, 7)))].append((mask, code))
    for group in alike.values():
        some = [labelled(*graph, 7) for graph in rng.sample(group, min(len(group), 6))]
        assert not any(isomorphic(*pair) for pair in itertools.combinations(some, 2))


def shared(mask, code, vertices):
    """The graph with its equal pools made one: (operation, predecessors and how often) for each vertex, the output last; the same if none are equal."""
    reads = {vertex: Counter() for vertex in range(vertices)}
    for i, j in edges_of(mask, vertices):
        reads[j][i] += 1
    ops, same, pools, kept = dict(enumerate(ops_of(code, vertices), start=1)), {0: 0}, {}, {}
    for vertex in (vertex for vertex in range(1, vertices) if reads[vertex]):
        read = Counter()
        for other, times in reads[vertex].items():
            read[same[other]] += times
        is_pool = ops.get(vertex) == 2 and 0 not in read  # what comes from the input has weights of its own
        same[vertex] = pools.setdefault(tuple(sorted(read.items())), vertex) if is_pool else vertex
        if same[vertex] == vertex:
            kept[vertex] = (ops.get(vertex), read)
    return kept


def least_form(kept):
    """The same text for every order of the vertices."""
    inner, last, forms = sorted(kept)[:-1], max(kept), []
    for order in itertools.permutations(range(1, len(inner) + 1)):
        new = {0: 0, last: len(kept), **dict(zip(inner, order, strict=True))}
        forms.append(sorted((new[v], op or 0, sorted((new[u], times) for u, times in read.items())) for v, (op, read) in kept.items()))
    return json.dumps(min(forms))


@pytest.mark.parametrize("vertices", [5, 6, pytest.param(7, marks=pytest.mark.slow)])
def test_how_many_networks_there_are_if_equal_pools_are_one(vertices):
    """What the docstring of `canonical` says. Graphs that have equal pools are compared by brute force, with each other and with all smaller ones."""
    own = graphs(vertices, 9)
    reduced, others = set(), 0
    for mask, code in zip(*(part.tolist() for part in own.unique()), strict=True):
        if ops_of(code, vertices).count(2) < 2 or len(kept := shared(mask, code, vertices)) == len({j for _, j in edges_of(mask, vertices)}):
            others += 1
        elif any(times > 1 for _, read in kept.values() for times in read.values()):
            reduced.add(least_form(kept))  # read twice: no graph of the benchmark; without that it is one of the others
    assert others + len(reduced) == GOLDEN["networks by vertices, equal pools shared"][str(vertices)]


def test_one_graph_and_many_get_the_same_answer():
    own, rng = graphs(7, 9), np.random.default_rng(0)
    masks, codes = own.mask[rng.integers(len(own.mask), size=500)], rng.integers(243, size=500)
    many = zip(*(part.tolist() for part in own.canonical(masks, codes)), strict=True)
    assert [own.first(int(mask), int(code)) for mask, code in zip(masks, codes, strict=True)] == list(many)


def test_what_is_held():
    own = graphs(5, 9)
    assert own.holds(2**6) and not own.holds(0) and not own.holds(2**10 - 1) and not own.holds(2**10)
    assert [mask for mask in range(2**10 + 3) if own.holds(mask)] == own.mask.tolist()
