"""The layered layout: nothing overlaps, every edge runs downwards from its box to its box and through no other."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.pictures.placing import layering, place


@st.composite
def graphs(draw, most=18):
    count = draw(st.integers(1, most))
    pairs = [(a, b) for b in range(count) for a in range(b)]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=3 * count)) if pairs else []
    sizes = {n: (float(draw(st.integers(20, 160))), float(draw(st.integers(15, 60)))) for n in range(count)}
    return sizes, edges


def rectangle(layout, sizes, name):
    (x, y), (w, h) = layout.centres[name], sizes[name]
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_lie_inside(graph):
    sizes, edges = graph
    layout = place(sizes, edges)
    spans = [rectangle(layout, sizes, name) for name in sizes]
    for i, a in enumerate(spans):
        assert a[0] >= -1e-6 and a[1] >= -1e-6 and a[2] <= layout.width + 1e-6 and a[3] <= layout.height + 1e-6
        for b in spans[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_edges_join_their_boxes_and_cross_no_other(graph):
    sizes, edges = graph
    layout = place(sizes, edges)
    assert len(layout.routes) == len(edges)
    for (source, target), route in zip(edges, layout.routes):
        a, b = rectangle(layout, sizes, source), rectangle(layout, sizes, target)
        assert a[0] <= route[0][0] <= a[2] and route[0][1] == pytest.approx(a[3]), "it leaves from the lower side of its source"
        assert b[0] <= route[-1][0] <= b[2] and route[-1][1] == pytest.approx(b[1]), "it enters at the upper side of its target"
        heights = [y for _, y in route]
        assert heights == sorted(heights)
        for (x, y), (_, below) in zip(route[::2], route[1::2]):  # beside boxes it is straight
            for name in set(sizes) - {source, target}:
                left, top, right, bottom = rectangle(layout, sizes, name)
                assert not (left < x < right and y < bottom and top < below), f"{source}->{target} runs through {name}"


def test_layers_are_longest_ways_and_skips_stay_in_the_middle():
    chain = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]
    layers = layering("abcdes", [*chain, ("a", "s"), ("s", "e")])
    assert [layers[n] for n in "abcde"] == [0, 1, 2, 3, 4] and layers["s"] == 2


def test_a_circle_is_refused_by_name():
    with pytest.raises(ValueError, match="circle through b, c"):
        layering("abc", [("a", "b"), ("b", "c"), ("c", "b")])


def test_crossings_that_can_be_avoided_are_avoided():
    """Two chains given in the wrong order: the middle layer must be turned round."""
    sizes = dict.fromkeys(["s", "a", "b", "x", "y"], (40.0, 20.0))
    x = {n: p[0] for n, p in place(sizes, [("s", "a"), ("s", "b"), ("a", "y"), ("b", "x"), ("s", "x")]).centres.items()}
    assert (x["a"] < x["b"]) == (x["y"] < x["x"])


def test_the_order_within_a_layer_keeps_the_distance():
    rng = random.Random(0)
    sizes = {n: (rng.uniform(20, 90), 20.0) for n in range(12)}
    layout = place(sizes, [])
    spans = sorted(rectangle(layout, sizes, n)[::2] for n in sizes)
    assert all(b[0] - a[1] > 20 for a, b in pairwise(spans))


def test_a_long_edge_is_straight_where_there_is_room():
    sizes = dict.fromkeys("abcdef", (80.0, 30.0))
    edges = [*pairwise("abcdef"), ("a", "f")]
    layout = place(sizes, edges)
    assert len({x for x, _ in layout.routes[-1][2:-2]}) == 1, "all its dummies stand under each other"
    assert len({layout.centres[n][0] for n in "bcde"}) == 1
