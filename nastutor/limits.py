"""What a search checks before its first trial: its limits, its workers, and whether strategy and estimator fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nastutor.core import Arch, Strategy, Trial, told_in
from nastutor.inputs import whole
from nastutor.simulation import Simulation

FREE = 1_000  # trials that may cost nothing under a limit of cost alone


@dataclass(frozen=True)
class Limits:
    """When to stop asking; at least one is needed."""

    trials: int | None
    cost: float | None
    seconds: float | None

    def __post_init__(self) -> None:
        if self.trials is None and self.cost is None and self.seconds is None:
            raise ValueError("a search needs a limit: give `trials`, `cost` (in epochs of the full task) or `seconds`")
        if self.trials is not None:
            whole("trials", self.trials)
        for name in ("cost", "seconds"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not (isinstance(value, (int, float)) and value > 0)):
                raise ValueError(f"`{name}` is {value!r}; allowed are numbers above 0")

    def allow(self, asked: int, cost: float, clock: Callable[[], float]) -> bool:
        """Whether one more may be asked for, after `asked` trials and at this cost."""
        if asked >= FREE and cost == 0.0 and self.trials is None and self.seconds is None:
            raise ValueError(f"`cost` is the only limit, and the first {FREE:,} trials cost nothing: this estimator states no cost; give `trials` or `seconds`")
        return (self.trials is None or asked < self.trials) and (self.cost is None or cost < self.cost) and (self.seconds is None or clock() < self.seconds)


def check_fit(strategy: Strategy, estimator: Any, limits: Limits, first: Iterable[Arch]) -> tuple[Arch, ...]:
    """Refuses what does not go together: an estimator for another space or without what the strategy wants, unfit `first`."""
    if not isinstance(strategy, Strategy):
        raise TypeError(f"`strategy` is {strategy!r}; it must be a Strategy made for a space, such as nt.RandomSearch(space)")
    if not callable(estimator):
        raise TypeError(f"`estimator` is {estimator!r}; it must be an Estimator or a function from Trial to Result")
    space = getattr(estimator, "space", None)
    if space is not None and space is not strategy.space and space.fingerprint != strategy.space.fingerprint:
        raise ValueError(f"`estimator` is for {space.fingerprint}, and `strategy` searches {strategy.space.fingerprint}{told_in(strategy)}")
    gives = getattr(estimator, "gives", ("error",))
    if missing := [want for want in strategy.wants if want not in gives]:
        raise ValueError(f"`{type(strategy).__name__}` wants {', '.join(missing)}, and this estimator gives only {', '.join(gives)}{told_in(strategy)}")
    for budget in strategy.budgets:
        check_budget(budget, estimator)
    if isinstance(first, Arch):
        raise TypeError(f"`first` is {first!r}; allowed is a list of architectures")
    first = tuple(first)
    for arch in first:
        strategy.space.validate(arch)
    if limits.trials is not None and len(first) > limits.trials:
        raise ValueError(f"`first` has {len(first)} architectures and `trials` is {limits.trials}; allowed are at most as many as trials")
    return first


def check_budget(asked: int | Trial | None, estimator: Any) -> None:
    """Refuses a budget, or a trial with one, that this estimator answers for no architecture."""
    budget, allowed = asked.budget if isinstance(asked, Trial) else asked, getattr(estimator, "budgets", None)
    if budget is None:
        return
    whose = f" of {asked.arch}" if isinstance(asked, Trial) else " of `strategy`"
    if budget == 0 and getattr(estimator, "least_budget", 1) > 0:
        raise ValueError(f"`budget`{whose} is 0; allowed are whole numbers from 1: this estimator judges nothing without training it")
    if allowed is not None and budget not in allowed:
        raise ValueError(f"`budget`{whose} is {budget}; allowed are {', '.join(map(str, allowed))}: this estimator answers no other")


def count_workers(executor: Any, workers: int | None) -> int:
    """How many groups may be in flight: as many as asked for, or as the executor has."""
    if workers is not None:
        whole("workers", workers)
    if executor is None:
        if (workers or 1) > 1:
            raise ValueError(f"`workers` is {workers}, and there is no `executor` to give them work: try executor=nt.Workers({workers})")
        return 1
    if not hasattr(executor, "submit"):
        raise TypeError(f"`executor` is {executor!r}; it must be a concurrent.futures.Executor, such as nt.Workers(2)")
    found = workers or getattr(executor, "workers", None)
    if not isinstance(found, int):
        raise ValueError(f"`workers` is needed: {type(executor).__name__} does not tell how many it has")
    if isinstance(executor, Simulation) and found > executor.workers:
        raise ValueError(f"`workers` is {found}, and nt.simulate({executor.workers}) has {executor.workers}: leave `workers` out, or simulate as many")
    return found
