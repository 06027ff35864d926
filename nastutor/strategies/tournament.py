"""Tournaments in a population that only grows: the search over hierarchical motifs (chapters 3 and 8)."""

from __future__ import annotations

from random import Random
from typing import Any

from nastutor.core import Strategy
from nastutor.inputs import require, whole
from nastutor.strategies.breeding import mutated, refuse_the_unchangeable
from nastutor.strategies.evolution import Member
from nastutor.values import Arch, Result, Trial


class TournamentEvolution(Strategy):
    """The fittest of a random share of all that were ever evaluated has a mutated child; nobody is removed (Liu et al. 2018b, section 3).

    As the tournament is a share of a growing population, so does the pressure grow. It never waits: with several trials in flight a tournament
    is held among the answers that are there, as the paper's controller does. `RandomSearch` and `HierarchicalSpace.flat_twin()` are its twins.

    start      how many begin, each diversified by random mutations                          (paper: 200)
    share      of the population that competes; at least one does: max(1, round(share * n))  (paper: 0.05)
    mutations  by which one that begins is diversified; None: 1,000, as in the paper, where the space has `diversified`, which starts from the trivial
               architecture; elsewhere 0, a random architecture, which is what so many mutations lead to
    """

    needs = ("sample", "mutate")
    chapter = 8

    def __init__(self, space: Any, start: int = 200, share: float = 0.05, mutations: int | None = None, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.start = whole("start", start)
        require("share", share, lambda s: 0 < s <= 1, "numbers above 0 and up to 1 (chapter 8)")
        require("mutations", mutations, lambda n: n is None or whole("mutations", n, least=0) >= 0, "None and whole numbers from 0 (chapter 8)")
        refuse_the_unchangeable(space)
        self.share, self.mutations = share, mutations
        self.asked = 0
        self.population: list[Member] = []  # by birth
        self._begin(Random(0))  # a space without a trivial architecture is refused before the first trial

    def ask(self) -> Trial:
        begins = self.asked < self.start or not self.population
        self.asked += 1
        return Trial(self._begin(self.rng) if begins else mutated(self.space, self._winner().arch, self.rng))

    def _begin(self, rng: Random) -> Arch:
        if hasattr(self.space, "diversified"):
            return self.space.diversified(rng, 1000 if self.mutations is None else self.mutations)  # type: ignore[no-any-return]
        arch = self.space.sample(rng)
        for _ in range(self.mutations or 0):
            arch = mutated(self.space, arch, rng)
        return arch  # type: ignore[no-any-return]

    def _winner(self) -> Member:
        """Of a tournament without replacement; ties: the first drawn."""
        count = max(1, round(self.share * len(self.population)))
        return min(self.rng.sample(self.population, count), key=lambda member: member.error)

    def tell(self, trial: Trial, result: Result) -> None:
        if result.usable and (arch := self.comparable(trial)) is not None:
            self.population.append(Member(result.error, arch, birth=len(self.population)))
