"""Clicks, without a browser: what the buttons do, and what they say afterwards."""

import pytest

import nastutor as nt
from nastutor.widgets import Explorer
from nastutor.widgets.explorer_panel import ExplorerPanel
from tests.widgets.test_explorer import Growing


@pytest.fixture
def panel():
    return ExplorerPanel(Explorer(nt.spaces.ChainSpace(), seed=3))


def shown(panel):
    return panel.told.value, panel.network.value, panel.facts.value, panel.decisions.value


def test_each_button_takes_its_step(panel):
    clicked = ((panel.random, "random"), (panel.mutate, "mutation"), (panel.cross, "child"), (panel.sibling, "child"), (panel.ahead, "neighbour"))
    for button, kind in clicked:
        before = shown(panel)
        button.click()
        assert panel.explorer.step.kind == kind and panel.told.value != before[0] and panel.decisions.value != before[3], kind
    panel.ahead.click()
    assert panel.explorer.step.place[0] == 2 and "Neighbour 2 of" in panel.told.value
    panel.back.click()
    assert "Neighbour 1 of" in panel.told.value
    panel.undo.click()
    assert panel.explorer.step.kind == "child"


def test_buttons_are_off_where_there_is_nothing_to_do(panel):
    assert panel.undo.disabled and panel.sibling.disabled and not panel.cross.disabled
    panel.cross.click()
    assert not panel.undo.disabled and not panel.sibling.disabled
    panel.random.click()
    assert panel.sibling.disabled


def test_buttons_for_what_a_space_does_not_offer_are_off():
    panel = ExplorerPanel(Explorer(Growing()))
    assert [button.disabled for button in (panel.random, panel.mutate, panel.cross, panel.ahead, panel.back)] == [False, False, True, True, True]
    panel.mutate.click()
    assert "asked for only now" in panel.decisions.value


def test_what_is_refused_is_said_and_forgotten():
    panel = ExplorerPanel(Explorer(nt.spaces.ChoiceSpace.of({"<only>": (1,)})))
    panel.mutate.click()
    assert "no decision to change in &lt;only&gt;=1" in panel.message.value and len(panel.explorer.path) == 1
    panel.random.click()
    assert panel.message.value == ""


def test_steps_by_code_show_too(panel):
    before = shown(panel)
    panel.explorer.random()
    assert shown(panel)[3] != before[3]
