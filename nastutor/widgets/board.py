"""The live board: a search in a thread of its own, watched, paused and stopped from the cell that waits for it."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nastutor.history import History
from nastutor.loop import search
from nastutor.widgets.gpu import gpu_usage
from nastutor.widgets.panel import Picture, surface
from nastutor.widgets.snapshot import Snapshot
from nastutor.widgets.waiting import wait

PATIENCE = 1.0  # seconds; how long run() waits for the trial under way after "stop"
QUICKEST, SLOWEST, SHARE = 0.25, 2.0, 0.15  # seconds between two frames; the share of the time that goes into drawing, if it can be kept


class Board:
    """A search that one sees: curves, architectures, the last trials, with buttons to pause and to stop it.

    >>> history = nt.widgets.Board(nt.RandomSearch(space, seed=0), train, trials=30).run()

    arguments  those of `nt.search`: one limit is needed

    `run` returns the history when the search has ended, so that the next cell has it, also under "Run All". Pause and stop take effect when
    the trial under way is told; after "stop", `run` waits a second for it and then returns without it: it ends in the background, and the
    strategy with it, so that the next search should have a new one.
    The kernel's interrupt does the same as "stop". In the end the board becomes a picture, which stays in the saved notebook.
    Without ipywidgets it is a picture all along; outside of a notebook it is `nt.search` with its progress bar.
    """

    def __init__(self, strategy: Any, estimator: Any, **arguments: Any) -> None:
        inspect.signature(search).bind(strategy, estimator, **arguments)  # a misspelt argument is refused here
        self.strategy, self.estimator, self.arguments = strategy, estimator, arguments

    def run(self) -> History:
        """Searches and returns the history, of a search that was stopped too; raises what `nt.search` raises."""
        space = getattr(self.strategy, "space", None)
        view = surface(space, getattr(self.estimator, "task", None))
        if view is None:
            return search(self.strategy, self.estimator, **self.arguments)
        background = Background(self.strategy, self.estimator, self.arguments)
        return _Watch(background, view, self._title(space)).run()

    def _title(self, space: Any) -> str:
        how = getattr(self.estimator, "__name__", type(self.estimator).__name__)
        return f"{type(self.strategy).__name__} · {type(space).__name__} · {'a function' if how == '<lambda>' else how}"


class Background:
    """`nt.search` in a thread; the outside sees `told`, `current` and `error`, and says `pause` and `stop`.

    over   set when the search has ended, and when it is to be left
    going  cleared while it pauses
    """

    def __init__(self, strategy: Any, estimator: Any, arguments: dict[str, Any]) -> None:
        self.strategy, self.estimator = strategy, estimator
        callbacks = (*arguments.get("callbacks", ()), self._after_each)
        self.arguments = {**arguments, "callbacks": callbacks, "progress": False}  # the board itself shows it
        self.over, self.going, self.stopping = threading.Event(), threading.Event(), threading.Event()
        self.going.set()
        self.pauses: tuple[float, float | None] = 0.0, None  # seconds of those that are over; since when there is one
        self.told = History()
        self.current: Any = None
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._search, name="nastutor search", daemon=True)  # it must not keep a closing kernel alive

    def stop(self) -> None:
        self.stopping.set()
        self.going.set()
        self.over.set()

    def pause(self) -> None:
        """Pauses, or goes on."""
        if self.going.is_set() and not self.stopping.is_set():
            self.going.clear()
        else:
            self.going.set()

    @property
    def state(self) -> str:
        if self.thread.is_alive():
            return "stopping" if self.stopping.is_set() else "running" if self.going.is_set() else "paused"
        return "failed" if self.error else "stopped" if self.stopping.is_set() else "finished"

    @property
    def paused(self) -> float:
        """For how many seconds nothing was under way, because it was told to pause; a trial that still runs when it is told is work."""
        over, since = self.pauses
        return over if since is None else over + time.monotonic() - since

    def _after_each(self, history: History) -> bool:
        self.told = history
        if not self.going.is_set():
            over, since = self.paused, time.monotonic()
            self.pauses = over, since
            self.going.wait()
            self.pauses = over + time.monotonic() - since, None
        return self.stopping.is_set()

    def _search(self) -> None:
        try:
            with watched(self.strategy, self._see):
                self.told = search(self.strategy, self.estimator, **self.arguments)
        except Exception as error:
            self.error = error
        finally:
            self.over.set()

    def _see(self, trial: Any) -> None:
        self.current = trial


@contextmanager
def watched(strategy: Any, see: Callable[[Any], None]) -> Iterator[None]:
    """`see(trial)` is told of each trial that the strategy asks for."""
    ask = strategy.ask

    def ask_and_tell() -> Any:
        trial = ask()
        if trial is not None:
            see(trial)
        return trial

    strategy.ask = ask_and_tell
    try:
        yield
    finally:
        vars(strategy).pop("ask", None)  # gone already if a search that was left behind ends during the next one


class _Watch:
    """From the start of a search to its end, as the waiting cell sees it."""

    def __init__(self, background: Background, view: Picture, title: str) -> None:
        self.background, self.view, self.title = background, view, title
        given = background.arguments
        self.limits = {name: given[name] for name in ("trials", "cost", "seconds") if given.get(name) is not None}
        self.unit, self.paid_in = (getattr(background.estimator, name, "epochs") for name in ("unit", "paid_in"))
        self.own_clock = hasattr(given.get("executor"), "clock")
        self.began = self.drawn = time.monotonic()
        self.pause_between = QUICKEST

    def run(self) -> History:
        background = self.background
        background.thread.start()
        self.view.open(self.snapshot(), background.pause, background.stop)
        try:
            wait(background.over, self.tick)
        except KeyboardInterrupt:
            background.stop()
        background.thread.join(PATIENCE)
        last = self.snapshot()
        self.view.close(last)
        if background.error is not None:
            raise background.error
        return last.history

    def tick(self) -> None:
        """A frame, if it is time for one; slow drawing makes frames rarer."""
        now = time.monotonic()
        if now - self.drawn < self.pause_between:
            return
        self.view.show(self.snapshot())
        self.drawn = time.monotonic()
        self.pause_between = min(max(QUICKEST, (self.drawn - now) / SHARE), SLOWEST)

    def snapshot(self) -> Snapshot:
        background = self.background
        state = background.state
        if state == "stopping" and background.over.is_set():
            state = "stopped"
        paused = background.paused
        elapsed = time.monotonic() - self.began - paused
        told = History(background.told)
        among = eligible(told) if (eligible := getattr(background.strategy, "eligible", None)) else None
        return Snapshot(self.title, told, background.current, state, self.limits, elapsed, paused, self.unit, gpu_usage(), self.own_clock, self.paid_in, among)
