"""Clicks, without a browser: what the buttons do, and what they say afterwards."""

import time

import pytest

import nastutor as nt
from nastutor.widgets import Designer
from nastutor.widgets.designer_panel import DesignerPanel
from nastutor.widgets.designer_standing import decisions
from tests.widgets.tables import SmallTable, stack_table

TABLE = nt.estimators.Table("digits-tiny")


class Own(nt.RandomSearch):
    """A strategy of the student's."""


@pytest.fixture
def panel():
    return DesignerPanel(Designer(TABLE))


def test_an_edge_is_clicked_and_an_operation_picked(panel):
    before = panel.facts.value, panel.builder.picture.value, panel.chart.value
    panel.builder.edges["0->2"].click()
    assert panel.chosen == "0->2" and panel.builder.edges["0->2"].style.font_weight == "bold" and panel.builder.edges["0->1"].style.font_weight == ""
    assert "Edge <b>0 → 2</b>" in panel.builder.prompt.value and len(panel.designer.history) == 1, "choosing an edge costs nothing"
    panel.builder.ops["conv3"].click()
    assert panel.designer.arch["0->2"] == "conv3" and f"{panel.designer.error:.4f}" in panel.facts.value
    assert panel.builder.edges["0->2"].description == "conv3" and panel.builder.ops["conv3"].description == "✓ conv3"
    assert all(old != new for old, new in zip(before, (panel.facts.value, panel.builder.picture.value, panel.chart.value), strict=True))
    panel.undo.click()
    assert panel.designer.arch["0->2"] == "skip" and panel.undo.disabled


def test_buttons_lie_on_the_labels(panel):
    from nastutor.widgets.designer_cell import Stage

    for name, edge in (("0->1", (0, 1)), ("0->2", (0, 2)), ("1->2", (1, 2))):
        left, top = Stage(3).corner(edge)
        layout = panel.builder.edges[name].layout
        assert (layout.margin, layout.grid_area, layout.width) == (f"{top}px 0 0 {left}px", "1 / 1", f"{Stage(3).pill}px")


def test_a_dead_edge_loses_its_colour(panel):
    fills = {panel.builder.edges["0->1"].style.button_color}
    panel.designer.set("1->2", "none")
    fills.add(panel.builder.edges["0->1"].style.button_color)
    assert len(fills) == 2


def test_neighbours_have_a_price_and_lead_on(panel):
    assert panel.around.toggle.description == "Show the neighbours (12 trials)" and panel.around.grid.layout.display == "none"
    panel.around.toggle.click()
    assert panel.around.toggle.description == "Hide the neighbours" and panel.around.grid.layout.display == "" and len(panel.designer.history) == 13
    goal = min(panel.designer.neighbours(), key=lambda n: n.error)
    button = panel.around.buttons[goal.decision, goal.option]
    assert button.description == f"{goal.option} ▼ {goal.error:.4f}" and not button.disabled
    button.click()
    assert panel.designer.arch == goal.arch and button.disabled and button.description == f"{goal.option} ● {goal.error:.4f}"
    assert panel.builder.edges[goal.decision].description == goal.option, "the drawing follows"
    panel.around.toggle.click()
    assert panel.around.grid.layout.display == "none" and panel.around.toggle.description.startswith("Show the neighbours")


def test_random_best_and_what_is_refused(panel):
    start = panel.designer.arch
    panel.random.click()
    assert panel.designer.arch != start
    panel.designer.go(TABLE.best().trial.arch)
    panel.random.click()
    panel.best.click()
    assert panel.designer.rank == 1
    panel.act(lambda: panel.designer.set("0->1", "<conv5>"))
    assert "&#x27;&lt;conv5&gt;&#x27;; allowed for" in panel.message.value
    panel.random.click()
    assert panel.message.value == ""


def test_the_race(panel):
    race = panel.race
    for _ in range(12):
        panel.random.click()
    first = panel.chart.value
    race.rival.value = "evolution"
    assert panel.designer.rival.name == "evolution" and panel.chart.value != first and "Evolution leads" in panel.verdict.value
    panel.designer.race_against(Own)
    assert race.rival.value == "Own"
    race.rival.value = "random search"
    race.rival.value = "Own"
    assert panel.designer.make_rival is Own
    assert "optimum" not in panel.verdict.value
    race.optimum.click()
    assert race.optimum.disabled and "The optimum has error <b>0.0736</b>" in panel.verdict.value and "test error" not in panel.verdict.value
    race.finish.click()
    assert f"test error of {TABLE.final(panel.designer.best.trial.arch):.4f}" in panel.verdict.value
    closed = (race.finish, panel.random, panel.undo, panel.best, *panel.builder.edges.values(), *panel.builder.ops.values())
    assert all(button.disabled for button in closed)


