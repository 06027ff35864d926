"""nt.simulate: a cluster of any size in simulated time, from the seconds that results state."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from nastutor.evaluate import BadAnswer
from nastutor.inputs import whole

PATIENCE = 10_000  # trials one after another that may take no time; a search with the limit `seconds` alone would not end


def simulate(workers: int) -> Simulation:
    """An executor of `workers` machines that exist on a clock only: a trial takes the `seconds` that its result states.

    The order of events is exact: trials are told at the moment they finish, ties in the order of asking, and the strategy is asked for
    the next ones at that same moment. So a search sees what it would see on a real cluster whose machines do nothing else and lose no
    time between two trials, while this process only looks results up (a thousand machines and ten thousand trials take a second).
    `started` and `finished` in the history, and the limit `seconds=`, are simulated seconds.

    Each search has a clock of its own, which starts at 0 or, with a journal, goes on where it stood. A group of trials (`batch=`) is
    the work of one machine and takes the sum of its seconds; all of the group are told when it is done.

    What takes time must say so: an answer that is not failed and states 0 seconds ends the search. A `Table` states what each training
    took, a function does it by `nt.Result({"error": ...}, seconds=...)`. An estimator that really trains here states the time that it
    measures, so that the order of events differs from run to run. Failed answers take the seconds they state, an exception none.

    >>> import nastutor as nt
    >>> space = nt.spaces.ChoiceSpace.of({"depth": (1, 2, 3)})
    >>> hours = {}
    >>> for workers in (1, 10):
    ...     history = nt.search(nt.RandomSearch(space), lambda trial: nt.Result({"error": 0.5}, seconds=3600.0), trials=100, executor=nt.simulate(workers))
    ...     hours[workers] = history[-1].finished / 3600
    >>> hours
    {1: 100.0, 10: 10.0}
    """
    return Simulation(workers)


class Simulation(Executor):
    """What `simulate` gives. Trials are evaluated when they are sent, in this process, and answered when their time has come.

    running  a heap of (when it finishes, number in the order of sending, its future)
    """

    def __init__(self, workers: int) -> None:
        self.workers = whole("workers", workers)
        self.now = 0.0
        self.running: list[tuple[float, int, Future[Any]]] = []
        self.sent = self.timeless = 0

    def begin(self) -> Simulation:
        """The same cluster at time 0, for one search: another one, so that two searches do not meet."""
        return Simulation(self.workers)

    def clock(self) -> float:
        return self.now

    def set_clock(self, seconds: float) -> None:
        """Goes on from there: what is sent from now on starts at that moment."""
        self.now = seconds

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future of what a search sends; it finishes after the seconds that its results take together."""
        future: Future[Any] = Future()
        seconds = 0.0
        try:
            results = fn(*args, **kwargs)
            seconds = self._duration(results)
            future.set_result(results)
        except Exception as error:  # whatever it is, the search decides what becomes of it
            future.set_exception(error)
        heapq.heappush(self.running, (self.now + seconds, self.sent, future))
        self.sent += 1
        return future

    def next_finished(self) -> Future[Any]:
        """The future that finishes next, ties in the order of sending; the clock moves on to that moment."""
        self.now, _, future = heapq.heappop(self.running)
        return future

    def _duration(self, results: Any) -> float:
        """Simulated seconds that one machine spends on these results."""
        for result in results:
            if not 0 <= result.seconds < math.inf or (result.seconds == 0 and result.status != "failed"):
                allowed = "give `seconds` above 0, nt.Result(..., seconds=60.0)"
                raise BadAnswer(f"`executor` is nt.simulate, which reads how long a trial takes, and a result states {result.seconds!r} s: {allowed}")
        seconds = math.fsum(result.seconds for result in results)
        self.timeless = self.timeless + 1 if seconds == 0 else 0
        if self.timeless > PATIENCE:
            raise BadAnswer(f"`executor` is nt.simulate, and each of the last {PATIENCE:,} trials failed in 0 s: state the `seconds` that a failure takes")
        return seconds
