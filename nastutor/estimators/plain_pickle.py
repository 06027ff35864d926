"""Pickles of other people's benchmarks: only dictionaries, lists, numbers and texts are built from them, whatever they ask for."""

from __future__ import annotations

import bz2
import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

NUMBERS = ("f4", "f8", "i4", "i8", "u4", "u8", "b1")
TORCH_MAGIC = 0x1950A86A20F9469CFC6C  # the first thing in what torch.save wrote before 1.6


def read_pickle(path: Path) -> Any:
    """What lies in a .pickle.pbz2 file or in what torch.save made of plain data; ValueError where it is damaged or asks for anything else."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                (name,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
                return _Plain(io.BytesIO(archive.read(name))).load()
        if not path.name.endswith("bz2"):
            with path.open("rb") as file:
                return _first_of(file)
        with bz2.open(path) as packed:
            found = _Plain(packed).load()
            packed.read()  # to the end, where the checksum of the whole is
            return found
    except (pickle.UnpicklingError, EOFError, OSError, zipfile.BadZipFile, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise ValueError(f"`path`: {path.name} is damaged or not what it should be ({type(error).__name__}: {error})") from error


def _first_of(file: BinaryIO) -> Any:
    """The pickle, or of the four that torch.save wrote one after another the one that holds the data."""
    first = _Plain(file).load()
    if first != TORCH_MAGIC:
        return first
    for _ in ("version of the protocol", "about the machine"):
        _Plain(file).load()
    return _Plain(file).load()


class _Plain(pickle.Unpickler):
    """Builds plain data. A pickle names functions to be called; here it may name none but these, which do nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        where = module.replace("numpy._core", "numpy.core")  # its name since numpy 2
        known = {("collections", "OrderedDict"): OrderedDict, ("numpy", "dtype"): _dtype}
        known |= {("numpy.core.multiarray", "scalar"): _number, ("_codecs", "encode"): _bytes}
        if (where, name) not in known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, and a benchmark needs no such thing")
        return known[where, name]


def _dtype(name: str, *_: Any) -> np.dtype[Any]:
    if name not in NUMBERS:
        raise pickle.UnpicklingError(f"it asks for numbers of the kind {name!r}; allowed are {', '.join(NUMBERS)}")
    return np.dtype(name).newbyteorder("<")


def _number(kind: np.dtype[Any], data: bytes) -> Any:
    return np.frombuffer(data, dtype=kind)[0].item()


def _bytes(text: str, coding: str) -> bytes:
    return text.encode("latin1")  # the only coding in which pickles spell bytes
