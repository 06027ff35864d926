"""The one loop: ask, evaluate, tell, with any number of trials in flight, limits, a journal and callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nastutor.core import Arch, Finished, History, Record, Strategy, Trial
from nastutor.inputs import whole
from nastutor.journal import Journal, NoJournal
from nastutor.limits import Limits, check_budget, check_fit, count_workers
from nastutor.progress import Progress
from nastutor.replay import replay
from nastutor.sending import Clock, Flight, Sender, log

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
    executor   None: here, one at a time; `nt.Workers(n)`; any `concurrent.futures.Executor`; `nt.simulate(n)`
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
    first = check_fit(strategy, estimator, limits, first)
    if not (isinstance(callbacks, (list, tuple)) and all(map(callable, callbacks))):
        raise TypeError(f"`callbacks` is {callbacks!r}; allowed is a list of functions of the history")
    if order not in ("completed", "asked"):
        raise ValueError(f"`order` is {order!r}; allowed are 'completed' and 'asked'")
    workers, batch = count_workers(executor, workers), whole("batch", batch)
    executor = executor.begin() if hasattr(executor, "begin") else executor
    sender, clock, book = Sender(estimator, executor), Clock(executor), NoJournal()
    if journal is not None:
        if hasattr(estimator, "store_beside"):
            estimator.store_beside(Path(journal))
        book = Journal(journal, _header(strategy, estimator, first))
    with book, Progress(limits, progress) as bar:
        history = _Run(strategy, limits, first, callbacks, sender, book, bar, clock, workers, batch, order == "asked").go()
    if failed := [record for record in history if record.result.status == "failed"]:
        log.warning("%d of %d trials failed; the last one: %s", len(failed), len(history), failed[-1].result.info.get("reason"))
    return history


@dataclass
class _Run:
    """The state of one search. What happens next depends on nothing but the events so far, so that a journal can restore it.

    groups  in flight: asked together, to be told together; by the number of the first of them, the eldest group first
    ready   those whose answers are all in, in the order in which they came in
    """

    strategy: Strategy
    limits: Limits
    first: Sequence[Arch]
    callbacks: Sequence[Callback]
    sender: Sender
    journal: NoJournal
    progress: Progress
    clock: Clock
    workers: int
    batch: int
    in_order: bool
    history: History = field(default_factory=History)
    groups: dict[int, list[Flight]] = field(default_factory=dict)
    ready: dict[int, None] = field(default_factory=dict)
    asked: int = 0
    cost: float = 0.0
    exhausted: bool = False
    stopped: bool = False

    def go(self) -> History:
        try:
            replay(self)
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
            self.sender.cancel()
        return self.history

    def fill(self) -> None:
        """Asks and sends out until as many groups are in flight as there are workers, or there is nothing to ask for now."""
        while len(self.groups) < self.workers:
            group = self.ask_group()
            if not group:
                return
            self.journal.asked([(flight.number, flight.trial) for flight in group], at=group[0].started)
            if self.sender.send(group):
                self.groups[group[0].group] = group
            else:
                self.exhausted = True  # the journal keeps the group as asked and not answered

    def ask_group(self) -> list[Flight]:
        group: list[Flight] = []
        while len(group) < self.batch and not self.exhausted and self.limits.allow(self.asked, self.cost, self.clock):
            trial = self.next_trial()
            check_budget(trial, self.sender.estimator)
            if trial is None:
                if not (group or self.groups or self.exhausted):
                    raise RuntimeError(f"{type(self.strategy).__name__}.ask() returned None (tell me more first) with nothing in flight")
                break
            group.append(Flight(self.asked, group[0].number if group else self.asked, trial, self.clock()))
            self.asked += 1
        return group

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

    def next_group(self) -> list[Flight]:
        """Waits for a group whose answers are all in: the eldest, or any of them, as `order` says."""
        while True:
            number = next(iter(self.groups if self.in_order else self.ready), None)
            if number in self.ready:
                del self.ready[number]
                return self.groups.pop(number)
            flights, results = self.sender.receive()
            now = self.clock()
            self.journal.answered([(flight.number, result) for flight, result in zip(flights, results, strict=True)], at=now)
            for flight, result in zip(flights, results, strict=True):
                flight.result, flight.finished = result, now
            self.note_ready(flights)

    def note_ready(self, flights: list[Flight]) -> None:
        """Notes the groups of these flights whose answers are all in."""
        for number in dict.fromkeys(flight.group for flight in flights):
            if all(flight.result is not None for flight in self.groups[number]):
                self.ready[number] = None

    def tell(self, group: list[Flight]) -> None:
        for flight in group:
            self.journal.told(flight.number)
            self.learn(flight)
            if self.strategy.snapshots and len(self.history) % self.strategy.snapshots == 0:
                self.journal.snapshot(flight.number, self.strategy)
            for callback in self.callbacks:
                self.stopped |= callback(self.history) is True
        self.progress.update(self.history)

    def learn(self, flight: Flight, live: bool = True) -> None:
        assert flight.result is not None
        if live:
            self.strategy.tell(flight.trial, flight.result)
        self.history.append(Record(flight.trial, flight.result, flight.started, flight.finished))
        self.cost += flight.result.cost


def _header(strategy: Strategy, estimator: Any, first: Sequence[Arch]) -> dict[str, Any]:
    header = {"space": strategy.space.fingerprint, "strategy": type(strategy).__qualname__, "seed": strategy.seed, "settings": strategy.fingerprint}
    name = getattr(estimator, "fingerprint", None) or getattr(estimator, "__qualname__", type(estimator).__qualname__)  # of a function its name alone
    return header | {"estimator": name, "first": [arch.to_json() for arch in first]}
