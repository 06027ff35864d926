"""Matrices that are no covariances, and what is made of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.kernels.psd import least_eigenvalue, repaired


def symmetric(seed, n=6):
    made = np.random.default_rng(seed).normal(size=(n, n))
    return made + made.T


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["clip", "shift"]))
def test_what_comes_back_is_positive_semidefinite(seed, how):
    fixed, _ = repaired(symmetric(seed), how)
    assert least_eigenvalue(fixed) > -1e-9
    np.testing.assert_allclose(fixed, fixed.T)


def test_clipping_is_the_nearest_and_shifting_leaves_likenesses_alone():
    matrix = symmetric(0)
    clipped, shifted = repaired(matrix, "clip")[0], repaired(matrix, "shift")[0]
    values = np.linalg.eigvalsh(matrix)
    assert np.linalg.norm(clipped - matrix) == pytest.approx(np.linalg.norm(np.minimum(values, 0))) and np.linalg.norm(shifted - matrix) > np.linalg.norm(
        clipped - matrix
    )
    np.testing.assert_allclose(shifted - matrix, -values[0] * np.eye(6), atol=1e-12)


@pytest.mark.parametrize("how", [None, "clip", "shift"])
def test_a_covariance_stays_as_it_is(how):
    good = symmetric(1) @ symmetric(1)
    fixed, back = repaired(good, how)
    assert fixed is good and back(good) is good


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["clip", "shift"]))
def test_derivatives_go_back_through_the_repair(seed, how):
    matrix, weights, direction = (symmetric(seed + number) for number in range(3))
    value = lambda step: np.vdot(weights, repaired(matrix + step * direction, how)[0])
    assert np.vdot(repaired(matrix, how)[1](weights), direction) == pytest.approx((value(1e-6) - value(-1e-6)) / 2e-6, rel=1e-3, abs=1e-3)


def test_other_ways_are_refused():
    with pytest.raises(ValueError, match="`repair` is 'flip'; allowed are None, 'clip', 'shift'"):
        repaired(np.eye(2), "flip")
