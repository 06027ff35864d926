"""The loop: limits, what is in flight, order, batches, failures, and the executors that it meets."""

import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import nastutor as nt
from nastutor.core import Arch, Finished, Result, Staged, Strategy, Trial
from nastutor.loop import search

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})


def error(trial):
    return Result({"error": sum((trial.arch[f"d{i}"] - 2) ** 2 for i in range(6)) / 24}, cost=2.0)


class Counting(Strategy):
    """Asks for 0, 1, 2 ...; remembers what it was told; can be told to wait or to end."""

    needs = ()

    def __init__(self, space=SPACE, *, wait_at=(), end=None, seed=0):
        super().__init__(space, seed=seed)
        self.asked, self.told, self.wait_at, self.end = 0, [], set(wait_at), end

    def ask(self):
        if self.end is not None and self.asked >= self.end:
            raise Finished
        if self.asked in self.wait_at and len(self.told) < self.asked:
            return None
        self.asked += 1
        return Trial(Arch(tuple((f"d{i}", (self.asked - 1) // 5**i % 5) for i in range(6))))

    def tell(self, trial, result):
        self.told.append((trial, result))


@pytest.mark.parametrize(("limits", "expected"), [({"trials": 7}, 7), ({"cost": 9}, 5), ({"cost": 2.0}, 1), ({"trials": 3, "cost": 100}, 3)])
def test_limits(limits, expected):
    assert len(search(Counting(), error, **limits)) == expected


def test_the_limit_of_seconds():
    history = search(Counting(), lambda trial: (time.sleep(0.02), error(trial))[1], seconds=0.1)
    assert 2 <= len(history) <= 5 and history[-1].finished >= 0.1 and history[0].result.seconds >= 0.02


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "`trials`, `cost`"),
        ({"trials": 0}, "`trials` is 0"),
        ({"trials": -2}, "`trials` is -2"),
        ({"cost": 0}, "`cost` is 0"),
        ({"seconds": -1.0}, r"`seconds` is -1\.0"),
        ({"trials": 1, "batch": 0}, "`batch` is 0"),
        ({"trials": 1, "workers": 2}, r"`workers` is 2.*nt\.Workers"),
        ({"trials": 1, "order": "random"}, "`order` is 'random'"),
    ],
)
def test_bad_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        search(Counting(), error, **arguments)


def test_a_cost_that_nobody_states_is_no_limit():
    with pytest.raises(ValueError, match="`cost` is the only limit") as caught:
        search(Counting(), lambda trial: Result({"error": 0.5}), cost=5)
    assert len(caught.value.history) == 1000
    with pytest.raises(ValueError, match="`cost` is True"):
        search(Counting(), error, cost=True)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"strategy": nt.RandomSearch}, TypeError, "`strategy` is <class"),
        ({"first": SPACE.sample(0)}, TypeError, "`first` is Arch"),
        ({"first": [SPACE.sample(0)] * 3}, ValueError, "`first` has 3"),
        ({"callbacks": print}, TypeError, "`callbacks` is <built-in"),
        ({"callbacks": [3]}, TypeError, r"`callbacks` is \[3\]"),
    ],
)
def test_slips_are_named(arguments, kind, words):
    with pytest.raises(kind, match=words):
        search(**{"strategy": Counting(), "estimator": error, "trials": 2} | arguments)


def test_an_executor_must_be_one_and_tell_its_size():
    with pytest.raises(TypeError, match="`executor` is 3"):
        search(Counting(), error, trials=1, executor=3)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="`workers` is needed"):
        search(Counting(), error, trials=1, executor=pool)


def test_refusals_before_the_first_trial():
    class Wanting(Counting):
        wants = ("grad",)

    class Elsewhere:
        space = nt.spaces.ChoiceSpace.of({"other": (1, 2)})
        gives = ("error",)

        def __call__(self, trial):
            raise AssertionError("evaluated")

    with pytest.raises(ValueError, match="wants grad"):
        search(Wanting(), error, trials=1)
    with pytest.raises(ValueError, match="`estimator` is for"):
        search(Counting(), Elsewhere(), trials=1)
    with pytest.raises(TypeError, match="`estimator` is None"):
        search(Counting(), None, trials=1)
    with pytest.raises(ValueError, match="d0"):
        search(Counting(), error, trials=1, first=[Arch((("d0", 99),))])


def test_an_equal_space_is_the_same_space():
    class Here:
        space = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})

        def __call__(self, trial):
            return error(trial)

    assert len(search(Counting(), Here(), trials=2)) == 2


def test_first_are_told_before_any_ask():
    strategy = Counting()
    known = [SPACE.sample(k) for k in range(3)]
    history = search(strategy, error, trials=5, first=known)
    assert [r.trial.arch for r in history[:3]] == known and strategy.asked == 2 and len(strategy.told) == 5


