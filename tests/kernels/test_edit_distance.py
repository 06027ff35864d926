"""The edit distance of Auto-Keras and its kernels: exp(-d^2) is none, and what is done about it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.kernels import EditDistance
from nastutor.kernels.edit_distance import Sketch, Sketches, Skip, Widths, sketch_of, skips_apart, widths_apart
from nastutor.kernels.psd import least_eigenvalue, repaired
from nastutor.nets.graph import LayerGraph

SPACE = nt.spaces.EditSpace()
widths = st.lists(st.integers(1, 64), max_size=5).map(tuple)
skips = st.lists(st.builds(Skip, st.integers(0, 4), st.integers(1, 4), st.sampled_from(["add", "concat"])), max_size=3).map(lambda found: tuple(sorted(found)))
sketches = st.builds(Sketch, widths, widths, skips)


@settings(deadline=None, max_examples=60)
@given(sketches, sketches, sketches)
def test_it_is_a_metric(a, b, c):
    d = EditDistance().apart
    assert d(a, b) == pytest.approx(d(b, a)) and d(a, a) == 0 and d(a, c) <= d(a, b) + d(b, c) + 1e-9
    assert (d(a, b) == 0) == (a == b), "0 for the same sketch alone"


@settings(deadline=None, max_examples=100)
@given(sketches, st.lists(sketches, min_size=1, max_size=6), st.sampled_from([0.0, 0.1, 1.0]))
def test_many_at_once_are_apart_as_one_by_one(one, others, skip):
    kernel = EditDistance(skip=skip)
    np.testing.assert_array_equal(Sketches(others, skip).apart_from(one), [kernel.apart(one, other) for other in others])


def test_networks_are_as_far_from_the_anchors_as_one_by_one():
    """Large ones with many skips, and those without a layer; a kind of skip that no anchor has."""
    space, kernel = nt.spaces.DARTSSpace(), EditDistance(anchors=6)
    found = [kernel.sketch(space, space.sample(seed)) for seed in range(8)] + [Sketch((), (), ()), Sketch((3,), (), (Skip(0, 1, "mul"),))]
    for others in (found, found[:3], found[-2:-1]):
        many = Sketches(others, kernel.skip)
        for one in found:
            np.testing.assert_array_equal(many.apart_from(one), [kernel.apart(one, other) for other in others])
    assert Widths([(), (8,), ()]).apart_from(()).tolist() == [0, 1, 0] and Widths([()]).apart_from((4, 4)).tolist() == [2]


def test_by_hand():
    assert widths_apart((64, 64), (64, 128, 64)) == 1 and widths_apart((64, 32), (32, 64)) == 1
    assert skips_apart((Skip(1, 2, "add"),), (Skip(1, 2, "add"), Skip(0, 3, "concat"))) == 1
    assert skips_apart((Skip(1, 2, "add"), Skip(2, 2, "add")), (Skip(2, 2, "add"), Skip(1, 2, "add"))) == 0
    one, other = Sketch((8, 16), (10,), (Skip(1, 2, "add"),)), Sketch((8, 32, 8), (10,), ())
    assert EditDistance(skip=0.1).apart(one, other) == pytest.approx(1.5 + 0.1) and EditDistance(skip=0.0).apart(one, other) == pytest.approx(1.5)


def test_what_a_sketch_sees_of_a_network():
    b = LayerGraph.start((1, 8, 8))
    x = b.add("conv", "input", channels=4, kernel=3)
    y = b.add("conv", b.add("relu", b.add("conv", x, channels=8, kernel=3)), channels=6, kernel=3)
    z = b.add("add", y, b.add("bn", b.add("conv", x, channels=6, kernel=1)))
    w = b.add("concat", z, x)
    graph = b.finish(b.add("linear", b.add("global_avg_pool", w), units=10))
    assert sketch_of(graph) == Sketch((4, 8, 6), (10,), (Skip(1, 2, "add"), Skip(1, 2, "concat")))


# A chain, and what is one layer away from it in four ways, each two of which are two layers apart.
HUB = Sketch((8, 8), (8, 8), ())
STAR = [HUB, Sketch((8,), (8, 8), ()), Sketch((8, 8, 8), (8, 8), ()), Sketch((8, 8), (8,), ()), Sketch((8, 8), (8, 8, 8), ())]


def test_the_square_of_this_distance_makes_no_kernel():
    """In a Euclidean space only one point lies half-way between each two of the others at once: with four ends around a hub there is none.

    exp(-t d^2) has the negative eigenvalue that 1 + 3 y^2 < 4 y promises, y = exp(-2 t) between 1/3 and 1; exp(-t d) has none.
    """
    d = np.array([[EditDistance().apart(a, b) for b in STAR] for a in STAR])
    assert (d[0, 1:] == 1).all() and (d[1:, 1:] == 2 * (1 - np.eye(4))).all()
    for t in (0.05, 0.25, 0.5):
        assert least_eigenvalue(np.exp(-t * d**2)) < -1e-4 and least_eigenvalue(np.exp(-t * d)) > 0
        assert least_eigenvalue(repaired(np.exp(-t * d**2), "clip")[0]) > -1e-12
    assert least_eigenvalue(np.exp(-0.6 * d**2)) > 0, "beyond t = ln(3) / 2 everything is far from everything"


@pytest.mark.parametrize("form", ["bourgain", "laplace", "gauss"])
def test_each_form_gives_a_model_of_a_space(form):
    kernel, archs = EditDistance(form, anchors=8), [SPACE.sample(seed) for seed in range(10)]
    compared = kernel.matrix(SPACE, archs)
    np.testing.assert_allclose(compared[0], compared[0].T)
    assert not np.diag(compared[0]).any() and compared.max() > 0
    matrix = repaired(kernel.covariance([0.0, 0.0], compared, kernel.units(compared)), kernel.repair)[0]
    assert least_eigenvalue(matrix) > -1e-9 and (kernel.repair is None) == (form == "bourgain")
    if form != "bourgain":
        one, other = archs[:2]
        d = kernel.distance(SPACE, one, other)
        assert kernel.matrix(SPACE, [one], [other])[0, 0, 0] == pytest.approx(d if form == "laplace" else d**2)


def test_points_never_lie_farther_apart_than_networks_do_and_the_map_is_one():
    kernel = EditDistance(anchors=12)
    kernel.bind(SPACE)
    archs = [SPACE.sample(seed) for seed in range(20, 30)]
    points = [kernel.describe(SPACE, arch) for arch in archs]
    for i, one in enumerate(archs):
        for j, other in enumerate(archs):
            assert np.linalg.norm(points[i] - points[j]) <= kernel.distance(SPACE, one, other) + 1e-9
    again = EditDistance(anchors=12)
    again.bind(SPACE)
    np.testing.assert_array_equal(again.describe(SPACE, archs[0]), points[0])
    (moved := EditDistance(anchors=12, seed=5)).bind(SPACE)
    assert not np.array_equal(moved.describe(SPACE, archs[0]), points[0])


@pytest.mark.parametrize("option, value", [("form", "cauchy"), ("skip", -1), ("anchors", 1), ("repair", "flip"), ("seed", -1), ("task", "digits")])
def test_refusals(option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        EditDistance(**{option: value})
