"""Tasks are values: what they hold fits together and stays as it is."""

import pickle

import numpy as np
import pytest

from nastutor.tasks.augmentation import Augment
from nastutor.tasks.base import Split, Task, normalised, stratified


def split(n=4, shape=(1, 3, 3), classes=2, seed=0):
    return Split(np.random.default_rng(seed).normal(size=(n, *shape)), np.arange(n) % classes)


def task(**changed):
    return Task(**{"name": "t", "train": split(), "valid": split(3, seed=1), "test": split(2, seed=2), "labels": ("a", "b"), **changed})


def test_arrays_are_typed_and_cannot_be_written():
    mine = np.ones((2, 1, 1, 1), np.float32)
    part = Split(mine, [0, 1])
    assert part.x.dtype == np.float32 and part.y.dtype == np.int64
    mine[0] = 5
    assert part.x[0] == 1, "the caller's array is not the task's"
    for array in (part.x, part.y, pickle.loads(pickle.dumps(part)).x):
        with pytest.raises(ValueError):
            array[0] = 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"valid": split(shape=(1, 3, 4))}, "`valid` has images of shape (1, 3, 4), those of `train` have (1, 3, 3)"),
        ({"test": Split(np.full((1, 1, 3, 3), np.nan), [0])}, "`test` holds NaN"),
        ({"train": Split(np.array([[0.0], [np.inf]]), [0, 1])}, "first in image 1"),
        ({"valid": split(classes=3)}, "`valid` has labels from 0 to 2; allowed are 0 to 1"),
        ({"train": Split(np.ones((2, 3, 3)), [0, 1])}, "(2, 3, 3)"),
        ({"train": Split(np.ones((2, 3)), [0])}, "labels of (1,)"),
        ({"train": Split(np.ones((0, 3)), [])}, "with N from 1"),
        ({"augment": Augment(crop=3)}, "`crop` is 3"),
    ],
)
def test_what_does_not_fit_is_refused(changed, words):
    with pytest.raises(ValueError) as caught:
        task(**changed)
    assert words in str(caught.value)


def test_fingerprint_says_what_is_in_it():
    assert task() == task() and hash(task()) == hash(task()) and task().fingerprint == pickle.loads(pickle.dumps(task())).fingerprint
    different = [task(), task(name="u"), task(valid=split(3, seed=5)), task(augment=Augment(crop=1)), task(labels=("a", "c"))]
    assert len({one.fingerprint for one in different}) == len(different)


def test_chance_is_the_error_of_the_class_that_is_most_frequent_in_training():
    train, valid = Split(np.zeros((5, 2)), [0, 1, 1, 1, 0]), Split(np.zeros((4, 2)), [0, 0, 0, 1])
    assert task(train=train, valid=valid, test=valid).chance == 0.75


def test_it_can_be_read():
    assert repr(task()) == "Task('t': 4 + 3 + 2 images of 1x3x3, 2 classes)"
    text = task(augment=Augment(crop=1)).describe()
    assert "classes: a, b" in text and "valid: 3 images, 1 to 2 of each class" in text and "crop=1" in text


def test_normalised_uses_the_training_part_alone():
    rng = np.random.default_rng(0)
    raw = {part: (rng.integers(0, 256, (2500, 3, 2, 2)).astype(np.uint8), np.zeros(2500)) for part in ("train", "valid", "test")}
    raw["train"][0][:, 2] = 7  # a channel that is always the same
    parts = normalised(raw)
    assert np.allclose(parts["train"].x.mean((0, 2, 3)), 0, atol=1e-5) and np.allclose(parts["train"].x.std((0, 2, 3)), [1, 1, 0], atol=1e-5)
    assert np.allclose(parts["mean"], raw["train"][0].mean((0, 2, 3))) and np.allclose(parts["std"][:2], raw["train"][0][:, :2].std((0, 2, 3)))
    back = parts["valid"].x * np.reshape(parts["std"], (-1, 1, 1)) + np.reshape(parts["mean"], (-1, 1, 1))
    assert np.allclose(back, raw["valid"][0], atol=1e-3)


def test_stratified_parts_are_disjoint_and_balanced():
    y = np.repeat([0, 1, 2], [50, 30, 20])
    parts = stratified(y, (60, 25, 10), np.random.default_rng(1))
    assert [len(rows) for rows in parts] == [60, 25, 10] and len(np.unique(np.concatenate(parts))) == 95
    for rows, size in zip(parts, (60, 25, 10)):
        assert np.abs(np.bincount(y[rows], minlength=3) - size * np.array([0.5, 0.3, 0.2])).max() <= 1.5
    again, other = (stratified(y, (60, 25, 10), np.random.default_rng(seed)) for seed in (1, 2))
    assert all(map(np.array_equal, parts, again)) and not all(map(np.array_equal, parts, other))
