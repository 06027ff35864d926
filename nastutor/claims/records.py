"""Records of runs that take too long to be repeated: a line for each seed in a file of `data/`, with the hash of the settings and the machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nastutor.claims.base import Finding
from nastutor.claims.gradients import bootstrapped, fingerprint, machine
from nastutor.claims.needs import Need
from nastutor.comparing import not_worse, wilcoxon
from nastutor.data import data_file

BESIDE = "digits-tiny"  # the table beside which records are told: of its networks and images, or (`Claim.on`) of others


@dataclass(frozen=True)
class Record:
    """What was planned, and what there is of it.

    file      in `data/`
    settings  written down before the first seed is run; lines of other settings are refused
    make      (seed, settings) -> what the line of a seed says
    what      there is a line of, in words
    seeds     those that were planned; claims wait for all of them
    """

    file: str
    settings: Mapping[str, Any]
    make: Callable[[int, Mapping[str, Any]], dict[str, Any]]
    what: str
    seeds: Sequence[int] = range(10)

    def line(self, seed: int, **changes: Any) -> dict[str, Any]:
        """The line of a seed, made now; `changes` of the settings make one that the record refuses. "seconds" are those of the CPU."""
        settings, began = {**self.settings, **changes}, time.process_time()
        made = self.make(seed, settings)
        return {"seed": seed, "settings": fingerprint(settings), **made, "seconds": round(time.process_time() - began, 1), **machine()}

    def lines(self) -> list[dict[str, Any]]:
        """Those that there are, by seed."""
        found = sorted(_lines(self.file), key=lambda line: line["seed"])
        own = fingerprint(self.settings)
        if other := [line["seed"] for line in found if line["settings"] != own]:
            raise ValueError(f"`{self.file}` has lines of other settings, with the seeds {other}; allowed are those of {own}: make them again")
        return found

    def __getitem__(self, name: str) -> np.ndarray:
        """What the lines say of this, (seeds, ...)."""
        return np.array([line[name] for line in self.lines()])

    @property
    def need(self) -> Need:
        """That a claim has it, whole."""
        return Need(f"a whole record of {self.what}, which is told beside {BESIDE} ({len(self.seeds)} seeds)", self._lack)

    def _lack(self, table: Any) -> str:
        if table.path.stem != BESIDE:
            return "there is none"
        there = [line["seed"] for line in self.lines()]
        return "" if there == list(self.seeds) else f"not run yet: it has {len(there)} of {len(self.seeds)} seeds"

    def run(self, seeds: Sequence[str]) -> None:
        """Prints the lines of these seeds, each as soon as it is made."""
        for seed in map(int, seeds):
            print(json.dumps(self.line(seed), separators=(",", ":")), flush=True)


def tested(table: Any, numbers: Any) -> np.ndarray:
    """Test errors (mean over runs) of architectures of a table, which no validation image has steered, by their numbers, in the shape of these."""
    found = {number: table.final(table.archs[number]) for number in np.unique(numbers).tolist()}
    return np.vectorize(found.__getitem__, otypes=[float])(numbers)  # type: ignore[no-any-return]


@cache
def _lines(file: str) -> tuple[dict[str, Any], ...]:
    try:
        text = data_file(file).read_text("utf-8")
    except FileNotFoundError:
        return ()
    return tuple(json.loads(line) for line in text.splitlines())


def paired(mine: np.ndarray, theirs: np.ndarray, seeds: int, first: int, said: str, margin: float = 0.0) -> Finding:
    """That `mine` (S,) is smaller than `theirs`, or larger by less than `margin`: the signed-rank test, one-sided; the interval is that of `bootstrapped`."""
    tested = not_worse(mine, theirs, margin) if margin else wilcoxon(mine, theirs, "less")
    return Finding(bootstrapped(mine - theirs, seeds, first), tested.p, said, 1 / 2 ** len(mine))
