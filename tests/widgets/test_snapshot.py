import math
from dataclasses import replace

import pytest

import nastutor as nt
from nastutor.widgets.snapshot import Snapshot, arch_text, ceiling, clock, number, short
from tests.widgets.searches import CELL, told


def record(error=None, **more):
    result = nt.Result.failed("no luck") if error is None else nt.Result({"error": error}, **more)
    return nt.Record(nt.Trial(nt.Arch((("width", 4),))), result)


def test_what_a_snapshot_says_of_a_history():
    history = nt.History([record(0.5, cost=2.0), record(), record(0.25, cost=2.0), record(0.4, cost=2.0)])
    snapshot = Snapshot("Random", history, limits={"trials": 8, "cost": 8.0})
    assert snapshot.best is history[2] and number(history, snapshot.best) == 3
    assert (snapshot.failed, snapshot.progress) == (1, 0.75), "the limit that comes first"
    assert snapshot.alt == "Random: 4 trials, 1 of them failed. The best validation error fell from 0.5000 to 0.2500, in trial 3: width=4."


def test_before_anything_has_finished():
    assert Snapshot("Random").best is None
    assert Snapshot("Random").alt == "Random: 0 trials; none has finished."
    assert Snapshot("Random", nt.History([record()])).alt == "Random: 1 trial, 1 of them failed; none has finished."


def of(*errors):
    return Snapshot("Random", nt.History(map(record, errors)))


@pytest.mark.parametrize("dead", [1, 3, 6])
def test_dead_networks_lie_above_the_axis(dead):
    alive = [0.03, 0.05, 0.015, 0.027, 0.048, 0.033, 0.025, 0.035]
    for errors in ([*alive, *[0.9] * dead], [*[0.9] * dead, *alive]):
        assert (of(*errors).top, of(*errors).above) == (0.05, dead)
        assert of(*errors).alt.endswith(f" {dead} trial{'s' if dead > 1 else ''} above 0.0500 at the upper edge.")


@pytest.mark.parametrize("errors", [[0.3], [0.25] * 6, [0.5, 0.4, 0.45, 0.3, 0.6], [0.9, 0.03]])
def test_without_strays_nothing_is_above(errors):
    assert (of(*errors).top, of(*errors).above) == (max(errors), 0)
    assert "above" not in of(*errors).alt


def test_without_errors_there_is_no_axis_to_fill():
    assert math.isnan(Snapshot("Random").top) and math.isnan(of(None).curves_top) and of(None).above == 0


def test_the_descent_of_the_incumbent_may_double_the_axis():
    others = [0.021, 0.021, 0.021, 0.026]
    assert (of(0.5, 0.031, 0.02, *others).top, of(0.5, 0.031, 0.02, *others).above) == (0.031, 1)
    assert of(0.5, 0.02, 0.031, *others).top == 0.026, "this one never was the best"
    assert (of(0.5, 0.033, 0.02, *others).top, of(0.5, 0.033, 0.02, *others).above) == (0.026, 2)


def test_learning_curves_are_cut_by_where_they_start():
    curves = [(0.65, 0.05), (0.5, 0.1), (0.3, 0.02), (0.9, 0.9), (0.3, 0.03), (0.35, math.nan)]
    history = nt.History(record(0.1, curve=curve) for curve in curves)
    assert (Snapshot("Random", history).curves_top, Snapshot("Random", history).curves_above) == (0.65, 1)
    assert Snapshot("Random", history).alt.endswith("width=4. 1 learning curve above 0.6500 at the upper edge.")
    assert Snapshot("Random", nt.History(history[3:4])).curves_top == 0.9


def test_those_stopped_early_have_errors():
    early = replace(record(0.2), result=nt.Result({"error": 0.2}, status="stopped"))
    snapshot = Snapshot("Random", nt.History([early, early, record()]))
    assert (snapshot.stopped, snapshot.failed, snapshot.best) == (2, 1, early)
    assert "3 trials, 1 of them failed, 2 of them stopped early. The best validation error is 0.2000, in trial 1" in snapshot.alt
    nothing = replace(early, result=nt.Result(status="stopped"))
    assert Snapshot("Random", nt.History([nothing])).best is None


def test_time_left_knows_pauses_only_where_the_limit_does():
    history = nt.History([record(0.5, cost=1.0)] * 4)
    assert Snapshot("Random", history, limits={"trials": 8}, elapsed=20.0, paused=1000.0).left == 20.0
    assert Snapshot("Random", history, limits={"seconds": 100.0}, elapsed=20.0, paused=30.0).left == 50.0
    assert Snapshot("Random", history, limits={"trials": 8, "cost": 5.0}, elapsed=20.0).left == pytest.approx(5.0), "the limit that comes first"
    assert Snapshot("Random", history, elapsed=20.0).left is None and Snapshot("Random", limits={"trials": 8}, elapsed=20.0).left is None


def test_a_ceiling_is_one_of_the_errors():
    assert ceiling([1.0, 2.0, 3.0, 100.0], 1.0, 8.0) == 3.0
    assert ceiling([1.0, 2.0, 3.0, 100.0], 1.0, 99.0) == 100.0
    assert ceiling([], 0.5, 8.0) == 0.5


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (13_450, "13.4 k"), (2.1e6, "2.1 M"), (None, "–"), (math.nan, "–")])
def test_short_numbers(value, text):
    assert short(value) == text


def test_clock_and_architectures_in_a_line():
    assert (clock(59.9), clock(60), clock(3600)) == ("0:59", "1:00", "1:00:00")
    assert arch_text(CELL.sample(0)).count(" ") == 2, "a cell: its options alone"
    assert arch_text(told(1)[0].trial.arch).startswith("width=")
    assert arch_text(nt.Arch((("a", "x" * 50),)), limit=10) == "a=xxxxxxx…"


def test_a_simulated_clock_says_how_much_is_done_and_a_real_one_how_long_it_takes():
    """4 trials, 50 of 200 simulated seconds, in 2 real ones: the rest takes 6 real seconds, not 150."""
    history = nt.History(replace(record(0.5), finished=finished) for finished in (20.0, 50.0, 30.0, 40.0))
    simulated = Snapshot("Random", history, limits={"seconds": 200.0}, elapsed=2.0, paused=1000.0, own_clock=True)
    assert (simulated.simulated, simulated.progress, simulated.left) == (50.0, 0.25, 6.0)
    assert Snapshot("Random", history, limits={"trials": 16}, elapsed=2.0, own_clock=True).left == 6.0
    assert Snapshot("Random", history, limits={"seconds": 200.0}, elapsed=2.0).left == 198.0, "where time is real, a watch is enough"
    assert Snapshot("Random", limits={"seconds": 200.0}, elapsed=2.0, own_clock=True).left is None
