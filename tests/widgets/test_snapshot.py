import math

import pytest

import nastutor as nt
from nastutor.widgets.snapshot import Snapshot, arch_text, clock, number, short
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


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (999, "999"), (13_450, "13.4 k"), (2.1e6, "2.1 M"), (None, "–"), (math.nan, "–")])
def test_short_numbers(value, text):
    assert short(value) == text


def test_clock_and_architectures_in_a_line():
    assert (clock(59.9), clock(60), clock(3600)) == ("0:59", "1:00", "1:00:00")
    assert arch_text(CELL.sample(0)).count(" ") == 2, "a cell: its options alone"
    assert arch_text(told(1)[0].trial.arch).startswith("width=")
    assert arch_text(nt.Arch((("a", "x" * 50),)), limit=10) == "a=xxxxxxx…"
