"""The board's logic with a view that only writes down; what is clicked on is tested in tests/browser."""

import logging
import re
import signal
import threading
import time

import pytest

import nastutor as nt
from nastutor.widgets import board as module
from nastutor.widgets.board import Board
from nastutor.widgets.parts import figures
from tests.widgets.searches import SPACE, Slow, by_width


class View:
    """Writes down what it is shown; `on_show(view, snapshot)` plays the user."""

    def __init__(self, on_show=lambda view, snapshot: None):
        self.shown, self.on_show = [], on_show

    def open(self, snapshot, pause, stop):
        self.pause, self.stop = pause, stop
        self.shown.append(snapshot)

    def show(self, snapshot):
        self.shown.append(snapshot)
        self.on_show(self, snapshot)

    def close(self, snapshot):
        self.last = snapshot


@pytest.fixture
def on(monkeypatch):
    """`on(view)`: boards appear on this view."""
    monkeypatch.setattr(module, "QUICKEST", 0.02)
    return lambda view: monkeypatch.setattr(module, "surface", lambda space, task: view) or view


def board(estimator=by_width, **arguments):
    return Board(nt.RandomSearch(SPACE, seed=0), estimator, **{"trials": 12, **arguments})


def test_it_finds_what_search_finds(on):
    view = on(View())
    calls = []
    history = board(callbacks=[lambda history: calls.append(len(history))]).run()
    assert history == nt.search(nt.RandomSearch(SPACE, seed=0), by_width, trials=12, progress=False)
    assert calls == list(range(1, 13)), "the student's own callbacks are called too"
    assert (view.last.state, len(view.last.history), view.last.title) == ("finished", 12, "RandomSearch · ProductSpace · by_width")


def test_costs_are_told_in_what_they_are_paid_in(on):
    """Budgets of shared weights are steps, and their costs epochs; pipelines cost pipelines; a function says nothing."""
    task, cells, filters = nt.tasks.digits(train_size=60), nt.spaces.CellSpace(nodes=2), nt.spaces.VisionPipelineSpace((), (26,), seeds=1, points=1)
    shared = nt.estimators.SharedWeights(cells, task, 3, batch_size=20, device="cpu")
    pipelines = nt.estimators.Pipeline(filters, task, features=1200)
    for strategy, estimator, units in (
        (nt.DARTS(cells), shared, ("steps", "epochs")),
        (nt.RandomSearch(filters), nt.estimators.Cached(pipelines), ("pipelines", "pipelines")),
        (nt.RandomSearch(SPACE), by_width, ("epochs", "epochs")),
    ):
        view = on(View())
        Board(strategy, estimator, trials=1).run()
        assert (view.last.unit, view.last.paid_in) == units
        cost = f"{view.last.history.cost:,.4g}"
        assert f"cost {cost} {units[1]}" in " ".join(re.sub("<[^>]+>", " ", figures(view.last)).split())


class Judge:
    """Steps of training look better than anything that is judged (a budget of 0)."""

    gives, default_budget, least_budget = ("error", "mixture", "budget"), 1, 0

    def __init__(self):
        self.answers = iter((0.05, 0.01, 0.03, 0.4, 0.2, 0.3))

    def __call__(self, trial):
        return nt.Result({"error": next(self.answers)})


def test_the_best_is_among_those_that_the_strategy_judged(on):
    """As the chapter says and `recommend` does: a batch of training images on the way says nothing."""
    view = on(View())
    cells = nt.spaces.CellSpace(nodes=3)
    strategy = nt.OneShot(cells, 3, 3, paths="one", seed=0)
    history = Board(strategy, Judge(), trials=6).run()
    assert view.last.best is history[4] and view.last.best.trial.arch == strategy.recommend(history)
    assert view.last.incumbent == pytest.approx([float("nan")] * 3 + [0.4, 0.2, 0.2], nan_ok=True)
    assert "fell from 0.4000 to 0.2000, in trial 5" in view.last.alt
    view = on(View())
    before = Board(nt.OneShot(cells, 3, 3, paths="one", seed=0), Judge(), trials=3).run()
    assert view.last.best is before[1], "nothing is judged yet"


def test_the_strategy_is_left_as_it_was(on):
    on(View())
    strategy = nt.RandomSearch(SPACE, seed=0)
    Board(strategy, by_width, trials=3).run()
    assert "ask" not in vars(strategy)


def test_it_shows_what_is_being_tried(on):
    slow = Slow()
    view = on(View(lambda view, snapshot: snapshot.current and slow.go.set()))
    board(slow, trials=2).run()
    first = next(snapshot for snapshot in view.shown if snapshot.current)
    assert first.state == "running" and first.current.arch in set(SPACE)


def test_stop_keeps_what_was_told(on):
    view = on(View(lambda view, snapshot: len(snapshot.history) >= 3 and view.stop()))

    def unhurried(trial):
        time.sleep(0.02)
        return by_width(trial)

    history = board(unhurried, trials=10_000).run()
    assert 3 <= len(history) < 1000 and history.best() and view.last.state == "stopped"
    assert [record.trial for record in history] == [
        record.trial for record in nt.search(nt.RandomSearch(SPACE, seed=0), by_width, trials=len(history), progress=False)
    ]


