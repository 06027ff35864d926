"""Regularised (aging) evolution, the strategy behind AmoebaNet, and its twin without aging (chapter 8)."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from nastutor.core import Strategy
from nastutor.inputs import is_whole, require
from nastutor.strategies.breeding import check_crossing, crossed, mutated, refuse_the_unchangeable
from nastutor.values import Arch, Result, Trial

REMOVALS = ("oldest", "loser", "worst", "random")


@dataclass(eq=False)
class Member:
    """One that has lived: `birth` counts the members before it, `death` those before the one that replaced it (None: alive).

    parent  the birth of its parent, of two that of the first; None: drawn at random, or not asked for
    """

    error: float
    arch: Arch
    birth: int
    death: int | None = None
    parent: int | None = None


class RegularizedEvolution(Strategy):
    """Tournament selection with removal of the oldest (Real et al. 2019, Algorithm 1). Age counts from the answer, not from the question.

    population  P, how many architectures live at once; until P answers are in, asks are random
    sample      S, how many of them, drawn with replacement (as in the authors' notebook), compete to be a parent
    aging       False removes the worst of the parent's tournament instead of the oldest: the ablation
    remove      whom instead: "oldest", "loser" (the worst of the tournament), "worst" (of the whole population), "random"; None: as `aging` says
    crossover   probability that a child has two parents, each the winner of a tournament, before it is mutated (the paper: 0)
    way         of crossing: "uniform", each decision by a coin, or "one-point"
    identity    probability that a child is its parent measured again, as the next `repeat` of this network (the paper: 0.05); a
                Table(seed="repeat") has as many repeats as it has runs, and the trials beyond fail

    Keep P well below the number of trials: a search of up to P trials is random search, and the strategy cannot know how many are to come.
    """

    needs = ("sample", "mutate")
    chapter = 8
    later = {"remove": None, "crossover": 0.0, "way": "uniform"}

    def __init__(
        self,
        space: Any,
        population: int = 100,
        sample: int = 25,
        *,
        aging: bool = True,
        identity: float = 0.0,
        remove: str | None = None,
        crossover: float = 0.0,
        way: str = "uniform",
        seed: int = 0,
    ) -> None:
        super().__init__(space, seed=seed)
        require("population", population, lambda n: is_whole(n, 2), "whole numbers from 2 (chapter 8)")
        require("sample", sample, lambda n: is_whole(n, 1) and n <= population, f"whole numbers from 1 to the `population` of {population} (chapter 8)")
        require("identity", identity, lambda p: 0 <= p <= 1, "probabilities from 0 to 1")
        if type(aging) is not bool:
            raise ValueError(f"`aging` is {aging!r}; allowed are True and False (chapter 8)")
        if remove not in (None, *REMOVALS) or (remove is not None and not aging):
            raise ValueError(
                f"`remove` is {remove!r} and `aging` {aging}; allowed are None, and with `aging` as it is by default {', '.join(REMOVALS)} (chapter 8)"
            )
        check_crossing(space, crossover, way)
        refuse_the_unchangeable(space)
        if sample == 1:
            warnings.warn("`sample` is 1: any member becomes a parent, whatever its error (drift); selection begins at 2", stacklevel=2)
        self.size, self.sample, self.identity = population, sample, identity
        self.remove = remove or ("oldest" if aging else "loser")
        self.crossover, self.way = crossover, way
        self.population: list[Member] = []  # the oldest first
        self.lives: list[Member] = []  # everyone who ever lived, by birth
        self.copies: Counter[Arch] = Counter()  # by the canonical form, where the space has one
        self.parents: dict[Trial, list[int]] = {}  # of the trials in flight, by birth
        self.tournaments: dict[str, list[list[Member]]] = {}  # of the trials in flight, where a loser will be needed; one may be out twice

    def ask(self) -> Trial:
        if len(self.population) < self.size:
            return Trial(self.space.sample(self.rng))
        tournament, parent = self._tournament()
        if self.identity and self.rng.random() < self.identity:
            trial = self._again(parent.arch)
        else:
            trial = Trial(mutated(self.space, self._crossed(parent.arch), self.rng))
        self.parents.setdefault(trial, []).append(parent.birth)
        if self.remove == "loser":
            self.tournaments.setdefault(trial.key, []).append(tournament)
        return trial

    def _tournament(self) -> tuple[list[Member], Member]:
        """Who competes, and who wins; ties: the first drawn."""
        tournament = self.rng.choices(self.population, k=self.sample)
        return tournament, min(tournament, key=attrgetter("error"))

    def _crossed(self, arch: Arch) -> Arch:
        """With the winner of another tournament, now and then."""
        if not self.crossover or self.rng.random() >= self.crossover:
            return arch
        return crossed(self.space, arch, self._tournament()[1].arch, self.way, self.rng)

    def _again(self, arch: Arch) -> Trial:
        network = self.space.canonical(arch) if hasattr(self.space, "canonical") else arch
        self.copies[network] += 1
        return Trial(arch, repeat=self.copies[network])

    def tell(self, trial: Trial, result: Result) -> None:
        tournament, parent = self._tournament_of(trial) if self.remove == "loser" else [], self._parent_of(trial)
        if not result.usable or (arch := self.comparable(trial)) is None:
            return
        child = Member(result.error, arch, birth=len(self.lives), parent=parent)
        if len(self.population) == self.size:
            self._remove(self._leaving(tournament), child.birth)
        self.population.append(child)
        self.lives.append(child)

    def _parent_of(self, trial: Trial) -> int | None:
        """Of the one asked first, where the trial is out twice."""
        births = self.parents.pop(trial, [])
        if len(births) > 1:
            self.parents[trial] = births[1:]
        return births[0] if births else None

    def _leaving(self, tournament: list[Member]) -> Member:
        if self.remove == "oldest":
            return self.population[0]
        if self.remove == "random":
            return self.rng.choice(self.population)
        return self._worst(tournament) if self.remove == "loser" else max(self.population, key=lambda member: member.error)

    def _tournament_of(self, trial: Trial) -> list[Member]:
        """Where the parent of this trial won, of the one asked first where it is out twice; empty for a stranger, and with aging."""
        waiting = self.tournaments.get(trial.key, [])
        tournament = waiting.pop(0) if waiting else []
        if not waiting:
            self.tournaments.pop(trial.key, None)
        return tournament

    def _worst(self, tournament: list[Member]) -> Member:
        """The worst of the tournament; of a new one where the answers in between have removed them all."""
        alive = [member for member in tournament if member.death is None] or self.rng.choices(self.population, k=self.sample)
        return max(alive, key=lambda member: member.error)

    def _remove(self, member: Member, death: int) -> None:
        member.death = death
        self.population.remove(member)
