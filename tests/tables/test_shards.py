import numpy as np
import pytest

from nastutor.estimators.table_file import read_table, write_table
from nastutor.tables import shards
from nastutor.tables.plan import made
from nastutor.tables.shards import Shard, blank, joined_makers, minor, row
from nastutor.values import Result

SETTINGS = {"table": "t", "budget": 3}
ROW = {"failed": False, "loss": 0.5, "train_loss": 0.25, "valid": [5, 4, 3], "test": [6, 5, 4]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t" / "3.0.npz"


def shard(path, settings=SETTINGS, **options):
    return Shard(path, settings, blank(4, 3), **options)


def test_what_is_put_is_there_again(path):
    one = shard(path)
    one.put([2, 0], [ROW, {**ROW, "failed": True}])
    assert not path.exists() and not one.arrays["failed"][2] and one.done.tolist() == [True, False, True, False]
    one.write()
    again = shard(path)
    assert again.done.tolist() == [True, False, True, False] and again.arrays["failed"].tolist() == [True, True, False, True]
    assert again.arrays["valid"].tolist() == [[5, 4, 3], [0, 0, 0], [5, 4, 3], [0, 0, 0]]
    assert np.isnan(again.arrays["loss"]).tolist() == [False, True, False, True]
    assert read_table(path)[0]["numbers"].tolist() == [0, 2] and again.made == made()


def test_two_makers_of_a_part_lose_nothing(path):
    one, other = shard(path), shard(path)
    one.put([0, 1], [ROW, ROW])
    one.write()
    other.put([1, 3], [{**ROW, "loss": 9.0}] * 2)
    other.write()
    assert shard(path).done.tolist() == other.done.tolist() == [True, True, False, True]
    assert shard(path).arrays["loss"][[0, 1, 3]].tolist() == [0.5, 9.0, 9.0] and one.done.tolist() == [True, True, False, False]


def test_it_is_written_now_and_then(path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(shards.time, "monotonic", lambda: now[0])
    one = shard(path)
    for number, (seconds, there) in enumerate([(5, False), (11, True), (15, True), (22, True)]):
        now[0] = seconds
        one.put([number], [ROW])
        assert path.exists() == there
    assert shard(path).done.all()


def test_a_shard_of_other_settings_is_refused(path):
    shard(path).write()
    with pytest.raises(ValueError, match=r"3\.0\.npz was made with other settings: `budget` is 3 there and 9 now"):
        shard(path, {**SETTINGS, "budget": 9})
    with pytest.raises(ValueError, match="`chunk` is None there and 2 now"):
        shard(path, {**SETTINGS, "chunk": 2})
    with pytest.raises(ValueError, match="`budget` is 3 there and None now"):
        shard(path, {"table": "t"})


def test_a_damaged_shard_is_refused(path):
    shard(path).write()
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match="damaged"):
        shard(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda arrays: arrays.pop("numbers"), "its `numbers` are none of the 4 networks"),
        (lambda arrays: arrays.update(numbers=np.array([0, 4], dtype=np.int32)), "its `numbers` are none"),
        (lambda arrays: arrays.update(numbers=np.array([0.0, 1.0])), "its `numbers` are none"),
        (lambda arrays: arrays.pop("valid"), "its `valid` is missing"),
        (lambda arrays: arrays.update(valid=arrays["valid"][:, :2]), r"its `valid` is uint16 of shape \(2, 2\) where uint16 of shape \(2, 3\) is needed"),
        (lambda arrays: arrays.update(loss=arrays["loss"].astype(np.float64)), "its `loss` is float64"),
        (None, "its `made` does not say with which versions"),
    ],
)
def test_a_shard_that_lacks_something_is_refused(path, change, words):
    one = shard(path)
    one.put([0, 2], [ROW, ROW])
    one.write()
    arrays, meta = read_table(path)
    if change:
        change(arrays)
    write_table(path, arrays, SETTINGS, meta["made"] if change else {})
    with pytest.raises(ValueError, match=f"damaged or older file.*{words}"):
        shard(path)


def test_another_torch_does_not_mix_unless_told_to(path, monkeypatch):
    old = made()
    old["versions"]["torch"], old["when"] = "2.3.1+cpu", "2001-01-01"
    monkeypatch.setattr(shards, "made", lambda: old)
    shard(path).write()
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"made with torch 2\.3\.1\+cpu, and here is .*--mix"):
        shard(path)
    both = shard(path, mix=True)
    both.put([1], [ROW])
    both.write()
    assert both.made["versions"]["torch"] == f"2.3.1+cpu, {made()['versions']['torch']}" and both.made["when"] == made()["when"]
    with pytest.raises(ValueError, match="--mix"):
        shard(path)


def test_makers_together():
    here, there = made(), {**made(), "machine": "a larger one", "when": "1999-01-01"}
    assert joined_makers([here, here]) == here and joined_makers([here, there, here])["machine"] == f"{here['machine']} and a larger one"
    assert minor("2.14.1+cpu") == minor("2.14.0") != minor("2.15.0")


def test_rows():
    images, info = {"valid": 10, "test": 20}, {"test_curve": [0.5, 0.25]}
    ok = row(Result({"error": 0.1, "loss": 1.0, "train_loss": 2.0}, (0.3, 0.1), info=info), 2, images)
    assert ok["valid"].tolist() == [3, 1] and ok["test"].tolist() == [10, 5] and not ok["failed"] and ok["loss"] == 1.0
    failed = row(Result(status="failed", curve=(0.3,), info={"reason": "diverged", "test_curve": [0.5]}), 2, images)
    assert failed["valid"].tolist() == [3, 0] and failed["failed"] and np.isnan(failed["loss"])


def test_rows_of_one_test_error():
    ended = row(Result({"error": 0.1}, (0.3, 0.1), info={"test_curve": [0.25]}), 2, {"valid": 10, "test": 20}, 1)
    assert ended["valid"].tolist() == [3, 1] and ended["test"].tolist() == [5]
    failed = row(Result(status="failed", curve=(0.3,), info={"reason": "diverged"}), 2, {"valid": 10, "test": 20}, 1)
    assert failed["test"].tolist() == [0]
    assert {name: array.shape for name, array in blank(3, 9, 1).items() if array.ndim == 2} == {"valid": (3, 9), "test": (3, 1)}
