"""TPE's densities without a browser: they are the strategy's, follow the sliders, and stay in a saved notebook as a picture."""

import random
import re
import sys
from html import unescape

import pytest

import nastutor as nt
from nastutor.widgets import Densities
from nastutor.widgets.densities import MOST, DensityPanel, Watched

SPACE = nt.spaces.ChoiceSpace.of({"x": ("a", "b", "c"), "y": tuple(range(6)), "z": (0, 1)})


def answer(trial):
    return nt.Result({"error": 0.5 * trial.arch["y"] + random.Random(str(trial.arch)).random()})


class Deep(nt.spaces.ChoiceSpace):
    """A decision under a condition."""

    def decide(self, choose):
        return [choose(f"w{n}", (1, 2, 3)) for n in range(choose("depth", (0, 1, 12)))]


@pytest.mark.parametrize("distinct", [False, True])
def test_they_are_those_by_which_the_search_asked(distinct):
    view = Densities(SPACE, answer, 20, start=6, gamma=1.0, distinct=distinct, seed=2)
    strategy = nt.TPE(SPACE, 6, gamma=1.0, distinct=distinct, seed=2)
    for trial in range(20):
        view.go(trial)
        for decision in view.decisions:
            assert (decision.good, decision.others) == strategy.densities(decision.name, decision.options)
        asked = strategy.ask()
        assert asked.arch == view.next and view.random == (trial < 6)
        strategy.tell(asked, answer(asked))


def test_the_counts_are_those_of_the_halves():
    view = Densities(SPACE, answer, 20, start=6, gamma=1.0)
    good, others = len(view.strategy.split.good.archs), len(view.strategy.split.bad.archs)
    assert good == 5 and others == 15 and all(decision.active == (5, 15) for decision in view.decisions)
    assert f"gamma 1: {good} good, {others} others" in view.alt and "y: largest l / g " in view.alt


def test_decisions_under_conditions_are_counted_where_they_were_asked():
    view = Densities(Deep(), lambda trial: nt.Result({"error": len(trial.arch.choices) / 20}), 30, start=10)
    assert len(view.decisions) == MOST and "4 more decisions" in view.page()
    by_name = {decision.name: decision for decision in view.decisions}
    assert by_name["depth"].active[0] == len(view.strategy.split.good.archs)
    asked = sum("w3" in dict(record.trial.arch.choices) for record in view.history)
    found = [decision for decision in view.decisions if decision.name == "w3"]
    assert not found or sum(found[0].active) == asked


def test_by_which_rule_the_next_was_asked():
    strategy = Watched(SPACE, 6, gamma=1.0, distinct=True, seed=0)
    first, second, third = (SPACE.sample(seed) for seed in range(3))
    assert strategy.told(first) == "", "nothing was offered"
    for offered, asked, rule in [
        ((first,), first, "the largest l / g of 24 draws from l"),
        ((first, second), second, "the largest l / g among new ones of 24 draws from l; 1 before it were known"),
        ((first, second), third, "drawn at random, as all 24 draws from l were known"),
        ((first, second), first, "the best draw again, as nothing new was found"),
    ]:
        strategy.offered = offered
        assert strategy.told(asked) == rule


def test_the_caption_says_when_it_was_not_the_best_draw():
    view = Densities(SPACE, answer, 20, start=6, gamma=1.0)
    known = [trial for trial, rule in enumerate(view.asked) if "before it were known" in rule]
    assert view.asked[:6] == [""] * 6 and known and view.next not in [record.trial.arch for record in view.history], "no repeat is promised"
    view.go(known[0])
    assert view.rule in unescape(view.page()) and view.rule in view.alt and "No repeats: what is known is passed over" in view.page()
    view.set(distinct=False)
    assert {*view.asked[6:]} == {"the largest l / g of 24 draws from l"} and "No repeats" not in view.page()


def test_sliders():
    view = Densities(SPACE, answer, 20, start=6, gamma=0.3)
    panel = DensityPanel(view)
    assert ("0.3", 0.3) in panel.gamma.options and panel.at.value == 20
    before = panel.page.value
    panel.at.value = 9
    assert view.at == 9 and "after 9 of 20 trials" in panel.page.value != before
    panel.gamma.value = 2.0
    assert view.gamma == 2 and "after 9 of 20 trials; gamma 2" in panel.page.value
    panel.distinct.value = False
    assert not view.distinct and "may repeat itself" in panel.page.value
    assert view.widget() is view.widget()


def test_nothing_was_told_and_all_were_alike():
    view = Densities(SPACE, lambda trial: nt.Result({"error": 0.5}), 9, start=3, at=0)
    assert view.random and "0 good, 0 others" in view.alt and "Next, at random: " in view.alt
    view.go(9)
    assert view.random and "at random" in view.page()


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    view = Densities(SPACE, answer, 20, start=6, at=12)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    view._ipython_display_()
    assert sorted(shown[0]) == ["text/html", "text/plain"]
    alt = unescape(re.search(r'alt="([^"]+)"', shown[0]["text/html"])[1])
    assert alt == view.alt and alt.startswith("TPE's densities after 12 of 20 trials, gamma 0.25: 1 good, 11 others. x: largest l / g ")
    assert repr(view) == f"<Densities: {view.alt}>" and len(shown[0]["text/html"]) < 40_000


def test_bad_input():
    for make, text in [
        (lambda: Densities(SPACE, answer, 0), "`trials` is 0"),
        (lambda: Densities(SPACE, answer, 5, at=6), "`at` is 6; allowed are whole numbers from 0 to 5"),
        (lambda: Densities(SPACE, answer, 5, gamma=0), "`gamma` is 0"),
        (lambda: Densities(SPACE, answer, 5, distinct=1), "`distinct` is 1"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
