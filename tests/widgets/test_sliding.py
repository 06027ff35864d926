"""A panel of a search that one steps through: the slider goes to a moment, other controls begin anew, and the slider follows without answering itself."""

import ipywidgets as w
import pytest

from nastutor.widgets.sliding import SlidingPanel


class Owner:
    def __init__(self):
        self.at, self.history, self.said = 3, [0] * 9, []

    def go(self, at):
        self.at = at
        self.said.append(f"go {at}")

    def begin(self, length):
        self.history, self.at = [0] * length, min(self.at, length)
        self.said.append(f"begin {length}")

    def page(self):
        return f"at {self.at} of {len(self.history)}"


class Panel(SlidingPanel):
    def __init__(self, owner, **more):
        self.length = w.IntSlider(value=9, min=1, max=20)
        super().__init__(owner, w.IntSlider(value=owner.at, min=1, max=9), self.length, **more)

    def restart(self):
        self.owner.begin(self.length.value)


def test_the_slider_goes_and_others_begin_anew():
    owner = Owner()
    panel = Panel(owner)
    assert panel.page.value == "at 3 of 9"
    panel.at.value = 7
    assert owner.said == ["go 7"] and panel.page.value == "at 7 of 9"
    panel.length.value = 5
    assert owner.said == ["go 7", "begin 5"], "the slider that was set to 5 did not go there by itself"
    assert (panel.at.max, panel.at.value, panel.page.value) == (5, 5, "at 5 of 5")


@pytest.mark.parametrize("shown", [True, False])
def test_others_are_seen_or_not(shown):
    panel = Panel(Owner(), shown=shown)
    assert any(panel.length in getattr(child, "children", ()) for child in panel.box.children) == shown


def test_a_panel_says_what_its_controls_do():
    with pytest.raises(TypeError, match="SlidingPanel does not say what its controls do: define restart"):
        SlidingPanel(Owner(), w.IntSlider(value=3, min=1, max=9)).restart()
