"""Regularised (aging) evolution, the strategy behind AmoebaNet, and its twin without aging (chapter 8)."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

from nastutor.core import Strategy
from nastutor.inputs import is_whole, require
from nastutor.values import Arch, Result, Trial


@dataclass(eq=False)
class Member:
    """One that has lived: `birth` counts the members before it, `death` those before the one that replaced it (None: alive)."""

    error: float
    arch: Arch
    birth: int
    death: int | None = None


class RegularizedEvolution(Strategy):
    """Tournament selection with removal of the oldest (Real et al. 2019, Algorithm 1). Age counts from the answer, not from the question.

    population  P, how many architectures live at once; until P answers are in, asks are random
    sample      S, how many of them, drawn with replacement (as in the authors' notebook), compete to be a parent
    aging       False removes the worst of the parent's tournament instead of the oldest: the ablation
    identity    probability that a child is its parent measured again, as the next `repeat` (the paper: 0.05)
    """

    needs = ("sample", "mutate")

    def __init__(self, space: Any, population: int = 100, sample: int = 25, *, aging: bool = True, identity: float = 0.0, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        require("population", population, lambda n: is_whole(n, 2), "whole numbers from 2 (chapter 8)")
        require("sample", sample, lambda n: is_whole(n, 1) and n <= population, f"whole numbers from 1 to the `population` of {population} (chapter 8)")
        require("identity", identity, lambda p: 0 <= p <= 1, "probabilities from 0 to 1")
        if sample == 1:
            warnings.warn("`sample` is 1: any member becomes a parent, whatever its error (drift); selection begins at 2", stacklevel=2)
        self.size, self.sample, self.aging, self.identity = population, sample, aging, identity
        self.population: list[Member] = []  # the oldest first
        self.lives: list[Member] = []  # everyone who ever lived, by birth
        self.copies: Counter[Arch] = Counter()
        self.tournaments: dict[str, list[Member]] = {}  # of the trials in flight, where the loser will be needed

    def ask(self) -> Trial:
        if len(self.population) < self.size:
            return Trial(self.space.sample(self.rng))
        tournament = self.rng.choices(self.population, k=self.sample)
        parent = min(tournament, key=lambda member: member.error)  # ties: the first drawn
        if self.identity and self.rng.random() < self.identity:
            self.copies[parent.arch] += 1
            trial = Trial(parent.arch, repeat=self.copies[parent.arch])
        else:
            trial = Trial(self.space.mutate(parent.arch, self.rng))
        if not self.aging:
            self.tournaments[trial.key] = tournament
        return trial

    def tell(self, trial: Trial, result: Result) -> None:
        tournament = [] if self.aging else self.tournaments.pop(trial.key, [])
        if result.status != "ok" or not math.isfinite(result.error) or not isinstance(trial.arch, Arch):
            return
        child = Member(result.error, trial.arch, birth=len(self.lives))
        if len(self.population) == self.size:
            self._remove(self.population[0] if self.aging else self._worst(tournament), child.birth)
        self.population.append(child)
        self.lives.append(child)

    def _worst(self, tournament: list[Member]) -> Member:
        """The worst of the tournament; of a new one where the answers in between have removed them all."""
        alive = [member for member in tournament if member.death is None] or self.rng.choices(self.population, k=self.sample)
        return max(alive, key=lambda member: member.error)

    def _remove(self, member: Member, death: int) -> None:
        member.death = death
        self.population.remove(member)
