"""The one folder of downloaded data sets: `nt.tasks.cache`."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from nastutor.files import replace_file

# the only files that are ever written, counted or removed
ARCHIVES = {
    **dict.fromkeys(
        ("mnist", "fashion_mnist"), ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
    ),
    "cifar10": ("cifar-10-python.tar.gz",),
    "cifar100": ("cifar-100-python.tar.gz",),
}


class Cache:
    """Where downloads lie: NASTUTOR_CACHE if it is set, else the usual folder for this of the user."""

    @property
    def folder(self) -> Path:
        own = os.environ.get("NASTUTOR_CACHE")
        return Path(own).expanduser() if own else _users_cache() / "nastutor"

    def files(self) -> Iterator[Path]:
        """The archives that are there, and what is left of downloads that were cut off."""
        for task, names in ARCHIVES.items():
            for name in names:
                yield from sorted((self.folder / task).glob(f"{name}*"))

    def size(self) -> int:
        """In bytes."""
        return sum(file.stat().st_size for file in self.files())

    def empty(self) -> None:
        """Removes the archives, and no other file that may lie there."""
        for file in list(self.files()):
            file.unlink()
        for folder in (*(self.folder / task for task in ARCHIVES), self.folder):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def __repr__(self) -> str:
        return f"nt.tasks.cache: {self.size() / 1e6:,.1f} MB in {self.folder}; nt.tasks.cache.empty() removes it"


cache = Cache()


def archive(task: str, name: str, urls: tuple[str, ...], md5: str) -> Path:
    """The path of an archive in the cache with this checksum; downloaded if it is not there, or damaged."""
    path = cache.folder / task / name
    if path.is_file() and _md5(path) == md5:
        return path
    reasons = []
    for url in urls:
        try:
            return _download(url, path, md5)
        except (OSError, HTTPException) as error:
            reasons.append(f"{url}: {error}")
    state = "is damaged" if path.is_file() else "is not there"
    raise ConnectionError(
        f"`{task}` needs {path}, which {state}, and it could not be downloaded ({'; '.join(reasons)}). Without a network, put the file there, "
        f"or set NASTUTOR_CACHE to a folder that has it; `nt.tasks.digits()` needs no download (chapter 0)"
    )


def _download(url: str, path: Path, md5: str) -> Path:
    """Whole or not at all, and two processes may do it at once: it appears under its name when it is complete and right."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def fetch(draft: Path) -> None:
        with urllib.request.urlopen(url, timeout=30) as source, draft.open("wb") as target:
            print(f"downloading {url} ({int(source.headers.get('Content-Length') or 0) / 1e6:.0f} MB) to {path.parent}", file=sys.stderr)
            shutil.copyfileobj(source, target, 1 << 20)
        if (found := _md5(draft)) != md5:
            raise OSError(f"what came has the checksum {found}, expected was {md5}")

    replace_file(path, fetch, same=True)
    return path


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _users_cache() -> Path:
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
