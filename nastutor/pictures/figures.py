"""Matplotlib Axes that show themselves in a notebook as `<figure><img alt=...>`: small, with a text, the same bytes each time."""

from __future__ import annotations

import sys
from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from nastutor.pictures.png import palette_png
from nastutor.pictures.style import figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI, COLOURS = 120, 48  # of the picture in a notebook; so few colours make it a third of the size, and no difference to the eye


@lru_cache(maxsize=1)
def _panel_class() -> type:
    from matplotlib.axes import Axes

    class Panel(Axes):
        """Axes of a figure outside pyplot."""

        alt_text = ""

        def _repr_html_(self) -> str:
            return figure_html(self)

        def __repr__(self) -> str:
            return f"<Axes: {self.alt_text}>"

    return Panel


def new_axes(width: float = 6.4, height: float = 4.0) -> Axes:
    """Axes of a new figure of `width` x `height` inches."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(width, height))
    axes: Axes = picture.add_subplot(axes_class=_panel_class())
    picture.subplots_adjust(left=0.9 / width, right=1 - 0.2 / width, bottom=0.6 / height, top=1 - 0.6 / height)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    return axes


def say(axes: Axes, text: str) -> Axes:
    """Attaches the text that says what the figure shows."""
    axes.alt_text = text  # type: ignore[attr-defined]
    return axes


def alt(axes: Axes) -> str:
    """The figure in words, made from its data; of a figure with several Axes, those of all."""
    texts = [text for part in axes.figure.axes if (text := getattr(part, "alt_text", ""))]
    if not texts:
        raise ValueError("`axes` have no text: only those that a function of `nt.plot` has drawn into do")
    return " ".join(texts)


def to_png(axes: Axes) -> bytes:
    """The figure as an 8-bit PNG without a date; the same figure gives the same bytes."""
    from PIL import Image

    raw = BytesIO()
    whole: Any = axes.figure
    whole.savefig(raw, format="png", dpi=DPI, facecolor="white", bbox_inches="tight")
    return palette_png(Image.open(raw), COLOURS)


def figure_html(axes: Axes) -> str:
    """`<figure><img alt=...>` with the picture inside."""
    png = to_png(axes)
    width = round(int.from_bytes(png[16:20], "big") * 96 / DPI)  # the header of a PNG: 8 bytes, then IHDR with the width
    return figure(f"data:image/png;base64,{b64encode(png).decode()}", alt(axes), width)


def show(axes: Axes) -> None:
    """Shows the whole figure now, once, with its text; for Axes of your own (`plt.subplots`), which pyplot would show without one."""
    from IPython.display import display

    display({"text/html": figure_html(axes), "text/plain": alt(axes)}, raw=True)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(axes.figure)


def number(value: float) -> str:
    """In a text: four digits, thousands with commas.

    >>> number(12345.6), number(0.123456)
    ('12,346', '0.1235')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
