"""The file behind a table: arrays in numpy's npz (no pickle) and a line of JSON that says what they are and how they were made.

Whole and compressed, and not memory-mapped: measured on numbers like those of the three large tables, their files take 0.3 to 1.1 MB,
half of what they hold, and 4 to 9 ms to unpack, where a map takes 1 to 2. Counts as they are beat their differences from epoch to epoch.

Format 1. A architectures in the order of enumeration, N different networks, R runs, D decisions, E = epochs of a budget.
    choices      (A, D) uint8    what `space.codes` gives: number of the option taken, 255 where the decision is absent
    network      (A,)   int32    which of the N networks an architecture is
    params, mult_adds, activation_mb   (A,)   of the architecture as published
    latency_ms   (N,)            measured; NaN where it was not
    seconds/b    (N, R)          what that training took on the machine named in `made`, one thread, other work beside it not excluded;
                 (N, 1)          or what it takes alone, timed once by a few steps (tables/timing.py)
    failed/b     (N, R)  bool    it diverged
    train_loss/b, loss/b         (N, R)       training and validation loss after the last epoch
    valid/b, test/b              (N, R, E)    images that were wrong after each epoch, of settings["images"]; 0 from where it diverged
    test/b                       (N, R, 1)    or after the last epoch alone
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.files import replace_file

FORMAT = 1
# What numpy, zip and json raise on bytes that are not theirs; RuntimeError: encrypted, says a flag, or nested too deeply
UNREADABLE = (ValueError, KeyError, TypeError, OSError, EOFError, RuntimeError, MemoryError, struct.error, zipfile.BadZipFile, zlib.error)


def write_table(path: Path, arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    """Writes a table, whole or not at all; `settings` are what it is a table of, `made` who made it when and where."""
    meta = {"format": FORMAT, "settings": dict(settings), "settings_hash": settings_hash(settings), "made": dict(made), "digest": digest(arrays)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in {"meta": np.array(json.dumps(meta)), **arrays}.items():
            part = io.BytesIO()
            np.save(part, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue(), zipfile.ZIP_DEFLATED)
    replace_file(path, lambda draft: draft.write_bytes(buffer.getvalue()))


def read_table(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the meta data of a table; anything that is not whole and of this format is refused."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(str(arrays.pop("meta")))
    except UNREADABLE as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from error
    if not isinstance(meta, dict):
        raise damaged(path, f"its `meta` is {meta!r}, which is no object")
    if meta.get("format") != FORMAT:
        raise damaged(path, f"its format is {meta.get('format')!r}, and {FORMAT} is read here")
    for name in ("settings", "made"):
        if not isinstance(meta.get(name), dict):
            raise damaged(path, f"its `{name}` is {meta.get(name)!r}, which is no object")
    if meta.get("settings_hash") != settings_hash(meta["settings"]):
        raise damaged(path, f"its settings do not have the hash {meta.get('settings_hash')} that it was made with")
    if meta.get("digest") != digest(arrays):
        raise damaged(path, f"its numbers do not have the digest {meta.get('digest')} that they were written with")
    return arrays, meta


def damaged(path: Path, why: str) -> ValueError:
    """The refusal of a file that is not whole, or not of this version."""
    return ValueError(f"`name`: {path.name} is a damaged or older file, or no table at all: {why}; make it anew: python -m nastutor tables make NAME")


def settings_hash(settings: Mapping[str, Any]) -> str:
    """A name for the settings a table was made with."""
    return blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=8).hexdigest()


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """A name for the numbers."""
    whole = blake2b(digest_size=16)
    for name in sorted(arrays):
        whole.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        whole.update(np.ascontiguousarray(arrays[name]).tobytes())
    return whole.hexdigest()
