"""The other runner in a race on a table: a strategy that gets as many trials as the student has had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nastutor.core import Finished, Strategy
from nastutor.evaluate import evaluate
from nastutor.history import History
from nastutor.strategies import HillClimbing, RandomSearch, RegularizedEvolution
from nastutor.values import Record

Make = Callable[..., Strategy]  # (space, seed=...) -> a fresh strategy


def evolution(space: Any, *, seed: int = 0) -> RegularizedEvolution:
    """Regularised evolution with a population small enough for the few dozen trials of a race (10, tournaments of 5)."""
    return RegularizedEvolution(space, population=10, sample=5, seed=seed)


RIVALS: dict[str, Make] = {"random search": RandomSearch, "evolution": evolution, "hill climbing": HillClimbing}


def maker(rival: Any) -> tuple[str, Make]:
    """Name and maker of a rival: one of `RIVALS`, or a strategy's class, or a function (space, seed=...) -> strategy."""
    if isinstance(rival, str) and rival in RIVALS:
        return rival, RIVALS[rival]
    if callable(rival) and not isinstance(rival, Strategy):
        return getattr(rival, "__name__", type(rival).__name__), rival
    raise ValueError(f"`rival` is {rival!r}; allowed are {', '.join(map(repr, RIVALS))}, the class of a strategy, or a function (space, seed=...) -> strategy")


class Rival:
    """A strategy at work on a table, one trial after the other; what `nt.search` would find with one worker."""

    def __init__(self, name: str, strategy: Strategy, table: Any) -> None:
        self.name, self.strategy, self.table, self.history = name, strategy, table, History()
        self.ended = False  # a strategy may have nothing more to ask

    def run_to(self, trials: int) -> History:
        """Goes on until it has had as many trials, or has no more to ask for; gives the history so far."""
        while len(self.history) < trials and not self.ended:
            try:
                trial = self.strategy.ask()
            except Finished:
                trial = None
            if trial is None:  # nothing is in flight that it could wait for
                self.ended = True
                break
            (result,) = evaluate(self.table, [trial])
            self.strategy.tell(trial, result)
            self.history.append(Record(trial, result))
        return self.history


def outcomes(mine: History, make: Make, table: Any, seeds: int = 50) -> tuple[int, int, int]:
    """Races won, drawn and lost against so many seeds of a strategy: one race alone is mostly luck."""
    trials, own = len(mine), mine.best().error
    won = drawn = 0
    for seed in range(seeds):
        theirs = Rival("", make(table.space, seed=seed), table).run_to(trials)
        best = min((record.error for record in theirs if record.result.usable), default=float("inf"))
        won, drawn = won + (own < best), drawn + (own == best)
    return won, drawn, seeds - won - drawn
