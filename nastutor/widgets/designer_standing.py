"""Where an architecture stands among all that a table holds: its rank, its network, its neighbours. No widgets here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nastutor.evaluate import evaluate
from nastutor.values import Arch, Trial

ASKED = ("archs", "rows", "column", "network", "best", "final")  # of a table


@dataclass(frozen=True)
class Standing:
    """An architecture among A architectures that are N different networks.

    error      validation error; NaN where its training diverged, which ranks behind all others
    rank       from 1, among the N networks; equal errors share the better rank
    tied       how many other networks have exactly this error
    arch_rank  the same among the A architectures
    network    number of the network that it is, from 0
    twins      how many architectures are this network, itself among them
    first      the first of them in the order of enumeration
    metrics    all that the table says without test error
    """

    arch: Arch
    error: float
    rank: int
    tied: int
    networks: int
    arch_rank: int
    archs: int
    network: int
    twins: int
    first: Arch
    metrics: Mapping[str, float]

    @property
    def beats(self) -> float:
        """The share of the other networks that are worse, from 0 to 1."""
        return (self.networks - self.rank - self.tied) / max(1, self.networks - 1)


@dataclass(frozen=True)
class Neighbour:
    """The architecture that another option of one decision would give."""

    decision: str
    option: Any
    arch: Arch
    error: float


class Standings:
    """Answers for every architecture of a table; sorted once, so that each answer takes microseconds."""

    def __init__(self, table: Any) -> None:
        self.table, self.space = table, table.space
        self.archs: list[Arch] = list(table.archs)
        self.error = np.asarray(table.column("error"), dtype=np.float64)  # (A,)
        self.network = np.asarray(table.network)  # (A,)
        numbers, self.first, self.twins = np.unique(self.network, return_index=True, return_counts=True)  # (N,) each; first: a row
        self.place = {int(number): place for place, number in enumerate(numbers)}
        self._around: tuple[Arch, list[Neighbour]] | None = None  # of the architecture that was asked for last
        self.of_archs, self.of_networks = (np.sort(errors[~np.isnan(errors)]) for errors in (self.error, self.error[self.first]))

    def __call__(self, arch: Arch) -> Standing:
        row = self.row(arch)
        error, number = float(self.error[row]), int(self.network[row])
        place = self.place[number]
        rank, tied = self._rank(error, self.of_networks, len(self.first))
        arch_rank, _ = self._rank(error, self.of_archs, len(self.archs))
        first, (answer,) = self.archs[self.first[place]], evaluate(self.table, [Trial(arch)])
        return Standing(arch, error, rank, tied, len(self.first), arch_rank, len(self.archs), number, int(self.twins[place]), first, answer.metrics)

    @staticmethod
    def _rank(error: float, errors: np.ndarray, count: int) -> tuple[int, int]:
        """The rank, and how many others share it; `errors` are sorted and end where the diverged would begin."""
        if math.isnan(error):
            return len(errors) + 1, count - len(errors) - 1
        low, high = np.searchsorted(errors, error, "left"), np.searchsorted(errors, error, "right")
        return int(low) + 1, int(high - low) - 1

    def row(self, arch: Arch) -> int:
        return int(self.table.rows([arch])[0])

    def error_of(self, arch: Arch) -> float:
        return float(self.error[self.row(arch)])

    def neighbours(self, arch: Arch) -> list[Neighbour]:
        """One for each other option of each decision, in `decide`'s order; those that the table does not hold are left out."""
        if self._around is None or self._around[0] != arch:
            self._around = arch, self._neighbours(arch)
        return list(self._around[1])

    def _neighbours(self, arch: Arch) -> list[Neighbour]:
        found = []
        for name, options in decisions(self.space, arch).items():
            for option in options:
                if (type(option), option) != (type(arch[name]), arch[name]):
                    other = changed(self.space, arch, name, option)
                    if self.holds(other):
                        found.append(Neighbour(name, option, other, self.error_of(other)))
        return found

    def again(self, archs: Sequence[Any]) -> int:
        """How many of these are a network that came before among them."""
        return len(archs) - len(np.unique(self.network[self.table.rows(archs)]))

    def holds(self, arch: Arch) -> bool:
        try:
            self.row(arch)
        except ValueError:
            return False
        return True


def decisions(space: Any, arch: Arch) -> dict[str, tuple[Any, ...]]:
    """The decisions that `arch` takes, in order, each with what is allowed there after those before it."""
    taken, found = dict(arch.choices), {}

    def choose(name: str, options: Sequence[Any]) -> Any:
        found[name] = tuple(options)
        return taken[name]

    space.walk(choose)
    return found


def changed(space: Any, arch: Arch, name: str, option: Any) -> Arch:
    """`arch` with another (legal) option of one decision; decisions that appear or are no longer legal take their first option."""
    kept = {**dict(arch.choices), name: option}

    def choose(asked: str, options: Sequence[Any]) -> Any:
        return kept[asked] if asked in kept and kept[asked] in options else options[0]

    return space.walk(choose)  # type: ignore[no-any-return]


def plain_start(space: Any) -> Arch:
    """Where a student begins: `skip` wherever there is one (a cell that works and has nothing to train), else the first option."""
    return space.walk(lambda _, options: "skip" if "skip" in options else options[0])  # type: ignore[no-any-return]


def check_table(table: Any) -> None:
    """Raises where `table` cannot tell what the designer shows."""
    missing = [name for name in ASKED if not (hasattr(type(table), name) or name in getattr(table, "__dict__", ()))]  # properties may be dear
    if missing or not hasattr(table, "space"):
        lack = f"has no {', no '.join(missing or ['space'])}"
        raise TypeError(
            f"`table` is a {type(table).__name__}, which {lack}; the designer ranks every architecture at once, "
            "so it needs an nt.estimators.Table, such as nt.estimators.Table('digits-tiny') (chapter 4)"
        )
