"""A record of searches: a line of JSON for each search, table and seed, so that a making of hours goes on where it was cut."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import nastutor as nt

AT = (100, 300)  # trials after which regrets are told
Line = dict[str, Any]


@dataclass(frozen=True)
class Search:
    """One side of a comparison.

    make      (space, seed) -> a strategy
    settings  how it is called and what it is given, as the record says it
    versions  package -> version, of those that decide what it does
    trials    how many at most
    seeds     how many a whole record holds
    """

    make: Callable[..., Any]
    settings: str
    versions: Mapping[str, str] = field(default_factory=dict)
    trials: int = max(AT)
    seeds: int = 50


@cache
def table_of(name: str) -> Any:
    return nt.estimators.Table(name)


def regrets(history: Any, table: Any) -> dict[str, float]:
    """Trials -> validation error of the incumbent above the smallest of the table; a search that ended early keeps its last."""
    curve = nt.comparing.regret([history], table)[0]
    return {str(at): round(float(curve[min(at, len(curve)) - 1]), 7) for at in AT}


def made(name: str, search: Search, table: str, seed: int) -> Line:
    """The line of a search, run now. Seconds are those of the process for a trial, its look-up included; 100 trials have no regret after 300."""
    known = table_of(table)
    strategy = search.make(known.space, seed=seed)
    began = time.process_time()
    history = nt.search(strategy, known, trials=search.trials, progress=False)
    seconds = (time.process_time() - began) / len(history)
    told = {at: value for at, value in regrets(history, known).items() if int(at) <= search.trials}
    networks = len({known.space.canonical(record.trial.arch) for record in history})
    what: Line = {"table": table, "search": name, "seed": seed, "regrets": told, "trials": len(history), "networks": networks}
    used = {"python": platform.python_version(), "numpy": np.__version__, **search.versions}
    return what | {"seconds": float(f"{seconds:.3g}"), "settings": search.settings, "versions": used}


def read(path: Path) -> list[Line]:
    """The lines that there are; one that a kill cut short is not there, and the next is written in its place."""
    if not path.is_file():
        return []
    text = path.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def trim(path: Path) -> None:
    """Without what a kill has left of a line."""
    if path.is_file() and not (text := path.read_bytes()).endswith(b"\n"):
        path.write_bytes(text[: text.rfind(b"\n") + 1])


def write(path: Path, line: Line) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    trim(path)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


def lacking(path: Path, searches: Mapping[str, Search], table: str, seeds: Iterable[int]) -> list[tuple[str, int]]:
    """(search, seed) that a record lacks, seed by seed: what is there at any moment is nearly as much of each.

    Lines of other settings or versions are refused: a record that mixes them compares nothing.
    """
    there = set()
    for line in read(path):
        search = searches.get(line["search"])
        if search is None or line["table"] != table:
            continue
        wanted = {"settings": search.settings, "versions": line["versions"] | dict(search.versions)}
        if wrong := [f"{key} {line[key]}, here {value}" for key, value in wanted.items() if line[key] != value]:
            raise ValueError(f"`{path.name}` has {line['search']} with {'; '.join(wrong)}: take out its lines, or begin another record")
        there.add((line["search"], line["seed"]))
    return [(name, seed) for seed in seeds for name, search in searches.items() if (name, seed) not in there]


def told(lines: Iterable[Line], table: str, at: int, seeds: range) -> dict[str, dict[int, float]]:
    """Search -> seed -> regret after so many trials, of these seeds."""
    found: dict[str, dict[int, float]] = {}
    for line in lines:
        if line["table"] == table and str(at) in line["regrets"] and line["seed"] in seeds:
            found.setdefault(line["search"], {})[line["seed"]] = line["regrets"][str(at)]
    return found
