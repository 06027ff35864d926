"""Filters that are drawn: patches, their normalisation and whitening by hand, and the three ways of coming by a bank."""

import numpy as np
import pytest

from nastutor.estimators import filter_bank as module
from nastutor.estimators.filter_bank import Contrast, filter_bank, patches_of, random_patches, whitening
from nastutor.rng import numpy_rng

IMAGES = numpy_rng(0, "images").uniform(size=(20, 2, 6, 6)).astype(np.float32)


def test_patches_are_where_they_were():
    patches = patches_of(IMAGES, 3)
    assert patches.shape == (20, 4, 4, 18)
    np.testing.assert_array_equal(patches[3, 1, 2], IMAGES[3, :, 1:4, 2:5].ravel())
    drawn = random_patches(IMAGES, 3, 50, numpy_rng(0))
    known = {patch.tobytes() for patch in patches.reshape(-1, 18)}
    assert drawn.shape == (50, 18) and all(patch.astype(np.float32).tobytes() in known for patch in drawn)


@pytest.mark.parametrize(
    ("remove_mean", "beta", "hard", "expected"),
    [
        (False, 11.0, False, np.array([3, 4]) / 6),  # 25 + 11 = 36
        (False, 11.0, True, np.array([3, 4]) / 5),
        (False, 100.0, True, np.array([3, 4]) / 10),
        (True, 0.5, False, np.array([-0.5, 0.5])),  # 0.25 + 0.25 + 0.5 = 1
    ],
)
def test_contrast_by_hand(remove_mean, beta, hard, expected):
    np.testing.assert_allclose(Contrast(remove_mean, beta, hard).normalised(np.array([[3.0, 4.0]])), [expected])


def test_whitened_patches_are_uncorrelated():
    x = numpy_rng(1).normal(size=(4000, 3)) @ np.array([[2, 1, 0], [0, 1, 0.5], [0, 0, 0.3]])
    mean, white = whitening(x, gamma=1e-9)
    np.testing.assert_allclose(np.cov(((x - mean) @ white).T), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(white, white.T, atol=1e-9)
    smoothed = np.linalg.eigvalsh(np.cov(((x - mean) @ whitening(x, gamma=1.0)[1]).T))
    assert smoothed.max() < 1 and np.ptp(smoothed) > 0.1, "gamma leaves weak directions weak"


def decided(algo, **changes):
    plan = {"remove_mean": 1, "beta": 1.0, "hard": 0, "algo": algo, "r_rseed": 0, "r_normalize": 1, "patch_rseed": 0}
    plan |= {"wr_gamma": 0.01, "wr_rseed": 0, "wp_gamma": 0.01, "wp_rseed": 0, **changes}
    return {f"l0_fbncc_{name}": value for name, value in plan.items()}


def bank(algo, **changes):
    return filter_bank(decided(algo, **changes), "l0", IMAGES, 5, 3, lambda *name: numpy_rng(0, *name))


@pytest.mark.parametrize("algo", ["random", "random_whitened", "whitened_patches"])
def test_a_bank_answers_what_its_filters_say(algo, monkeypatch):
    filters = bank(algo)
    answers = filters.answers(IMAGES)
    assert filters.weights.shape == (5, 18) and answers.shape == (20, 5, 4, 4) and answers.dtype == np.float32
    patch = IMAGES[7, :, 2:5, 1:4].ravel()
    centred = patch - patch.mean()
    expected = filters.weights @ (centred / np.sqrt(centred @ centred + 1.0) - filters.shift)
    np.testing.assert_allclose(answers[7, :, 2, 1], expected, rtol=1e-4, atol=1e-6)
    monkeypatch.setattr(module, "ROOM", 1)
    np.testing.assert_allclose(filters.answers(IMAGES), answers, rtol=1e-5, atol=1e-6, err_msg="image by image it is the same")


@pytest.mark.parametrize(
    ("algo", "change"),
    [
        *(("random", change) for change in ({"r_rseed": 1}, {"r_normalize": 0}, {"remove_mean": 0}, {"beta": 2.0}, {"hard": 1})),
        *(("random_whitened", change) for change in ({"patch_rseed": 1}, {"wr_gamma": 1.0}, {"wr_rseed": 1})),
        *(("whitened_patches", change) for change in ({"patch_rseed": 1}, {"wp_gamma": 1.0}, {"wp_rseed": 1})),
    ],
)
def test_each_decision_counts(algo, change):
    assert not np.allclose(bank(algo).answers(IMAGES), bank(algo, **change).answers(IMAGES))


def test_random_filters_have_no_mean_and_length_1():
    weights = bank("random").weights
    np.testing.assert_allclose(weights.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose((weights**2).sum(axis=1), 1, rtol=1e-5)
    assert (bank("random", r_normalize=0).weights > 0).all()
