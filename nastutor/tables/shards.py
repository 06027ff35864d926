"""Shards: the finished chunks of one part of a table, in a small file that is replaced as a whole while the part grows.

A shard can be committed at any moment; a later session, on another machine, goes on from it. It names the settings that it was made
with, and is refused by a table of other ones. Arrays of a part, n networks done, E epochs:
    numbers (n,) int32     which networks
    failed (n,) bool       it diverged; losses are NaN then, and counts 0 from there on
    loss, train_loss (n,) float32
    valid, test (n, E) uint16    images that were wrong after each epoch; test (n, 1) after the last, where the recipe has no test curves
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.estimators.table_file import damaged, read_table, write_table
from nastutor.tables.plan import made
from nastutor.values import Result

PAUSE = 10.0  # seconds between two writes of a growing shard: what a kill can cost, beside the chunks in flight


class Shard:
    """The rows of a table that are there already.

    path      of its file, which may not be there yet
    settings  what the rows are made with; a file of others is refused
    blank     name -> array of all networks, before anything is known
    mix       take up rows that another version of torch has made as well: they are as good, but not the same bit for bit
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], blank: Mapping[str, np.ndarray], *, mix: bool = False) -> None:
        self.path, self.settings, self.arrays, self.mix = path, settings, {name: array.copy() for name, array in blank.items()}, mix
        self.done = np.zeros(len(next(iter(self.arrays.values()))), dtype=bool)
        self.made: dict[str, Any] = {}
        self._written = time.monotonic()
        if path.exists():
            self._take(*read_table(path))

    def put(self, numbers: Iterable[int], rows: Iterable[Mapping[str, Any]]) -> None:
        """Takes up the rows of some networks, and writes the file unless it was written just now."""
        for number, row in zip(numbers, rows, strict=True):
            for name, value in row.items():
                self.arrays[name][number] = value
            self.done[number] = True
        if time.monotonic() - self._written > PAUSE:
            self.write()

    def write(self) -> None:
        """Writes the file, whole or not at all, with what another maker of this part has put there meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self._take(*read_table(self.path))
        numbers = np.flatnonzero(self.done)
        self.made = joined_makers([self.made, made()] if self.made else [made()])
        write_table(self.path, {"numbers": numbers.astype(np.int32), **{name: array[numbers] for name, array in self.arrays.items()}}, self.settings, self.made)
        self._written = time.monotonic()

    def _take(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        for name in sorted({*meta["settings"], *self.settings}):
            held, now = meta["settings"].get(name), self.settings.get(name)
            if held != now:
                raise ValueError(f"the shard {self.path} was made with other settings: `{name}` is {held!r} there and {now!r} now; move it away to train anew")
        self._check(arrays, meta)
        theirs, ours = meta["made"]["versions"]["torch"], made()["versions"]["torch"]
        if not self.mix and any(minor(one) != minor(ours) for one in theirs.split(", ")):
            raise ValueError(
                f"the shard {self.path} was made with torch {theirs}, and here is {ours}: its numbers could not be made again. "
                "Install that version, pass --mix to take both, or move the shard away to train anew"
            )
        numbers, self.made = arrays.pop("numbers"), joined_makers([self.made, meta["made"]] if self.made else [meta["made"]])
        new = ~self.done[numbers]
        for name, array in arrays.items():
            self.arrays[name][numbers[new]] = array[new]
        self.done[numbers] = True

    def _check(self, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
        """Refuses a file whose arrays are not those of a shard."""
        numbers = arrays.get("numbers", np.zeros(0))
        if numbers.ndim != 1 or numbers.dtype.kind != "i" or ((numbers < 0) | (numbers >= len(self.done))).any():
            raise damaged(self.path, f"its `numbers` are none of the {len(self.done)} networks")
        for name, own in self.arrays.items():
            held, shape = arrays.get(name), (len(numbers), *own.shape[1:])
            if held is None or held.dtype != own.dtype or held.shape != shape:
                what = "missing" if held is None else f"{held.dtype} of shape {held.shape}"
                raise damaged(self.path, f"its `{name}` is {what} where {own.dtype} of shape {shape} is needed")
        if not isinstance(meta["made"].get("versions"), dict) or "torch" not in meta["made"]["versions"]:
            raise damaged(self.path, f"its `made` does not say with which versions: {meta['made']!r}")


def minor(version: str) -> list[str]:
    """2.14 of 2.14.1+cpu."""
    return version.split("+")[0].split(".")[:2]


def joined_makers(makers: list[dict[str, Any]]) -> dict[str, Any]:
    """Who made it, of several: the last day, and every machine and version once."""
    versions = {name: _each(maker["versions"][name] for maker in makers) for name in makers[0]["versions"]}
    return {"when": max(maker["when"] for maker in makers), "machine": _each((maker["machine"] for maker in makers), " and "), "versions": versions}


def _each(texts: Iterable[str], between: str = ", ") -> str:
    return between.join(dict.fromkeys(one for text in texts for one in text.split(between)))


def blank(networks: int, budget: int, tested: int | None = None) -> dict[str, np.ndarray]:
    """The arrays of a part before anything is known; `tested` test errors each, default one after each epoch."""
    arrays: dict[str, np.ndarray] = {name: np.full(networks, np.nan, dtype=np.float32) for name in ("loss", "train_loss")}
    curves = {name: np.zeros((networks, looks), dtype=np.uint16) for name, looks in (("valid", budget), ("test", tested or budget))}
    return {"failed": np.ones(networks, dtype=bool), **arrays, **curves}


def row(result: Result, budget: int, images: Mapping[str, int], tested: int | None = None) -> dict[str, Any]:
    """What a shard keeps of one training."""
    found: dict[str, Any] = {"failed": result.status == "failed"}
    found |= {name: result.metrics.get(name, np.nan) for name in ("loss", "train_loss")}
    for name, curve, looks in (("valid", result.curve, budget), ("test", result.info.get("test_curve", ()), tested or budget)):
        counts = np.zeros(looks, dtype=np.uint16)
        counts[: len(curve)] = np.rint(np.multiply(curve, images[name]))
        found[name] = counts
    return found
