"""The scatter of scores and truth without a browser: it follows slider and menus, its numbers are scipy's, and a saved notebook keeps the picture."""

import re
import sys

import numpy as np
import pytest
from scipy.stats import kendalltau

import nastutor as nt
from nastutor.widgets import RankView
from nastutor.widgets.ranks import RankPanel

RNG = np.random.default_rng(0)
TRUTH = np.exp(RNG.normal(-2, 0.5, 20))
RUNS = TRUTH * np.exp(RNG.normal(0, 0.1, (3, 20)))
SCORES = {"one path": {0: RNG.random((4, 20)), 10: RUNS.mean(0) * np.exp(RNG.normal(0, 0.4, (4, 20)))}, "a <score>": {5: TRUTH, 10: -TRUTH}}


def view(**how):
    return RankView(SCORES, RUNS, **how)


def test_tau_is_that_of_scipy_for_the_mean_of_runs_and_for_each():
    shown, truth = view(), RUNS.mean(0)
    taus = [kendalltau(run, truth).statistic for run in SCORES["one path"][10]]
    assert shown.at == 10 and shown.way == "one path" and shown.tau == pytest.approx(np.mean(taus))
    for run in range(4):
        shown.set(run=run)
        assert shown.tau == pytest.approx(taus[run]) and np.array_equal(shown.shown, SCORES["one path"][10][run])
    shown.set(run=None, at=0)
    assert np.allclose(shown.shown, SCORES["one path"][0].mean(0))
    assert shown.ceiling == pytest.approx(np.mean([kendalltau(RUNS[a], RUNS[b]).statistic for a, b in ((0, 1), (0, 2), (1, 2))]))
    apart = RankView(SCORES, TRUTH, repeats=RUNS)
    assert apart.ceiling == shown.ceiling and np.array_equal(apart.truth, TRUTH)


def test_a_way_of_other_moments_is_shown_at_its_last():
    shown = view(at=0)
    shown.set(way="a <score>")
    assert shown.at == 10 and shown.moments == [5, 10] and "a &lt;score&gt;" in shown.page() and "<score>" not in shown.page()
    shown.set(at=5)
    assert shown.tau > 0.8 and "one run" in shown.alt
    shown.set(way="one path")
    assert shown.at == 10


def test_a_score_that_says_the_same_of_all_has_no_order():
    flat = RankView({"flat": {0: np.full(20, 0.9)}}, TRUTH)
    assert flat.tau == 0 and np.isnan(flat.ceiling) and "two runs of the truth" not in flat.page() and flat.ranks is False
    flat.set(ranks=True)
    assert "after 0 steps: Kendall&#x27;s tau 0.00" in flat.page()


def test_the_words_say_what_is_seen():
    shown = view(unit="epochs", note="REPLAYED & checked")
    first = int(shown.shown.argmin())
    truth = RUNS.mean(0)
    assert f"It puts first one with a true error of {truth[first]:.3f}, which {(truth < truth[first]).sum()} others beat" in shown.alt
    assert "20 architectures by one path after 10 epochs, the mean of 4 runs" in shown.alt and "REPLAYED &amp; checked" in shown.page()
    assert re.search(r"; a <score>: 0\.\d+ at 5, -0\.\d+ at 10\.$", shown.alt)


def test_controls():
    shown = view()
    panel = RankPanel(shown)
    before = panel.page.value
    panel.at.value = 0
    assert shown.at == 0 and "after 0 steps" in panel.page.value != before
    panel.run.value = 2
    assert shown.run == 2
    panel.ranks.value = True
    assert shown.ranks
    panel.way.value = "a <score>"
    assert (shown.way, shown.at, shown.run, panel.run.value) == ("a <score>", 10, None, None) and list(panel.at.options) == [5, 10]
    assert list(panel.run.options) == [("mean", None), ("0", 0)] and shown.widget() is shown.widget()


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    own = view(at=0)
    own._ipython_display_()
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    view(at=0)._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"] and "<img" in shown[1]["text/html"] and len(shown[1]["text/html"]) < 60_000
    assert re.search(r'alt="(20 architectures by one path after 0 steps[^"]+)"', shown[1]["text/html"])
    assert repr(own) == f"<RankView: {own.alt}>"


def test_bad_input():
    for make, text in [
        (lambda: RankView({}, TRUTH), "`scores` is {}"),
        (lambda: RankView({"a": {}}, TRUTH), "`scores` is"),
        (lambda: RankView({"a": {0: TRUTH[:5]}}, TRUTH), r"`scores\['a'\]\[0\]` has shape \(5,\); allowed are finite numbers, .* of the 20 architectures"),
        (lambda: RankView({"a": {-1: TRUTH}}, TRUTH), "`moment` is -1"),
        (lambda: RankView({"a": {0: TRUTH}}, [0.1, np.nan]), "`truth` has shape"),
        (lambda: view(at=3), "`at` is 3; allowed are 0, 10"),
        (lambda: view(way="b"), "`way` is 'b'; allowed are 'one path', 'a <score>'"),
        (lambda: view(run=4), "`run` is 4; allowed are None and whole numbers from 0 to 3"),
        (lambda: view(ranks=1), "`ranks` is 1"),
        (lambda: view(top=0), "`top` is 0"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()


def test_it_is_offered():
    assert nt.widgets.RankView is RankView
