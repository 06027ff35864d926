import json
import zipfile

import numpy as np
import pytest

from nastutor.estimators.table_file import read_table, settings_hash, write_table

ARRAYS = {"choices": np.arange(6, dtype=np.uint8).reshape(3, 2), "valid/3": np.ones((3, 2, 3), dtype=np.uint16)}
SETTINGS = {"name": "t", "budgets": [3]}


@pytest.fixture
def path(tmp_path):
    write_table(tmp_path / "t.npz", ARRAYS, SETTINGS, {"when": "today"})
    return tmp_path / "t.npz"


def rewritten(path, **changes):
    """The same file with some members replaced, as somebody might who knows the format."""
    with np.load(path) as archive:
        members = {name: archive[name] for name in archive.files} | changes
    np.savez(path, **members)
    return path


def test_what_is_written_is_read(path):
    arrays, meta = read_table(path)
    assert all((arrays[name] == ARRAYS[name]).all() and arrays[name].dtype == ARRAYS[name].dtype for name in ARRAYS) and set(arrays) == set(ARRAYS)
    assert meta["settings"] == SETTINGS and meta["made"] == {"when": "today"} and list(path.parent.iterdir()) == [path]


def test_equal_tables_are_equal_files(path, tmp_path):
    write_table(tmp_path / "again.npz", ARRAYS, SETTINGS, {"when": "today"})
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()
    assert settings_hash({"a": 1, "b": 2}) == settings_hash({"b": 2, "a": 1}) != settings_hash({"a": 1, "b": 3})


def test_other_settings_or_format_are_refused(path):
    with np.load(path) as archive:
        meta = json.loads(str(archive["meta"]))
    with pytest.raises(ValueError, match="do not have the hash"):
        read_table(rewritten(path, meta=np.array(json.dumps({**meta, "settings": {**SETTINGS, "budgets": [4]}}))))
    with pytest.raises(ValueError, match="its format is 0, and 1 is read here"):
        read_table(rewritten(path, meta=np.array(json.dumps({**meta, "format": 0}))))


def test_changed_numbers_are_refused(path):
    with pytest.raises(ValueError, match="its numbers do not have the digest"):
        read_table(rewritten(path, choices=ARRAYS["choices"] + 1))


@pytest.mark.parametrize("damage", ["short", "flip", "empty", "text", "no meta", "pickle"])
def test_damaged_files_are_refused(path, damage):
    whole = path.read_bytes()
    if damage == "no meta":
        np.savez(path, choices=ARRAYS["choices"])
    elif damage == "pickle":
        np.savez(path, meta=np.array([{"format": 1}], dtype=object))
    else:
        place = whole.index(b"choices.npy") + 40
        changed = {"short": whole[:-50], "flip": whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :], "empty": b"", "text": b"no table"}
        path.write_bytes(changed[damage])
    with pytest.raises(ValueError, match="is a damaged or older file"):
        read_table(path)


@pytest.mark.parametrize("meta", ["[]", "3", "null"])
def test_a_file_that_says_nothing_of_itself_is_refused(path, meta):
    with pytest.raises(ValueError, match="is a damaged or older file"):
        read_table(rewritten(path, meta=np.array(meta)))


def test_it_is_an_ordinary_npz(path):
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["choices.npy", "meta.npy", "valid/3.npy"]
