"""A map of a small space: a square for each architecture, the first decisions from top to bottom, the others from left to right; several maps together."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nastutor.pictures.picture import text_width
from nastutor.pictures.png import palette_png
from nastutor.pictures.style import COLOURS, INK, PAPER, QUIET, svg_text
from nastutor.values import Arch

WIDE, GAP, HEAD, SIDE = 760, 28, 22, 8  # CSS pixels: room for maps beside each other, between them, above each, at the sides
LARGEST, READABLE = 26, 12  # sides of a square, and from where on the inner options are written
SHADES = 40
BLUE, ORANGE, GREEN = ("#f4f8fc", "#0b4f86"), ("#fdf6ee", "#b35806"), ("#f3faf5", "#00653e")  # from what is little to what is much
MARK = COLOURS[1]
Colours = tuple[str, str]


class Panel(NamedTuple):
    """One map.

    title   above it, and `note` behind that in small letters
    values  of the architectures, in the order of the grid's: (n,)
    ramp    colours of the least and of the largest value
    ranked  whether shades are by rank, so that one large value leaves the others their differences
    """

    title: str
    note: str
    values: NDArray[np.float64]
    ramp: Colours
    ranked: bool = False


class Marks(NamedTuple):
    """Architectures that are marked: with a dot, with a ring, with a diamond."""

    tried: Sequence[Arch] = ()
    last: Arch | None = None
    next: Arch | None = None


@dataclass(frozen=True)
class Grid:
    """Where each architecture lies.

    options  decision -> its options, in the order in which decisions are asked; each is asked of every architecture

    >>> grid = Grid({"a": (1, 2), "b": (1, 2, 3), "c": (1, 2)})
    >>> grid.shape, grid.place(Arch((("a", 2), ("b", 3), ("c", 1))))
    ((2, 6), (1, 4))
    """

    options: Mapping[str, Sequence[Any]]

    @property
    def rows(self) -> list[str]:
        return list(self.options)[: len(self.options) // 2]

    @property
    def columns(self) -> list[str]:
        return list(self.options)[len(self.options) // 2 :]

    @property
    def shape(self) -> tuple[int, int]:
        return prod(len(self.options[name]) for name in self.rows), prod(len(self.options[name]) for name in self.columns)

    def place(self, arch: Arch) -> tuple[int, int]:
        """(row, column)"""
        return self._number(self.rows, arch), self._number(self.columns, arch)

    def _number(self, names: Sequence[str], arch: Arch) -> int:
        found = 0
        for name in names:
            found = found * len(self.options[name]) + list(self.options[name]).index(arch[name])
        return found

    def archs(self) -> list[Arch]:
        """All of them, row by row."""
        found: list[tuple[tuple[str, Any], ...]] = [()]
        for name, options in self.options.items():
            found = [(*choices, (name, option)) for choices in found for option in options]
        return [Arch(choices) for choices in found]


def map_svg(grid: Grid, panels: Sequence[Panel], marks: Marks, alt: str) -> tuple[str, int]:
    """The picture and its width in CSS pixels."""
    rows, columns = grid.shape
    beside = min(2, len(panels))
    named = [str(option) for name in grid.rows[:1] for option in grid.options[name]] + [grid.columns[0], grid.columns[-1]]
    left = max(text_width(word, 10) for word in named) + 6
    side = max(2, min(LARGEST, round((WIDE - (beside - 1) * (GAP + left)) / beside / columns)))
    titles = max(text_width(panel.title, 13) + 10 + text_width(panel.note, 11) for panel in panels)
    across, down = left + max(side * columns, titles) + GAP, HEAD + side * rows + _below(grid, side)
    parts = []
    for number, panel in enumerate(panels):
        x, y = SIDE + left + (number % beside) * across, SIDE + HEAD + (number // beside) * down
        parts.append(_panel(grid, panel, marks, x, y, side))
    wide = round(2 * SIDE + beside * across - GAP)
    high = round(2 * SIDE + down * -(-len(panels) // beside))
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(alt)}" font-family="Helvetica, Arial, sans-serif">'
    return f'{head}<rect width="{wide}" height="{high}" fill="{PAPER}"/>{"".join(parts)}</svg>', wide


def _panel(grid: Grid, panel: Panel, marks: Marks, x: float, y: float, side: int) -> str:
    rows, columns = grid.shape
    wide, high = side * columns, side * rows
    image = f'<image x="{x:.0f}" y="{y}" width="{wide}" height="{high}" href="data:image/png;base64,{_png(grid, panel, side)}"/>'
    title = svg_text(panel.title, x, y - 7, 12, INK, bold=True) + svg_text(panel.note, x + text_width(panel.title, 13) + 10, y - 7, 11, QUIET)
    frame = f'<rect x="{x:.0f}" y="{y}" width="{wide}" height="{high}" fill="none" stroke="#8c8c8c"/>'
    outer = len(grid.options[grid.columns[0]])
    lines = "".join(
        f'<path d="M{x + wide * k / outer:.1f} {y}v{high}" stroke="#8c8c8c" stroke-width="1"/>' for k in range(1, outer if len(grid.columns) > 1 else 0)
    )
    return title + image + lines + frame + _labels(grid, x, y, side) + _marks(grid, marks, x, y, side)


def _png(grid: Grid, panel: Panel, side: int) -> str:
    """The squares, in base64."""
    from PIL import Image

    low, high = (np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) for colour in panel.ramp)
    share = np.round(SHADES * _shares(panel)) / SHADES
    colours = np.where(np.isnan(share)[:, None], 225, low + np.nan_to_num(share)[:, None] * (high - low)).round().astype(np.uint8)
    squares = colours.reshape(*grid.shape, 3).repeat(side, 0).repeat(side, 1)
    if side > 6:
        squares[::side] = squares[:, ::side] = 255
    return b64encode(palette_png(Image.fromarray(squares), SHADES + 4)).decode()


def _shares(panel: Panel) -> NDArray[np.float64]:
    """Where each value lies between the least, 0, and the largest, 1; NaN where there is none."""
    values = np.asarray(panel.values, dtype=float)
    known = np.isfinite(values)
    share = np.full(len(values), np.nan)
    if panel.ranked:
        steps, place = np.unique(values[known], return_inverse=True)
        share[known] = place / max(1, len(steps) - 1)
    elif known.any():
        low, high = values[known].min(), values[known].max()
        share[known] = (values[known] - low) / (high - low or 1.0)
    return share


def _below(grid: Grid, side: int) -> float:
    """Room for what stands under a map: the outer options, and the inner ones where there is room, and the gap to the next."""
    inner = max((text_width(str(option), 9) for option in grid.options[grid.columns[-1]]), default=0) if _inner(grid, side) else 0
    return 20 + inner + (4 if inner else 0) + 10


def _inner(grid: Grid, side: int) -> bool:
    return len(grid.columns) == 2 and side >= READABLE


def _labels(grid: Grid, x: float, y: float, side: int) -> str:
    rows, columns = grid.shape
    parts = [svg_text(name, x - 4, y - 7, 10, QUIET, "end") for name in grid.rows[:1]]
    for name in grid.rows[:1]:
        step = side * rows / len(grid.options[name])
        parts += [svg_text(str(option), x - 4, y + step * (k + 0.5) + 3.5, 10, INK, "end") for k, option in enumerate(grid.options[name])]
    base, (outer, last) = y + side * rows, (grid.columns[0], grid.columns[-1])
    if _inner(grid, side):
        for column in range(columns):
            option = grid.options[last][column % len(grid.options[last])]
            at = f'transform="translate({x + side * (column + 0.5) + 3:.1f} {base + 4}) rotate(-90)"'
            parts.append(f'<text {at} font-size="9" text-anchor="end" fill="{QUIET}">{escape(str(option))}</text>')
        parts.append(svg_text(last, x - 4, base + 14, 10, QUIET, "end"))
        base += round(max(text_width(str(option), 9) for option in grid.options[last]) + 4)
    step = side * columns / len(grid.options[outer])
    said = [f"{outer}={option}" for option in grid.options[outer]]
    if any(text_width(word, 10) >= step for word in said):
        parts.append(svg_text(outer, x - 4, base + 14, 10, QUIET, "end"))
        said = [str(option) for option in grid.options[outer]]
    return "".join(parts + [svg_text(word, x + step * (k + 0.5), base + 14, 10, INK, "middle") for k, word in enumerate(said)])


def _marks(grid: Grid, marks: Marks, x: float, y: float, side: int) -> str:
    def centre(arch: Arch) -> tuple[float, float]:
        row, column = grid.place(arch)
        return x + side * (column + 0.5), y + side * (row + 0.5)

    dot = max(1.4, 0.17 * side)
    parts = []
    for arch in dict.fromkeys(marks.tried):
        a, b = centre(arch)
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{dot:.1f}" fill="{PAPER}" stroke="{INK}" stroke-width="1"/>')
    if marks.last is not None:
        a, b = centre(marks.last)
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{max(4, 0.36 * side):.1f}" fill="none" stroke="{MARK}" stroke-width="2.2"/>')
    if marks.next is not None:
        (a, b), r = centre(marks.next), max(5, 0.42 * side)
        parts.append(f'<path d="M{a:.1f} {b - r:.1f}l{r:.1f} {r:.1f}l{-r:.1f} {r:.1f}l{-r:.1f} {-r:.1f}z" fill="{MARK}" stroke="{PAPER}" stroke-width="1.2"/>')
    return "".join(parts)
