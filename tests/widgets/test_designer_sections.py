"""The grid of neighbours and the race: what is not said in test_designer_panel.py, which clicks through the whole."""

import nastutor as nt
from nastutor.widgets import Designer
from nastutor.widgets.designer_panel import DesignerPanel
from tests.widgets.tables import SmallTable, stack_table


def grid(panel):
    return panel.around.grid.layout.grid_template_columns


def test_a_row_a_decision():
    panel = DesignerPanel(Designer(nt.estimators.Table("digits-tiny")))
    assert panel.around.grid.children == (), "made when it is first needed"
    panel.around.toggle.click()
    assert len(panel.around.grid.children) == 3 * (1 + 5) and "repeat(5," in grid(panel)


def test_rows_of_different_length_are_filled_up_and_rebuilt():
    panel = DesignerPanel(Designer(stack_table()))
    panel.around.toggle.click()
    assert len(panel.around.grid.children) == 2 * (1 + 3)
    panel.designer.set("depth", 2)
    assert len(panel.around.grid.children) == 3 * (1 + 3) and ("width1", 4) in panel.around.buttons
    assert panel.around.buttons["width0", 16].description == "16 ▲ diverged"


def test_many_decisions_of_few_options_stand_two_in_a_row():
    for decisions, times in ((6, 1), (7, 2)):
        space = nt.spaces.ChoiceSpace.of({f"d{number}": (0, 1) for number in range(decisions)})
        panel = DesignerPanel(Designer(SmallTable(space, lambda arch: 0.5)))
        panel.around.toggle.click()
        assert grid(panel).count("repeat(2,") == times


def test_a_neighbour_that_the_table_lacks_cannot_be_clicked():
    class Half(SmallTable):
        def rows(self, archs):
            if any(arch["a"] == 3 for arch in archs):
                raise ValueError("not here")
            return super().rows(archs)

    half = Half(nt.spaces.ChoiceSpace.of({"a": (1, 2, 3)}), lambda arch: arch["a"] / 10)
    half.archs = half.archs[:2]
    panel = DesignerPanel(Designer(half))
    panel.around.toggle.click()
    assert panel.around.buttons["a", 3].disabled and panel.around.buttons["a", 3].description == "3 –"
    panel.around.buttons["a", 3].click()
    assert panel.designer.arch["a"] == 1


def test_the_price_is_what_is_new():
    panel = DesignerPanel(Designer(nt.estimators.Table("digits-tiny")))
    panel.designer.set("0->1", "conv3")
    assert panel.around.toggle.description == "Show the neighbours (11 trials)", "one of them is where one comes from"
    panel.designer.optimum()
    assert panel.around.toggle.description == "Show the neighbours", "nothing counts any more"


def test_a_rival_of_ones_own_is_in_the_menu():
    panel = DesignerPanel(Designer(nt.estimators.Table("digits-tiny"), rival=nt.HillClimbing))
    assert panel.race.rival.value == "HillClimbing" and panel.race.rival.options == ("random search", "evolution", "hill climbing", "HillClimbing")
