"""Large files of others are read once; what we need of them lies in a compact file beside the original from then on."""

from __future__ import annotations

import json
import logging
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.files import replace_file

log = logging.getLogger("nastutor")
FORMAT = 1
DAMAGE = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)

Arrays = dict[str, np.ndarray]


class Converted(Mapping[str, np.ndarray]):
    """The arrays of a converted file, each read when first asked for; `meta` says what it was converted from."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path, self._read = path, Arrays()
        try:
            with np.load(path, allow_pickle=False) as archive:
                self._names: list[str] = archive.files
                self.meta = json.loads(str(archive["meta"]))
        except (*DAMAGE, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"`path`: {path} is no converted {kind} file, or a damaged one ({error}); remove it, and it is made anew") from error
        if self.meta.get("kind") != kind or self.meta.get("format") != FORMAT:
            raise ValueError(f"`path`: {path} is a {self.meta.get('kind')} file of format {self.meta.get('format')}; allowed is {kind}, format {FORMAT}")

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._read:
            try:
                with np.load(self.path, allow_pickle=False) as archive:  # opened anew each time: where files are locked while open, it could not be replaced
                    self._read[name] = archive[name]
            except DAMAGE as error:
                raise ValueError(f"`path`: {self.path} is damaged ({error}); remove it, and it is made anew") from error
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def digest(self) -> str:
        """A name for the numbers."""
        return str(self.meta["digest"])


def converted(
    path: str | Path, cache: str | Path | None, kind: str, convert: Callable[[Path], tuple[Arrays, Mapping[str, Any]]], *, trust: bool = True
) -> Converted:
    """What `path` says, from its converted file if there is one of exactly this original; `convert` makes it, whole or not at all.

    path   the original, or a converted file, which needs no original
    cache  the converted file, or the folder for it; default: `path` with .npz behind its name
    trust  whether the original may be read; a converted file always is
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"`path` is {str(path)!r}: there is no such file or folder")
    if path.suffix == ".npz":
        return Converted(path, kind)
    target = path.with_name(f"{path.name}.npz") if cache is None else Path(cache)
    target = target / f"{path.name}.npz" if target.is_dir() else target
    if target.exists() and (found := Converted(target, kind)).meta["stamp"] == _stamp(path):
        return found
    if trust is not True:
        raise ValueError(
            f"`trust` is {trust!r}, and {path.name} is pickled: unpickling does what the file says, which may be to run any code. "
            "If you know where it comes from, give trust=True"
        )
    log.warning("%s is read once, which takes a while; what is needed of it will lie in %s", path.name, target)
    arrays, said = convert(path)
    _write(target, arrays, {"format": FORMAT, "kind": kind, "source": path.name, "stamp": _stamp(path), "digest": _digest(arrays), **said})
    return Converted(target, kind)


def lossless(values: np.ndarray) -> np.ndarray:
    """As float32 where that changes no number."""
    short = values.astype(np.float32)
    return short if np.array_equal(short.astype(values.dtype), values, equal_nan=True) else values


def _write(target: Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    def write(draft: Path) -> None:
        with draft.open("wb") as file:
            np.savez_compressed(file, meta=np.array(json.dumps(meta)), **arrays)  # type: ignore[arg-type]

    try:
        replace_file(target, write)
    except OSError as error:
        raise ValueError(f"`cache`: {target} cannot be written ({error}); give a file or folder that can, such as cache='.'") from error


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    from nastutor.estimators.table_file import digest

    return digest(arrays)


def _stamp(path: Path) -> list[int]:
    """Which state of a file or folder this is: number of files, their bytes, the latest change."""
    states = [part.stat() for part in ([path] if path.is_file() else sorted(path.iterdir())) if part.is_file()]
    return [len(states), sum(state.st_size for state in states), max((state.st_mtime_ns for state in states), default=0)]