def test_decisions_that_are_no_edges_are_menus():
    panel = DesignerPanel(Designer(stack_table()))
    assert panel.builder.stage.layout.display == "none" and list(panel.builder.rows) == ["depth", "width0"]
    panel.builder.rows["depth"].label = "2"
    assert panel.designer.arch["depth"] == 2 and list(panel.builder.rows) == ["depth", "width0", "width1"]
    panel.builder.rows["width1"].label = "16"
    assert panel.designer.arch["width1"] == 16
    panel.around.toggle.click()
    assert panel.around.buttons["width0", 8].description == "8 ▼ 0.0417"
    panel.undo.click()
    panel.undo.click()
    assert list(panel.builder.rows) == ["depth", "width0"] and panel.builder.rows["depth"].label == "1"


def test_menus_that_are_filled_do_not_answer():
    class Dependent(nt.spaces.ChoiceSpace):
        def decide(self, choose):
            return choose("b", {1: (1, 2, 3), 2: (2, 3, 4)}[choose("a", (1, 2))])

    panel = DesignerPanel(Designer(SmallTable(Dependent(), lambda arch: arch["b"] / 10), nt.Arch((("a", 1), ("b", 3)))))
    goal = nt.Arch((("a", 2), ("b", 4)))
    panel.designer.go(goal)
    assert panel.designer.arch == goal and panel.builder.rows["b"].label == "4" and len(panel.designer.history) == 2


def test_edges_and_other_decisions_together():
    class Joint(nt.spaces.ChoiceSpace):
        def decide(self, choose):
            return [choose("0->1", ("none", "conv3")), choose("lr", (0.1, 0.01))]

    panel = DesignerPanel(Designer(SmallTable(Joint(), lambda arch: arch["lr"])))
    assert list(panel.builder.edges) == ["0->1"] and list(panel.builder.rows) == ["lr"]
    panel.builder.rows["lr"].label = "0.01"
    panel.builder.ops["conv3"].click()
    assert dict(panel.designer.arch.choices) == {"0->1": "conv3", "lr": 0.01}


def test_edges_that_are_there_or_not():
    space = nt.spaces.ChoiceSpace.of({"0->1": (False, True), "0->2": (False, True), "1->2": (False, True)})
    panel = DesignerPanel(Designer(SmallTable(space, lambda arch: 0.5)))
    panel.builder.ops[True].click()
    assert panel.designer.arch["0->1"] is True and panel.builder.edges["0->1"].description == "edge"


def test_a_published_graph_is_designed_on_its_edges_and_nodes():
    space = nt.spaces.NASBench101(vertices=4)
    panel = DesignerPanel(Designer(SmallTable(space, lambda arch: space.number(arch) / 1000)))
    assert set(panel.builder.edges) == set(space.sites()) and not panel.builder.rows
    panel.builder.edges["0->1"].click()
    panel.builder.ops[True].click()
    panel.builder.edges["1->3"].click()
    panel.builder.ops[True].click()
    panel.builder.edges["op1"].click()
    assert "Node <b>1</b> carries" in panel.builder.prompt.value and panel.builder.edges["op1"].style.font_weight == "bold"
    panel.builder.ops["maxpool3"].click()
    assert space.plan(panel.designer.arch).ops[0] == "maxpool3" and panel.builder.edges["op1"].description == "maxpool3"
    assert [n.arch for n in panel.designer.neighbours()] == space.neighbours(panel.designer.arch)
    for name, options in decisions(space, panel.designer.arch).items():
        panel.builder.edges[name].click()
        assert ("nothing else is allowed here" in panel.builder.prompt.value) == (len(options) == 1) and len(panel.builder.ops) == len(options)


def test_a_click_is_answered_in_thirty_milliseconds():
    space = nt.spaces.CellSpace(nodes=4)

    class Large(SmallTable):
        def __init__(self):
            nt.estimators.Estimator.__init__(self, space)
            self.archs = list(space)
            self._row = {arch: row for row, arch in enumerate(self.archs)}
            self.network = range(len(self.archs))
            self._error = [(number * 7919 % 15_625) / 15_625 for number in self.network]

        def column(self, metric="error"):
            return self._error

    panel = DesignerPanel(Designer(Large()))
    panel.around.toggle.click()
    clicks = []
    for op in ("conv3", "skip", "conv1", "none", "avgpool3") * 2:
        began = time.process_time()
        panel.builder.ops[op].click()
        clicks.append(time.process_time() - began)
    assert min(clicks) < 0.03
