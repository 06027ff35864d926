"""nt.simulate against an event simulator written out by hand: order, times, limits, journals, groups, failures, what takes no time."""

import math
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.journal import read_events
from nastutor.simulation import PATIENCE
from tests.searching import SPACE, Counting
from tests.test_journal import copy_until

TIMES = (1.0, 2.0, 0.1, 3.0, 2.0, 0.7)  # with ties, and with sums that floats round


def numbered(trial):
    """Which trial of `Counting` this is."""
    return sum(trial.arch[f"d{i}"] * 5**i for i in range(6))


def timed(times=TIMES):
    """An estimator whose trial number n takes times[n], modulo how many there are."""
    return lambda trial: nt.Result({"error": numbered(trial) / 5**6}, cost=1.0, seconds=times[numbered(trial) % len(times)])


def seen(history):
    return [(numbered(record.trial), record.started, record.finished) for record in history]


def whole(history):
    return [(record.trial, record.result, record.started, record.finished) for record in history]


def by_hand(times, workers, trials, batch=1, in_order=False, seconds=math.inf):
    """(number, started, finished) in the order of telling: a list of what is in flight, searched through for whatever comes next."""
    now, asked, flying, told = 0.0, 0, [], []
    while True:
        while len(flying) < workers and asked < trials and now < seconds:
            group = range(asked, min(asked + batch, trials))
            flying.append((now + math.fsum(times[number % len(times)] for number in group), asked, now, group))
            asked = group.stop
        if not flying:
            return told
        following = flying[0] if in_order else min(flying, key=lambda flight: flight[:2])
        flying.remove(following)
        ends, _, began, group = following
        now = max(now, ends)
        told += [(number, began, ends) for number in group]


moments = st.one_of(st.sampled_from([0.1, 0.2, 0.3, 1.0, 2.0]), st.floats(1e-3, 1e5))


@settings(max_examples=150, deadline=None)
@given(
    times=st.lists(moments, min_size=1, max_size=20),
    workers=st.integers(1, 12),
    trials=st.integers(1, 60),
    batch=st.integers(1, 4),
    in_order=st.booleans(),
    seconds=st.one_of(st.none(), st.floats(0.05, 50)),
)
def test_every_event_is_exact(times, workers, trials, batch, in_order, seconds):
    order = "asked" if in_order else "completed"
    history = nt.search(Counting(), timed(times), trials=trials, seconds=seconds, batch=batch, order=order, executor=nt.simulate(workers))
    assert seen(history) == by_hand(times, workers, trials, batch, in_order, seconds or math.inf)


