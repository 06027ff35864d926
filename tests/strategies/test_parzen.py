"""The densities of one decision, by hand, and that they sum to 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import truncnorm

from nastutor.strategies.parzen import categorical, cells, numeric, on_scale, recency

COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=6)


@settings(max_examples=50, deadline=None)
@given(counts=COUNTS, prior=st.floats(0.01, 10), data=st.data())
def test_densities_sum_to_one_and_every_option_has_some(counts, prior, data):
    values = data.draw(st.lists(st.integers(-50, 50), min_size=len(counts), max_size=len(counts), unique=True))
    for density in (categorical(counts, prior), numeric(values, counts, prior)):
        assert sum(density) == pytest.approx(1) and min(density) > 0


@settings(max_examples=30, deadline=None)
@given(counts=COUNTS, data=st.data())
def test_options_in_another_order_have_the_same_densities(counts, data):
    order = data.draw(st.permutations(range(len(counts))))
    values = [2.0**k for k in range(len(counts))]
    for density in (lambda some: categorical([counts[k] for k in some], 0.5), lambda some: numeric([values[k] for k in some], [counts[k] for k in some], 0.5)):
        assert density(order) == pytest.approx([density(range(len(counts)))[k] for k in order])


def test_prior_is_added_before_counts_are_divided():
    assert categorical([3, 1, 0], 1.0) == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert categorical([3, 1, 0], 2.0) == pytest.approx([5 / 10, 3 / 10, 2 / 10])


def test_cells_reach_half_way_to_the_neighbours():
    assert cells(np.array([1.0, 2.0, 4.0])).tolist() == [0.5, 1.5, 3.0, 5.0] and cells(np.array([7.0])).tolist() == [6.5, 7.5]


def gaussian(centre, width, edges):
    low, high = (edges[0] - centre) / width, (edges[-1] - centre) / width
    return np.diff(truncnorm(low, high, centre, width).cdf(edges))


def test_widths_are_the_larger_gap_to_a_neighbour_or_the_end_of_the_range():
    """Options 0 to 9 in cells from -0.5 to 9.5; one observation at 2, one at 5."""
    edges, counts = cells(np.arange(10.0)), [0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    expected = (np.full(10, 0.1) + gaussian(2, 10 / 3, edges) + gaussian(5, 4.5, edges)) / 3  # 2: max(2.5, 3) is below 10 / (1 + 2); 5: max(3, 4.5)
    assert numeric(list(range(10)), counts, 1.0) == pytest.approx(expected)


def test_widths_of_equal_observations():
    """Four at 5: the first has the gap to the left, the last that to the right, those between the least: 10 / (1 + 4)."""
    edges, counts = cells(np.arange(10.0)), [0] * 5 + [4] + [0] * 4
    expected = (np.full(10, 0.1) + gaussian(5, 5.5, edges) + gaussian(5, 4.5, edges) + 2 * gaussian(5, 2, edges)) / 5
    assert numeric(list(range(10)), counts, 1.0) == pytest.approx(expected)


def test_widths_are_at_least_a_hundredth_of_the_range():
    values, counts = [0.0, 1.0, 1000.0], [500, 0, 0]
    edges = cells(np.array(values))
    (low, high), span = (edges[0], edges[-1]), edges[-1] - edges[0]
    parts = [gaussian(0, span / 100, edges), gaussian(0, high, edges), 498 * gaussian(0, span / 100, edges)]
    assert -low < span / 100 and numeric(values, counts, 1.0) == pytest.approx((1 / 3 + sum(parts)) / 501)


def test_near_numbers_gain_and_the_scale_says_what_is_near():
    options, prior = [1, 10, 100, 1000, 10000], 1e-9
    linear, log = (numeric(on_scale("width", options, scale), [0, 0, 6, 0, 0], prior) for scale in ("linear", "log"))
    assert log[1] == pytest.approx(log[3]) and log[0] == pytest.approx(log[4]) and log[2] > log[1] > log[0]
    assert linear[1] == pytest.approx(linear[2] / 10, rel=0.01) == pytest.approx(5.5 * linear[0], rel=0.01), "by the widths of their cells: all are near"


def test_weights_count_instead_of_numbers():
    values, counts = [0, 1, 2, 3], [2, 0, 1, 0]
    assert numeric(values, counts, 1.0, [2.0, 0, 1.0, 0]) == pytest.approx(numeric(values, counts, 1.0))
    assert numeric(values, counts, 1.0, [0.2, 0, 1.0, 0])[0] < numeric(values, counts, 1.0)[0]


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 60), recent=st.integers(1, 30))
def test_recency_is_a_ramp_and_then_one(count, recent):
    weights = recency(count, recent)
    assert len(weights) == count and weights[-min(count, recent) :] == [1.0] * min(count, recent) and sorted(weights) == weights
    if count > recent:
        assert weights[0] == pytest.approx(1 / count)
        assert np.allclose(np.diff(weights[: count - recent], 2), 0)


@pytest.mark.parametrize("options, scale", [(("a", 1), "linear"), ((0, 1), "log"), ((True, False), "linear"), ((None, 2), "log")])
def test_what_is_no_number_is_refused_in_words(options, scale):
    with pytest.raises(ValueError, match="`numeric` makes 'width' .* is one of its options; allowed are numbers"):
        on_scale("width", options, scale)
