"""Every way in which a table's file can lie about what it holds gets the same words, and the reason."""

import json

import numpy as np
import pytest

from nastutor.estimators import Table
from nastutor.estimators.table_file import digest, read_table, settings_hash, write_table

TINY = read_table(Table("digits-tiny").path)
SETTINGS = TINY[1]["settings"]
WORDS = "`name`: wrong.npz is a damaged or older file, or no table at all: .*{}.*; make it anew"


def with_array(name, change):
    return {**TINY[0], name: change(TINY[0][name])}


def put(name, place, value):
    def change(array):
        array = array.copy()
        array[place] = value
        return array

    return with_array(name, change)


@pytest.mark.parametrize("name", list(TINY[0]))
def test_each_array_is_needed_in_its_shape_and_type(tmp_path, name):
    path, array = tmp_path / "wrong.npz", TINY[0][name]
    other = array.astype(np.complex64)
    for arrays, words in (
        ({key: value for key, value in TINY[0].items() if key != name}, f"it lacks the array `{name}`"),
        ({**TINY[0], name: other}, f"`{name}` is {other.dtype}"),
        ({**TINY[0], name: array[..., None]}, f"`{name}` is .*of shape"),
        ({**TINY[0], name: array[:0]}, "of shape"),
        ({**TINY[0], name: array[:-1]}, "of shape|numbers from 0 to 59"),
    ):
        write_table(path, arrays, SETTINGS, {})
        with pytest.raises(ValueError, match=WORDS.format(f"({words})")):
            Table(path)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        (put("network", 3, 60), "`network` has numbers from 0 to 60, and 0 to 59 are possible"),
        (put("network", 3, -1), "`network` has numbers from -1 to 59"),
        (put("choices", (3, 1), 5), r"`choices` are none of its space \(`codes` hold 5 at \(3, 1\)"),
        (with_array("choices", lambda array: array[:, :2]), "`choices` is uint8 of shape"),
        (put("valid/12", (0, 0, 0), 398), "`valid/12` has numbers from .* to 398, and 0 to 397 are possible"),
        (put("test/12", (0, 0, 0), 401), "`test/12` has numbers"),
        (put("params", 0, -1), "`params` has numbers from -1"),
        (put("seconds/12", 0, np.nan), "`seconds/12` has numbers from nan"),
        (with_array("failed/12", lambda array: array[:, :4]), r"`failed/12` is bool of shape \(60, 4\) where \(60, 5\) is needed"),
    ],
)
def test_numbers_out_of_range(tmp_path, arrays, words):
    write_table(tmp_path / "wrong.npz", arrays, SETTINGS, {})
    with pytest.raises(ValueError, match=WORDS.format(words)):
        Table(tmp_path / "wrong.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("runs", value) for value in (0, True, "5", None, 5.0)),
        *(("budgets", value) for value in ([], [0], [12, 12], 12, [12.0], ["12"])),
        *(("images", value) for value in ({}, {"valid": 3}, [397, 400], {"valid": 397, "test": "400"})),
        *(("space", value) for value in ("CellSpace", {}, {"name": "CellSpace"}, {"name": 3, "settings": {}}, {"name": "CellSpace", "settings": []})),
        ("space", {"name": "CellSpace", "settings": {"knots": 3}}),
        *(("task", value) for value in (None, {"name": "digits"})),
        ("name", 3),
        ("space_fingerprint", None),
    ],
)
def test_settings_from_which_no_table_can_be_read(tmp_path, name, value):
    write_table(tmp_path / "wrong.npz", TINY[0], {**SETTINGS, name: value}, {})
    with pytest.raises(ValueError, match=WORDS.format("knots" if "knots" in str(value) else f"'{name}' is ")):
        Table(tmp_path / "wrong.npz")
    write_table(tmp_path / "wrong.npz", TINY[0], {key: held for key, held in SETTINGS.items() if key != name}, {})
    with pytest.raises(ValueError, match=WORDS.format(f"its settings lack '{name}'")):
        Table(tmp_path / "wrong.npz")


@pytest.mark.parametrize("meta", ["[]", "3", "null", '"text"', "{", "", "[" * 100_000, '{"format": 1}', '{"format": 1, "settings": []}'])
def test_meta_that_is_no_object(tmp_path, meta):
    np.savez(tmp_path / "wrong.npz", meta=np.array(meta), **TINY[0])
    with pytest.raises(ValueError, match=WORDS.format("")):
        Table(tmp_path / "wrong.npz")


@pytest.mark.parametrize("settings", [None, 3, "text", [1]])
def test_settings_that_are_no_object(tmp_path, settings):
    meta = {"format": 1, "settings": settings, "settings_hash": settings_hash(settings), "made": {}, "digest": digest(TINY[0])}
    np.savez(tmp_path / "wrong.npz", meta=np.array(json.dumps(meta)), **TINY[0])
    with pytest.raises(ValueError, match=WORDS.format("its `settings` is .* which is no object")):
        Table(tmp_path / "wrong.npz")


def test_bytes_changed_at_random_are_found(tmp_path):
    """Cut off or altered anywhere, a file is refused in words, or reads as it was (zip has bytes that nobody looks at)."""
    whole, rng = Table("digits-tiny").path.read_bytes(), np.random.default_rng(0)
    path, refused = tmp_path / "wrong.npz", 0
    for number in range(150):
        place = int(rng.integers(len(whole)))
        path.write_bytes(whole[:place] if number % 3 == 0 else whole[:place] + bytes([whole[place] ^ int(rng.integers(1, 256))]) + whole[place + 1 :])
        try:
            assert (read_table(path)[0]["valid/12"] == TINY[0]["valid/12"]).all()
        except ValueError as error:
            assert str(error).startswith("`name`: wrong.npz is a damaged or older file"), error
            refused += 1
    assert refused > 100
