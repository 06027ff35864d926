"""How a widget with a static fall-back is shown: both at once, and whoever shows the notebook takes what it can."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from html import escape
from typing import Any

from nastutor.pictures.style import QUIET, figure
from nastutor.widgets.panel import view
from nastutor.widgets.parts import CARD, FONT


class Shown:
    """Has a page in HTML for now, and widgets that change it.

    page    what there is to see, in HTML
    alt     what it says, in words
    widget  the page with its controls: one, wherever it is shown
    """

    _box: Any = None

    @property
    def alt(self) -> str:
        raise TypeError(f"{type(self).__name__} does not say what it shows: define alt")

    def page(self) -> str:
        raise TypeError(f"{type(self).__name__} has nothing to show: define page")

    def controls(self) -> Any:
        """The box of widgets."""
        raise TypeError(f"{type(self).__name__} has no controls: define controls")

    def static(self) -> str:
        """What a saved notebook keeps."""
        return f'<div style="{CARD}">{self.page()}</div>'

    def widget(self) -> Any:
        if self._box is None:
            self._box = self.controls()
        return self._box

    def _ipython_display_(self) -> None:
        from IPython.display import display

        shown: dict[str, Any] = {"text/html": self.static(), "text/plain": repr(self)}
        with suppress(ImportError):  # without ipywidgets it is the page alone
            shown |= view(self.widget(), repr(self))
        display(shown, raw=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.alt}>"


def svg_figure(svg: str, alt: str, width: float) -> str:
    """An SVG as an image with its text, `width` CSS pixels wide."""
    return figure(f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}", alt, round(width))


def heading(title: str, small: str = "") -> str:
    said = f'<span style="font-weight:400;font-size:12.5px;color:{QUIET};margin-left:10px">{escape(small)}</span>' if small else ""
    return f'<div style="{FONT};font-size:15.5px;font-weight:650;margin-bottom:6px">{escape(title)}{said}</div>'


def line(text: str) -> str:
    """A line of text under a heading."""
    return f'<div style="font-size:13px;margin:3px 0">{escape(text)}</div>'


def rows(lines: list[tuple[str, ...]], head: tuple[str, ...], bold: int | None = None) -> str:
    """A table; line number `bold` stands out."""
    cell = "padding:3px 12px 3px 0;text-align:left;background:#ffffff"
    top = "".join(f'<th style="{cell};font-weight:600;color:{QUIET}">{escape(word)}</th>' for word in head)
    body = ""
    for number, line in enumerate(lines):
        strong = ";font-weight:650" if number == bold else ""
        body += "<tr>" + "".join(f'<td style="{cell}{strong}">{escape(word)}</td>' for word in line) + "</tr>"
    style = f"{FONT};border-collapse:collapse;font-size:12.5px;margin:8px 0 0 0"
    return f'<table style="{style}"><thead><tr style="border-bottom:1px solid #bbbbbb">{top}</tr></thead><tbody>{body}</tbody></table>'
