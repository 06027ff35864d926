"""The lower half of the designer: the neighbours, each a button that goes there, and the race."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nastutor.pictures.style import QUIET
from nastutor.widgets import designer_parts as parts
from nastutor.widgets.designer_cell import PILL, label_of
from nastutor.widgets.designer_race import RIVALS
from nastutor.widgets.designer_standing import Neighbour, decisions
from nastutor.widgets.parts import FONT

if TYPE_CHECKING:
    from nastutor.widgets.designer_panel import DesignerPanel

LABEL = 46  # pixels for the names of decisions beside the neighbours
MANY, FEW = 6, 3  # decisions, options: more and no more of them than this stand two in a row


class Around:
    """The neighbours: one button each, which goes there."""

    def __init__(self, panel: DesignerPanel) -> None:
        w = panel.w
        self.panel = panel
        self.toggle = panel.button("", self._turn, "Their errors are trials as well: each new one counts in the race", width="auto")
        self.said = w.HTML(layout=w.Layout(margin="0"))
        self.grid = w.GridBox([], layout=w.Layout(grid_gap="4px", margin="4px 0 0 0", width="100%"))
        top = w.HBox([self.toggle, self.said], layout=w.Layout(width="100%", align_items="center", grid_gap="10px", flex_flow="row wrap"))
        self.box = w.VBox([top, self.grid], layout=w.Layout(margin="8px 0 0 0", width="100%"))
        self.buttons: dict[tuple[str, Any], Any] = {}
        self.goals: dict[tuple[str, Any], Neighbour] = {}

    def _turn(self) -> None:
        self.panel.designer.look_around(not self.panel.designer.around)

    def update(self) -> None:
        designer, panel = self.panel.designer, self.panel
        price = designer.unseen() if designer.racing and not designer.around else 0
        cost = f" ({parts.count(price, 'trial')})" if price else ""
        panel.put(self.toggle, "Hide the neighbours" if designer.around else f"Show the neighbours{cost}", "description")
        panel.put(self.grid.layout, "" if designer.around else "none", "display")
        text = "what each change of one decision would give: ▼ better, ▲ worse, = as good; a click goes there"
        if designer.around:
            standing, neighbours = designer.standing, designer.standings.neighbours(designer.arch)
            self._fill(standing, neighbours)
            text = f"{parts.neighbours_alt(neighbours, standing)} ▼ better, ▲ worse, = as good; a click goes there"
        panel.put(self.said, f'<div style="{FONT};font-size:12.5px;color:{QUIET}">{parts.escape(text)}</div>')

    def _fill(self, standing: Any, neighbours: list[Neighbour]) -> None:
        panel, arch = self.panel, standing.arch
        taken = decisions(panel.designer.space, arch)
        keys = [(name, option) for name, options in taken.items() for option in options]
        if keys != list(self.buttons):
            self._place(taken)
        self.goals = {(n.decision, n.option): n for n in neighbours}
        for (name, option), button in self.buttons.items():
            here, goal = arch[name] == option, self.goals.get((name, option))
            error = standing.error if here else goal.error if goal else math.nan
            sign, fill = parts.HERE if here else parts.mark(error, standing.error)
            told = f"{sign} {parts.said(error)}" if here or goal else "–"
            panel.put(button, f"{label_of(option)} {told}", "description")
            panel.paint(button, fill, here)
            panel.put(button, here or goal is None or panel.designer.test_error is not None, "disabled")

    def _place(self, taken: dict[str, tuple[Any, ...]]) -> None:
        """A row a decision, a button an option; two decisions a row where there are many with few options."""
        w, panel = self.panel.w, self.panel
        self.buttons, children, widest = {}, [], max(len(options) for options in taken.values())
        for name, options in taken.items():
            children.append(w.HTML(f'<div style="{FONT};font-size:12px;color:{QUIET};line-height:{PILL}px">{parts.escape(parts.name_of(name))}</div>'))
            for option in options:
                tip = f"Go to the neighbour with {label_of(option)} at {parts.name_of(name)}"
                self.buttons[name, option] = panel.op_button(lambda key=(name, option): self._go(key), tip, "100%")  # type: ignore[misc]
                children.append(self.buttons[name, option])
            children += [w.HTML() for _ in range(widest - len(options))]
        columns = f"{max(LABEL, 8 * max(map(len, taken)))}px repeat({widest}, minmax(90px, 152px))"
        self.grid.layout.grid_template_columns = f"{columns} {columns}" if len(taken) > MANY and widest <= FEW else columns
        self.grid.children = tuple(children)

    def _go(self, key: tuple[str, Any]) -> None:
        if key in self.goals:
            self.panel.designer.go(self.goals[key].arch)


class Race:
    """The chart, whom one races, and how it ends."""

    def __init__(self, panel: DesignerPanel) -> None:
        w, designer = panel.w, panel.designer
        self.panel, self.title = panel, w.HTML(f'<div style="{parts.TITLE}">The race: every error that you see is a trial, and it gets as many</div>')
        names = list(dict.fromkeys([*RIVALS, designer.rival.name]))
        self.own = {designer.rival.name: designer.make_rival}
        self.rival = w.Dropdown(
            options=names, value=designer.rival.name, description="against", layout=w.Layout(width="220px"), style={"description_width": "56px"}
        )
        self.rival.observe(self._switch, names="value")
        self.optimum = panel.button("Show the optimum", designer.optimum, "The best of the whole table; ends the race", icon="eye", width="172px")
        self.finish = panel.button(
            "Finish", designer.finish, "Ends the design; then the test error of your best is measured, once", icon="flag-checkered", width="90px"
        )
        ends = w.HBox([self.optimum, self.finish], layout=w.Layout(margin="0"))
        side = w.VBox([self.rival, panel.verdict, ends], layout=w.Layout(flex="1 1 240px", max_width="290px"))
        row = w.HBox([panel.chart, side], layout=w.Layout(flex_flow="row wrap", width="100%", align_items="center"))
        self.box = w.VBox([self.title, row], layout=w.Layout(margin="10px 0 0 0", width="100%"))

    def _switch(self, change: Any) -> None:
        if not self.panel.updating:
            self.panel.act(lambda: self.panel.designer.race_against(self.own.get(change["new"], change["new"])))

    def update(self) -> None:
        panel, designer = self.panel, self.panel.designer
        if designer.rival.name not in self.rival.options:
            self.own[designer.rival.name] = designer.make_rival
            self.rival.options = (*self.rival.options, designer.rival.name)
        panel.put(self.rival, designer.rival.name)
        panel.put(panel.chart, parts.chart(designer))
        panel.put(panel.verdict, parts.verdict(designer))
        panel.put(self.optimum, designer.looked, "disabled")
        panel.put(self.finish, designer.test_error is not None, "disabled")
