"""Colours that colour-blind people can tell apart (Okabe & Ito 2008), each with a shape or a line style of its own: colour never says it alone."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import NamedTuple

INK, QUIET, PAPER, RULE = "#1a1a1a", "#595959", "#ffffff", "#8c8c8c"  # contrast on PAPER: 17, 7, -, 3.4
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "*")
QUARTERS = ("#440154", "#31688e", "#35b779", "#b8a000")  # best to worst, dark to light (viridis, its yellow darkened for white paper)


class LineStyle(NamedTuple):
    color: str
    linestyle: str
    marker: str


def line_style(index: int) -> LineStyle:
    """The style of line number `index`; the first 36 differ in dash or marker.

    >>> line_style(0)
    LineStyle(color='#0072b2', linestyle='-', marker='o')
    """
    return LineStyle(COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)], MARKERS[index % len(MARKERS)])


def marks(points: int, index: int) -> tuple[int, int]:
    """Some eight markers a line, at other places for each line."""
    step = max(1, points // 8)
    return (index * step // 3) % step, step


@dataclass(frozen=True)
class Family:
    """How boxes of a kind of operation look.

    shape  rect | round | pill | slanted | hexagon | trapezium | ellipse | cut
    dot    the same shape in Graphviz's words
    """

    fill: str
    border: str
    shape: str
    dot: str


FAMILIES = {
    "data": Family("#ffffff", "#1a1a1a", "pill", "oval"),
    "conv": Family("#cfe6f5", "#0072b2", "rect", "box"),
    "dense": Family("#fbe0cc", "#b34f00", "hexagon", "hexagon"),
    "pool": Family("#cdeee3", "#00775a", "trapezium", "invtrapezium"),
    "point": Family("#fdf3c4", "#8a6d00", "round", "box"),
    "merge": Family("#f6dfec", "#a0406f", "ellipse", "ellipse"),
    "skip": Family("#eeeeee", "#1a1a1a", "slanted", "parallelogram"),
    "none": Family("#ffffff", "#8c8c8c", "rect", "box"),
    "group": Family("#eaf3fa", "#0072b2", "round", "component"),
    "other": Family("#ffffff", "#6a3d9a", "cut", "note"),
}
_MEMBERS = {
    "data": "input output",
    "dense": "linear recurrent",
    "point": "bn relu relu6 squeeze_excite dropout drop_path shake_drop flatten sigmoid tanh elu scale",
    "merge": "add concat mul sum shake",
    "skip": "identity skip skip_connect",
    "none": "zero none",
}
_FAMILY_OF = {op: family for family, ops in _MEMBERS.items() for op in ops.split()}


def family(op: str) -> str:
    """The family of an operation by its name, of a layer (`max_pool`) or of a cell (`conv3`, `dilsep5`, `max7`); `other` if unknown.

    >>> family("sep_conv"), family("avgpool3"), family("sep5"), family("max3"), family("mystery")
    ('conv', 'pool', 'conv', 'pool', 'other')
    """
    if op in _FAMILY_OF:
        return _FAMILY_OF[op]
    if "pool" in op or re.fullmatch(r"(avg|max)\d+", op):
        return "pool"
    return "conv" if "conv" in op or re.fullmatch(r"(dil|sep|dilsep)\d+", op) else "other"


def figure(source: str, alt: str, width: int | None = None) -> str:
    """A picture in HTML, with its text for those who cannot see it; `source`: an address or a data URI; `width` in pixels."""
    size = "" if width is None else f' width="{width}"'
    return f'<figure style="margin:0"><img alt="{html.escape(alt)}" src="{html.escape(source)}"{size} style="max-width:100%"></figure>'


def svg_text(text: str, x: float, y: float, size: float, colour: str, anchor: str = "start", bold: bool = False) -> str:
    """A text of an SVG; nothing where there is none."""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.4g}" text-anchor="{anchor}" fill="{colour}"{weight}>{html.escape(text)}</text>' if text else ""
