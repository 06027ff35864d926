"""Only plain data comes out of a pickle, whatever is in it."""

import bz2
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from nastutor.estimators.plain_pickle import read_pickle

PLAIN = {"a": [1, 2.5, None, True, "text"], "b": OrderedDict({("x", 3): {"deep": (1, 2)}}), "c": {4, 5}, "d": b"bytes"}
NUMBERS = [np.float64(0.1), np.float32(0.5), np.int64(-3), np.int32(7), np.bool_(True)]


def packed(path, data, protocol=4):
    path.write_bytes(bz2.compress(pickle.dumps(data, protocol=protocol)))
    return path


@pytest.mark.parametrize("protocol", [2, 4])
def test_plain_data_and_numbers_of_numpy(tmp_path, protocol):
    found = read_pickle(packed(tmp_path / "x.pickle.pbz2", {**PLAIN, "numbers": NUMBERS} if protocol == 4 else NUMBERS, protocol))
    numbers = found["numbers"] if protocol == 4 else found
    assert numbers == [0.1, 0.5, -3, 7, True] and not any(isinstance(number, np.generic) for number in numbers)
    assert protocol == 2 or {name: found[name] for name in PLAIN} == PLAIN


def test_numbers_as_numpy_1_spelt_them(tmp_path):
    """The module was called numpy.core then."""
    data = pickle.dumps([np.float64(0.1)], protocol=4).replace(b"\x16numpy._core.multiarray", b"\x15numpy.core.multiarray")
    (tmp_path / "x.pickle").write_bytes(data.replace(data[2:11], data[2:3] + (int.from_bytes(data[3:11], "little") - 1).to_bytes(8, "little")))
    assert read_pickle(tmp_path / "x.pickle") == [0.1]


@pytest.mark.parametrize("zipped", [True, False])
def test_what_torch_saved(tmp_path, zipped):
    import torch

    torch.save({"a": NUMBERS, "b": OrderedDict(c=(1, "x"))}, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    assert read_pickle(tmp_path / "x.pth") == {"a": NUMBERS, "b": {"c": (1, "x")}}
    torch.save({"weights": torch.ones(2)}, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"asks for torch\._utils"):
        read_pickle(tmp_path / "x.pth")


class Command:
    """What an attacker writes."""

    def __init__(self, function, *arguments):
        self.what = (function, arguments)

    def __reduce__(self):
        return self.what


@pytest.mark.parametrize(
    "attack",
    [Command(os.system, "echo hello"), Command(eval, "1 + 1"), Command(getattr, "text", "upper"), Command(np.load, "x"), Command(np.dtype, "O")],
    ids=["os.system", "eval", "getattr", "numpy.load", "objects in arrays"],
)
def test_nothing_else_can_be_asked_for(tmp_path, attack, capfd):
    with pytest.raises(ValueError, match=r"`path`: x\.pickle\.pbz2 is damaged or not what it should be \(UnpicklingError: it asks for "):
        read_pickle(packed(tmp_path / "x.pickle.pbz2", {"arch2infos": [attack]}))
    assert capfd.readouterr().out == ""


def test_damage_is_a_sentence(tmp_path):
    whole = packed(tmp_path / "x.pickle.pbz2", PLAIN).read_bytes()
    for damaged in (b"", b"text", whole[:20], whole[:-10], whole[:30] + b"\xff" + whole[31:]):
        (tmp_path / "x.pickle.pbz2").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"`path`: x\.pickle\.pbz2 is damaged"):
            read_pickle(tmp_path / "x.pickle.pbz2")
