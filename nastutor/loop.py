"""The one loop: ask, evaluate, tell, with any number of trials in flight, limits, a journal and callbacks."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from nastutor.core import Arch, Finished, History, Record, Result, Strategy, Trial
from nastutor.describe import describe
from nastutor.evaluate import BadAnswer, evaluate
from nastutor.journal import Journal, JournalError
from nastutor.progress import Progress

log = logging.getLogger("nastutor")
Callback = Callable[[History], "bool | None"]


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
    run = _Run(strategy, estimator, limits, first, callbacks, executor, _workers(executor, workers), _whole("batch", batch), order)
    if journal is not None:
        if hasattr(estimator, "store_beside"):
            estimator.store_beside(Path(journal))
        run.journal = Journal(journal, _header(strategy, estimator, first))
    with Progress(limits, progress) as run.progress:
        run.go()
    if failed := [record for record in run.history if record.result.status == "failed"]:
        log.warning("%d of %d trials failed; the last one: %s", len(failed), len(run.history), failed[-1].result.info.get("reason"))
    return run.history


@dataclass(frozen=True)
class Limits:
    """When to stop asking."""

    trials: int | None
    cost: float | None
    seconds: float | None

    def __post_init__(self) -> None:
        if self.trials is None and self.cost is None and self.seconds is None:
            raise ValueError("a search needs a limit: give `trials`, `cost` (in epochs of the full task) or `seconds`")
        if self.trials is not None:
            _whole("trials", self.trials)
        for name in ("cost", "seconds"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, (int, float)) and value > 0):
                raise ValueError(f"`{name}` is {value!r}; allowed are numbers above 0")


@dataclass
class _Flight:
    """A trial that was asked and not yet told."""

    number: int
    trial: Trial
    started: float
    result: Result | None = None
    finished: float = 0.0


class _Run:
    """The state of one search. What happens next depends on nothing but the events so far, so that a journal can restore it.

    groups   in flight: asked together, to be told together
    futures  what an executor is busy with -> the flights that it answers
    done     futures in the order in which they finished
    """

    def __init__(
        self,
        strategy: Strategy,
        estimator: Any,
        limits: Limits,
        first: Sequence[Arch],
        callbacks: Sequence[Callback],
        executor: Any,
        workers: int,
        batch: int,
        order: str,
    ) -> None:
        if order not in ("completed", "asked"):
            raise ValueError(f"`order` is {order!r}; allowed are 'completed' and 'asked'")
        self.strategy, self.estimator, self.limits, self.first, self.callbacks = strategy, estimator, limits, first, callbacks
        self.executor, self.workers, self.batch, self.in_order = executor, workers, batch, order == "asked"
        self.history, self.groups = History(), list[list[_Flight]]()
        self.futures: dict[Any, list[_Flight]] = {}
        self.done: SimpleQueue[Any] = SimpleQueue()
        self.asked, self.cost, self.passed = 0, 0.0, 0.0
        self.exhausted = self.stopped = False
        self.journal: Journal | None = None
        self.progress: Any = None
        self.clock: Callable[[], float] = getattr(executor, "clock", None) or self._clock
        self.began = time.perf_counter()

    def _clock(self) -> float:
        return self.passed + time.perf_counter() - self.began

    def go(self) -> None:
        try:
            self.replay()
            while not self.stopped:
                self.fill()
                if not self.groups:
                    break
                self.tell(self.next_group())
        except KeyboardInterrupt:
            log.warning("interrupted: the history so far has %d trials", len(self.history))
        except Exception as error:
            error.history = self.history  # type: ignore[attr-defined]  # whoever catches it has lost nothing
            raise
        finally:
            for future in self.futures:
                future.cancel()
            if self.journal is not None:
                self.journal.close()

    def fill(self) -> None:
        """Asks and sends out until as many groups are in flight as there are workers, or there is nothing to ask for now."""
        while len(self.groups) < self.workers:
            group = self.ask_group()
            if not group:
                return
            if self.journal is not None:
                self.journal.asked([(flight.number, flight.trial) for flight in group], at=group[0].started)
            self.groups.append(group)
            if not self.send(group):
                self.groups.remove(group)  # the journal keeps it as asked and not answered

    def ask_group(self) -> list[_Flight]:
        group: list[_Flight] = []
        while len(group) < self.batch and self.may_ask():
            trial = self.next_trial()
            if trial is None:
                if not (group or self.groups or self.exhausted):
                    raise RuntimeError(f"{type(self.strategy).__name__}.ask() returned None (tell me more first) with nothing in flight")
                break
            group.append(_Flight(self.asked, trial, self.clock()))
            self.asked += 1
        return group

    def may_ask(self) -> bool:
        limits = self.limits
        return not (
            self.exhausted
            or (limits.trials is not None and self.asked >= limits.trials)
            or (limits.cost is not None and self.cost >= limits.cost)
            or (limits.seconds is not None and self.clock() >= limits.seconds)
        )

    def next_trial(self) -> Trial | None:
        if self.asked < len(self.first):
            return Trial(self.first[self.asked])
        if len(self.history) < len(self.first):
            return None  # the strategy is asked when it has been told of all of them
        try:
            return self.strategy.ask()
        except Finished:
            self.exhausted = True
            return None

    def send(self, flights: list[_Flight]) -> bool:
        """Sends flights out together; False if the executor takes no more."""
        if self.executor is None or not flights:
            return True  # they are evaluated here, when their answers are waited for
        try:
            future = self.executor.submit(evaluate, self.estimator, [flight.trial for flight in flights])
        except BrokenExecutor as error:
            log.warning("the executor is broken and takes no more trials (nt.Workers survives a crash): %s", error)
            self.exhausted = True
            return False
        self.futures[future] = flights
        if not hasattr(self.executor, "next_finished"):
            future.add_done_callback(self.done.put)
        return True

    def next_group(self) -> list[_Flight]:
        """Waits for a group whose answers are all in: the eldest, or any of them, as `order` says."""
        while True:
            for group in self.groups[:1] if self.in_order else self.groups:
                if all(flight.result is not None for flight in group):
                    self.groups.remove(group)
                    return group
            self.receive()

    def receive(self) -> None:
        """Takes in the next answers."""
        if self.executor is None:
            flights = [flight for flight in self.groups[0] if flight.result is None]
            self.answer(flights, evaluate(self.estimator, [flight.trial for flight in flights]))
            return
        future = self.next_finished()
        flights = self.futures.pop(future)
        error = future.exception() if not future.cancelled() else RuntimeError("cancelled")
        if error is None:
            self.answer(flights, future.result())
        elif isinstance(error, BadAnswer):
            raise error
        elif len(flights) > 1 and not isinstance(error, BrokenExecutor):
            for flight in flights:  # so that the culprit fails alone
                self.send([flight])
        else:
            self.answer(flights, [Result.failed(f"{type(error).__name__}: {error}") for _ in flights])

    def next_finished(self) -> Any:
        if hasattr(self.executor, "next_finished"):
            return self.executor.next_finished()
        while True:
            try:
                return self.done.get(timeout=0.1)  # in short steps: Ctrl-C cannot interrupt a longer wait on every system
            except Empty:
                continue

    def answer(self, flights: list[_Flight], results: Sequence[Result]) -> None:
        now = self.clock()
        if self.journal is not None:
            self.journal.answered([(flight.number, result) for flight, result in zip(flights, results, strict=True)], at=now)
        for flight, result in zip(flights, results, strict=True):
            flight.result, flight.finished = result, now

    def tell(self, group: list[_Flight]) -> None:
        for flight in group:
            if self.journal is not None:
                self.journal.told(flight.number)
            self.learn(flight)
            for callback in self.callbacks:
                self.stopped |= callback(self.history) is True
        self.progress.update(self.history)

    def learn(self, flight: _Flight) -> None:
        assert flight.result is not None
        self.strategy.tell(flight.trial, flight.result)
        self.history.append(Record(flight.trial, flight.result, flight.started, flight.finished))
        self.cost += flight.result.cost

    def replay(self) -> None:
        """Takes the strategy through the journal without evaluating, and sends out what was asked and never answered."""
        flights: dict[int, _Flight] = {}
        groups: dict[int, list[_Flight]] = {}
        for event in self.journal.events if self.journal else ():
            if event.kind == "asked":
                flight = flights[event.trial] = self.ask_again(event.body)
                groups.setdefault(event.body["group"], []).append(flight)
            elif event.kind == "answered":
                flight = flights[event.trial]
                flight.result = Result.from_json(json.dumps(event.body["result"]))
                flight.finished = self.passed = event.body["at"]
            else:
                self.learn(flights.pop(event.trial))
        self.groups = [left for group in groups.values() if (left := [flight for flight in group if flight.number in flights])]
        self.groups = [group for group in self.groups if self.send([flight for flight in group if flight.result is None])]

    def ask_again(self, body: Any) -> _Flight:
        trial = self.next_trial()
        if trial is None or json.loads(trial.to_json()) != body["trial"]:
            raise JournalError(f"`journal` says that trial {self.asked} was {body['trial']}, and now the strategy asks for {trial}: is its code another?")
        self.asked += 1
        self.passed = body["at"]
        return _Flight(self.asked - 1, trial, body["at"])


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
        _whole("workers", workers)
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


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` is {value!r}; allowed are whole numbers from 1")
    return value
