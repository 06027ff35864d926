"""LEMONADE: a Pareto archive whose thin places breed, and cheap objectives that decide which children are worth a training (chapters 8 and 17)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

from nastutor.core import Staged
from nastutor.inputs import require, whole
from nastutor.pareto import front
from nastutor.strategies.breeding import mutated, refuse_the_unchangeable
from nastutor.strategies.nsga2 import checked_objectives
from nastutor.strategies.thinness import rarities, without_replacement
from nastutor.values import Arch, Result, Trial

COUNTS = ("params", "mult_adds", "depth")
DENSITIES = ("population", "children", None)


class Counted:
    """The cheap objectives that every network has: counted on its graph, without building it.

    space   whose `graph` makes networks
    task    whose images they take; None: 1x8x8 in 10 classes, as of `tasks.digits()`
    counts  some of params, mult_adds, depth
    """

    def __init__(self, space: Any, task: Any = None, counts: Sequence[str] = ("params",)) -> None:
        require(
            "counts", counts, lambda names: not isinstance(names, str) and len(names) and all(name in COUNTS for name in names), f"some of {', '.join(COUNTS)}"
        )
        if not hasattr(space, "graph"):
            raise TypeError(
                f"`cheap` is to be counted, which needs a space with graph(), which {type(space).__name__} does not have: give a function of an Arch"
            )
        self.space, self.counts = space, tuple(counts)
        self.task = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10) if task is None else task

    @property
    def fingerprint(self) -> str:
        return f"Counted({self.space.fingerprint}, {self.task.shape}, {self.task.classes}, {self.counts})"

    def __call__(self, arch: Arch) -> dict[str, float]:
        graph = self.space.graph(arch, self.task)
        counts = graph.counts()
        return {name: float(graph.depth() if name == "depth" else getattr(counts, name)) for name in self.counts}


class Kept(NamedTuple):
    """A member of the archive: what was measured, and what costs nothing."""

    arch: Arch
    measured: tuple[float, ...]
    cheap: tuple[float, ...]

    @property
    def point(self) -> tuple[float, ...]:
        return self.measured + self.cheap


class LEMONADE(Staged):
    """Multi-objective evolution with cheap and expensive objectives (Elsken et al. 2019, section 4, Algorithm 1): the half without inherited weights.

    In each generation a density is fitted to the cheap objectives of the archive. Parents are drawn in inverse proportion to it, and make
    `children`. Of these `accepted` are drawn, each once, in inverse proportion as well, and only they are evaluated. What no other dominates
    in all objectives, of archive and newcomers together, is the next archive; of equal points the first. Children are trained afresh: that
    they start from their parents' weights comes with the edits that carry them.

    cheap       Arch -> number, numbers or name -> number, at least one, minimised, from 0; None: `Counted(space)`, its parameters
    objectives  metrics of the answers, which cost a training
    start       how many begin: `start()` of an open-ended space, and random ones       (the paper: some small networks)
    children    made in a generation     (paper n_pc: 200, of cells 100)
    accepted    how many are evaluated   (paper n_ac: 64); as many as `children`: the second stage is off
    density     of the second stage: that of the "population" or of the "children". None: the ablation, parents and children are drawn uniformly
    log         whether densities are of the logarithms log(1 + x), as sizes spread over orders of magnitude

    With several trials in flight a generation waits for all of its answers. `archive` is the front so far, `made` how many children there were
    and `asked` how many of them were evaluated. An answer without an objective, or with one that is not finite, is left.
    """

    needs = ("sample", "mutate")
    chapter = 8

    def __init__(
        self,
        space: Any,
        cheap: Callable[[Arch], Any] | None = None,
        objectives: Sequence[str] = ("error",),
        *,
        start: int = 5,
        children: int = 20,
        accepted: int = 4,
        density: str | None = "population",
        log: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        self.objectives = checked_objectives(objectives)
        self.wants = tuple(name for name in self.objectives if name != "error")  # type: ignore[misc]  # of this one, not of the class
        self.start, self.children = whole("start", start), whole("children", children)
        require("accepted", accepted, lambda n: whole("n", n) <= children, f"whole numbers from 1 to the `children`, {children} (chapter 8)")
        if density not in DENSITIES:
            raise ValueError(f"`density` is {density!r}; allowed are 'population', 'children' and None (chapter 8)")
        if type(log) is not bool:
            raise ValueError(f"`log` is {log!r}; allowed are True and False (chapter 8)")
        if cheap is not None and not callable(cheap):
            raise TypeError(f"`cheap` is {cheap!r}; allowed are None and functions of an Arch (chapter 8)")
        refuse_the_unchangeable(space)
        self.accepted, self.density, self.log = accepted, density, log
        self.cheap = Counted(space) if cheap is None else cheap
        self._known: dict[Arch, tuple[float, ...]] = {}
        self.costs(space.sample(Random(0)))  # refuses what gives no numbers before the first trial
        self.archive: list[Kept] = []
        self.fresh: list[Kept] = []  # answered since the last update
        self.made = self.asked = 0

    def costs(self, arch: Arch) -> tuple[float, ...]:
        """The cheap objectives of an architecture."""
        if arch not in self._known:
            told = self.cheap(arch)
            values = tuple(told.values() if isinstance(told, Mapping) else told if isinstance(told, (tuple, list)) else (told,))
            if not values or not all(_fit(value) for value in values):
                raise ValueError(f"`cheap` gives {told!r} for {arch}; allowed are finite numbers from 0, at least one (chapter 8)")
            self._known[arch] = tuple(map(float, values))
        return self._known[arch]

    def plan(self) -> Iterator[Trial | None]:
        begin = [self.space.start()] if hasattr(self.space, "edits") else []
        begin += [self.space.sample(self.rng) for _ in range(self.start - len(begin))]
        while True:
            yield from self.stage([Trial(arch) for arch in begin])
            self._update()
            begin = self._accepted(self._offspring()) or [self.space.sample(self.rng) for _ in range(self.accepted)]

    def tell(self, trial: Trial, result: Result) -> None:
        super().tell(trial, result)
        measured = tuple(result.metrics.get(name, math.nan) for name in self.objectives)
        if result.status != "failed" and (arch := self.comparable(trial)) is not None and all(map(math.isfinite, measured)):
            self.fresh.append(Kept(arch, measured, self.costs(arch)))

    def _update(self) -> None:
        """The front of the archive and of all that was told since, strangers too."""
        together = [*self.archive, *self.fresh]
        self.archive, self.fresh = [together[number] for number in front([one.point for one in together])], []

    def _offspring(self) -> list[Arch]:
        """Children of parents drawn with replacement; none of a parent in which nothing can be changed."""
        if not self.archive:
            return []
        found = []
        weights = self.weights([one.cheap for one in self.archive], [one.cheap for one in self.archive])
        for parent in self.rng.choices(self.archive, weights, k=self.children):
            try:
                found.append(mutated(self.space, parent.arch, self.rng))
            except ValueError:
                continue
        self.made += len(found)
        return found

    def _accepted(self, children: list[Arch]) -> list[Arch]:
        """Those that are evaluated, each of the children once."""
        costs = [self.costs(child) for child in children]
        fitted = costs if self.density == "children" else [one.cheap for one in self.archive]
        chosen = without_replacement(self.weights(costs, fitted), self.accepted, self.rng)
        self.asked += len(chosen)
        return [children[number] for number in chosen]

    def weights(self, points: Sequence[Sequence[float]], fitted: Sequence[Sequence[float]]) -> list[float]:
        """By which `points` are drawn: in inverse proportion to the density of `fitted`, the largest 1."""
        return [1.0] * len(points) if self.density is None else rarities(points, fitted, self.log)


def _fit(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
