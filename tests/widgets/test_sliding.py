"""A panel of a search that one steps through: the slider goes to a moment, other controls begin anew, and the slider follows without answering itself."""

import ipywidgets as w
import pytest

import nastutor as nt
from nastutor.widgets.acquisition import MapPanel
from nastutor.widgets.densities import DensityPanel
from nastutor.widgets.learning import LearningPanel
from nastutor.widgets.lives import LivesPanel
from nastutor.widgets.pareto_front import FrontPanel
from nastutor.widgets.sliding import SlidingPanel, Stepped
from nastutor.widgets.tree import TreePanel


class Owner(Stepped):
    def __init__(self):
        self.at, self.history, self.said, self.share = 3, [0] * 9, [], 0.5

    def go(self, at):
        self.at = at
        self.said.append(f"go {at}")
        self.moved()

    def begin(self, length):
        self.history, self.at = [0] * length, min(self.at, length)
        self.said.append(f"begin {length}")
        self.moved()

    def page(self):
        return f"at {self.at} of {len(self.history)}"


class Panel(SlidingPanel):
    def __init__(self, owner, **more):
        self.length = w.IntSlider(value=9, min=1, max=20)
        self.share = w.SelectionSlider(value=0.5, options=[("0.5", 0.5), ("2", 2.0)])
        super().__init__(owner, w.IntSlider(value=owner.at, min=1, max=9), self.length, self.share, **more)

    def restart(self):
        self.owner.begin(self.length.value)

    def settings(self):
        return [(self.length, len(self.owner.history)), (self.share, self.owner.share)]


def test_the_slider_goes_and_others_begin_anew():
    owner = Owner()
    panel = Panel(owner)
    assert panel.page.value == "at 3 of 9"
    panel.at.value = 7
    assert owner.said == ["go 7"] and panel.page.value == "at 7 of 9"
    panel.length.value = 5
    assert owner.said == ["go 7", "begin 5"], "the slider that was set to 5 did not go there by itself"
    assert (panel.at.max, panel.at.value, panel.page.value) == (5, 5, "at 5 of 5")


def test_what_a_programme_sets_is_shown_and_begins_nothing():
    owner = Owner()
    panel, other = Panel(owner), Panel(owner)
    owner.go(4)
    owner.share = 1.0
    owner.begin(25)
    assert owner.said == ["go 4", "begin 25"], "controls that are set here did not answer"
    for shown in (panel, other):
        assert (shown.at.value, shown.at.max, shown.length.value, shown.share.value, shown.page.value) == (4, 25, 25, 1.0, "at 4 of 25")
        assert shown.share.options == (("0.5", 0.5), ("1", 1.0), ("2", 2.0))


@pytest.mark.parametrize("shown", [True, False])
def test_others_are_seen_or_not(shown):
    panel = Panel(Owner(), shown=shown)
    assert any(panel.length in getattr(child, "children", ()) for child in panel.box.children) == shown


def test_a_panel_says_what_its_controls_do():
    with pytest.raises(TypeError, match="SlidingPanel does not say what its controls do: define restart"):
        SlidingPanel(Owner(), w.IntSlider(value=3, min=1, max=9)).restart()
    with pytest.raises(TypeError, match="SlidingPanel does not say what its controls show: define settings"):
        SlidingPanel(Owner(), w.IntSlider(value=3, min=1, max=9)).settings()


TABLE = nt.spaces.ChoiceSpace.of({"x": ("a", "b"), "y": ("a", "b"), "z": (1, 2)})


def answer(trial):
    return nt.Result({"error": 0.1 + 0.2 * (trial.arch["x"] == "a") + 0.5 * (trial.arch["y"] == "b"), "params": 10 * trial.arch["z"]})


def learning():
    return nt.widgets.Learning({"falls": nt.QLearning(TABLE, models=8), "policy": nt.REINFORCE(TABLE, hidden=4)}, answer, 8)


@pytest.mark.parametrize(
    ("make", "panel", "change", "shown"),
    [
        (learning, LearningPanel, lambda view: view.choose("policy"), {"name": "policy"}),
        (lambda: nt.widgets.Densities(TABLE, answer, 8), DensityPanel, lambda view: view.set(0.3, False), {"gamma": 0.3, "distinct": False}),
        (lambda: nt.widgets.Lives(TABLE, answer, 8, population=6), LivesPanel, lambda view: view.set(5, "worst"), {"sample": 5, "remove": "worst"}),
        (lambda: nt.widgets.AcquisitionMap(TABLE, answer, 8, start=2), MapPanel, lambda view: view.set("ucb", 3.0), {"acquisition": "ucb", "beta": 3.0}),
        (lambda: nt.widgets.SearchTree(TABLE, answer, 8), TreePanel, lambda view: view.set(0.3, True), {"exploration": 0.3, "bisection": True}),
        (lambda: nt.widgets.ParetoFront(TABLE, answer, 8, cheap=lambda arch: arch["z"]), FrontPanel, lambda view: view.set(None), {"density": ""}),
    ],
)
def test_every_panel_follows_a_programme(make, panel, change, shown):
    view = make()
    live = panel(view)
    change(view)
    assert {name: getattr(live, name).value for name in shown} == shown
    assert live.page.value == view.page()
    view.go(5)
    assert live.at.value == 5 and live.page.value == view.page()
