"""Alpha as a moving picture without a browser: what it saw is what the strategy had, and it follows the slider."""

import re
import sys

import numpy as np
import pytest

import nastutor as nt
from nastutor.widgets import Alphas
from nastutor.widgets.alphas import AlphasPanel

SPACE = nt.spaces.CellSpace(nodes=3, ops=("none", "skip", "conv3"))


def answered(trial):
    """A loss that is linear in the mixture: conv3 is worth most."""
    return nt.Result({"error": 0.5}, grad=nt.Mixture({name: [1.0, 0.4, 0.0] for name in trial.arch.weights}))


answered.gives = ("error", "mixture", "grad")


def watched(trials=12, every=3, **more):
    strategy = nt.DARTS(SPACE, lr=0.3, seed=1)
    view, seen = Alphas(strategy, every, **more), []
    nt.search(strategy, answered, trials=trials, callbacks=[view.look, lambda history: seen.append(strategy.probabilities)], progress=False)
    return view, seen, strategy


def test_it_saw_what_the_strategy_had():
    view, seen, strategy = watched()
    assert view.answers == [0, 3, 6, 9, 12] and view.at == 4
    for place, answers in enumerate(view.answers[1:], 1):
        view.go(answers)
        for name in SPACE.mixture_sites():
            np.testing.assert_array_equal(view.mixtures[place][name], seen[answers - 1][name])
            assert list(view.shares.at(place)[name].values()) == pytest.approx(seen[answers - 1][name].tolist())
    assert view.arch == strategy.recommend(nt.History()) == nt.Arch(tuple((name, "conv3") for name in SPACE.sites()))


def test_it_goes_to_the_last_look_before():
    view, *_ = watched()
    for answers, at in ((0, 0), (2, 0), (3, 1), (11, 3), (99, 4)):
        view.go(answers)
        assert view.at == at and f"after {view.answers[at]} of 12 answers" in view.page()
    view.go(3)
    assert view.arch == view.archs[1]


def test_what_it_says():
    view, *_ = watched()
    share = float(view.mixtures[-1]["0->1"][2])
    assert view.alt.startswith(f"DARTS after 12 of 12 answers. Largest shares: 0->1 conv3 {share:.2f}, 0->2 conv3")
    changed = sum(a != b for a, b in zip(view.archs, view.archs[1:]))
    assert view.alt.endswith({0: "never", 1: "once"}.get(changed, f"{changed} times") + " in 5 looks.")
    many = Alphas(nt.DARTS(nt.spaces.DARTSSpace()))
    assert "and 20 more decisions. What would be derived changed never in 1 looks." in many.alt


def test_the_truth_is_told_where_it_is_known():
    table = nt.estimators.Table("digits-tiny")
    view = Alphas(nt.DARTS(table.space), truth=table)
    assert f": error {table(nt.Trial(view.arch)).error:.3f}, trained alone" in view.page()
    assert "trained alone" not in Alphas(nt.DARTS(table.space)).page()


def test_of_shares_that_were_seen_earlier():
    view, *_ = watched()
    again = Alphas.of(SPACE, view.mixtures, view.answers, "DARTS")
    assert again.alt == view.alt and again.archs == view.archs and again.page() == view.page()


def test_slider_and_play_go_together():
    view, *_ = watched()
    panel = AlphasPanel(view)
    before = panel.page.value
    panel.at.value = 1
    assert view.at == panel.play.value == 1 and "after 3 of 12 answers" in panel.page.value != before
    panel.play.value = 3
    assert view.at == panel.at.value == 3 and "after 9 of 12" in panel.page.value
    assert view.widget() is view.widget()


def test_a_search_that_goes_on_gets_a_new_slider():
    view, _, strategy = watched()
    old = view.widget()
    nt.search(strategy, answered, trials=6, callbacks=[view.look], progress=False)
    assert view.widget() is not old and view.at == len(view.answers) - 1


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    view, *_ = watched()
    view._ipython_display_()
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    again, *_ = watched()
    again._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"] and len(shown[1]["text/html"]) < 40_000
    assert re.search(r'alt="([^"]+)"', shown[1]["text/html"])[1] == view.alt.replace(">", "&gt;")


def test_bad_input():
    with pytest.raises(TypeError, match=r"`strategy` is RandomSearch, which has no shares of options.*chapter 9"):
        Alphas(nt.RandomSearch(SPACE))
    for make, text in [
        (lambda: Alphas(nt.DARTS(SPACE), 0), "`every` is 0"),
        (lambda: Alphas(nt.DARTS(SPACE)).go(-1), "`answers` is -1"),
        (lambda: Alphas.of(SPACE, [], [], "x"), "`mixtures` are 0 and `answers` 0"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
