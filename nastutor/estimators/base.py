"""`Estimator`: what every answer to a trial has in common, whether it is trained for, looked up or predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from nastutor.describe import Described
from nastutor.values import Arch, Mixture, Result, Trial


class Estimator(Described):
    """Answers trials. Subclasses define `__call__`; called directly, an estimator raises on bad input.

    >>> class Depth(Estimator):
    ...     def __call__(self, trial):
    ...         return Result({"error": 1 / self.effective(trial).arch["depth"]}, cost=1.0)

    space   the one whose architectures it takes; `search` refuses another
    needs   what that must offer (names of its methods), checked here: name -> the chapter that says what it is
    gives   what a strategy may want: names of metrics, `curve`, `budget`, `warm_start`, `grad`
    unit, paid_in  of the budget, and of the cost: epochs of the full task, but for what trains nothing by epochs
    budgets  the only ones that it answers; None: every whole number from `least_budget`, up to a largest one perhaps
    least_budget  1, or 0 where it also judges without training
    """

    needs: ClassVar[Mapping[str, int]] = {}
    gives: tuple[str, ...] = ("error",)
    unit: str = "epochs"
    paid_in: str = "epochs"
    default_budget: int | None = None
    budgets: tuple[int, ...] | None = None
    least_budget: int = 1

    def __init__(self, space: Any) -> None:
        for name, chapter in self.needs.items():
            if not hasattr(space, name):
                raise TypeError(f"`{type(self).__name__}` needs a space with {name}(), which {type(space).__name__} does not have (chapter {chapter})")
        self.space = space

    @property
    def weights(self) -> Path | None:
        """The folder in which trained weights lie; None where none are kept."""
        return None

    def store_beside(self, journal: Path) -> None:
        """Called by a search with the path of its journal before the first trial; what keeps weights puts them there."""

    def __call__(self, trial: Trial) -> Result:
        raise TypeError(f"{type(self).__name__} does not say what an architecture is worth: define __call__(self, trial)")

    def many(self, trials: Iterable[Trial]) -> list[Result]:
        """The answers to trials that were asked for together; here one after the other."""
        return [self(trial) for trial in trials]

    def final(self, arch: Arch) -> float:
        """The test error of `arch`: to be asked for once, after the search, and never inside it."""
        raise TypeError(f"{type(self).__name__} knows no test error")

    def effective(self, trial: Trial) -> Trial:
        """What is really evaluated: the canonical architecture, at a budget that is a number.

        Trials with the same effective trial get the same `error`, `loss` and `curve`, from any strategy, in any order. The architectures
        of a space without `decide` (an open-ended one) are taken as they are asked for.
        """
        arch = self.checked(trial.arch)
        return replace(trial, arch=self.space.canonical(arch) if hasattr(self.space, "decide") else arch, budget=self.budget_of(trial))

    def budget_of(self, trial: Trial) -> int | None:
        """What a trial may spend: its own budget, or the default."""
        if trial.budget is not None and trial.budget < self.least_budget:
            raise ValueError(f"`budget` is {trial.budget}; allowed are whole numbers from {self.least_budget}")
        return self.default_budget if trial.budget is None else trial.budget

    def checked(self, arch: Arch | Mixture) -> Arch:
        """`arch`, if it is an architecture of this estimator's space."""
        if isinstance(arch, Mixture):
            raise TypeError(f"`arch` is a Mixture, and {type(self).__name__} evaluates one Arch at a time (chapter 13: supernets answer to mixtures)")
        self.space.validate(arch)
        return arch

    def own_metrics(self, arch: Arch) -> dict[str, float]:
        """The metrics that belong to the architecture that was asked for and not to its class, such as `params`."""
        return {}

    def recall(self, trial: Trial, result: Result) -> None:
        """Called by a search that goes on from its journal, with each answer of before, in their order; what has a memory takes it up."""

    def note(self, trial: Trial) -> None:
        """Learns that `trial` was answered from a cache: its key may come back as a `warm_start`."""


def to_remember(trial: Trial, result: Result) -> Result | None:
    """An answer from a journal as the estimator gave it; None for what it did not answer by itself.

    A failure is an answer where the training diverged; others happen on the way, and are nothing to remember. Nor is what was warm-started.
    """
    failed = result.status == "failed" and not str(result.info.get("reason")).startswith("diverged")
    if failed or trial.warm_start is not None or not isinstance(trial.arch, Arch):
        return None
    return replace(result, info={name: value for name, value in result.info.items() if name != "batch_failed"})