def test_stop_does_not_wait_for_a_long_trial(on, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    slow = Slow()
    on(View(lambda view, snapshot: slow.busy.is_set() and view.stop()))
    began = time.perf_counter()
    history = board(slow).run()
    assert time.perf_counter() - began < 1.5 and history == []
    slow.go.set()
    search = next(thread for thread in threading.enumerate() if thread.name == "nastutor search")
    search.join(5)
    assert not search.is_alive() and history == [], "the thread ends at its next callback; what was returned does not change any more"


def test_a_search_left_behind_does_not_disturb_the_next(on, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    slow, strategy = Slow(), nt.RandomSearch(SPACE, seed=0)
    on(View(lambda view, snapshot: slow.busy.is_set() and view.stop()))
    assert Board(strategy, slow, trials=5).run() == []
    on(View(lambda view, snapshot: slow.go.set()))
    assert len(Board(strategy, slow, trials=5).run()) == 5
    assert "ask" not in vars(strategy)


def test_pause_holds_the_search_between_trials(on):
    counts = []

    def user(view, snapshot):
        if snapshot.state == "running" and len(snapshot.history) >= 2 and not counts:
            view.pause()
        if snapshot.state == "paused":
            counts.append(len(snapshot.history))
            if len(counts) == 5:
                view.pause()

    def unhurried(trial):
        time.sleep(0.02)
        return by_width(trial)

    on(View(user))
    assert len(board(unhurried, trials=8).run()) == 8
    assert counts[1:] == [counts[1]] * 4, "nothing is told while it pauses"


def test_pauses_do_not_count_as_time(on):
    pauses = []

    def user(view, snapshot):
        if snapshot.state == "running" and len(snapshot.history) == 1 and not pauses:
            view.pause()
        if snapshot.state == "paused" and snapshot.paused > 0:
            pauses.append(snapshot)
            if snapshot.paused > 0.4:
                view.pause()

    def unhurried(trial):
        time.sleep(0.1)
        return by_width(trial)

    view = on(View(user))
    began = time.perf_counter()
    board(unhurried, trials=3).run()
    whole = time.perf_counter() - began
    assert pauses[-1].elapsed - pauses[0].elapsed < 0.1 < 0.3 < pauses[-1].paused - pauses[0].paused, "the clock stands still"
    assert view.last.paused > 0.4 and view.last.elapsed < whole - 0.4


def test_a_simulated_cluster_shows_its_own_clock_beside_the_real_one(on):
    view = on(View())
    history = board(lambda trial: nt.Result({"error": 0.5}, seconds=3600.0), trials=12, executor=nt.simulate(workers=4)).run()
    assert view.last.own_clock and view.last.simulated == history[-1].finished == 3 * 3600 and view.last.elapsed < 3600
    board().run()
    assert not view.last.own_clock, "without such an executor there is one clock"


@pytest.mark.parametrize("progress", [None, True])
def test_no_bar_appears_below_the_board(on, capsys, progress):
    on(View())
    board(progress=progress).run()
    assert capsys.readouterr().err == ""


def test_stop_ends_a_pause(on):
    def user(view, snapshot):
        if snapshot.state == "paused":
            view.stop()
        elif len(snapshot.history) >= 1:
            view.pause()

    view = on(View(user))

    def unhurried(trial):
        time.sleep(0.05)
        return by_width(trial)

    assert 1 <= len(board(unhurried, trials=1000).run()) < 1000 and view.last.state == "stopped"


@pytest.fixture
def heard():
    """Python's own answer to an interrupt; a shell that starts the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_interrupt_is_a_stop(on, heard):
    view = on(View(lambda view, snapshot: len(snapshot.history) >= 2 and signal.raise_signal(signal.SIGINT)))

    def unhurried(trial):
        time.sleep(0.02)
        return by_width(trial)

    assert 2 <= len(board(unhurried, trials=1000).run()) < 1000 and view.last.state == "stopped"


def test_what_search_refuses_is_raised_in_the_cell(on):
    view = on(View())
    with pytest.raises(ValueError, match="needs a limit"):
        board(trials=None).run()
    assert view.last.state == "failed"

    def useless(trial):
        return 3

    with pytest.raises(TypeError, match="must return an nt.Result"):
        board(useless).run()


def test_a_misspelt_argument_is_refused_at_once():
    with pytest.raises(TypeError, match="trails"):
        Board(nt.RandomSearch(SPACE), by_width, trails=3)


def test_outside_of_a_notebook_it_is_search(caplog):
    with caplog.at_level(logging.ERROR):
        assert len(board(progress=False).run()) == 12


def test_slow_drawing_makes_frames_rarer(on, monkeypatch):
    monkeypatch.setattr(module, "SHARE", 0.5)
    slow = Slow()
    timer = threading.Timer(0.5, slow.go.set)
    timer.start()
    view = on(View(lambda view, snapshot: time.sleep(0.1)))
    board(slow, trials=1).run()
    assert 2 <= len(view.shown) <= 4, "0.1 s to draw, half of the time at most: one frame each 0.3 s"
