"""Through every kind of executor: order, what is in flight, clocks, pools that break."""

import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import nastutor as nt
from nastutor.core import Result
from nastutor.loop import search
from tests.searching import SPACE, Counting, error


def slow_for_even(trial):
    time.sleep(0.02 if trial.arch["d0"] % 2 == 0 else 0.0)
    return error(trial)


@pytest.mark.parametrize("batch", [1, 2])
def test_in_the_order_of_asking_a_parallel_search_repeats_exactly(batch):
    histories = []
    for delay in (0.0, 0.004):

        def estimate(trial, delay=delay):
            time.sleep(delay * ((trial.arch["d0"] + trial.arch["d1"]) % 3))
            return error(trial)

        with ThreadPoolExecutor(3) as pool:
            evolution = nt.RegularizedEvolution(SPACE, population=4, sample=2, seed=1)
            histories.append(search(evolution, estimate, trials=24, executor=pool, workers=3, batch=batch, order="asked"))
    assert [(r.trial, r.result) for r in histories[0]] == [(r.trial, r.result) for r in histories[1]]


def test_as_completed_the_quick_ones_come_first():
    with ThreadPoolExecutor(2) as pool:
        history = search(Counting(), slow_for_even, trials=2, executor=pool, workers=2)
    assert [r.trial.arch["d0"] for r in history] == [1, 0]


def test_never_more_in_flight_than_workers_and_a_waiting_answer_keeps_its_place():
    flying, most, lock = 0, 0, threading.Lock()

    class Watched(Counting):
        def ask(self):
            nonlocal flying, most
            trial = super().ask()
            with lock:
                flying += 1
                most = max(most, flying)
            return trial

        def tell(self, trial, result):
            nonlocal flying
            flying -= 1

    for order in ("asked", "completed"):
        with ThreadPoolExecutor(4) as pool:
            search(Watched(), slow_for_even, trials=12, executor=pool, workers=2, order=order)
        assert (flying, most) == (0, 2)


class Simulated:
    """A small executor with a clock of its own: a trial takes as many seconds as its result says."""

    def __init__(self, workers):
        self.workers, self.now, self.running = workers, 0.0, []

    def submit(self, fn, *args):
        future = Future()
        future.set_result(fn(*args))
        self.running.append((self.now + future.result()[0].seconds, len(self.running), future))
        return future

    def clock(self):
        return self.now

    def next_finished(self):
        self.running.sort(key=lambda entry: entry[:2])
        self.now, _, future = self.running.pop(0)
        return future


def test_an_executor_with_a_clock_gives_times_limits_and_order():
    def estimate(trial):
        return Result({"error": 0.5}, seconds=3600.0 * (1 + trial.arch["d0"]))

    history = search(Counting(), estimate, trials=4, executor=Simulated(2))
    assert [(r.trial.arch["d0"], r.started / 3600, r.finished / 3600) for r in history] == [(0, 0, 1), (1, 0, 2), (2, 1, 4), (3, 2, 6)]
    assert len(search(Counting(), estimate, seconds=4 * 3600, executor=Simulated(1))) == 3


def estimate_in_a_process(trial):
    if trial.arch["d0"] == 3:
        raise ValueError("cannot be trained")
    return error(trial)


def test_a_stock_process_pool():
    import multiprocessing

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        history = search(Counting(), estimate_in_a_process, trials=12, executor=pool, workers=2)
    assert len(history) == 12 and {r.trial.arch["d0"] for r in history if r.result.status == "failed"} == {3}


def test_a_broken_pool_ends_the_search_with_what_it_found(caplog):
    import multiprocessing

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        history = search(Counting(), die_at_two, trials=12, executor=pool, workers=1)
    assert [r.result.status for r in history] == ["ok", "ok", "failed"] and "executor is broken" in caplog.text


def test_a_lost_batch_goes_out_again_one_by_one_and_the_reason_is_said(caplog):
    class Losing(Simulated):
        def submit(self, fn, estimator, trials):
            future = super().submit(fn, estimator, trials)
            if len(trials) > 1:
                future = self.running.pop()[2].__class__()
                future.set_exception(ConnectionError("a worker died"))
                self.running.append((self.now, len(self.running), future))
            return future

    history = search(Counting(), error, trials=4, batch=4, executor=Losing(1))
    assert len(history) == 4 and "a batch of 4 trials was lost (ConnectionError: a worker died); each goes out again alone" in caplog.text


def die_at_two(trial):
    import os
    import signal

    if trial.arch["d0"] == 2:
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return error(trial)
