"""The map of beliefs without a browser: it is the model of the search, follows the sliders, and stays in a saved notebook as a picture."""

import math
import random
import re
import sys

import numpy as np
import pytest

import nastutor as nt
from nastutor.strategies.acquisition import expected_improvement
from nastutor.widgets import AcquisitionMap
from nastutor.widgets.acquisition import MapPanel

SPACE = nt.spaces.ChoiceSpace.of({"x": ("a", "b", "c"), "y": tuple(range(6))})


def answer(trial):
    return nt.Result({"error": 0.1 * trial.arch["y"] + random.Random(str(trial.arch)).random()})


VIEW = AcquisitionMap(SPACE, answer, 14, start=6)


@pytest.mark.parametrize("acquisition", ["ei", "ucb"])
def test_it_believes_what_the_search_believed(acquisition):
    view = AcquisitionMap(SPACE, answer, 12, start=6, acquisition=acquisition)
    strategy = nt.GaussianProcess(SPACE, 6, acquisition=acquisition)
    for trial in range(13):
        if trial > 6:  # what was told, and the settings with which the next was asked
            view.go(trial)
            asked = strategy.ask()
            model = strategy._model()[0] if not strategy.flying else None
            assert asked.arch == view.next and model is None
            scores = dict(zip(view.archs, view.promise, strict=True))
            known = {record.trial.arch for record in view.history[:trial]}
            assert scores[view.next] == pytest.approx(max(value for arch, value in scores.items() if arch not in known)), "the best that is new"
        else:
            asked = strategy.ask()
        strategy.tell(asked, answer(asked))


def test_means_and_deviations_are_the_processs_own():
    VIEW.go(10)
    mean, std = VIEW.model.predict(VIEW.rows[:, :, :10])
    np.testing.assert_array_equal(VIEW.mean, mean)
    np.testing.assert_allclose(VIEW.promise, expected_improvement(mean, std, float(VIEW.model.means.min())))
    assert VIEW.model.targets.tolist() == [record.error for record in VIEW.history[:10]]
    tried = [VIEW.archs.index(arch) for arch in VIEW.tried]
    assert VIEW.std[tried].max() < np.delete(VIEW.std, tried).max(), "what was tried is known better"


def test_more_trust_in_doubt_asks_elsewhere():
    table = nt.estimators.Table("digits-tiny")

    def asked(beta):
        view = AcquisitionMap(table.space, table, 20, acquisition="ucb", beta=beta)
        return [record.trial.arch for record in view.history]

    assert asked(0.0)[:10] == asked(8.0)[:10] and asked(0.0) != asked(8.0)


def test_a_table_has_its_truth_on_the_map():
    table = nt.estimators.Table("digits-tiny")
    view = AcquisitionMap(table.space, table, 10)
    assert view.truth[view.archs.index(table.archs[7])] == pytest.approx(float(np.asarray(table.column())[7]))
    svg = view.page().count("data:image/svg+xml")
    assert svg == 1 and len(view._panels()) == 4 and VIEW.truth is None and len(VIEW._panels()) == 3


def test_failed_trials_count_as_the_worst_and_where_all_fail_nothing_is_known():
    view = AcquisitionMap(SPACE, lambda trial: nt.Result.failed("planted") if trial.arch["x"] == "a" else answer(trial), 12, start=6)
    assert np.isfinite(view.mean).all() and view.model.targets.max() == max(record.error for record in view.history if record.result.usable)
    none = AcquisitionMap(SPACE, lambda trial: nt.Result.failed("planted"), 8, start=6)
    assert none.model is None and "Nothing is known yet" in none.alt and "nothing known yet" in str(none._panels()) and none.page()


def test_sliders():
    view = AcquisitionMap(SPACE, answer, 12, start=6, at=8, beta=3.0)
    panel = MapPanel(view)
    assert (panel.at.min, panel.at.max, panel.at.value) == (6, 12, 8) and ("3", 3.0) in panel.beta.options and panel.beta.disabled
    before = panel.page.value
    panel.at.value = 9
    assert view.at == 9 and "after 9 of 12 trials; expected improvement" in panel.page.value != before
    panel.acquisition.value = "ucb"
    assert view.acquisition == "ucb" and "lower bound, beta 3" in panel.page.value and not panel.beta.disabled
    panel.beta.value = 8.0
    assert view.beta == 8 and "after 9 of 12 trials; lower bound, beta 8" in panel.page.value
    assert view.widget() is view.widget()


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    VIEW.go(9)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    VIEW._ipython_display_()
    assert sorted(shown[0]) == ["text/html", "text/plain"]
    alt = re.search(r'alt="([^"]+)"', shown[0]["text/html"])[1]
    assert alt == VIEW.alt and alt.startswith("Maps of 18 architectures after 9 of 14 trials, expected improvement. Mean from ") and "Next is x=" in alt
    assert repr(VIEW) == f"<AcquisitionMap: {VIEW.alt}>" and len(shown[0]["text/html"]) < 60_000


def test_bad_input():
    conditional = nt.spaces.AutoNetSpace(layers=(1, 2), activations=("relu",), points=1)
    for make, text in [
        (lambda: AcquisitionMap(SPACE, answer, 5, start=6), "`trials` is 5"),
        (lambda: AcquisitionMap(SPACE, answer, 8, start=6, at=5), "`at` is 5; allowed are whole numbers from 6"),
        (lambda: AcquisitionMap(SPACE, answer, 8, start=6, at=9), "`at` is 9"),
        (lambda: AcquisitionMap(SPACE, answer, 8, start=6, acquisition="thompson"), "`acquisition` is 'thompson'"),
        (lambda: AcquisitionMap(SPACE, answer, 8, start=6, beta=-1), "`beta` is -1"),
        (lambda: AcquisitionMap(conditional, answer), "under conditions"),
        (lambda: AcquisitionMap(nt.spaces.CellSpace(nodes=5), answer), "a map has room for 20,000"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
    with pytest.raises(TypeError, match="allowed are spaces of decisions"):
        AcquisitionMap(nt.spaces.EditSpace(), answer)
    assert math.isfinite(VIEW.mean[0])
