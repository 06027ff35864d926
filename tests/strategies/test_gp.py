"""The checks of a Gaussian process, against scikit-learn and by its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from nastutor.kernels import OneHot
from nastutor.kernels.base import Group, Kernel, laplace, laplace_slope
from nastutor.strategies.gp import Process, Settings, _factorised


def data(seed, n=12, dimensions=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dimensions))
    return x, np.sin(x).sum(1), rng


def squared(a, b):
    return cdist(a, b, "sqeuclidean")[None]


def given_settings(compared, length=1.0, signal=1.0, noise=1e-2):
    return Settings(tuple(np.log([signal, length])), (float(compared.mean()),), noise)


def process(compared, y, **settings):
    return Process(OneHot(), compared, y, given_settings(compared, **settings) if settings else None)


class TwoOfThem(Kernel):
    """A sum of a Matern kernel of one channel and an exponential of all three, as kernels of networks are."""

    groups = (Group((0,)), Group((0, 1, 2), laplace, laplace_slope, 1))


def test_it_agrees_with_scikit_learn():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    x, y, rng = data(0)
    own = process(squared(x, x), y, length=0.7, signal=1.3, noise=0.05)
    kernel = ConstantKernel(1.3) * Matern(0.7 * np.sqrt(own.settings.units[0]), nu=2.5) + WhiteKernel(0.05)
    theirs = GaussianProcessRegressor(kernel, optimizer=None, alpha=0.0).fit(x, own._y)
    value, slopes = theirs.log_marginal_likelihood(theirs.kernel_.theta, eval_gradient=True)
    assert own.evidence(own.settings)[0] == pytest.approx(value) and own.evidence(own.settings)[1] == pytest.approx(slopes)
    new = rng.normal(size=(5, 3))
    mean, std = own.predict(squared(new, x))
    expected, spread = theirs.predict(new, return_std=True)
    np.testing.assert_allclose(mean, own.middle + own.scale * expected, rtol=1e-6)
    np.testing.assert_allclose(std, own.scale * np.sqrt(np.maximum(spread**2 - 0.05, 0)), rtol=1e-4)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_it_interpolates_what_has_no_noise_and_never_knows_less_than_before(seed):
    x, y, rng = data(seed)
    model = process(squared(x, x), y, signal=2.0, noise=1e-9)
    mean, std = model.predict(squared(x, x))
    np.testing.assert_allclose(mean, y, atol=1e-3)
    prior = model.scale * np.sqrt(2.0)
    np.testing.assert_allclose(model.means, mean, atol=1e-6)
    assert std.max() < 0.02 * prior and model.predict(squared(rng.normal(size=(20, 3)), x))[1].max() <= prior + 1e-9
    np.testing.assert_allclose(model.predict(np.full((1, 1, len(x)), 1e6))[0], model.middle, atol=1e-6)


def test_the_likelihood_finds_better_settings():
    x, y, _ = data(3, n=30)
    model = process(squared(x, x), y)
    before = model.evidence(model.settings)[0]
    assert model.fit().evidence(model.settings)[0] > before + 1
    assert process(squared(x, x), y).fit(seed=1).settings == process(squared(x, x), y).fit(seed=1).settings


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.floats(-5, 5), st.floats(0.1, 10))
def test_shifting_and_scaling_the_targets_does_the_same_to_the_answers(seed, shift, scale):
    x, y, rng = data(seed)
    new = squared(rng.normal(size=(4, 3)), x)
    (mean, std), (moved, wider) = process(squared(x, x), y).predict(new), process(squared(x, x), shift + scale * y).predict(new)
    np.testing.assert_allclose(moved, shift + scale * mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(wider, scale * std, rtol=1e-6, atol=1e-9)


def test_equal_targets_and_equal_inputs_are_no_trouble():
    zeros = np.zeros((1, 3, 3))
    model = process(zeros, np.full(3, 0.4)).fit()
    mean, std = model.predict(np.zeros((1, 1, 3)))
    assert mean[0] == pytest.approx(0.4) and np.isfinite(std[0])
    assert np.isfinite(process(np.zeros((1, 1, 1)), np.array([0.3])).predict(np.zeros((1, 2, 1)))[0]).all()


@pytest.mark.parametrize("repair", [None, "clip", "shift"])
def test_the_gradient_is_that_of_the_evidence(repair):
    x, y, rng = data(5)
    kernel, spread = TwoOfThem(), rng.random((3, 12, 12))
    kernel.repair = repair
    compared = np.stack([squared(x, x)[0], *(spread + spread.transpose(0, 2, 1))[:2]]) if repair else squared(x, x).repeat(3, 0) * [[[1]], [[0.5]], [[0.1]]]
    model = Process(kernel, compared * (1 - np.eye(12)), y)
    logs = rng.normal(size=7) / 2
    settings = lambda logs: model.settings._replace(logs=tuple(logs[:-1]), noise=np.exp(logs[-1]))
    steps = [(model.evidence(settings(logs + h))[0] - model.evidence(settings(logs - h))[0]) / 2e-5 for h in 1e-5 * np.eye(7)]
    np.testing.assert_allclose(model.evidence(settings(logs))[1], steps, rtol=1e-3, atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 11))
def test_a_factor_that_grows_is_that_of_the_whole(seed, first):
    x, y, _ = data(seed)
    every = squared(x, x)
    chosen = given_settings(every)
    small = Process(OneHot(), every[:, :first, :first], y[:first], chosen)
    grown, whole = (Process(OneHot(), every, y, chosen, known) for known in (small.factor, None))
    np.testing.assert_allclose(grown.factor, whole.factor, atol=1e-8)
    np.testing.assert_allclose(grown.weights, whole.weights, rtol=1e-5, atol=1e-6)


def test_a_factor_that_cannot_grow_is_made_anew():
    zeros, y = np.zeros((1, 2, 2)), np.array([0.1, 0.2])
    bare = Settings((0.0, 0.0), (1.0,), 0.0)
    model = Process(OneHot(), zeros, y, bare, Process(OneHot(), zeros[:, :1, :1], y[:1], bare).factor)
    np.testing.assert_allclose(model.factor @ model.factor.T, 1, atol=1e-3)


def test_a_matrix_that_is_no_kernel_is_refused():
    with pytest.raises(ValueError, match="least eigenvalue is -1"):
        _factorised(np.array([[1.0, 2.0], [2.0, 1.0]]))
    singular = np.ones((3, 3))
    np.testing.assert_allclose(_factorised(singular) @ _factorised(singular).T, singular, atol=1e-3)
