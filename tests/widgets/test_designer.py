import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.widgets import Designer
from tests.widgets.tables import SmallTable, Stack, stack_table

TABLE = nt.estimators.Table("digits-tiny")
SPACE = TABLE.space


def test_a_cell_is_built_decision_by_decision():
    designer = Designer(TABLE)
    assert set(dict(designer.arch.choices).values()) == {"skip"}
    designer.set("0->1", "conv3")
    designer.set("1->2", "avgpool3")
    assert designer.arch == nt.Arch((("0->1", "conv3"), ("0->2", "skip"), ("1->2", "avgpool3")))
    assert designer.error == TABLE(nt.Trial(designer.arch)).error
    assert repr(designer) == f"<Designer: error {designer.error:.4f}, rank {designer.rank} of 60 networks: {designer.arch}>"


moves = st.lists(
    st.one_of(st.tuples(st.just("set"), st.sampled_from(list(SPACE.options)), st.sampled_from(SPACE.ops)), st.just("undo"), st.just("random")), max_size=12
)


@settings(max_examples=40)
@given(moves, st.booleans())
def test_whatever_one_does_it_agrees_with_the_table(steps, around):
    """Error, rank and history are those of the table and of a search that is given the same architectures."""
    designer = Designer(TABLE)
    if around:
        designer.look_around()
    seen = [designer.arch] + (SPACE.neighbours(designer.arch) if around else [])
    path = []
    for step in steps:
        if step == "undo":
            if not path:
                continue
            designer.undo()
            assert designer.arch == path.pop()
        else:
            before = designer.arch
            designer.random() if step == "random" else designer.set(*step[1:])
            path += [before] if designer.arch != before else []
        seen += [designer.arch] + (SPACE.neighbours(designer.arch) if around else [])
    better = {SPACE.canonical(arch) for arch in SPACE if TABLE(nt.Trial(arch)).error < designer.error}
    assert designer.error == TABLE(nt.Trial(designer.arch)).error and designer.rank == 1 + len(better)
    unique = list(dict.fromkeys(seen))
    assert designer.history == nt.search(nt.RandomSearch(SPACE), TABLE, first=unique, trials=len(unique), progress=False)
    assert designer.best == designer.history.best()


def test_both_have_as_many_trials():
    designer = Designer(TABLE, rival="evolution", seed=3)
    designer.neighbours()
    designer.set("0->1", "conv3")
    mine, theirs = designer.race()
    assert mine == designer.history and len(mine) == len(theirs) == 13, "the neighbour that was looked at is seen already"
    assert theirs == nt.search(nt.RegularizedEvolution(SPACE, population=10, sample=5, seed=3), TABLE, trials=13, progress=False)
    for strategy in ("random search", nt.RandomSearch, nt.RandomSearch(SPACE, seed=3)):
        assert designer.race(strategy)[1] == nt.search(nt.RandomSearch(SPACE, seed=3), TABLE, trials=13, progress=False)
    mine.clear()
    theirs.clear()
    assert len(designer.history) == 13 and len(designer.race()[1]) == 13
    designer.race_against(nt.HillClimbing)
    assert designer.rival.name == "HillClimbing" and len(designer.race()[1]) == 13


def test_looking_costs_once():
    designer = Designer(TABLE)
    assert designer.unseen() == 12 and len(designer.history) == 1
    assert len(designer.neighbours()) == 12 and designer.unseen() == 0 and len(designer.history) == 13
    designer.neighbours()
    designer.undo() if designer.path else None
    assert len(designer.history) == 13
    designer.look_around(False)
    designer.set("0->1", "conv3")
    assert len(designer.history) == 13
    designer.set("0->2", "conv3")
    assert len(designer.history) == 14, "without a look around, a step is a trial"
    designer.look_around()
    assert len(designer.history) > 14


def test_who_looks_at_the_optimum_has_ended_the_race():
    designer = Designer(TABLE)
    assert designer.racing and designer.optimum() == TABLE.best() and not designer.racing
    designer.go(TABLE.best().trial.arch)
    assert designer.rank == 1 and len(designer.history) == 1 and designer.best.error > designer.error


