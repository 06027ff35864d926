"""The compact file beside the original: made once, whole, of exactly this original."""

import os

import numpy as np
import pytest

from nastutor.estimators.converted import converted, lossless


class Counted:
    """A conversion that counts how often it is asked for."""

    def __init__(self):
        self.times = 0

    def __call__(self, path):
        self.times += 1
        return {"numbers": np.arange(5) * len(path.read_text()), "a/b": np.zeros((2, 3))}, {"more": [1, 2]}


@pytest.fixture
def original(tmp_path):
    (tmp_path / "original.data").write_text("four")
    return tmp_path / "original.data"


def test_is_made_once_and_again_when_the_original_changes(original):
    convert = Counted()
    found = converted(original, None, "kind", convert)
    assert found["numbers"].tolist() == [0, 4, 8, 12, 16] and found.meta["more"] == [1, 2] and found.path.name == "original.data.npz"
    again = converted(original, None, "kind", convert)
    assert convert.times == 1 and again["a/b"].shape == (2, 3) and again.digest == found.digest
    original.write_text("other")
    assert converted(original, None, "kind", convert)["numbers"].tolist() == [0, 5, 10, 15, 20] and convert.times == 2
    assert [path.name for path in original.parent.iterdir() if "tmp" in path.name] == []


def test_the_converted_file_needs_no_original(original, tmp_path):
    converted(original, tmp_path / "small.npz", "kind", Counted())
    original.unlink()
    assert converted(tmp_path / "small.npz", None, "kind", Counted(), trust=False)["numbers"][1] == 4


def test_the_cache_may_be_a_folder(original, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    assert converted(original, tmp_path / "elsewhere", "kind", Counted()).path == tmp_path / "elsewhere" / "original.data.npz"


def test_what_is_not_trusted_is_not_read(original):
    convert = Counted()
    for trust in (False, None, 1):
        with pytest.raises(ValueError, match=r"`trust` is .*, and original\.data is pickled: .*may be to run any code.*give trust=True"):
            converted(original, None, "kind", convert, trust=trust)
    assert convert.times == 0
    converted(original, None, "kind", convert, trust=True)
    converted(original, None, "kind", convert, trust=False)
    assert convert.times == 1


def test_refusals(original, tmp_path):
    with pytest.raises(ValueError, match=r"`path` is '.*absent': there is no such file or folder"):
        converted(tmp_path / "absent", None, "kind", Counted())
    with pytest.raises(ValueError, match=r"`cache`: .* cannot be written"):
        converted(original, tmp_path / "no" / "folder.npz", "kind", Counted())
    converted(original, None, "kind", Counted())
    with pytest.raises(ValueError, match="is a kind file of format 1; allowed is another, format 1"):
        converted(original, None, "another", Counted())


def test_a_damaged_file_says_what_to_do(original):
    path = converted(original, None, "kind", Counted()).path
    whole = path.read_bytes()
    for damaged in (b"", b"text", whole[:100], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged.*remove it, and it is made anew"):
            converted(original, None, "kind", Counted())["numbers"]


def test_an_interrupted_conversion_leaves_nothing(original):
    def convert(path):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        converted(original, None, "kind", convert)
    assert os.listdir(original.parent) == ["original.data"]


def test_short_numbers_where_nothing_is_lost():
    assert lossless(np.array([0.5, np.nan, 0.9376001358032227])).dtype == np.float32
    assert lossless(np.array([0.1])).dtype == np.float64
