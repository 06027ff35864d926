"""The one loop, inside: ask, evaluate, tell, with any number of trials in flight, and restored from a journal after a kill."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from nastutor.core import Arch, Finished, History, Record, Result, Strategy, Trial
from nastutor.evaluate import BadAnswer, evaluate
from nastutor.journal import Journal, JournalError

log = logging.getLogger("nastutor")
Callback = Callable[[History], "bool | None"]


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
            whole("trials", self.trials)
        for name in ("cost", "seconds"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, (int, float)) and value > 0):
                raise ValueError(f"`{name}` is {value!r}; allowed are numbers above 0")


@dataclass
class Flight:
    """A trial that was asked and not yet told."""

    number: int
    trial: Trial
    started: float
    result: Result | None = None
    finished: float = 0.0


class Run:
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
        self.history, self.groups = History(), list[list[Flight]]()
        self.futures: dict[Any, list[Flight]] = {}
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

    def ask_group(self) -> list[Flight]:
        group: list[Flight] = []
        while len(group) < self.batch and self.may_ask():
            trial = self.next_trial()
            if trial is None:
                if not (group or self.groups or self.exhausted):
                    raise RuntimeError(f"{type(self.strategy).__name__}.ask() returned None (tell me more first) with nothing in flight")
                break
            group.append(Flight(self.asked, trial, self.clock()))
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

    def send(self, flights: list[Flight]) -> bool:
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

    def next_group(self) -> list[Flight]:
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

    def answer(self, flights: list[Flight], results: Sequence[Result]) -> None:
        now = self.clock()
        if self.journal is not None:
            self.journal.answered([(flight.number, result) for flight, result in zip(flights, results, strict=True)], at=now)
        for flight, result in zip(flights, results, strict=True):
            flight.result, flight.finished = result, now

    def tell(self, group: list[Flight]) -> None:
        for flight in group:
            if self.journal is not None:
                self.journal.told(flight.number)
            self.learn(flight)
            if self.journal is not None and self.strategy.snapshots and len(self.history) % self.strategy.snapshots == 0:
                self.journal.snapshot(flight.number, self.strategy.state_dict())  # type: ignore[attr-defined]
            for callback in self.callbacks:
                self.stopped |= callback(self.history) is True
        self.progress.update(self.history)

    def learn(self, flight: Flight, live: bool = True) -> None:
        assert flight.result is not None
        if live:
            self.strategy.tell(flight.trial, flight.result)
        self.history.append(Record(flight.trial, flight.result, flight.started, flight.finished))
        self.cost += flight.result.cost

    def replay(self) -> None:
        """Takes the strategy through the journal without evaluating, and sends out what was asked and never answered.

        Where the strategy left snapshots of its state, it is taken from the last one on.
        """
        flights: dict[int, Flight] = {}
        groups: dict[int, list[Flight]] = {}
        events = self.journal.events if self.journal else []
        snapshot = max((n for n, event in enumerate(events) if event.kind == "snapshot"), default=-1)
        for n, event in enumerate(events):
            if event.kind == "asked":
                flight = flights[event.trial] = self.ask_again(event.body, n > snapshot)
                groups.setdefault(event.body["group"], []).append(flight)
            elif event.kind == "answered":
                flight = flights[event.trial]
                flight.result = Result.from_json(json.dumps(event.body["result"]))
                flight.finished = self.passed = event.body["at"]
            elif event.kind == "told":
                self.learn(flights.pop(event.trial), n > snapshot)
            elif n == snapshot:
                self.strategy.load_state_dict(event.body)  # type: ignore[attr-defined]
        left = [[flight for flight in group if flight.number in flights] for group in groups.values()]
        self.groups = [group for group in left if group and self.send([flight for flight in group if flight.result is None])]

    def ask_again(self, body: Any, live: bool) -> Flight:
        trial = self.next_trial() if live else Trial.from_json(json.dumps(body["trial"]))
        if trial is None or json.loads(trial.to_json()) != body["trial"]:
            raise JournalError(f"`journal` says that trial {self.asked} was {body['trial']}, and now the strategy asks for {trial}: is its code another?")
        self.asked += 1
        self.passed = body["at"]
        return Flight(self.asked - 1, trial, body["at"])


def whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` is {value!r}; allowed are whole numbers from 1")
    return value
