"""Own arrays and folders: taken as they are meant, or refused with a reason."""

import numpy as np
import pytest

from nastutor import tasks
from nastutor.tasks.augmentation import Augment

Image = pytest.importorskip("PIL.Image")


def arrays(n=50, shape=(3, 4, 4), classes=2):
    rng = np.random.default_rng(0)
    return rng.normal(3, 2, (n, *shape)), np.arange(n) % classes


def test_arrays_are_split_by_shares_or_numbers():
    task = tasks.from_arrays(*arrays(), valid=0.1, test=20)
    assert [len(split) for split in task.splits.values()] == [25, 5, 20] and task.shape == (3, 4, 4)
    everything = np.concatenate([split.x for split in task.splits.values()]) * np.reshape(task.std, (-1, 1, 1)) + np.reshape(task.mean, (-1, 1, 1))
    assert np.allclose(np.sort(everything.ravel()), np.sort(arrays()[0].ravel()), atol=1e-5), "every image is in one part"
    assert np.allclose(task.train.x.mean((0, 2, 3)), 0, atol=1e-5)


def test_parts_of_their_own_are_kept():
    x, y = arrays()
    task = tasks.from_arrays(x, y, valid=(x[:7], y[:7]), test=(x[:9], y[:9]))
    assert [len(split) for split in task.splits.values()] == [50, 7, 9]
    assert np.array_equal(task.valid.x, task.train.x[:7]) and np.array_equal(task.test.y, y[:9])


def test_labels_may_be_texts():
    x, _ = arrays(6)
    task = tasks.from_arrays(x, ["dog", "cat", "owl"] * 2, valid=(x[:1], ["owl"]), test=(x[:1], ["cat"]))
    assert task.labels == ("cat", "dog", "owl") and task.valid.y.tolist() == [2] and task.test.y.tolist() == [0] and task.train.y.tolist() == [1, 0, 2] * 2, (
        "the order is kept where nothing is split"
    )


@pytest.mark.parametrize(("shape", "taken"), [((4, 5), (1, 4, 5)), ((6,), (6,)), ((1, 2, 3), (1, 2, 3))])
def test_shapes(shape, taken):
    assert tasks.from_arrays(*arrays(shape=shape)).shape == taken


def test_seed_name_and_augment_count():
    made = [
        tasks.from_arrays(*arrays()),
        tasks.from_arrays(*arrays(), seed=1),
        tasks.from_arrays(*arrays(), name="n"),
        tasks.from_arrays(*arrays(), augment=Augment(flip=True)),
    ]
    assert len({task.fingerprint for task in made}) == 4 and not np.array_equal(made[0].valid.x, made[1].valid.x)
    assert tasks.from_arrays(*arrays()) == made[0]


x, y = arrays()
BAD = [
    (((x, y[:9]), {}), "`x` has shape (50, 3, 4, 4) and `y` (9,)"),
    (((x[:, 0, 0, 0], y), {}), "allowed are (N, C, H, W)"),
    (((x.transpose(0, 2, 3, 1), y), {}), "channels last"),
    (((np.where(x > 8, np.nan, x), y), {}), "`x` holds NaN"),
    (((x, y + 0.5), {}), "float64"),
    (((x, y[:, None]), {}), "`y` has shape (50, 1)"),
    ((([["a", "b"]] * 50, y), {}), "allowed are numbers"),
    (((x, y), {"valid": 0.0}), "`valid` is 0.0"),
    (((x, y), {"test": -3}), "`test` is -3"),
    (((x, y), {"valid": 30, "test": 20}), "nothing is left to train"),
    (((x, y), {"valid": (x, y + 5)}), "lacks the label 5"),
    (((x, y), {"valid": (x * np.nan, y)}), "of `valid` holds NaN"),
    (((x, y), {"valid": 39, "test": 10}), "none is left to train"),
]


@pytest.mark.parametrize(("call", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_arrays(call, words):
    with pytest.raises(ValueError) as caught:
        tasks.from_arrays(*call[0], **call[1])
    assert words in str(caught.value)


def pictures(folder, count, classes=("cat", "dog"), size=(10, 6), mode="RGB"):
    for k, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.new(mode, size, (200 * k, 10 * i, 0) if mode == "RGB" else 100 * k + i).save(folder / name / f"{i}.png")


def test_a_folder_of_classes(tmp_path):
    pictures(tmp_path, 10)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    task = tasks.from_folder(tmp_path, size=4)
    assert task.labels == ("cat", "dog") and task.shape == (3, 4, 4) and [len(split) for split in task.splits.values()] == [12, 4, 4]
    red = task.train.x[:, 0].mean((1, 2)) * task.std[0] + task.mean[0]
    assert np.allclose(red, 200 * task.train.y, atol=1e-3) and task.name == tmp_path.name


def test_a_folder_with_parts(tmp_path):
    for part, count in (("train", 5), ("test", 3)):
        pictures(tmp_path / part, count, mode="L")
    task = tasks.from_folder(tmp_path, size=(3, 5), grey=True, valid=2)
    assert task.shape == (1, 3, 5) and [len(split) for split in task.splits.values()] == [8, 2, 6]
    pictures(tmp_path / "valid", 4)
    assert [len(split) for split in tasks.from_folder(tmp_path, grey=True).splits.values()] == [10, 8, 6]


def test_bad_folders(tmp_path):
    with pytest.raises(ValueError, match="no folder"):
        tasks.from_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no sub-folders"):
        tasks.from_folder(tmp_path)
    pictures(tmp_path, 3)
    with pytest.raises(ValueError, match="`size` is 0"):
        tasks.from_folder(tmp_path, size=0)
    (tmp_path / "dog" / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"broken.png.* cannot be read"):
        tasks.from_folder(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no images in 'empty'"):
        tasks.from_folder(tmp_path)
