"""NSGA-II: the fronts of parents and children together, and of the last that fits those who stand apart (chapters 8 and 17)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from nastutor.core import Strategy
from nastutor.inputs import require, whole
from nastutor.pareto import crowding, ranks
from nastutor.strategies.breeding import check_crossing, crossed, mutated, refuse_the_unchangeable
from nastutor.values import Arch, Result, Trial


class Individual(NamedTuple):
    """An architecture with what it was measured at; `rank` of its front and `crowding` within it are those of the last selection."""

    arch: Arch
    point: tuple[float, ...]
    rank: int = 0
    crowding: float = math.inf


class NSGA2(Strategy):
    """Elitist selection by fronts, then by crowding distance, for several objectives (Deb et al. 2002, section III).

    Parents win binary tournaments: the better front, then the less crowded. As many children as there are parents make a generation; of both
    together the best `population` live on. Of equal architectures the last answer counts, so that no lucky one lives for ever.

    population  how many live on, and how many answers make a generation; the first is random  (paper: 100)
    objectives  metrics of the answers, all minimised; an answer without one of them, or with one that is not finite, is left
    crossover   probability that a child has two parents; None: 0.9, as in the paper, where the space can cross, else 0
    way         of crossing: "uniform" or "one-point"
    mutation    probability that a child of two is mutated as well; a child of one always is, and one that equals a parent

    It never waits: with several trials in flight children that come late compete in the next generation. `front` holds the best so far.
    """

    needs = ("sample", "mutate")
    chapter = 8

    def __init__(
        self,
        space: Any,
        population: int = 100,
        objectives: Sequence[str] = ("error", "params"),
        *,
        crossover: float | None = None,
        way: str = "uniform",
        mutation: float = 0.5,
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        self.size = whole("population", population, least=2)
        self.objectives = checked_objectives(objectives)
        self.wants = tuple(name for name in self.objectives if name != "error")  # type: ignore[misc]  # of this one, not of the class
        crosses = 0.9 * hasattr(space, "crossover" if way == "uniform" else "walk")
        self.crossover = crosses if crossover is None else crossover
        check_crossing(space, self.crossover, way)
        require("mutation", mutation, lambda p: 0 <= p <= 1, "probabilities from 0 to 1")
        refuse_the_unchangeable(space)
        self.way, self.mutation = way, mutation
        self.population: list[Individual] = []
        self.children: list[Individual] = []  # answered since the last selection
        self.generation = 0

    @property
    def front(self) -> list[Individual]:
        """Those of the population that none of it dominates."""
        return [one for one in self.population if one.rank == 0]

    def ask(self) -> Trial:
        if not self.population:
            return Trial(self.space.sample(self.rng))
        one, other = self._winner().arch, self._winner().arch
        child = one
        if two := self.rng.random() < self.crossover:
            child = crossed(self.space, one, other, self.way, self.rng)
        if not two or child in (one, other) or self.rng.random() < self.mutation:
            child = mutated(self.space, child, self.rng)
        return Trial(child)

    def _winner(self) -> Individual:
        """Of a binary tournament, drawn with replacement; ties: the first drawn."""
        return min(self.rng.choices(self.population, k=2), key=lambda one: (one.rank, -one.crowding))

    def tell(self, trial: Trial, result: Result) -> None:
        point = tuple(result.metrics.get(name, math.nan) for name in self.objectives)
        if result.status == "failed" or (arch := self.comparable(trial)) is None or not all(map(math.isfinite, point)):
            return
        self.children.append(Individual(arch, point))
        if len(self.children) == self.size:
            together = {one.arch: one for one in (*self.population, *self.children)}
            self.population, self.children = selected(list(together.values()), self.size), []
            self.generation += 1


def selected(individuals: Sequence[Individual], size: int) -> list[Individual]:
    """The best `size`: front by front, and of the last those with the largest crowding distance; ties keep their order."""
    kept: list[Individual] = []
    fronts = ranks([one.point for one in individuals])
    for rank in range(max(fronts, default=-1) + 1):
        members = [one for one, own in zip(individuals, fronts, strict=True) if own == rank]
        apart = crowding([one.point for one in members]).tolist()
        members = [one._replace(rank=rank, crowding=own) for one, own in zip(members, apart, strict=True)]
        kept += sorted(members, key=lambda one: -one.crowding)[: size - len(kept)]
        if len(kept) == size:
            break
    return kept


def checked_objectives(objectives: Any, least: int = 1) -> tuple[str, ...]:
    """The names of the metrics, each once."""
    require(
        "objectives",
        objectives,
        lambda names: not isinstance(names, str) and len(names) >= least and len({*names}) == len(names) and all(isinstance(n, str) and n for n in names),
        "names of metrics, each once, such as ('error', 'params')",
    )
    return tuple(objectives)
