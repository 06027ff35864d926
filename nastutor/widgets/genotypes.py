"""The genotype viewer: every published cell, drawn, as text, and with the networks that are made of it."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from nastutor.drawing import draw
from nastutor.inputs import require
from nastutor.widgets.genotypes_pages import HEAD, Page, names, page
from nastutor.widgets.panel import card
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import Shown, heading, rows, svg_figure

ROOM = 890  # CSS pixels for the drawings side by side


class Genotypes(Shown):
    """Shows a published cell at a time: normal and reduction cell, genotype, and its networks' counts beside the published ones.

    >>> nt.widgets.Genotypes("DARTS_V2")    # in a notebook: with a menu

    name  of the first cell: one of `Genotypes.names()`
    """

    def __init__(self, name: str = "NASNet-A") -> None:
        self.show(name)

    @staticmethod
    def names() -> tuple[str, ...]:
        """Those of the zoo, and two of the benchmarks' own."""
        return names()

    def show(self, name: str) -> None:
        """Another cell."""
        require("name", name, names().__contains__, ", ".join(names()))
        self.name = name

    @property
    def content(self) -> Page:
        return page(self.name)

    @property
    def alt(self) -> str:
        return f"{self.name}. {self.content.alt}"

    def page(self) -> str:
        content = self.content
        code = "font-family:ui-monospace,Consolas,monospace;font-size:12px;background:#f5f7f9;border-radius:6px;padding:6px 10px;margin-top:8px"
        text = "".join(f"<div>{escape(line)}</div>" for line in content.text)
        return (
            f'<div style="{FONT}">{heading(self.name, content.source)}{self._drawings()}<div style="{code}">{text}</div>{rows(list(content.lines), HEAD)}</div>'
        )

    def _drawings(self) -> str:
        drawings = [draw(thing, title=label) for label, thing in self.content.cells]
        widths = [float(re.search(r'width="([\d.]+)"', drawing.svg)[1]) for drawing in drawings]  # type: ignore[index]
        scale = min(1.0, (ROOM - 14 * (len(drawings) - 1)) / sum(widths))
        shown = "".join(f"<div>{svg_figure(drawing.svg, drawing.alt, width * scale)}</div>" for drawing, width in zip(drawings, widths, strict=True))
        return f'<div style="display:flex;flex-wrap:wrap;gap:14px;align-items:flex-start">{shown}</div>'

    def controls(self) -> Any:
        import ipywidgets as w

        menu = w.Dropdown(options=list(names()), value=self.name, description="cell", layout=w.Layout(width="320px"))
        shown = w.HTML(value=self.page(), layout=w.Layout(margin="0"))

        def change(_: Any) -> None:
            self.show(menu.value)
            shown.value = self.page()

        menu.observe(change, names="value")
        return card([menu, shown])
