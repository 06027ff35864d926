"""What all kernels share: sums of shapes of channels, their gradients, and the one that counts decisions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.kernels.base import Group, Kernel, laplace, laplace_slope, matern, matern_slope

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(4)) for i in range(4)})


def test_distances_count_the_decisions_that_differ():
    archs = [nt.Arch(tuple((f"d{i}", value) for i, value in enumerate(values))) for values in ((0, 0, 0, 0), (0, 0, 0, 1), (1, 2, 3, 1))]
    np.testing.assert_allclose(nt.kernels.OneHot().matrix(SPACE, archs), [[[0, 1, 4], [1, 0, 3], [4, 3, 0]]], atol=1e-9)
    np.testing.assert_allclose(nt.kernels.OneHot().matrix(SPACE, archs[:1], archs[1:]), [[[1, 4]]], atol=1e-9)


@pytest.mark.parametrize("space", [nt.spaces.CellSpace(nodes=3), nt.spaces.ChainSpace((1, 3)), nt.spaces.MobileSpace()])
def test_it_is_positive_semidefinite_over_random_architectures(space):
    kernel, archs = nt.kernels.OneHot(), list({space.sample(seed) for seed in range(30)})
    compared = kernel.matrix(space, archs)
    assert np.linalg.eigvalsh(kernel.covariance([0.0, 0.0], compared, kernel.units(compared)))[0] > -1e-8


def test_shapes_are_one_at_home_and_fall_as_their_slopes_say():
    at = np.array([0.0, 0.5, 1.0, 4.0, 1e6])
    for shape, slope in ((matern, matern_slope), (laplace, laplace_slope)):
        values = shape(at)
        assert values[0] == 1 and (np.diff(values) < 0).all() and values[-1] < 1e-12
        np.testing.assert_allclose(slope(at[1:4]), (shape(at[1:4] + 1e-6) - shape(at[1:4] - 1e-6)) / 2e-6, rtol=1e-6)


class Two(Kernel):
    groups = (Group((0, 1)), Group((1,), laplace, laplace_slope, 1))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_a_sum_of_groups_and_its_gradient(seed):
    rng = np.random.default_rng(seed)
    compared, logs, weights = rng.random((2, 4, 4)), rng.normal(size=5), rng.normal(size=(4, 4))
    kernel, units = Two(), np.array([0.5, 2.0])
    a, la, lb, b, lc = np.exp(logs)
    by_hand = a * matern(compared[0] / 0.5 / la**2 + compared[1] / 2 / lb**2) + b * np.exp(-compared[1] / 2 / lc)
    np.testing.assert_allclose(kernel.covariance(logs, compared, units), by_hand)
    assert kernel.variance(logs) == pytest.approx(a + b) and len(kernel.bounds) == 5
    value = lambda logs: np.vdot(weights, kernel.covariance(logs, compared, units))
    steps = [(value(logs + h) - value(logs - h)) / 2e-6 for h in 1e-6 * np.eye(5)]
    np.testing.assert_allclose(kernel.gradient(logs, compared, units, weights), steps, rtol=1e-4, atol=1e-6)


def test_what_a_kernel_leaves_out_is_named():
    with pytest.raises(TypeError, match="Kernel does not say what it sees"):
        Kernel().describe(SPACE, SPACE.sample(0))
    with pytest.raises(TypeError, match="Kernel does not say how unlike"):
        Kernel().compare([1], [2])
    assert Kernel().units(np.zeros((1, 2, 2))).tolist() == [1.0]
