"""Card 2, section 2: the checks of a Gaussian process, against scikit-learn and by its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from nastutor.strategies.gp import Process, Settings, _factorised, matern


def data(seed, n=12, dimensions=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dimensions))
    return x, np.sin(x).sum(1), rng


def squared(a, b):
    return cdist(a, b, "sqeuclidean")


def test_it_agrees_with_scikit_learn():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    x, y, rng = data(0)
    own = Process(squared(x, x), y, Settings(0.7, 1.3, 0.05))
    kernel = ConstantKernel(1.3) * Matern(0.7 * np.sqrt(own.unit), nu=2.5) + WhiteKernel(0.05)
    theirs = GaussianProcessRegressor(kernel, optimizer=None, alpha=0.0).fit(x, own._y)
    assert own.evidence(own.settings) == pytest.approx(theirs.log_marginal_likelihood(theirs.kernel_.theta))
    new = rng.normal(size=(5, 3))
    mean, std = own.predict(squared(new, x))
    expected, spread = theirs.predict(new, return_std=True)
    np.testing.assert_allclose(mean, own.middle + own.scale * expected, rtol=1e-6)
    np.testing.assert_allclose(std, own.scale * np.sqrt(np.maximum(spread**2 - 0.05, 0)), rtol=1e-4)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_it_interpolates_what_has_no_noise_and_never_knows_less_than_before(seed):
    x, y, rng = data(seed)
    model = Process(squared(x, x), y, Settings(1.0, 2.0, 1e-9))
    mean, std = model.predict(squared(x, x))
    np.testing.assert_allclose(mean, y, atol=1e-3)
    prior = model.scale * np.sqrt(model.settings.signal)
    assert std.max() < 0.02 * prior and model.predict(squared(rng.normal(size=(20, 3)), x))[1].max() <= prior + 1e-9
    np.testing.assert_allclose(model.predict(np.full((1, len(x)), 1e6))[0], model.middle, atol=1e-6)


def test_the_likelihood_finds_better_settings():
    x, y, _ = data(3, n=30)
    model = Process(squared(x, x), y)
    before = model.evidence(model.settings)
    assert model.fit().evidence(model.settings) > before + 1
    assert Process(squared(x, x), y).fit(seed=1).settings == Process(squared(x, x), y).fit(seed=1).settings


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.floats(-5, 5), st.floats(0.1, 10))
def test_shifting_and_scaling_the_targets_does_the_same_to_the_answers(seed, shift, scale):
    x, y, rng = data(seed)
    new = squared(rng.normal(size=(4, 3)), x)
    (mean, std), (moved, wider) = Process(squared(x, x), y).predict(new), Process(squared(x, x), shift + scale * y).predict(new)
    np.testing.assert_allclose(moved, shift + scale * mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(wider, scale * std, rtol=1e-6, atol=1e-9)


def test_equal_targets_and_equal_inputs_are_no_trouble():
    zeros = np.zeros((3, 3))
    model = Process(zeros, np.full(3, 0.4)).fit()
    mean, std = model.predict(np.zeros((1, 3)))
    assert mean[0] == pytest.approx(0.4) and np.isfinite(std[0])
    assert np.isfinite(Process(np.zeros((1, 1)), np.array([0.3])).predict(np.zeros((2, 1)))[0]).all()


def test_the_matern_kernel_is_one_at_home_and_falls():
    values = matern(np.array([0.0, 0.5, 1.0, 4.0, 1e6]))
    assert values[0] == 1 and (np.diff(values) < 0).all() and values[-1] < 1e-12


def test_a_matrix_that_is_no_kernel_is_refused():
    with pytest.raises(ValueError, match="least eigenvalue is -1"):
        _factorised(np.array([[1.0, 2.0], [2.0, 1.0]]))
    singular = np.ones((3, 3))
    np.testing.assert_allclose(_factorised(singular) @ _factorised(singular).T, singular, atol=1e-3)
