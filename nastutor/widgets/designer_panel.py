"""The designer as widgets: buttons lie on the drawing, each on the edge that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nastutor.pictures.style import INK
from nastutor.values import Arch
from nastutor.widgets import designer_parts as parts
from nastutor.widgets.designer_cell import PILL, WIDTH, Place, Stage, colours, label_of, places_of, without_effect
from nastutor.widgets.designer_sections import Around, Race
from nastutor.widgets.designer_standing import decisions
from nastutor.widgets.panel import card
from nastutor.widgets.parts import FONT

if TYPE_CHECKING:
    from nastutor.widgets.designer import Designer

SHEET = (  # the text of buttons is dark on their light colours, in dark themes as well
    "<style>.nastutor-card .nastutor-op{"
    f"color:{INK}!important;border:1.3px solid #8c8c8c;border-radius:6px;box-sizing:border-box;font-size:12px;line-height:1.2"
    "}.nastutor-card .nastutor-op:disabled{opacity:1}</style>"
)


class DesignerPanel:
    """All widgets of a designer, and what keeps them up to date; `box` is the whole."""

    def __init__(self, designer: Designer) -> None:
        import ipywidgets as w

        self.w, self.designer = w, designer
        self.updating = False  # menus that are set by the program must not answer
        self.head, self.facts, self.chart, self.verdict, self.message = (w.HTML(layout=w.Layout(margin="0")) for _ in range(5))
        self.chosen = next(iter(places_of(decisions(designer.space, designer.arch))), "")  # what is changed next: an edge, or a node's operation
        self.builder, self.around, self.race = Builder(self), Around(self), Race(self)
        self.undo = self.button("Undo", designer.undo, "Back to the architecture before; costs no trial", icon="undo")
        self.random = self.button("Random", designer.random, "A random architecture", icon="random")
        self.best = self.button("My best", self._back_to_best, "Back to the best so far; costs no trial", icon="star")
        right = w.VBox([self.facts], layout=w.Layout(flex="1 1 330px", margin="12px 0 0 0"))
        middle = w.HBox([self.builder.box, right], layout=w.Layout(flex_flow="row wrap", width="100%", align_items="flex-start", grid_gap="18px"))
        self.head.layout.flex = "1 1 auto"
        top = w.HBox([self.head, self.undo, self.random, self.best], layout=w.Layout(width="100%", align_items="center"))
        sheet = w.HTML(SHEET, layout=w.Layout(display="none"))
        self.box = card([sheet, top, middle, self.around.box, self.race.box, self.message])
        designer.watchers.append(self.update)
        self.update()

    def button(self, text: str, act: Callable[[], object], tip: str, icon: str = "", width: str = "96px") -> Any:
        """A button; what `act` refuses stands under the designer in words."""
        button = self.w.Button(description=text, tooltip=tip, icon=icon, layout=self.w.Layout(width=width, flex="0 0 auto"))
        button.on_click(lambda _: self.act(act))
        return button

    def act(self, act: Callable[[], object]) -> None:
        self.message.value = ""
        try:
            act()
        except (ValueError, TypeError) as error:
            self.message.value = f'<div style="{FONT};color:#8a3500;font-size:12.5px">{parts.escape(str(error))}</div>'

    def _back_to_best(self) -> None:
        arch = self.designer.best.trial.arch
        assert isinstance(arch, Arch)
        self.designer.go(arch)

    def choose(self, name: str) -> None:
        """The edge that the operations below the drawing are for."""
        self.chosen = name
        self.update()

    def update(self) -> None:
        """A frame; what has not changed is not sent."""
        designer = self.designer
        self.updating = True
        try:
            before = designer.standings.error_of(designer.path[-1]) if designer.path else None
            self.put(self.head, parts.head(designer))
            self.put(self.facts, parts.facts(designer.standing, before))
            self.builder.update()
            self.around.update()
            self.race.update()
            over = designer.test_error is not None
            for button, off in ((self.undo, over or not designer.path), (self.random, over), (self.best, over or not designer.history.finished())):
                self.put(button, off, "disabled")
        finally:
            self.updating = False

    @staticmethod
    def put(widget: Any, value: Any, trait: str = "value") -> None:
        if getattr(widget, trait) != value:
            setattr(widget, trait, value)

    def paint(self, button: Any, fill: str, bold: bool = False) -> None:
        self.put(button.style, fill, "button_color")
        self.put(button.style, "bold" if bold else "", "font_weight")

    def op_button(self, act: Callable[[], object], tip: str, width: str) -> Any:
        """A button that is painted in the colours of an operation or a neighbour."""
        button = self.button("", act, tip, width=width)
        button.layout.height, button.layout.padding, button.layout.margin = f"{PILL}px", "0 2px", "0"
        button.add_class("nastutor-op")
        return button


class Builder:
    """The drawing with a button on each edge and, under it, the operations for the chosen one; menus for decisions that are no edges."""

    def __init__(self, panel: DesignerPanel) -> None:
        w = panel.w
        self.panel, self.w = panel, w
        self.picture = w.HTML(layout=w.Layout(grid_area="1 / 1", margin="0"))
        self.prompt = w.HTML(layout=w.Layout(margin="0"))
        self.stage = w.GridBox([], layout=w.Layout(grid_template_columns=f"{WIDTH}px", width=f"{WIDTH}px", overflow="visible", margin="0"))
        self.row = w.HBox([], layout=w.Layout(flex_flow="row wrap", grid_gap="6px", margin="4px 0 0 0"))
        self.menus = w.VBox([], layout=w.Layout(margin="4px 0 0 0"))
        self.places: dict[str, Place] = {}
        self.edges: dict[str, Any] = {}  # and the operations of nodes, where those decide
        self.ops: dict[Any, Any] = {}
        self.rows: dict[str, Any] = {}
        self.offered: tuple[Any, ...] = ()
        self._place({})
        self.box = w.VBox([self.stage, self.prompt, self.row, self.menus], layout=w.Layout(flex=f"0 0 {WIDTH}px", margin="0"))

    def update(self) -> None:
        designer = self.panel.designer
        taken = decisions(designer.space, designer.arch)
        places = places_of(taken)
        if places != self.places:
            self._place(places)
        self._paint(designer.arch)
        self._offer(taken.get(self.panel.chosen, ()))
        self._list({name: options for name, options in taken.items() if name not in places})

    def _place(self, places: dict[str, Place]) -> None:
        """A button over each label of the drawing: all lie in one cell of a grid, moved to their places by their margins."""
        self.places, self.edges = places, {}
        stage = Stage.of(places.values())
        for name, place in places.items():
            left, top = stage.corner(place)
            button = self.panel.op_button(lambda name=name: self.panel.choose(name), f"Choose {parts.named(name)}", f"{stage.pill}px")  # type: ignore[misc]
            button.layout.grid_area, button.layout.margin = "1 / 1", f"{top}px 0 0 {left}px"
            self.edges[name] = button
        self.stage.children = (self.picture, *self.edges.values())
        self.stage.layout.display, self.stage.layout.height = ("", f"{stage.height}px") if places else ("none", "0")

    def _paint(self, arch: Any) -> None:
        panel, over = self.panel, self.panel.designer.test_error is not None
        chosen = "" if over else panel.chosen
        panel.put(self.picture, parts.drawing(arch, self.places.get(chosen), write=False))
        dead = {*without_effect(arch)}
        for name, button in self.edges.items():
            op = label_of(arch[name])
            panel.put(button, op, "description")
            panel.paint(button, colours(op, self.places[name] not in dead)[0], name == chosen)
            panel.put(button, over, "disabled")

    def _offer(self, options: tuple[Any, ...]) -> None:
        """The operations for the chosen edge, the one that it has marked."""
        panel, name = self.panel, self.panel.chosen
        if options != self.offered:
            self.offered = options
            self.ops = {option: panel.op_button(lambda option=option: panel.designer.set(panel.chosen, option), "", "88px") for option in options}  # type: ignore[misc]
            self.row.children = tuple(self.ops.values())
        for option, button in self.ops.items():
            here = name in self.edges and panel.designer.arch[name] == option
            op = label_of(option)
            panel.put(button, f"✓ {op}" if here else op, "description")
            panel.put(button, f"{op} for {parts.named(name)}", "tooltip")
            panel.paint(button, colours(op)[0], here)
            panel.put(button, panel.designer.test_error is not None, "disabled")
        panel.put(self.prompt, parts.prompt(name, len(options)) if name in self.edges else "")

    def _list(self, taken: dict[str, tuple[Any, ...]]) -> None:
        """A menu for each decision that is no edge."""
        w, panel = self.w, self.panel
        if list(taken) != list(self.rows):
            self.rows = {name: self._menu(name) for name in taken}
            self.menus.children = tuple(self.rows.values())
        for name, options in taken.items():
            menu = self.rows[name]
            listed = tuple((str(option), number) for number, option in enumerate(options))
            if tuple(menu.options) != listed:
                menu.options = listed
            value = options.index(panel.designer.arch[name])
            panel.put(menu, value)
            panel.put(menu, panel.designer.test_error is not None, "disabled")
        self.menus.layout = w.Layout(margin="4px 0 0 0") if taken else w.Layout(display="none")

    def _menu(self, name: str) -> Any:
        menu = self.w.Dropdown(description=name, layout=self.w.Layout(width="300px"), style={"description_width": "130px"})

        def answer(change: Any) -> None:
            if not self.panel.updating and change["new"] is not None:
                option = decisions(self.panel.designer.space, self.panel.designer.arch)[name][change["new"]]
                self.panel.act(lambda: self.panel.designer.set(name, option))

        menu.observe(answer, names="value")
        return menu
