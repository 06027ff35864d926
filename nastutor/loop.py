"""nt.search: checks what it is given, opens the journal, and lets a `Run` (run.py) ask, evaluate and tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nastutor.core import Arch, History, Strategy
from nastutor.describe import describe
from nastutor.journal import Journal
from nastutor.progress import Progress
from nastutor.run import Callback, Limits, Run, log, whole


def search(
    strategy: Strategy,
    estimator: Any,
    *,
    trials: int | None = None,
    cost: float | None = None,
    seconds: float | None = None,
    workers: int | None = None,
    batch: int = 1,
    executor: Any = None,
    order: str = "completed",
    journal: str | Path | None = None,
    first: Iterable[Arch] = (),
    callbacks: Sequence[Callback] = (),
    progress: bool | None = None,
) -> History:
    """Searches until a limit is reached, and returns what was found; at least one limit is needed.

    trials     how many in all, those of a resumed journal included
    cost       no more are asked for once the trials told have cost this much (epochs of the full task)
    seconds    nor once this much time has passed, that of a resumed journal included
    workers    trials (groups of `batch`) in flight, asked and not yet told; default 1, or as many as the executor has
    batch      how many trials go to `estimator.many` together
    executor   None: here, one at a time; `nt.Workers(n)`; any `concurrent.futures.Executor`
    order      "completed": told as they finish; "asked": told in the order of asking, so that a parallel search repeats exactly
    journal    a file from which the same call goes on after a kill
    first      architectures evaluated and told before the strategy is asked
    callbacks  each called with the history after each tell; True stops the search
    progress   a bar on stderr; default: where somebody can see it

    Ctrl-C returns the history so far. A trial that fails is told as failed, and the search goes on.

    >>> import nastutor as nt
    >>> space = nt.spaces.ChoiceSpace.of({"width": (4, 8, 16)})
    >>> nt.search(nt.RandomSearch(space), lambda trial: nt.Result({"error": 1 / trial.arch["width"]}), trials=20).best().error
    0.0625
    """
    limits = Limits(trials, cost, seconds)
    first = tuple(first)
    check_fit(strategy, estimator, first)
    run = Run(strategy, estimator, limits, first, callbacks, executor, _workers(executor, workers), whole("batch", batch), order)
    if journal is not None:
        if hasattr(estimator, "store_beside"):
            estimator.store_beside(Path(journal))
        run.journal = Journal(journal, _header(strategy, estimator, first))
    with Progress(limits, progress) as run.progress:
        run.go()
    if failed := [record for record in run.history if record.result.status == "failed"]:
        log.warning("%d of %d trials failed; the last one: %s", len(failed), len(run.history), failed[-1].result.info.get("reason"))
    return run.history


def check_fit(strategy: Strategy, estimator: Any, first: Sequence[Arch] = ()) -> None:
    """Refuses, before the first trial, an estimator that is for another space or lacks what the strategy wants."""
    if not callable(estimator):
        raise TypeError(f"`estimator` is {estimator!r}; it must be an Estimator or a function from Trial to Result")
    space = getattr(estimator, "space", None)
    if space is not None and space is not strategy.space and space.fingerprint != strategy.space.fingerprint:
        raise ValueError(f"`estimator` is for {space.fingerprint}, and `strategy` searches {strategy.space.fingerprint}")
    gives = getattr(estimator, "gives", ("error",))
    if missing := [want for want in strategy.wants if want not in gives]:
        raise ValueError(f"`{type(strategy).__name__}` wants {', '.join(missing)}, and this estimator gives only {', '.join(gives)}")
    for arch in first:
        strategy.space.validate(arch)


def _header(strategy: Strategy, estimator: Any, first: Sequence[Arch]) -> dict[str, Any]:
    header = {"space": strategy.space.fingerprint, "strategy": type(strategy).__qualname__, "seed": strategy.seed, "settings": strategy.fingerprint}
    return header | {"estimator": describe(estimator), "first": [arch.to_json() for arch in first]}


def _workers(executor: Any, workers: int | None) -> int:
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
    return found
