"""Where the tables and records that travel with the package lie: in a wheel and in an editable install alike."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """`data/` beside the modules (a wheel), else beside the package (a checkout, an editable install)."""
    here = Path(__file__).resolve().parent
    return here / "data" if (here / "data").is_dir() else here.parent / "data"


def data_file(name: str) -> Path:
    """The path of one file of `data/`.

    >>> data_file("README.md").name
    'README.md'
    """
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"`name` must be the name of a file inside `data/`, got {name!r}")
    path = folder() / name
    if not path.is_file():
        there = sorted(other.relative_to(folder()).as_posix() for other in folder().glob("**/*") if other.is_file())
        raise FileNotFoundError(f"`name`: there is no {name!r} in `data/`; there are {', '.join(there) or 'no files at all: install the package again'}")
    return path
