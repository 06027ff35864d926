"""The explorer as widgets."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from nastutor.widgets import explorer_parts as parts
from nastutor.widgets.panel import card
from nastutor.widgets.parts import FONT

if TYPE_CHECKING:
    from nastutor.widgets.explorer import Explorer


class ExplorerPanel:
    """All widgets of an explorer, and what keeps them up to date; `box` is the whole."""

    def __init__(self, explorer: Explorer) -> None:
        import ipywidgets as w

        self.w, self.explorer = w, explorer
        self.told, self.network, self.facts, self.decisions, self.message = (w.HTML(layout=w.Layout(margin="0")) for _ in range(5))
        self.random = self.button("Random", explorer.random, "A random architecture", "random")
        self.mutate = self.button("Mutate", explorer.mutate, "A random change, as evolution makes it", "magic", needs="mutate")
        self.cross = self.button("Cross over", explorer.cross, "A child of this architecture (A) and a random one (B)", "code-fork", "116px", "crossover")
        self.sibling = self.button("Another child", explorer.sibling, "Another child of the same A and B", "code-fork", "132px", "crossover")
        back = self.button("", lambda: explorer.neighbour(-1), "The neighbour before", "chevron-left", "38px", "neighbours")
        ahead = self.button("Neighbour", explorer.neighbour, "The next architecture that differs in one decision", "chevron-right", "120px", "neighbours")
        self.back, self.ahead = back, ahead
        self.undo = self.button("Undo", explorer.undo, "Back by one step", "undo", "84px")
        buttons = (self.random, self.mutate, self.cross, self.sibling, self.back, self.ahead, self.undo)
        top = w.HBox(buttons, layout=w.Layout(flex_flow="row wrap", width="100%", grid_gap="2px", margin="4px 0 0 0"))
        right = w.VBox([self.facts, self.decisions], layout=w.Layout(flex="1 1 330px", margin="0"))
        low = w.HBox([self.network, right], layout=w.Layout(flex_flow="row wrap", width="100%", align_items="flex-start", grid_gap="18px"))
        self.box = card([w.HTML(parts.title(explorer), layout=w.Layout(margin="0")), top, self.told, self.message, low])
        explorer.watchers.append(self.update)
        self.update()

    def button(self, text: str, act: Callable[[], object], tip: str, icon: str = "", width: str = "96px", needs: str = "sample") -> Any:
        """A button; off where the space does not offer what it `needs`; what `act` refuses stands under the buttons in words."""
        button = self.w.Button(description=text, tooltip=tip, icon=icon, layout=self.w.Layout(width=width, flex="0 0 auto"))
        button.disabled = not self.explorer.offers(needs)
        button.on_click(lambda _: self.act(act))
        return button

    def act(self, act: Callable[[], object]) -> None:
        self.message.value = ""
        try:
            act()
        except (ValueError, TypeError) as error:
            self.message.value = f'<div style="{FONT};color:#8a3500;font-size:12.5px">{escape(str(error))}</div>'

    def update(self) -> None:
        """A frame; all of it is made before any is sent, so that numbers and pictures agree."""
        explorer = self.explorer
        made = parts.told(explorer), parts.network(explorer), parts.facts(explorer), parts.decisions(explorer)
        for widget, value in zip((self.told, self.network, self.facts, self.decisions), made, strict=True):
            if widget.value != value:
                widget.value = value
        self.undo.disabled = len(explorer.path) == 1
        self.sibling.disabled = explorer.step.parents is None
