"""nt.Workers: processes that survive the crash of one. A thin layer on pebble, which knows which task a dead process had."""

from __future__ import annotations

import functools
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as TimedOut  # another class than TimeoutError in Python 3.10
from pathlib import Path
from typing import Any

import cloudpickle
from pebble import ProcessExpired, ProcessPool

from nastutor.inputs import whole


class WorkerDied(RuntimeError):
    """The process that worked on a task died twice on it (a crash, the system's out-of-memory killer ...)."""


class Workers(Executor):
    """`workers` processes, started by spawn when first needed, that live as long as the pool and run one task at a time.

    Functions written in a notebook are welcome (cloudpickle). A process that dies is replaced and its task tried once more, then
    that task alone fails; one that takes longer than `timeout` is killed and replaced. All end when their parent does.

    Starting them takes seconds (each imports what its tasks need: torch, the task's images) and about 1 GB each with torch, so they pay
    from about half a minute of training on.

    workers  how many processes
    timeout  seconds for one task; None = no limit

    >>> with nt.Workers(2) as pool:
    ...     history = nt.search(strategy, estimator, trials=20, executor=pool)
    """

    def __init__(self, workers: int, *, timeout: float | None = None) -> None:
        whole("workers", workers)
        if timeout is not None and not (isinstance(timeout, (int, float)) and timeout > 0):
            raise ValueError(f"`timeout` is {timeout!r}; allowed are None and seconds above 0")
        self.workers, self.timeout = workers, timeout
        self._pool = ProcessPool(max_workers=workers, context=multiprocessing.get_context("spawn"), initializer=_begin)
        self._folder = tempfile.TemporaryDirectory(prefix="nastutor-workers-", ignore_cleanup_errors=True)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future of `fn(*args, **kwargs)`. Of the arguments, what is large and comes again is sent once (an estimator, say)."""
        future = _Task()
        blobs = [self._leave(part) for part in (fn, *args)]
        self._schedule(future, blobs, cloudpickle.dumps(kwargs), tries=2)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Waits for the tasks under way (`wait`) or ends them at once, and ends the processes."""
        self._pool.stop() if cancel_futures or not wait else self._pool.close()
        self._pool.join()
        self._folder.cleanup()

    def __exit__(self, kind: Any, error: Any, where: Any) -> None:
        self.shutdown(cancel_futures=kind is not None)

    def _leave(self, part: Any) -> bytes | str:
        """The pickle itself where it is short, else the name of a file that holds it."""
        blob = cloudpickle.dumps(part)
        if len(blob) < 10_000:
            return blob
        path = Path(self._folder.name) / hashlib.blake2b(blob, digest_size=16).hexdigest()
        if not path.exists():
            path.write_bytes(blob)
        return str(path)

    def _schedule(self, future: _Task, blobs: list[bytes | str], kwargs: bytes, tries: int) -> None:
        running = self._pool.schedule(_run, args=(blobs, kwargs), timeout=self.timeout)
        future.running = running

        def finish(done: Future[Any]) -> None:
            if future.cancelled() or done.cancelled():
                future.cancel()
                return
            error = done.exception()
            if isinstance(error, ProcessExpired) and tries > 1:
                self._schedule(future, blobs, kwargs, tries - 1)
            elif isinstance(error, ProcessExpired):
                future.set_exception(WorkerDied(f"the worker process died, twice, on this trial (exit code {error.exitcode})"))
            elif isinstance(error, TimedOut):
                future.set_exception(TimeoutError(f"no answer within {self.timeout:g} s; the worker was replaced"))
            elif error is not None:
                future.set_exception(error)
            else:
                future.set_result(pickle.loads(done.result()))

        running.add_done_callback(finish)


class _Task(Future[Any]):
    """A future whose cancelling ends the process that works on it."""

    running: Any = None

    def cancel(self) -> bool:
        cancelled = super().cancel()
        if cancelled and self.running is not None:
            self.running.cancel()
        return cancelled


def _begin() -> None:
    """In a new worker: leave Ctrl-C to the parent, and end when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run(blobs: list[bytes | str], kwargs: bytes) -> bytes:
    """In a worker: the call that `submit` described."""
    fn, *args = [_load(blob) if isinstance(blob, str) else pickle.loads(blob) for blob in blobs]
    return cloudpickle.dumps(fn(*args, **pickle.loads(kwargs)))


@functools.lru_cache(maxsize=8)
def _load(path: str) -> Any:
    """A large argument, read once: the file's name is the hash of what it holds."""
    return pickle.loads(Path(path).read_bytes())
