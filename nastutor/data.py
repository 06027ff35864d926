"""Where the tables and records that travel with the package lie: in a wheel and in an editable install alike."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent


def folders() -> tuple[Path, ...]:
    """The places to look, in order: beside the modules (a wheel), beside the package (a checkout, an editable install)."""
    return HERE / "data", HERE.parent / "data"


def data_file(name: str) -> Path:
    """The path of one file of `data/`.

    >>> data_file("README.md").name
    'README.md'
    """
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"`name` must be a file's name inside `data/`, got {name!r}")
    for folder in folders():
        if (folder / name).is_file():
            return folder / name
    there = sorted(path.relative_to(folder).as_posix() for folder in folders() for path in folder.glob("**/*") if path.is_file())
    raise FileNotFoundError(f"`name`: there is no {name!r} in `data/`; there are {', '.join(there) or 'no files at all: install the package again'}")
