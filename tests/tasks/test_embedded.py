"""digits: always the same images in the same parts."""

import pickle
import subprocess
import sys
from hashlib import blake2b

import numpy as np
import pytest

from nastutor import tasks


def keys(split):
    return {image.tobytes() for image in split.x}


def test_the_split_is_fixed():
    task = tasks.digits()
    assert task.shape == (1, 8, 8) and task.classes == 10 and [len(s) for s in task.splits.values()] == [1000, 397, 400]
    raw = np.rint(np.concatenate([s.x.ravel() for s in task.splits.values()]) * task.std + task.mean).astype(np.uint8)
    labels = np.concatenate([s.y for s in task.splits.values()]).astype(np.uint8)
    assert blake2b(raw.tobytes() + labels.tobytes(), digest_size=8).hexdigest() == "0e20fc7071497601"


def test_the_parts_are_disjoint_and_hold_all_images():
    train, valid, test = (keys(split) for split in tasks.digits().splits.values())
    assert not (train & valid or train & test or valid & test) and len(train | valid | test) == 1797


def test_each_digit_has_its_share():
    task = tasks.digits()
    total = sum(np.bincount(split.y) for split in task.splits.values())
    for split in task.splits.values():
        assert np.abs(np.bincount(split.y) - total * len(split) / 1797).max() <= 1.5
    assert 0.85 < task.chance < 0.92


def test_train_size_takes_fewer_and_they_are_nested():
    some, more, all_ = (tasks.digits(train_size=size) for size in (100, 200, 1000))
    raw = [{np.rint(image * task.std + task.mean).astype(int).tobytes() for image in task.train.x} for task in (some, more, all_)]
    assert [len(images) for images in raw] == [100, 200, 1000] and raw[0] < raw[1] < raw[2]
    assert np.ptp(np.bincount(some.train.y)) <= 2 and len(some.valid) == 397


@pytest.mark.parametrize(("difficulty", "size", "left"), [(0.25, 12, 812), (0.5, 12, 625), (1.0, 16, 250)])
def test_difficulty_moves_adds_noise_and_takes_images_away(difficulty, size, left):
    task, plain = tasks.digits(difficulty), tasks.digits()
    assert task.shape == (1, size, size) and len(task.train) == left and np.array_equal(task.valid.y, plain.valid.y)
    raw = np.rint(task.valid.x * task.std + task.mean)
    assert raw.min() == 0 and raw.max() == 16 and np.abs(task.valid.x * task.std + task.mean - raw).max() < 1e-3
    assert np.array_equal(task.train.x, tasks.digits(difficulty).train.x), "the same each time"


def test_the_canvas_and_more_images_to_judge_by():
    task, once, plain = tasks.digits(0.5, size=10, copies=3), tasks.digits(0.5, size=10), tasks.digits()
    assert task.shape == (1, 10, 10) and [len(split) for split in task.splits.values()] == [625, 3 * 397, 3 * 400]
    assert np.array_equal(task.valid.y, np.tile(plain.valid.y, 3)) and np.array_equal(task.valid.x[:397], once.valid.x)
    assert np.array_equal(task.train.x, once.train.x) and not np.array_equal(task.test.x[:400], task.test.x[400:800])
    assert len({task, once, tasks.digits(0.5), tasks.digits(0.5, copies=3)}) == 4 and pickle.loads(pickle.dumps(task)) == task


@pytest.mark.parametrize("settings", [{"size": 7}, {"size": 33}, {"copies": 0}, {"copies": 2.0}])
def test_a_canvas_or_copies_that_cannot_be(settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"`{name}` is {settings[name]}"):
        tasks.digits(0.5, **settings)
    with pytest.raises(ValueError, match=f"`{name}` is 10"):
        tasks.digits(**{name: 10})


def test_more_difficult_is_more_difficult():
    """1-nearest neighbour makes more errors."""

    def error(task):
        a, b = (split.x.reshape(len(split), -1) for split in (task.train, task.valid))
        nearest = ((a**2).sum(1) - 2 * b @ a.T).argmin(1)
        return (task.train.y[nearest] != task.valid.y).mean()

    errors = [error(tasks.digits(difficulty)) for difficulty in (0, 0.3, 0.6, 1)]
    assert errors == sorted(errors) and errors[0] < 0.05 and 0.5 < errors[-1] < 0.9


def test_fingerprints_and_pickles_are_recipes():
    task = tasks.digits(0.5)
    assert task.fingerprint == "digits(difficulty=0.5, train_size=625)" and tasks.digits().fingerprint != tasks.digits(train_size=10).fingerprint
    assert tasks.digits(0) == tasks.digits(0.0, train_size=1000)
    assert len(pickle.dumps(task)) < 300 and np.array_equal(pickle.loads(pickle.dumps(task)).test.x, task.test.x)


@pytest.mark.parametrize(
    ("bad", "words"), [({"difficulty": 1.5}, "`difficulty` is 1.5"), ({"difficulty": "hard"}, "'hard'"), ({"train_size": 0}, "`train_size` is 0")]
)
def test_bad_arguments(bad, words):
    with pytest.raises(ValueError, match=words):
        tasks.digits(**bad)


def test_no_torch_is_needed():
    code = "import sys; from nastutor import tasks; tasks.digits().describe(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
