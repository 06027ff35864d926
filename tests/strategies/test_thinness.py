import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gaussian_kde, spearmanr

from nastutor.strategies.thinness import log_density, rarities, without_replacement

clouds = st.integers(1, 3).flatmap(lambda d: st.lists(st.tuples(*[st.integers(0, 1000)] * d), min_size=2, max_size=12))


def test_in_one_dimension_it_is_scipys_density():
    """Scott's width both; scipy divides the deviation by n - 1, so that is done here by hand."""
    seen = np.array([1.0, 2.0, 4.0, 7.0, 7.5])
    at = np.linspace(0, 9, 13)
    other = gaussian_kde(seen, bw_method=len(seen) ** (-1 / 5) * np.sqrt((len(seen) - 1) / len(seen)))
    ours = log_density(at[:, None], seen[:, None], log=False)
    assert np.allclose(ours - ours[0], other.logpdf(at) - other.logpdf(at[:1]))


@given(clouds, st.booleans(), st.randoms(use_true_random=False))
def test_weights_are_inverse_in_density_and_the_order_means_nothing(points, log, shuffler):
    weights, density = rarities(points, points, log), np.exp(log_density(points, points, log))
    products = np.array(weights) * density
    assert max(weights) == 1 and np.allclose(products, products[0], rtol=1e-6)
    shuffled = shuffler.sample(points, len(points))
    assert np.allclose(log_density(points, points, log), log_density(points, shuffled, log))


@given(clouds, st.floats(0.5, 50))
def test_units_mean_nothing_without_logarithms(points, unit):
    points = np.array(points, dtype=float)
    assert np.allclose(log_density(points, points, False), log_density(points * unit, points * unit, False), atol=1e-6)


def test_one_point_or_no_spread_is_uniform():
    assert rarities([(1,), (50,), (3,)], [(7,)]) == [1, 1, 1] == rarities([(1,), (50,), (3,)], [(7,), (7,)]) and rarities([], [(7,)]) == []
    assert rarities([(1, 5), (1, 9)], [(1, 4), (9, 4)]) == [1, 1], "an objective in which all are alike says nothing"


def test_logarithms_spread_the_small():
    """Sizes over five orders of magnitude: without logarithms one width serves for all, and the small ones look like one heap."""
    sizes = [(10.0,), (100.0,), (1_000.0,), (10_000.0,), (100_000.0,)]
    log, plain = rarities(sizes, sizes), rarities(sizes, sizes, log=False)
    assert max(plain[:3]) - min(plain[:3]) < 0.01 < log[0] - log[2] and plain[4] == 1 > plain[0]


def test_draws_without_replacement_follow_the_weights():
    rng = random.Random(0)
    weights = [4.0, 2.0, 1.0, 1.0, 0.0]
    drawn = [without_replacement(weights, 3, rng) for _ in range(8000)]
    assert all(len(set(draw)) == 3 and 4 not in draw for draw in drawn)
    for number, weight in enumerate(weights):
        assert abs(sum(draw[0] == number for draw in drawn) / 8000 - weight / 8) < 0.02
    second = [draw[1] for draw in drawn if draw[0] == 0]
    assert abs(second.count(1) / len(second) - 2 / 4) < 0.03, "and then by the weights that are left"
    assert sorted(without_replacement(weights, 9, rng)) == [0, 1, 2, 3, 4] and without_replacement([], 2, rng) == []


def test_far_points_are_drawn_first_and_nothing_overflows():
    seen = [(float(x),) for x in range(10)]
    weights = rarities([(5.0,), (20.0,), (1e9,)], seen, log=False)
    assert weights == [0.0, 0.0, 1.0] and spearmanr(log_density([(4,), (12,), (30,), (90,)], seen, False), [4, 3, 2, 1]).statistic == pytest.approx(1)
