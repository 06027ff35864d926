"""The contract of a search; `values.py` holds what passes between the parts, `history.py` what is left in the end.

Space -- ask --> Trial(arch, budget, ...) --> Estimator --> Result(metrics, curve, cost, ...) -- tell --> Strategy
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable, Iterator
from typing import Any, ClassVar

from nastutor.describe import Described
from nastutor.history import History
from nastutor.rng import python_rng
from nastutor.values import Arch, Edit, Mixture, Record, Result, Trial, Value

__all__ = ["Arch", "Edit", "Finished", "History", "Mixture", "Record", "Result", "Staged", "Strategy", "Trial", "Value"]


class Finished(Exception):
    """Raised by `ask`: there is nothing more to ask."""


class Strategy(Described):
    """What to try next. Subclasses implement `ask` and `tell`, draw from `self.rng`, and keep all their state in self.

    needs  what the space must offer (names of its methods), checked here
    wants  what the estimator must give (metrics, `grad`, `curve`, `budget`, `warm_start`), checked by `search`
    budgets  those that its trials name, where it knows them beforehand; `search` compares them with what the estimator answers
    chapter  that tells of it, which refusals name
    snapshots  how many tells lie between two snapshots of its state in a journal; None = going on replays every ask and tell.
               Worth it where telling is slow; such a strategy has `state_dict()`, plain data, and `load_state_dict(state)`.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    wants: ClassVar[tuple[str, ...]] = ()
    chapter: ClassVar[int | None] = None
    snapshots: ClassVar[int | None] = None
    budgets: tuple[int, ...] = ()

    def __init__(self, space: Any, *, seed: int = 0) -> None:
        for name in self.needs:
            if not hasattr(space, name):
                raise TypeError(f"`{type(self).__name__}` needs a space with {name}(), which {type(space).__name__} does not have{told_in(self)}")
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"`seed` must be an int, got {seed!r}")
        self.space, self.seed = space, seed
        self.rng: random.Random = python_rng(seed, type(self).__name__)

    def ask(self) -> Trial | None:
        """The next trial. None means "tell me more first" and changes nothing; raises `Finished` at the end."""
        raise TypeError(f"{type(self).__name__} does not say what to try: define ask")

    def tell(self, trial: Trial, result: Result) -> None:
        """Learns an answer, in whatever order they arrive, and also one it did not ask for.

        `result.usable` says whether there is an error to learn from: that of a training stopped early is, a failed one has none. Answers at
        other budgets than those of its own trials are of another kind, and all of the package's leave them: see `comparable`.
        """

    def comparable(self, trial: Trial) -> Arch | None:
        """The architecture, where an answer to this trial can stand beside those to its own; None of a mixture, or at a budget that it does not ask for.

        A short training makes every network bad: what is told of one says nothing beside what others have reached in a long one.
        """
        return trial.arch if isinstance(trial.arch, Arch) and trial.budget in (self.budgets or (None,)) else None

    def eligible(self, history: History) -> History:
        """The records among which the best is: all, but where some trials only train and others judge. Boards and `recommend` ask for it."""
        return history

    def recommend(self, history: History) -> Arch:
        """The architecture to use in the end: the best of those that are eligible."""
        return self.eligible(history).best().trial.arch  # type: ignore[return-value]


def told_in(strategy: Any) -> str:
    """The end of a refusal: the chapter of a strategy that has one."""
    chapter = getattr(strategy, "chapter", None)
    return f" (chapter {chapter})" if chapter is not None else ""


class Staged(Strategy):
    """A strategy that is easier to write from top to bottom: `plan` yields trials, and None while it waits.

    >>> class Halving(Staged):
    ...     def plan(self):
    ...         results = yield from self.stage([Trial(self.space.sample(self.rng)) for _ in range(8)])
    """

    def __init__(self, space: Any, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.told: dict[str, Result] = {}
        self._plan: Iterator[Trial | None] | None = None

    def plan(self) -> Iterator[Trial | None]:
        raise TypeError(f"{type(self).__name__} does not say what to try: define plan")

    def stage(self, trials: Iterable[Trial]) -> Generator[Trial | None, None, list[Result]]:
        """`results = yield from self.stage(trials)`: asks for all of them and waits until each is told."""
        trials = list(trials)
        yield from trials
        while not all(trial.key in self.told for trial in trials):
            yield None
        return [self.told[trial.key] for trial in trials]

    def ask(self) -> Trial | None:
        if self._plan is None:
            self._plan = self.plan()
        for trial in self._plan:
            return trial
        raise Finished

    def tell(self, trial: Trial, result: Result) -> None:
        self.told[trial.key] = result
