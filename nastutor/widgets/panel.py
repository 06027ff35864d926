"""Where a board is shown: as widgets with buttons, or, without ipywidgets, as one picture that changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from nastutor.widgets.curves import WIDTH, curves_png
from nastutor.widgets.parts import SHEET, TABLE_WIDTH, architectures, figures, head, summary, table
from nastutor.widgets.snapshot import Snapshot

VIEW = "application/vnd.jupyter.widget-view+json"


class Picture:
    """One output that changes in place; there are no buttons, the kernel's interrupt stops the search."""

    def __init__(self, space: Any = None, task: Any = None) -> None:
        self.space, self.task = space, task
        self.handle: Any = None

    def open(self, snapshot: Snapshot, _pause: Callable[[], object], _stop: Callable[[], object]) -> None:
        from IPython.display import HTML, display

        self.handle = display(HTML(summary(snapshot, self.space, self.task, live=True)), display_id=True)

    def show(self, snapshot: Snapshot) -> None:
        from IPython.display import HTML

        self.handle.update(HTML(summary(snapshot, self.space, self.task, live=True)))

    def close(self, snapshot: Snapshot) -> None:
        """Leaves what a saved notebook shall keep."""
        from IPython.display import HTML

        self.handle.update(HTML(summary(snapshot, self.space, self.task)))


class Panel(Picture):
    """Widgets; at the end they give way to the picture, which stays in the notebook, where widgets would not."""

    def __init__(self, space: Any = None, task: Any = None) -> None:
        import ipywidgets as w

        super().__init__(space, task)
        self.head, self.figures, self.architectures, self.table = (w.HTML() for _ in range(4))
        self.curves = w.Image(format="png", layout=w.Layout(width="100%", max_width=f"{WIDTH - 30}px", margin="6px 0 4px 0"))
        self.pause = w.Button(description="Pause", icon="pause", button_style="primary", tooltip="Stop after the trial under way, until you press it again")
        self.stop = w.Button(description="Stop", icon="stop", button_style="danger", tooltip="End the search and keep what it has found")
        for button in (self.pause, self.stop):
            button.layout.width, button.layout.flex = "104px", "0 0 auto"
        self.head.layout.flex, self.table.layout.flex = "1 1 auto", f"1 1 {TABLE_WIDTH}px"
        self.architectures.layout.flex = "0 0 auto"
        top = w.HBox([self.head, self.pause, self.stop], layout=w.Layout(align_items="center", width="100%"))
        low = w.HBox([self.architectures, self.table], layout=w.Layout(flex_flow="row wrap", width="100%", align_items="flex-start"))
        self.box = card([top, self.figures, self.curves, low])
        self.widgets = [self.box, *self.box.children[:1], top, low, self.head, self.figures, self.curves, self.architectures, self.table, self.pause, self.stop]
        self.shown: Any = None

    def open(self, snapshot: Snapshot, pause: Callable[[], object], stop: Callable[[], object]) -> None:
        from IPython.display import display

        self.pause.on_click(lambda _: pause())
        self.stop.on_click(lambda _: stop())
        self.show(snapshot)
        self.handle = display(view(self.box), raw=True, display_id=True)

    def show(self, snapshot: Snapshot) -> None:
        """A frame: only what has changed is drawn, and all of it before any is sent, so that numbers and pictures agree."""
        new = {self.head: head(snapshot), self.figures: figures(snapshot)}
        drawn = len(snapshot.history), snapshot.current, snapshot.state
        if drawn != self.shown:
            new |= {self.curves: curves_png(snapshot), self.architectures: architectures(snapshot, self.space, self.task), self.table: table(snapshot)}
            self.shown = drawn
        for widget, value in new.items():
            widget.value = value
        self.pause.description, self.pause.icon = ("Go on", "play") if snapshot.state == "paused" else ("Pause", "pause")
        self.pause.disabled = self.stop.disabled = snapshot.state in ("stopping", "stopped", "finished", "failed")

    def close(self, snapshot: Snapshot) -> None:
        super().close(snapshot)
        for widget in self.widgets:
            widget.close()


def card(parts: list[Any]) -> Any:
    """Widgets one above the other on a white card."""
    import ipywidgets as w

    box = w.VBox([w.HTML(SHEET, layout=w.Layout(display="none")), *parts], layout=w.Layout(width="100%", max_width=f"{WIDTH}px"))
    box.add_class("nastutor-card")
    return box


def view(widget: Any, text: str = "a widget") -> dict[str, Any]:
    """What to display: by hand, because ipywidgets 7 gives what it displays no `display_id` by which it could be replaced."""
    return {VIEW: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}, "text/plain": text}


def surface(space: Any = None, task: Any = None) -> Picture | None:
    """The best there is here; None where there is no notebook, or where another thread than the main one asks."""
    from nastutor.frontend import running_kernel

    if running_kernel() is None or threading.current_thread() is not threading.main_thread():
        return None
    try:
        return Panel(space, task)
    except ImportError:
        return Picture(space, task)