def test_the_test_error_comes_last_and_once():
    table = SmallTable(SPACE, lambda arch: 0.1 + len(str(arch)) / 100)
    designer = Designer(table)
    for edge in SPACE.options:
        designer.set(edge, "conv3")
    assert table.tests == 0
    best = designer.best.trial.arch
    assert best != designer.arch and designer.finish() == designer.finish() == table(nt.Trial(best)).error + 0.5 and table.tests == 1
    for forbidden in (lambda: designer.set("0->1", "none"), designer.undo, designer.random, lambda: designer.go(best)):
        with pytest.raises(ValueError, match="this design is finished"):
            forbidden()


def test_other_spaces():
    designer = Designer(stack_table())
    assert designer.arch == next(iter(Stack()))
    designer.set("depth", 2)
    designer.set("width1", 16)
    assert dict(designer.arch.choices) == {"depth": 2, "width0": 4, "width1": 16} and designer.error == 1 / 20
    designer.set("width0", 16)
    assert math.isnan(designer.error) and designer.rank == 9 and designer.best.error == 1 / 20
    designer.set("depth", 1)
    assert dict(designer.arch.choices) == {"depth": 1, "width0": 16}
    assert [n.option for n in designer.neighbours()] == [2, 4, 8]


def test_nothing_but_failures_has_no_test_error():
    designer = Designer(stack_table(), nt.Arch((("depth", 1), ("width0", 16))))
    with pytest.raises(ValueError, match="no trial has finished yet"):
        designer.finish()
    assert designer.test_error is None and designer.racing


def test_outcomes_belong_to_the_rival():
    designer = Designer(TABLE)
    for edge in SPACE.options:
        designer.set(edge, "conv3")
    random = designer.outcomes()
    assert sum(random) == 50 and designer.outcomes() is random and sum(designer.outcomes(seeds=3)) == 3
    designer.set("0->1", "none")
    assert designer.outcomes() is not random
    designer.race_against("hill climbing")
    assert designer.outcomes() != random


def test_seeds_tell_apart():
    def walk(seed):
        designer = Designer(TABLE, seed=seed)
        for _ in range(5):
            designer.random()
        return designer.path, designer.race()[1]

    assert walk(1) == walk(1) and walk(1)[0] != walk(2)[0] and walk(1)[1] != walk(2)[1]


def test_bad_input():
    designer = Designer(TABLE)
    with pytest.raises(ValueError, match="`decision` is '2->0'; allowed are '0->1', '0->2', '1->2'"):
        designer.set("2->0", "skip")
    with pytest.raises(ValueError, match="`option` is 'conv5'; allowed for '0->1' are 'none', 'skip'"):
        designer.set("0->1", "conv5")
    with pytest.raises(ValueError, match="nothing to undo"):
        designer.undo()
    with pytest.raises(ValueError, match="which is none of CellSpace"):
        designer.go(nt.Arch((("width", 3),)))
    with pytest.raises(ValueError, match="which is none of CellSpace"):
        Designer(TABLE, nt.Arch((("width", 3),)))
    with pytest.raises(ValueError, match="`rival` is 'magic'"):
        Designer(TABLE, rival="magic")
    with pytest.raises(TypeError, match="`table` is a CellSpace, which has no archs"):
        Designer(SPACE)
    flags = Designer(SmallTable(nt.spaces.ChoiceSpace.of({"a": (False, True)}), lambda arch: 0.5))
    with pytest.raises(ValueError, match="`option` is 1; allowed for 'a' are False, True"):
        flags.set("a", 1)
    assert len(designer.history) == 1 and not designer.path


def test_what_is_displayed(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw, display_id: shown.append(Handle(data)) or shown[-1])
    designer = Designer(TABLE)
    designer._ipython_display_()
    designer._ipython_display_()
    assert [set(handle.data) for handle in shown] == [{"text/html", "text/plain", "application/vnd.jupyter.widget-view+json"}] * 2
    views = [handle.data["application/vnd.jupyter.widget-view+json"]["model_id"] for handle in shown]
    assert views[0] == views[1] == designer.widget().model_id, "one designer, wherever it is shown"
    assert "<img alt=" in shown[0].data["text/html"] and shown[0].data["text/plain"] == repr(designer)
    assert "test error" not in shown[0].data["text/html"]
    designer.finish()
    assert all("test error" in handle.data["text/html"] for handle in shown), "a saved notebook keeps the end"


class Handle:
    def __init__(self, data):
        self.data = data

    def update(self, data, raw):
        self.data = data


def test_without_ipywidgets_it_is_a_picture(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    designer = Designer(TABLE)
    assert set(designer._bundle()) == {"text/html", "text/plain"} and len(designer.history) == 13, "its neighbours are seen"
