"""Records of runs that take too long to be repeated: a line for each seed in a file of `data/`, with the hash of the settings and the machine."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from nastutor.claims.base import Claim, Finding
from nastutor.claims.needs import ARCHITECTURES, Need
from nastutor.comparing import not_worse, wilcoxon
from nastutor.comparing.intervals import Interval
from nastutor.data import data_file
from nastutor.rng import numpy_rng

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
        found = sorted(lines_of(self.file), key=lambda line: line["seed"])
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

    def claim(self, key: str, paper: str, statement: str, test: str, effect: str, find: Callable[[Any, int, int], Finding], *, on: str = "") -> Claim:
        """A `Claim` that this record decides."""
        return Claim(key, paper, statement, test, effect, find, (ARCHITECTURES, self.need), len(self.seeds), on)

    def run(self, seeds: Sequence[str]) -> None:
        """Prints the lines of these seeds, each as soon as it is made."""
        for seed in map(int, seeds):
            print(json.dumps(self.line(seed), separators=(",", ":")), flush=True)


def tested(table: Any, numbers: Any) -> np.ndarray:
    """Test errors (mean over runs) of architectures of a table, which no validation image has steered, by their numbers, in the shape of these."""
    found = {number: table.final(table.archs[number]) for number in np.unique(numbers).tolist()}
    return np.vectorize(found.__getitem__, otypes=[float])(numbers)  # type: ignore[no-any-return]


def fingerprint(settings: Mapping[str, Any]) -> str:
    return blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=8).hexdigest()


def machine() -> dict[str, str]:
    import torch

    return {"torch": torch.__version__, "machine": f"{platform.machine()}, {platform.system()}, one thread"}


@cache
def lines_of(file: str) -> tuple[dict[str, Any], ...]:
    """All lines of a record in `data/`; none where there is no such file."""
    try:
        text = data_file(file).read_text("utf-8")
    except FileNotFoundError:
        return ()
    return tuple(json.loads(line) for line in text.splitlines())


def paired(mine: np.ndarray, theirs: np.ndarray, seeds: int, first: int, said: str, margin: float = 0.0) -> Finding:
    """That `mine` (S,) is smaller than `theirs`, or larger by less than `margin`: the signed-rank test, one-sided; the interval is that of `bootstrapped`."""
    tested = not_worse(mine, theirs, margin) if margin else wilcoxon(mine, theirs, "less")
    return Finding(bootstrapped(mine - theirs, seeds, first), tested.p, said, 1 / 2 ** len(mine))


def bootstrapped(differences: np.ndarray, seeds: int, first: int) -> Interval:
    """The mean of (S,) with a 95 % interval, from 20 resamples for each of `seeds`."""
    rng, mean = numpy_rng(first, "gradients"), float(differences.mean())
    drawn = rng.choice(differences, (20 * seeds, len(differences))).mean(1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(mean, min(mean, float(low)), max(mean, float(high)))
