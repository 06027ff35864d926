"""What is learned, without a browser: each moment is that of the search, the slider and the choice go there, and a picture stays."""

import re
import sys

import pytest

import nastutor as nt
from nastutor import plot
from nastutor.widgets import Learning, learning
from nastutor.widgets.learning import LearningPanel

SPACE = nt.spaces.ChoiceSpace.of({"x": ("a", "b"), "y": ("a", "b")})


def answer(trial):
    return nt.Result({"error": 0.2 * (trial.arch["x"] == "a") + 0.5 * (trial.arch["y"] == "b")})


def both():
    return Learning({"falls": nt.QLearning(SPACE, models=20), "policy": nt.REINFORCE(SPACE, hidden=4)}, answer, 20, at=5)


def test_each_moment_is_that_of_the_search():
    view, strategy = Learning(nt.QLearning(SPACE, models=12), answer, 12), nt.QLearning(SPACE, models=12)
    for trial in range(1, 13):
        asked = strategy.ask()
        strategy.tell(asked, answer(asked))
        view.go(trial)
        assert view.history[trial - 1].trial == asked and view.rows == plot.learned(strategy)
    assert view.name == "QLearning" and "after 12 of 12 trials" in view.page()


def test_the_last_trial_and_the_mean_of_the_latest_are_told():
    view = Learning(nt.QLearning(SPACE, models=30), answer, 30, at=25)
    record = view.history[24]
    assert f"Trial 25, {record.trial.arch}: error {record.error:.4f}." in view.page()
    assert f"last 20 trials: {sum(one.error for one in view.history[5:25]) / 20:.4f}" in view.page()


def test_strategies_search_when_they_are_chosen():
    view = both()
    assert list(view.histories) == ["falls"]
    view.choose("policy")
    assert view.at == 5 and view.alt.startswith("policy after 5 of 20 trials. Heat map of 2 rows.")
    kept = view.history
    view.choose("falls")
    view.choose("policy")
    assert view.history is kept


@pytest.mark.parametrize("name", ["falls", "policy"])
def test_colours_mean_the_same_at_each_moment(monkeypatch, name):
    spans = []
    monkeypatch.setattr(learning, "heat_map", lambda rows, span: spans.append(span) or plot.heat_map(rows, span=span))
    view = both()
    view.choose(name)
    for trial in (6, 20):
        view.go(trial)
        view.page()
    values = [value for rows in view.moments[name] for row in rows for value in row.values]
    assert spans == [(0.0, 1.0) if name == "policy" else (min(values), max(values))] * 2


def test_failed_trials_are_said():
    view = Learning(nt.QLearning(SPACE), lambda trial: nt.Result.failed("planted"), 3)
    assert "failed" in view.page() and "Nothing is known yet" in view.page() and "Nothing is known yet" in view.alt


def test_slider_and_choice():
    view = both()
    panel = LearningPanel(view)
    assert (panel.at.value, panel.at.max) == (5, 20) and len(panel.box.children[-2].children) == 2
    before = panel.page.value
    panel.at.value = 20
    assert view.at == 20 and "after 20 of 20 trials" in panel.page.value != before
    panel.name.value = "policy"
    assert "policy" in panel.page.value and view.name == "policy" and panel.at.value == 20
    alone = LearningPanel(Learning(nt.QLearning(SPACE), answer, 3))
    assert len(alone.box.children[-2].children) == 1, "nothing to choose from"


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    view = both()
    view._ipython_display_()
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"] and view.widget() is view.widget()
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    both()._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"]
    assert re.search(r'alt="([^"]+)"', shown[1]["text/html"])[1] in view.alt and len(shown[1]["text/html"]) < 60_000


def test_bad_input():
    used = nt.QLearning(SPACE)
    used.ask()
    for make, error, text in [
        (lambda: Learning({}, answer), ValueError, "`strategies` is empty"),
        (lambda: Learning(nt.RandomSearch(SPACE), answer), TypeError, "`strategy` is RandomSearch; allowed are QLearning"),
        (lambda: Learning(used, answer), ValueError, "QLearning that was asked 1 times; allowed are fresh ones"),
        (lambda: Learning(nt.QLearning(SPACE), answer, 0), ValueError, "`trials` is 0"),
        (lambda: Learning(nt.QLearning(SPACE), answer, 5, at=6), ValueError, "`at` is 6; allowed are whole numbers from 1 to 5"),
        (lambda: both().choose("moon"), ValueError, "`name` is 'moon'; allowed are falls, policy"),
    ]:
        with pytest.raises(error, match=text):
            make()
