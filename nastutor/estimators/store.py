"""Trained weights on disk: safetensors by settings and trial, bounded in size, with lineages that are never forgotten.

In folder/<hash of the estimator's fingerprint>/ lie <key of the effective trial>.safetensors and lineage/<key asked or effective>.json, the
effective trial.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from nastutor.files import replace_file
from nastutor.values import Trial

GIB = 2**30


@dataclass
class State:
    """All that a training needs to go on: its tensors by name, and in `about` plain data (epochs, seed, curve ...)."""

    tensors: dict[str, Tensor]
    about: dict[str, Any] = field(default_factory=dict)


class WeightStore:
    """The weights of one estimator, for all processes that are given the same folder.

    folder       where; None: a temporary one, made when first needed and removed by the process that made it
    fingerprint  of the estimator: weights of other settings lie beside these and are never mixed up with them
    limit        bytes; beyond it those that were not used for longest are evicted; None: no limit
    """

    def __init__(self, folder: str | Path | None, fingerprint: str, limit: int | None = GIB) -> None:
        self.fingerprint, self.limit = fingerprint, limit
        self.given = folder is not None
        self.roots: list[Path] = []  # the first is written to, all are read: a second search may have brought its own
        if folder is not None:
            self._use(Path(folder))

    def beside(self, journal: Path) -> None:
        """From now on writes beside the journal, unless a folder was given."""
        if not self.given:
            self._use(journal.with_name(journal.name + ".weights"))

    @property
    def root(self) -> Path:
        """The folder that was given or chosen; a temporary one comes into being here."""
        if not self.roots:
            folder = Path(tempfile.mkdtemp(prefix="nastutor-weights-"))
            weakref.finalize(self, _remove, folder, os.getpid())
            self._use(folder)
        return self.roots[0]

    @property
    def folder(self) -> Path:
        """The part of `root` that belongs to these settings."""
        return self._own(self.root)

    def note(self, asked: Trial, effective: Trial) -> None:
        """Remembers for good which training answers for `asked`, under both keys."""
        text = effective.to_json()
        for key in {asked.key, effective.key}:
            path = self.folder / "lineage" / f"{key}.json"
            if not path.exists():
                replace_file(path, lambda draft: draft.write_text(text, encoding="utf-8"), same=True)

    def lineage(self, key: str) -> Trial:
        """The effective trial behind a key."""
        for path in self._paths(f"lineage/{key}.json"):
            return Trial.from_json(path.read_text(encoding="utf-8"))
        raise KeyError(f"`warm_start` is {key!r}, and no trial with this key was trained here ({self.folder}); allowed are keys of trials that were answered")

    def save(self, key: str, state: State) -> None:
        """Writes the weights of a training; the file appears at once and whole, also where two processes write the same."""
        tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.tensors.items()}
        about = {"about": json.dumps(state.about), "digest": _digest(tensors)}
        replace_file(self.folder / f"{key}.safetensors", lambda draft: save_file(tensors, draft, metadata=about), same=True)
        self._evict(spare=f"{key}.safetensors")

    def load(self, key: str) -> State | None:
        """The weights of a training; None where they were evicted, or are damaged (with a warning)."""
        for path in self._paths(f"{key}.safetensors"):
            try:
                state = _read(path)
                os.utime(path)  # used just now
                return state
            except FileNotFoundError:
                continue  # evicted by another process in between
            except (SafetensorError, ValueError, KeyError, OSError) as error:
                warnings.warn(f"{path} is damaged ({error}); these weights are trained again", RuntimeWarning, stacklevel=2)
        return None

    def _use(self, root: Path) -> None:
        try:
            (self._own(root) / "lineage").mkdir(parents=True, exist_ok=True)
            replace_file(self._own(root) / "settings.txt", lambda draft: draft.write_text(self.fingerprint, encoding="utf-8"), same=True)
        except OSError as error:
            raise ValueError(f"`weights` is {str(root)!r}, which cannot be written to ({error}); allowed are a folder of yours, None and False") from error
        self.roots = [root, *(other for other in self.roots if other != root)]

    def _own(self, root: Path) -> Path:
        return root / blake2b(self.fingerprint.encode(), digest_size=8).hexdigest()

    def _paths(self, name: str) -> Iterable[Path]:
        self.root  # noqa: B018  # comes into being
        return [path for root in self.roots if (path := self._own(root) / name).exists()]

    def _evict(self, spare: str) -> None:
        if self.limit is None:
            return
        files = sorted((stat.st_mtime_ns, stat.st_size, path) for path in self.folder.glob("*.safetensors") if (stat := _stat(path)) is not None)
        excess = sum(size for _, size, _ in files) - self.limit
        for _, size, path in files:
            if excess <= 0:
                return
            if path.name != spare and _unlink(path):
                excess -= size

    def __getstate__(self) -> dict[str, Any]:
        self.root  # noqa: B018  # before it travels, so that all processes share one
        return self.__dict__.copy()


def _read(path: Path) -> State:
    with safe_open(path, framework="pt") as file:
        about = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
    if about.get("digest") != _digest(tensors):
        raise ValueError("its contents do not have the digest that was noted when they were written")
    return State(tensors, json.loads(about["about"]))


def _digest(tensors: Mapping[str, Tensor]) -> str:
    digest = blake2b(digest_size=16)
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().tobytes())
    return digest.hexdigest()


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:  # gone already, or open elsewhere on Windows
        return False
    return True


def _remove(folder: Path, maker: int) -> None:
    if os.getpid() == maker:  # not in a forked child
        shutil.rmtree(folder, ignore_errors=True)
