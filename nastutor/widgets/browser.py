"""The architecture browser: a slider over a history; each trial with its drawing, its numbers and its curve."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from html import escape
from typing import Any

from nastutor.history import History, nan_last
from nastutor.pictures.style import COLOURS, QUIET, figure
from nastutor.values import Arch, Record
from nastutor.widgets.curves import WIDTH, curves_png
from nastutor.widgets.panel import card, view
from nastutor.widgets.parts import CARD, FONT, picture
from nastutor.widgets.snapshot import Snapshot, count, number, short

ROOM = (300, 330)  # for an architecture, CSS pixels
ORDERS = {"as they were told": "told", "best first": "best"}


class Browser:
    """Shows one trial of a history at a time, in a notebook; without ipywidgets, and in a saved notebook, a picture of the best.

    >>> nt.widgets.Browser(history, space, task)

    space, task  with both, a network is drawn as it is built; a cell needs neither
    """

    def __init__(self, history: History, space: Any = None, task: Any = None) -> None:
        if not isinstance(history, list) or not history:
            raise ValueError(f"`history` must hold a trial at least, got {'an empty one' if history == [] else repr(history)}")
        self.history, self.space, self.task = History(history), space, task
        self.snapshot = Snapshot("History", self.history, state="finished", limits={"trials": len(self.history)})

    def _ipython_display_(self) -> None:
        from IPython.display import display

        start = self.snapshot.best or self.history[-1]
        shown: dict[str, Any] = {"text/html": self.static(start), "text/plain": repr(self)}
        with suppress(ImportError):  # without ipywidgets it is the picture alone
            shown |= view(self.widget(start), repr(self))
        display(shown, raw=True)

    def __repr__(self) -> str:
        return f"<Browser of {count(len(self.history), 'trial')}>"

    def ordered(self, order: str) -> list[Record]:
        """The records in order: "told", or "best" first with failed ones at the end."""
        if order not in ORDERS.values():
            raise ValueError(f"`order` is {order!r}; allowed are {', '.join(ORDERS.values())}")
        return list(self.history) if order == "told" else sorted(self.history, key=lambda record: (record.result.status != "ok", nan_last(record.error)))

    def widget(self, start: Record) -> Any:
        """The slider and what it moves."""
        import ipywidgets as w

        order = w.Dropdown(options=list(ORDERS.items()), value="told", description="order", layout=w.Layout(width="240px"))
        slider = w.IntSlider(value=number(self.history, start), min=1, max=len(self.history), description="place", layout=w.Layout(flex="1 1 auto"))
        page, curves = w.HTML(), w.Image(format="png", layout=w.Layout(width="100%", max_width=f"{WIDTH - 30}px", margin="4px 0"))

        def show(_: Any = None) -> None:
            record = self.ordered(order.value)[slider.value - 1]
            page.value, curves.value = self.page(record), curves_png(self.snapshot, chosen=record)

        for control in (order, slider):
            control.observe(show, names="value")
        show()
        top = w.HBox([slider, order], layout=w.Layout(width="100%", align_items="center"))
        return card([top, page, curves])

    def page(self, record: Record) -> str:
        """A trial in HTML: the drawing beside the numbers."""
        width, height = ROOM
        drawn = f'<div style="width:{width}px;height:{height}px;overflow:hidden">{picture(record.trial.arch, self.space, self.task, ROOM)}</div>'
        best = record is self.snapshot.best
        caption = f"Trial {number(self.history, record)} of {len(self.history)}" + (" ★ the best" if best else "")
        title = f"font-size:15px;font-weight:650;border-left:4px solid {COLOURS[0 if best else 1]};padding-left:8px;margin:2px 0 8px 0"
        facts = f'<div style="flex:1 1 300px">{_facts(record)}</div>'
        return f'<div style="{FONT}"><div style="{title}">{caption}</div><div style="display:flex;flex-wrap:wrap;gap:20px">{drawn}{facts}</div></div>'

    def static(self, record: Record) -> str:
        """The same without a slider."""
        png = curves_png(self.snapshot, chosen=record, colours=32)
        curves = figure(f"data:image/png;base64,{b64encode(png).decode()}", self.snapshot.alt, WIDTH - 30)
        return f'<div style="{CARD}">{self.page(record)}<div style="margin-top:8px">{curves}</div></div>'


def _facts(record: Record) -> str:
    """What was decided, and what came of it."""
    result, trial = record.result, record.trial
    rows = [("status", result.status + (f": {result.info['reason']}" if "reason" in result.info else ""))] if result.status != "ok" else []
    rows += [(name, f"{value:.4f}" if value < 10 else short(value)) for name, value in result.metrics.items()]
    rows += [("cost", f"{result.cost:.4g}")] + ([("budget", str(record.budget))] if record.budget is not None else [])
    rows += [(name, str(value)) for name, value in trial.arch.choices] if isinstance(trial.arch, Arch) else []
    cell = "padding:2px 10px 2px 0;text-align:left;vertical-align:top;background:#ffffff"
    lines = (f'<tr><td style="{cell};color:{QUIET}">{escape(name)}</td><td style="{cell};font-weight:600">{escape(value)}</td></tr>' for name, value in rows)
    return f'<table style="{FONT};border-collapse:collapse;font-size:12.5px;margin:0">{"".join(lines)}</table>'
