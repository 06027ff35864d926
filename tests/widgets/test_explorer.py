import sys

import pytest

import nastutor as nt
from nastutor.widgets import Explorer
from tests.contracts.parts import SPACES
from tests.widgets.searches import SPACE
from tests.widgets.tables import Stack

CHAINS = nt.spaces.ChainSpace()


OPEN = nt.spaces.EditSpace()


class Growing:
    """An open-ended space: `mutate` says which edit it made; there is no crossover, no list of neighbours."""

    def sample(self, rng):
        return nt.Arch((("width0", 4),))

    def validate(self, arch):
        assert all(name.startswith("width") for name, _ in arch.choices)

    def mutate(self, arch, rng):
        return nt.Arch((*arch.choices, (f"width{len(arch.choices)}", rng.choice((4, 8))))), f"Deepen(layer={len(arch.choices)})"


@pytest.mark.parametrize("name", SPACES)
def test_every_space_can_be_walked_and_shown(name):
    explorer = Explorer(SPACES[name], seed=1)
    for walk in (explorer.mutate, explorer.cross, explorer.sibling, explorer.random, explorer.neighbour):
        walk()
        explorer.space.validate(explorer.arch)
        page = explorer._bundle()["text/html"]
        assert "<img alt=" in page or "has no network here" in page
        assert [change.value for change in explorer.changes if change.mark != "gone"] == [value for _, value in explorer.arch.choices]


def test_open_ended_networks_can_be_walked_and_shown_but_for_children_of_two():
    explorer = Explorer(OPEN, seed=1)
    for walk in (explorer.mutate, explorer.random, explorer.neighbour):
        walk()
        assert explorer.arch in OPEN and "<img alt=" in explorer._bundle()["text/html"]
    explorer.mutate()
    assert explorer.step.edit(explorer.step.before) == explorer.arch
    with pytest.raises(ValueError, match="EditSpace offers no `crossover`"):
        explorer.cross()


def test_walks_are_those_of_the_space():
    explorer = Explorer(CHAINS, seed=4)
    rng = explorer.rng
    state = rng.getstate()
    before = explorer.arch
    explorer.mutate()
    rng.setstate(state)
    assert explorer.arch == CHAINS.mutate(before, rng) and explorer.step.before == before
    state = rng.getstate()
    mother = explorer.arch
    explorer.cross()
    a, b = explorer.step.parents
    rng.setstate(state)
    assert a == mother and b == CHAINS.sample(rng) and explorer.arch == CHAINS.crossover(a, b, rng)


def test_siblings_have_the_same_parents():
    explorer = Explorer(CHAINS, seed=0)
    with pytest.raises(ValueError, match="no parents yet"):
        explorer.sibling()
    a, b = CHAINS.sample(5), CHAINS.sample(7)
    explorer.cross(a, b)
    children = {explorer.arch}
    for _ in range(10):
        explorer.sibling()
        assert explorer.step.parents == (a, b)
        children.add(explorer.arch)
    assert len(children) > 1
    child = explorer.arch
    explorer.cross()
    assert explorer.step.parents[0] == child, "who crosses again crosses the child"


def test_neighbours_are_stepped_through_in_order_and_around():
    start = CHAINS.sample(3)
    explorer, neighbours = Explorer(CHAINS, start=start), CHAINS.neighbours(start)
    seen = []
    for number in range(len(neighbours)):
        explorer.neighbour()
        seen.append(explorer.arch)
        assert explorer.step.place == (number + 1, len(neighbours)) and explorer.step.before == start
    assert seen == neighbours
    explorer.neighbour()
    assert explorer.arch == neighbours[0]
    explorer.neighbour(-1)
    assert explorer.arch == neighbours[-1]
    explorer.undo()
    assert explorer.arch == start and len(explorer.path) == 1, "undo leads back to where the stepping began"
    explorer.neighbour(-1)
    assert explorer.arch == neighbours[-1]
    explorer.mutate()
    explorer.neighbour()
    assert explorer.step.before == explorer.path[-2].arch, "a mutation begins a new round"


def test_undo_goes_all_the_way_back():
    explorer = Explorer(CHAINS, seed=2)
    first = explorer.arch
    for walk in (explorer.random, explorer.mutate, explorer.cross):
        walk()
    for _ in range(3):
        explorer.undo()
    assert explorer.arch == first
    with pytest.raises(ValueError, match="nothing to undo"):
        explorer.undo()


def test_one_goes_to_an_architecture_of_ones_own():
    explorer = Explorer(SPACE, start=nt.Arch((("width", 2), ("kernel", 3))))
    explorer.go(nt.Arch((("width", 8), ("kernel", 3))))
    assert [(change.name, change.old, change.value) for change in explorer.changes if change.mark] == [("width", (2,), 8)]
    with pytest.raises(ValueError, match="none of ProductSpace"):
        explorer.go(nt.Arch((("width", 3),)))
    assert explorer.arch["width"] == 8


def test_seeds_tell_apart():
    def walk(seed):
        explorer = Explorer(CHAINS, seed=seed)
        explorer.mutate()
        explorer.cross()
        return [step.arch for step in explorer.path]

    assert walk(1) == walk(1) != walk(2)


def test_open_ended_spaces_say_which_edit_was_made():
    explorer = Explorer(Growing())
    explorer.mutate()
    assert explorer.step.edit == "Deepen(layer=1)" and [change.mark for change in explorer.changes] == ["", "new"]
    for walk, missing in ((explorer.cross, "crossover"), (explorer.neighbour, "neighbours")):
        with pytest.raises(ValueError, match=f"Growing offers no `{missing}`"):
            walk()
    assert "by Deepen(layer=1)" in explorer._bundle()["text/html"] and "an open-ended space" in explorer._bundle()["text/html"]


def test_a_space_of_one_architecture():
    explorer = Explorer(nt.spaces.ChoiceSpace.of({"only": (1,)}))
    with pytest.raises(ValueError, match="has no neighbours"):
        explorer.neighbour()
    with pytest.raises(ValueError, match="no decision to change"):
        explorer.mutate()


def test_bad_input():
    with pytest.raises(TypeError, match="`space` is 3"):
        Explorer(3)
    with pytest.raises(TypeError, match="`task` is 'digits'"):
        Explorer(CHAINS, "digits")
    with pytest.raises(ValueError, match="none of Stack"):
        Explorer(Stack(), start=nt.Arch((("width", 3),)))


def test_what_is_displayed(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    explorer = Explorer(CHAINS, seed=1)
    explorer._ipython_display_()
    explorer.mutate()
    explorer._ipython_display_()
    assert [set(data) for data in shown] == [{"text/html", "text/plain", "application/vnd.jupyter.widget-view+json"}] * 2
    views = [data["application/vnd.jupyter.widget-view+json"]["model_id"] for data in shown]
    assert views[0] == views[1] == explorer.widget().model_id, "one explorer, wherever it is shown"
    assert "<img alt=" in shown[1]["text/html"] and "A mutation:" in shown[1]["text/html"] and shown[1]["text/plain"] == repr(explorer)


def test_without_ipywidgets_it_is_a_picture(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert set(Explorer(CHAINS)._bundle()) == {"text/html", "text/plain"}
