"""The fabric view without a browser: stepping, clicking, numbers of paths, and what a saved notebook keeps."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.spaces import FabricSpace
from nastutor.widgets import FabricView
from nastutor.widgets.fabric import FabricPanel, number_of, path_of

SPACE = FabricSpace(layers=4, scales=3, channels=4)


@given(st.integers(2, 5), st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_numbers_of_paths_are_those_of_the_enumeration(layers, scales):
    space = FabricSpace(layers, scales)
    for number, arch in enumerate(space, start=1):
        assert number_of(space, arch) == number and path_of(space, number) == arch


def test_stepping():
    view = FabricView(SPACE)
    assert view.number == 1 and view.space.plan(view.arch) == [1, 1, 1, 1]
    view.step(-1)
    assert view.number == SPACE.size == 41
    view.step(3)
    assert view.number == 3 and repr(view) == f"<FabricView: path 3 of 41: {view.arch}>"
    drawn = []
    for other in (FabricView(SPACE, seed=1), FabricView(SPACE, seed=1), FabricView(SPACE, seed=2)):
        for _ in range(5):
            other.random()
            drawn.append(other.number)
    assert drawn[:5] == drawn[5:10] != drawn[10:]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_through_a_place_as_near_as_can_be(data):
    start = path_of(SPACE, data.draw(st.integers(1, SPACE.size)))
    layer, scale = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    view = FabricView(SPACE, start=start)
    view.through(layer, scale)
    old, new = SPACE.plan(start), SPACE.plan(view.arch)
    assert new[layer - 1] == scale

    def moved(path):
        return sum(abs(a - b) for a, b in zip(old, path))

    assert moved(new) == min(moved(path) for path in map(SPACE.plan, SPACE) if path[layer - 1] == scale)


def test_numbers_are_those_of_the_networks():
    view = FabricView(SPACE, nt.tasks.digits())
    view.go(17)
    own, every = SPACE.graph(view.arch, view.task).counts(), SPACE.fabric(view.task).counts()
    said = re.sub("<[^>]+>", " ", view.facts())
    assert f"{own.params:,}" in said and f"{every.params:,}" in said and "of 41 paths" in said and "dense" in said
    arch = view.arch
    view.set_sparse(True)
    assert view.space.sparse and view.arch == arch and view.counts(whole=True).params < every.params and "sparse" in view.facts()
    assert view.space.settings == {**SPACE.settings, "sparse": True}


def test_a_place_is_clicked_and_the_slider_moved():
    view = FabricView(SPACE)
    panel = FabricPanel(view)
    view._panel = panel
    before = panel.picture.value, panel.facts.value
    button = panel.places[2, 3]
    assert button.tooltip == "Go through scale 2 in layer 3" and button.description == "2×2" and button.style.font_weight == ""
    button.click()
    assert view.space.plan(view.arch) == [1, 1, 2, 1] and panel.slider.value == view.number and button.style.font_weight == "bold"
    assert all(old != new for old, new in zip(before, (panel.picture.value, panel.facts.value), strict=True))
    panel.slider.value = 41
    assert view.number == 41
    panel.next.click()
    assert view.number == 1 == panel.slider.value
    panel.back.click()
    assert view.number == 41
    panel.random.click()
    assert view.number == panel.slider.value
    panel.sparse.click()
    assert view.space.sparse and panel.sparse.description == "Make it dense"


def test_buttons_lie_on_the_places():
    from nastutor.widgets.fabric_picture import Grid

    panel = FabricPanel(FabricView(SPACE))
    for place, button in panel.places.items():
        left, top = Grid(4, 3).corner(place)
        assert (button.layout.margin, button.layout.grid_area) == (f"{top}px 0 0 {left}px", "1 / 1")
    assert len(panel.places) == 12
    assert FabricPanel(FabricView(FabricSpace(3, 2, 2))).sparse.disabled, "two channels have no neighbours on both sides"


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    view = FabricView(SPACE)
    view._ipython_display_()
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"] and view.widget() is view.widget()
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    FabricView(SPACE)._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"], "without ipywidgets the picture alone"
    for bundle in shown:
        assert f'alt="{view.alt}"' in bundle["text/html"] and "The chain:" in bundle["text/html"] and len(bundle["text/html"]) < 40_000


def test_bad_input():
    for make, kind, text in [
        (lambda: FabricView(nt.spaces.CellSpace()), TypeError, "`space` must be a FabricSpace, got CellSpace"),
        (lambda: FabricView(SPACE, start=FabricSpace(5, 3).sample(0)), ValueError, "`arch` is"),
        (lambda: FabricView(FabricSpace(4, 5), nt.tasks.digits()), ValueError, "divisible by 16"),
        (lambda: FabricView(SPACE).go(42), ValueError, "`number` is 42; allowed are whole numbers from 1 to 41"),
        (lambda: FabricView(SPACE).go(0), ValueError, "`number` is 0"),
        (lambda: FabricView(SPACE).through(5, 1), ValueError, "`layer` is 5; allowed are whole numbers from 1 to 4"),
        (lambda: FabricView(SPACE).through(1, 4), ValueError, "`scale` is 4; allowed are whole numbers from 1 to 3"),
    ]:
        with pytest.raises(kind, match=text):
            make()
