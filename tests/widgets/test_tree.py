"""The search tree without a browser: it grows as the strategy's own, follows the sliders, and stays in a saved notebook as a picture."""

import math
import random
import re
import sys

import pytest

import nastutor as nt
from nastutor.widgets import SearchTree
from nastutor.widgets.tree import TreePanel

SPACE = nt.spaces.ChoiceSpace.of({"x": (0, 1, 2), "y": ("a", "b"), "z": tuple(range(8))})


def answer(trial):
    return nt.Result({"error": random.Random(str(trial.arch)).random()})


def counts(branch):
    return branch.visits, [counts(below) for below in branch.branches]


def of(node):
    return node.visits, [of(child) for _, child in sorted(node.children.items()) if child.visits]


@pytest.mark.parametrize("bisection", [False, True])
def test_the_tree_shown_is_the_one_of_the_search(bisection):
    strategy = nt.MCTS(SPACE, bisection=bisection, seed=3)
    view = SearchTree(SPACE, answer, 20, bisection=bisection, seed=3)
    for trial in range(1, 21):
        asked = strategy.ask()
        strategy.tell(asked, answer(asked))
        view.go(trial)
        assert view.history[trial - 1].trial == asked and counts(view.root) == of(strategy.root)
        assert view.root.mean == pytest.approx(strategy.root.total / trial)


def test_branches_bear_their_options():
    root = SearchTree(SPACE, answer, 40).root
    assert [(below.decision, below.label) for below in root.branches] == [("x", "0"), ("x", "1"), ("x", "2")] and root.ways == 3
    assert {below.label for below in root.branches[0].branches} == {"a", "b"}
    halved = SearchTree(nt.spaces.ChoiceSpace.of({"z": tuple(range(8))}), answer, 7, bisection=True).root
    assert [below.label for below in halved.branches] == ["0 … 3", "4 … 7"] and {b.label for b in halved.branches[0].branches} <= {"0, 1", "2, 3"}


def test_the_way_of_the_last_trial_is_on():
    view = SearchTree(SPACE, answer, 12)
    for at in range(1, 13):
        view.go(at)
        branch, arch = view.root, view.history[at - 1].trial.arch
        while branch.branches:
            on = [below for below in branch.branches if below.on]
            if not on:
                break
            (branch,) = on
            assert str(arch[branch.decision]) == branch.label
        assert view.root.on
    assert "the darker, the larger the mean reward" in view.page()
    view.go(0)
    assert not view.root.on and "Nobody has been anywhere" in view.page()


def test_the_bounds_are_those_of_the_strategy_and_say_where_it_goes():
    view = SearchTree(SPACE, answer, 20)
    for at in range(4, 20):
        view.go(at)
        if "branches are new" in view.page() or "branch is new" in view.page():
            continue
        name, visits, mean, bound = view._at_root()[0]
        child = view.strategy.root.children[int(name)]
        assert (visits, mean) == (child.visits, pytest.approx(child.total / child.visits))
        assert bound == view.strategy.bound(view.strategy.root, child) == max(found[3] for found in view._at_root())
        assert str(view.history[at].trial.arch["x"]) == name, "the next trial goes there"
        assert "<td" in view.page() and f"{bound:.3f}" in view.page()


def test_exploration_and_rewards_on_another_scale_are_seen_in_the_counts():
    def most(**settings):
        return max(below.visits for below in SearchTree(SPACE, answer, 24, **settings).root.branches)

    assert most(exploration=0) > most(exploration=10) == 8


def test_a_small_space_is_used_up_and_failed_trials_are_said():
    view = SearchTree(nt.spaces.ChoiceSpace.of({"x": (0, 1)}), lambda trial: nt.Result.failed("planted"), 9)
    assert len(view.history) == 2 and "failed" in view.page() and math.isnan(view.root.mean)
    whole = SearchTree(nt.spaces.ChoiceSpace.of({"x": (0, 1), "y": (0, 1)}), answer, 3)
    assert "nothing is left to try" in whole.page() or "new" in whole.page()


def test_sliders():
    view = SearchTree(SPACE, answer, 20, exploration=0.3)
    panel = TreePanel(view)
    assert ("0.3", 0.3) in panel.exploration.options and panel.at.value == 20
    before = panel.page.value
    panel.at.value = 5
    assert view.at == 5 and "after 5 of 20 trials" in panel.page.value != before
    panel.exploration.value = 10.0
    assert view.exploration == 10 and "after 5 of 20 trials; exploration 10" in panel.page.value
    panel.bisection.value = True
    assert view.bisection and "bisected" in panel.page.value and panel.at.max == 20
    assert view.widget() is view.widget()


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    view = SearchTree(SPACE, answer, 20, at=9)
    view._ipython_display_()
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    SearchTree(SPACE, answer, 20, at=9)._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"]
    alt = re.search(r'alt="([^"]+)"', shown[1]["text/html"])[1]
    assert alt == view.alt and alt.startswith("Search tree after 9 of 20 trials, exploration 0.5. root: 9 visits, mean 0.") and "x=1: " in alt
    assert repr(view) == f"<SearchTree: {view.alt}>" and len(shown[1]["text/html"]) < 60_000


def test_bad_input():
    for make, text in [
        (lambda: SearchTree(SPACE, answer, 0), "`trials` is 0"),
        (lambda: SearchTree(SPACE, answer, 5, at=6), "`at` is 6; allowed are whole numbers from 0 to 5"),
        (lambda: SearchTree(SPACE, answer, 5, exploration=-1), "`exploration` is -1"),
        (lambda: SearchTree(SPACE, answer, 5, bisection="yes"), "`bisection` is 'yes'"),
        (lambda: SearchTree(SPACE, answer, 5).go(-1), "`at` is -1"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
