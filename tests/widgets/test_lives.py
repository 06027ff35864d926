"""The population without a browser: it lives as the strategy's own, follows the sliders, and stays in a saved notebook as a picture."""

import random
import re
import sys

import pytest

import nastutor as nt
from nastutor.widgets import Lives
from nastutor.widgets.lives import WORDS, LivesPanel

SPACE = nt.spaces.ChoiceSpace.of({"x": (0, 1, 2), "y": ("a", "b"), "z": tuple(range(8))})


def answer(trial):
    return nt.Result({"error": random.Random(str(trial.arch)).random()})


def living(members):
    return [(member.arch, member.error) for member in members if member.death is None]


@pytest.mark.parametrize("remove", sorted(WORDS))
def test_the_population_shown_is_the_one_of_the_search(remove):
    strategy = nt.RegularizedEvolution(SPACE, 6, 3, remove=remove, seed=3)
    view = Lives(SPACE, answer, 30, population=6, sample=3, remove=remove, seed=3)
    for birth in range(1, 31):
        asked = strategy.ask()
        strategy.tell(asked, answer(asked))
        view.go(birth)
        assert sorted(living(view.known()), key=str) == sorted(living(strategy.lives), key=str) and len(living(view.known())) == min(birth, 6)


def test_the_last_birth_is_told_with_its_parent_and_who_left():
    view = Lives(SPACE, answer, 30, population=5, sample=2)
    view.go(3)
    assert "drawn at random. Nobody had to leave." in view.page()
    view.go(12)
    child = view.members[11]
    assert f"Birth 12, error {child.error:.4f}: a child of birth {child.parent + 1}, which has {view.members[child.parent].error:.4f}." in view.page()
    assert f"Birth 7, with {view.members[6].error:.4f}, has left for it, aged 5." in view.page()


def test_without_ageing_somebody_grows_old():
    aged = {remove: max(30 - m.birth for m in Lives(SPACE, answer, 30, population=6, sample=3, remove=remove).known() if m.death is None) for remove in WORDS}
    assert aged["oldest"] == 6 < min(aged["worst"], aged["loser"], aged["random"])


def test_the_family_is_that_of_the_best():
    view = Lives(SPACE, answer, 30, population=5, sample=3)
    line = re.findall(r"<tr><td[^>]*>(\d+)</td>", view.page())
    best = min(view.members, key=lambda member: member.error)
    assert line[0] == str(best.birth + 1) and (len(line) == 1 or line[1] == str(best.parent + 1))


def test_failed_trials_are_no_births():
    broken = Lives(SPACE, lambda trial: answer(trial) if trial.arch["y"] == "a" else nt.Result.failed("planted"), 30, population=4, sample=2)
    assert len(broken.members) < 30 and f"of {len(broken.members)}" in broken.alt
    with pytest.raises(ValueError, match="every trial failed"):
        Lives(SPACE, lambda trial: nt.Result.failed("planted"), 10)


def test_sliders():
    view = Lives(SPACE, answer, 30, population=6, sample=3)
    panel = LivesPanel(view)
    assert panel.at.value == 30 and panel.sample.max == 6
    before = panel.page.value
    panel.at.value = 9
    assert view.at == 9 and "after birth 9 of 30" in panel.page.value != before
    panel.remove.value = "worst"
    assert view.remove == "worst" and "after birth 9 of 30; 6 live, 3 compete, the worst of all leaves" in panel.page.value
    panel.sample.value = 6
    assert view.sample == 6 and "6 live, 6 compete" in panel.page.value and view.widget() is view.widget()


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    view = Lives(SPACE, answer, 30, at=20)
    view._ipython_display_()
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    Lives(SPACE, answer, 30, at=20)._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"]
    alt = re.search(r'alt="([^"]+)"', shown[1]["text/html"])[1]
    assert alt == view.alt and alt.startswith("After birth 20 of 30; 10 live, 4 compete, the oldest leaves. Lives of a population: 20 births, 10 alive")
    assert "Ages of the 10 that are alive: from 0 to 9 births" in alt and len(shown[1]["text/html"]) < 60_000
    assert Lives(SPACE, answer, 30, at=20).static() == view.static()


def test_bad_input():
    for make, text in [
        (lambda: Lives(SPACE, answer, 9, population=10), "`trials` is 9; allowed are whole numbers from 10"),
        (lambda: Lives(SPACE, answer, 20, at=21), "`at` is 21; allowed are whole numbers from 1 to 20"),
        (lambda: Lives(SPACE, answer, 20, sample=1), "`sample` is 1"),
        (lambda: Lives(SPACE, answer, 20, remove="youngest"), "`remove` is 'youngest'"),
        (lambda: Lives(SPACE, answer, 20).go(0), "`at` is 0"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