def test_callbacks_see_each_tell_and_may_stop():
    seen = []
    history = search(Counting(), error, trials=50, callbacks=[lambda h: seen.append(len(h)), lambda h: len(h) == 4])
    assert seen == [1, 2, 3, 4] and len(history) == 4


def test_none_from_ask_waits_and_with_nothing_in_flight_is_an_error():
    with ThreadPoolExecutor(3) as pool:
        assert len(search(Counting(wait_at=(2, 4)), error, trials=8, executor=pool, workers=3)) == 8

    class Mute(Counting):
        def ask(self):
            return None

    with pytest.raises(RuntimeError, match="nothing in flight"):
        search(Mute(), error, trials=3)


def test_finished_ends_the_search():
    assert len(search(Counting(end=4), error, trials=10)) == 4
    with ThreadPoolExecutor(3) as pool:
        assert len(search(Counting(end=4), error, trials=10, executor=pool, workers=3)) == 4


def test_failures_become_results(caplog):
    def estimate(trial):
        n = trial.arch["d0"]
        if n == 1:
            raise MemoryError("no room")
        if n == 2:
            return Result({"error": float("nan")})
        if n == 3:
            raise SystemExit(3)
        return error(trial)

    history = search(Counting(), estimate, trials=5)
    assert [r.result.status for r in history] == ["ok", "failed", "failed", "failed", "ok"]
    reasons = [r.result.info["reason"] for r in history[1:4]]
    assert reasons == ["out of memory: MemoryError: no room", "diverged: the error is nan", "SystemExit: 3"]
    assert "no room" in history[1].result.info["traceback"] and "3 of 5 trials failed" in caplog.text


def test_an_answer_that_is_no_result_ends_the_search_and_keeps_the_history():
    with pytest.raises(TypeError, match=r"returned 0\.5, a float; it must return an nt\.Result") as caught:
        search(Counting(), lambda trial: 0.5 if trial.arch["d0"] == 2 else error(trial), trials=5)
    assert len(caught.value.history) == 2


def test_ctrl_c_returns_the_history_so_far():
    def estimate(trial):
        if trial.arch["d0"] == 3:
            raise KeyboardInterrupt
        return error(trial)

    assert len(search(Counting(), estimate, trials=50)) == 3


class Together:
    """An estimator with `.many`, which fails as a whole when one of its trials is bad."""

    def __init__(self, bad=None):
        self.sizes, self.bad = [], bad

    def __call__(self, trial):
        if trial.arch["d0"] == self.bad:
            raise ValueError("bad")
        return error(trial)

    def many(self, trials):
        self.sizes.append(len(trials))
        return [self(trial) for trial in trials]


def test_batches_go_to_many_together():
    together = Together()
    assert len(search(Counting(), together, trials=10, batch=4)) == 10 and together.sizes == [4, 4, 2]
    waiting = Together()
    assert len(search(Counting(wait_at=(3,)), waiting, trials=6, batch=4)) == 6 and waiting.sizes == [3, 3]


def test_one_bad_trial_fails_alone_in_its_batch():
    history = search(Counting(), Together(bad=1), trials=4, batch=4)
    assert [r.result.status for r in history] == ["ok", "failed", "ok", "ok"]


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


def test_staged_plans_are_written_from_top_to_bottom():
    class Halving(Staged):
        def plan(self):
            trials = [Trial(self.space.sample(self.rng)) for _ in range(4)]
            results = yield from self.stage(trials)
            best = min(zip(results, trials, strict=True), key=lambda pair: pair[0].error)[1]
            yield Trial(best.arch, repeat=1)

    with ThreadPoolExecutor(2) as pool:
        history = search(Halving(SPACE), error, trials=99, executor=pool, workers=2)
    assert len(history) == 5 and history[-1].trial.arch == min(history[:4], key=lambda r: r.error).trial.arch


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


def die_at_two(trial):
    import os
    import signal

    if trial.arch["d0"] == 2:
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return error(trial)


def test_two_searches_in_two_threads_do_not_meet():
    alone = search(nt.RegularizedEvolution(SPACE, population=8, sample=3, seed=5), error, trials=200)
    found = [None] * 2

    def run(k):
        found[k] = search(nt.RegularizedEvolution(SPACE, population=8, sample=3, seed=5), error, trials=200)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all([(r.trial, r.result) for r in history] == [(r.trial, r.result) for r in alone] for history in found)


def test_progress_goes_to_stderr_only(capsys):
    search(Counting(), lambda trial: (time.sleep(0.11), error(trial))[1], trials=3, progress=True)
    out = capsys.readouterr()
    assert out.out == "" and "2/3" in out.err and "best error" in out.err
