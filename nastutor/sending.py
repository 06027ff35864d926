"""How trials get to where they are evaluated and their answers back: here, one after the other, or through an executor."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from nastutor.evaluate import BadAnswer, evaluate
from nastutor.values import Result, Trial

log = logging.getLogger("nastutor")


@dataclass
class Flight:
    """A trial that was asked and not yet told; `number` counts in the order of asking, `group` is that of the first in its group."""

    number: int
    group: int
    trial: Trial
    started: float
    result: Result | None = None
    finished: float = 0.0


class Clock:
    """Seconds since the search began, those before an interruption (`passed`) included.

    An executor may bring a clock of its own: `clock()`, and `set_clock(seconds)` to go on from a journal.
    """

    def __init__(self, executor: Any) -> None:
        self.own: Callable[[], float] | None = getattr(executor, "clock", None)
        self.set_own: Callable[[float], None] | None = getattr(executor, "set_clock", None)
        self.passed, self.began = 0.0, time.perf_counter()

    def __call__(self) -> float:
        return self.own() if self.own else self.passed + time.perf_counter() - self.began

    def go_on_from(self, seconds: float) -> None:
        """It is this late: so the journal says."""
        self.passed = seconds
        if self.set_own:
            self.set_own(seconds)


class Sender:
    """Sends flights out and receives their answers, whatever happens to them on the way.

    executor  None evaluates here, when an answer is waited for
    pending   what was sent and has no answer yet, the eldest first: future (here: a number) -> the flights it answers
    """

    def __init__(self, estimator: Any, executor: Any) -> None:
        self.estimator, self.executor = estimator, executor
        self.pending: dict[Any, list[Flight]] = {}
        self.done: SimpleQueue[Any] = SimpleQueue()  # futures in the order in which they finished

    def send(self, flights: list[Flight]) -> bool:
        """Sends flights out together; False if the executor takes no more."""
        if self.executor is None:
            self.pending[flights[0].number] = flights
            return True
        try:
            future = self.executor.submit(evaluate, self.estimator, [flight.trial for flight in flights])
        except BrokenExecutor as error:
            log.warning("the executor is broken and takes no more trials (nt.Workers survives a crash): %s", error)
            return False
        self.pending[future] = flights
        if not hasattr(self.executor, "next_finished"):
            future.add_done_callback(self.done.put)
        return True

    def receive(self) -> tuple[list[Flight], list[Result]]:
        """Waits for the next answers; for none where flights had to be sent again."""
        if self.executor is None:
            flights = self.pending.pop(next(iter(self.pending)))
            return flights, evaluate(self.estimator, [flight.trial for flight in flights])
        future = self._next_finished()
        flights = self.pending.pop(future)
        error = RuntimeError("cancelled") if future.cancelled() else future.exception()
        if error is None:
            return flights, future.result()
        if isinstance(error, BadAnswer):
            raise error
        if len(flights) > 1:  # each alone now, so that the culprit fails alone; left are those that a broken executor does not take
            log.warning("a batch of %d trials was lost (%s: %s); each goes out again alone", len(flights), type(error).__name__, error)
            flights = [flight for flight in flights if not self.send([flight])]
        return flights, [Result.failed(f"{type(error).__name__}: {error}") for _ in flights]

    def cancel(self) -> None:
        """Gives up what has no answer yet."""
        for future in self.pending:
            if self.executor is not None:
                future.cancel()

    def _next_finished(self) -> Any:
        if hasattr(self.executor, "next_finished"):
            return self.executor.next_finished()
        while True:
            try:
                return self.done.get(timeout=0.1)  # in short steps: Ctrl-C cannot interrupt a longer wait on every system
            except Empty:
                continue