def test_ties_go_by_the_order_of_asking():
    history = nt.search(Counting(), timed((1.0,)), trials=9, executor=nt.simulate(workers=3))
    assert seen(history) == [(n, float(n // 3), n // 3 + 1.0) for n in range(9)]


@pytest.mark.parametrize("workers", [1, 7, 40])
def test_no_machine_is_idle_while_there_is_something_to_ask(workers):
    history = nt.search(Counting(), timed(), trials=200, executor=nt.simulate(workers))
    last_ask, end, busy = max(r.started for r in history), history[-1].finished, sum(r.result.seconds for r in history)
    for moment in {record.started for record in history}:
        assert sum(record.started <= moment < record.finished for record in history) == workers or moment == last_ask
    assert busy / workers <= end * (1 + 1e-12) and end <= busy / workers + max(TIMES), "Graham's bound for a list of jobs"


def test_fewer_in_flight_than_machines_and_never_more():
    alone = nt.search(Counting(), timed(), trials=20, executor=nt.simulate(workers=9), workers=1)
    assert seen(alone) == by_hand(TIMES, 1, 20)
    with pytest.raises(ValueError, match=r"`workers` is 10, and nt\.simulate\(9\) has 9"):
        nt.search(Counting(), timed(), trials=20, executor=nt.simulate(workers=9), workers=10)
    for wrong in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match=f"`workers` is {wrong}"):
            nt.simulate(wrong)


def test_a_strategy_learns_at_the_simulated_moment():
    """It may say "tell me more first": machines wait then, and the clock goes by."""
    history = nt.search(Counting(wait_at=(4,)), timed(), trials=6, executor=nt.simulate(workers=4))
    assert [record.started for record in history if numbered(record.trial) in (4, 5)] == [3.0, 3.0]


def test_the_limit_of_cost_counts_what_was_told():
    history = nt.search(Counting(), timed((1.0,)), cost=5.0, executor=nt.simulate(workers=4))
    assert len(history) == 8 and history[-1].finished == 2.0, "the second wave was under way when the fifth was told"


def evolution():
    return nt.RegularizedEvolution(SPACE, population=5, sample=2, seed=4)


class Halving(nt.Staged):
    """Machines wait at the end of each stage."""

    def plan(self):
        archs = [self.space.sample(self.rng) for _ in range(8)]
        while len(archs) > 1:
            results = yield from self.stage([nt.Trial(arch, repeat=len(archs)) for arch in archs])
            archs = [arch for _, arch in sorted(zip([r.error for r in results], archs, strict=True), key=lambda pair: pair[0])][: len(archs) // 2]


CASES = {
    "plain": {},
    "in order": {"order": "asked"},
    "groups": {"batch": 2},
    "limit of seconds": {"seconds": 9.0},
    "limit of cost": {"trials": None, "cost": 9.0},
    "known first": {"first": [SPACE.sample(k) for k in range(3)]},
    "stages": {"strategy": Halving},
}


@pytest.mark.parametrize("arguments", CASES.values(), ids=CASES)
def test_a_search_cut_after_any_event_ends_as_the_uninterrupted_one(tmp_path, arguments):
    def run(name):
        strategy = Halving(SPACE) if "strategy" in arguments else evolution()
        limits = {"trials": 16} | {key: value for key, value in arguments.items() if key != "strategy"}
        return nt.search(strategy, timed(), **limits, executor=nt.simulate(workers=4), journal=tmp_path / name)

    uninterrupted = run("whole")
    events = read_events(tmp_path / "whole")[1:]
    for last, event in enumerate(events):
        following = events[last + 1] if last + 1 < len(events) else None
        if (
            event.kind in ("asked", "answered")
            and following
            and following.kind == event.kind
            and following.body["at"] == event.body["at"]
            and "batch" in arguments
        ):
            continue  # a group goes out and comes in as one transaction
        copy_until(tmp_path / "whole", tmp_path / f"{last}", lambda kind, trial, event=event: (kind, trial) == (event.kind, event.trial))
        assert whole(run(f"{last}")) == whole(uninterrupted), f"cut after {event.kind} {event.trial}"


def test_a_longer_call_goes_on_from_where_the_clock_stood(tmp_path):
    cluster = nt.simulate(workers=3)
    nt.search(evolution(), timed(), seconds=5.0, executor=cluster, journal=tmp_path / "j")
    longer = nt.search(evolution(), timed(), seconds=12.0, executor=cluster, journal=tmp_path / "j")
    first = [record for record in longer if record.started < 5.0]
    assert max(record.finished for record in first) <= min(record.started for record in longer[len(first) :]) < 12.0 <= longer[-1].finished


def test_each_search_has_a_clock_of_its_own():
    cluster = nt.simulate(workers=5)
    expected = whole(nt.search(Counting(), timed(), trials=2_000, executor=nt.simulate(workers=5)))
    assert (
        whole(nt.search(Counting(), timed(), trials=2_000, executor=cluster))
        == expected
        == whole(nt.search(Counting(), timed(), trials=2_000, executor=cluster))
    )
    found = [None, None]

    def run(k):
        found[k] = whole(nt.search(Counting(), timed(), trials=2_000, executor=cluster))

    threads = [threading.Thread(target=run, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected, expected]


@pytest.mark.parametrize("stated", [0.0, -1.0, math.nan, math.inf])
def test_an_answer_without_its_time_ends_the_search(stated):
    def estimate(trial):
        return nt.Result({"error": 0.5}, seconds=stated if numbered(trial) == 3 else 1.0)

    with pytest.raises(TypeError, match=rf"`executor` is nt\.simulate.* a result states {stated!r} s: give `seconds` above 0") as caught:
        nt.search(Counting(), estimate, trials=9, executor=nt.simulate(workers=2))
    assert len(caught.value.history) >= 1


def test_failures_take_the_time_they_state_and_exceptions_none():
    def estimate(trial):
        if numbered(trial) == 1:
            raise ValueError("no such network")
        return nt.Result(status="failed", seconds=5.0) if numbered(trial) == 0 else timed((1.0,))(trial)

    history = nt.search(Counting(), estimate, trials=5, executor=nt.simulate(workers=2))
    assert seen(history) == [(1, 0.0, 0.0), (2, 0.0, 1.0), (3, 1.0, 2.0), (4, 2.0, 3.0), (0, 0.0, 5.0)]
    assert [record.result.status for record in history] == ["failed", "ok", "ok", "ok", "failed"]


def test_time_that_stands_still_is_noticed():
    def estimate(trial):
        raise ValueError("never")

    with pytest.raises(TypeError, match=rf"each of the last {PATIENCE:,} trials failed in 0 s"):
        nt.search(nt.RandomSearch(SPACE), estimate, seconds=60.0, executor=nt.simulate(workers=3))


def test_a_training_that_states_no_time_is_measured():
    history = nt.search(Counting(), lambda trial: time.sleep(0.005) or nt.Result({"error": 0.5}), trials=4, executor=nt.simulate(workers=4))
    assert all(0.005 <= record.finished == record.result.seconds for record in history)


def test_ctrl_c_returns_the_history_so_far():
    def estimate(trial):
        if numbered(trial) == 6:
            raise KeyboardInterrupt
        return timed((1.0,))(trial)

    assert len(nt.search(Counting(), estimate, trials=50, executor=nt.simulate(workers=3))) == 4


def calls(run):
    """How many functions of Python it calls: the same on any machine."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("order", ["completed", "asked"])
def test_hundreds_of_machines_cost_no_more_than_one(order):
    """Work for each event must not grow with what is in flight."""
    one, many = (calls(lambda n=n: nt.search(Counting(), timed(), trials=1_000, order=order, executor=nt.simulate(n), progress=False)) for n in (1, 500))
    assert 1_000 < many < 1.5 * one


def test_story_b2_on_the_smallest_table():
    table = nt.estimators.Table("digits-tiny")
    end = {}
    for workers in (1, 10, 1000):
        history = nt.search(nt.RandomSearch(table.space, seed=0), table, trials=5_000, executor=nt.simulate(workers=workers))
        assert len(history) == 5_000
        end[workers] = history[-1].finished
    assert end[1] > 9 * end[10] and end[10] > 20 * end[1000]
