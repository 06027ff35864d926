"""The loop: first, callbacks, waiting, failures, batches, stages, threads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import nastutor as nt
from nastutor.core import Result, Staged, Trial
from nastutor.loop import search
from tests.searching import SPACE, Counting, error


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
