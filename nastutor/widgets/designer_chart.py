"""The race as a picture: the best so far of both, a step a trial. Plain SVG, drawn in a millisecond, for it changes with every click."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from nastutor.history import History
from nastutor.pictures.style import COLOURS, INK, PAPER, QUIET, RULE, figure
from nastutor.widgets.snapshot import count

WIDE, HIGH = 600, 200  # CSS pixels
LEFT, RIGHT, TOP, BOTTOM = 62, 150, 22, 40  # of the axes' margins: names stand at the right
USUAL = 12  # trials for which there is room from the start
LONGEST = 15  # characters of a name
CUT = 3.0  # the axis ends at so many times the distance from the best to the median of the lines: a dead first cell does not press them flat


@dataclass(frozen=True)
class Line:
    """One runner: its name, the best so far after each trial (NaN before the first), colour and dashes."""

    name: str
    best: Sequence[float]
    colour: str
    dashes: str = ""
    errors: Sequence[float] = ()

    @property
    def last(self) -> float:
        return self.best[-1] if self.best else math.nan


def lines_of(mine: History, theirs: History, rival: str) -> tuple[Line, Line]:
    you = Line("you", mine.incumbent(), COLOURS[0], errors=[record.error for record in mine])
    return you, Line(rival, theirs.incumbent(), COLOURS[1], "7 4")


def race_alt(mine: History, theirs: History, rival: str, optimum: float | None = None) -> str:
    """The picture in words."""
    you, other = lines_of(mine, theirs, rival)
    text = f"The race after {count(len(mine), 'trial')}: best validation error of yours {_said(you.last)}, of {rival} {_said(other.last)}"
    return text + (f"; the best of the whole table is {optimum:.4f}." if optimum is not None else ".")


def race_figure(mine: History, theirs: History, rival: str, optimum: float | None = None, width: int = WIDE) -> str:
    """The picture in HTML."""
    svg = race_svg(*lines_of(mine, theirs, rival), optimum, race_alt(mine, theirs, rival, optimum))
    return figure(f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}", race_alt(mine, theirs, rival, optimum), width)


def race_svg(you: Line, other: Line, optimum: float | None = None, alt: str = "") -> str:
    chart = _Chart.of([you, other], optimum)
    parts = [chart.axes()]
    if optimum is not None:
        parts.append(chart.level(optimum))
    parts += [chart.above([you, other]), chart.dots(you), chart.steps(other), chart.steps(you), chart.names([you, other], optimum)]
    size = f'width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(alt)}" font-family="Helvetica, Arial, sans-serif" font-size="11.5">'
    return "".join([head, f'<rect width="{WIDE}" height="{HIGH}" fill="{PAPER}"/>', *parts, "</svg>"])


@dataclass(frozen=True)
class _Chart:
    trials: int
    low: float
    high: float

    @classmethod
    def of(cls, lines: Sequence[Line], optimum: float | None) -> _Chart:
        values = sorted(value for line in lines for value in line.best if math.isfinite(value))
        values = values or [0.0, 1.0]
        low = min(values[0], optimum if optimum is not None else math.inf)
        middle = values[len(values) // 2]
        high = max(value for value in values if value <= low + CUT * (middle - low) or value == values[0])
        room = (high - low) or 0.1 * low or 0.1
        return cls(max(USUAL, *(len(line.best) for line in lines)), low - 0.12 * room, high + 0.12 * room)

    def x(self, trial: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (trial - 1) / max(1, self.trials - 1)

    def y(self, error: float) -> float:
        """What lies above the axis is drawn along its upper edge."""
        share = (min(error, self.high) - self.low) / (self.high - self.low)
        return HIGH - BOTTOM - (HIGH - BOTTOM - TOP) * share

    def axes(self) -> str:
        parts = []
        levels = ticks(self.low, self.high, 4)
        digits = max(len(f"{value:.6g}".partition(".")[2]) for value in levels)
        for value in levels:
            y = self.y(value)
            parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDE - RIGHT}" stroke="#e6e6e6"/>' + _text(f"{value:.{digits}f}", LEFT - 7, y + 4, "end"))
        for value in ticks(1, self.trials, 6):
            if value >= 1 and value == int(value):
                parts.append(_text(f"{value:g}", self.x(value), HIGH - BOTTOM + 16, "middle"))
        frame = f'<path d="M{LEFT} {TOP}V{HIGH - BOTTOM}H{WIDE - RIGHT}" fill="none" stroke="{RULE}"/>'
        middle = (TOP + HIGH - BOTTOM) / 2
        turned = f'<g transform="rotate(-90 14 {middle})">{_text("best error so far", 14, middle + 4, "middle")}</g>'
        return "".join([*parts, frame, _text("trial", (LEFT + WIDE - RIGHT) / 2, HIGH - 6, "middle"), turned])

    def level(self, optimum: float) -> str:
        return f'<path d="M{LEFT} {self.y(optimum):.1f}H{WIDE - RIGHT}" stroke="{INK}" stroke-width="1.4" stroke-dasharray="2 3"/>'

    def above(self, lines: Sequence[Line]) -> str:
        """Says of the lines that begin above the axis where they begin."""
        firsts = [(line, next((error for error in line.best if not math.isnan(error)), math.nan)) for line in lines]
        told = [f"{line.name[:LONGEST]} from {first:.4f}" for line, first in firsts if first > self.high]
        return _text(f"↑ {', '.join(told)}", LEFT + 4, TOP - 8, "start") if told else ""

    def dots(self, line: Line) -> str:
        """Each trial of the student's, where it fits on the axis."""
        shown = [(self.x(n), self.y(error)) for n, error in enumerate(line.errors, 1) if error <= self.high]
        return "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{line.colour}" fill-opacity="0.35"/>' for x, y in shown)

    def steps(self, line: Line) -> str:
        points = [(self.x(n), self.y(error)) for n, error in enumerate(line.best, 1) if not math.isnan(error)]
        if not points:
            return ""
        path = f"M{points[0][0]:.1f} {points[0][1]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in points[1:])
        dashes = f' stroke-dasharray="{line.dashes}"' if line.dashes else ""
        end = f'<circle cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="4" fill="{line.colour}"/>'
        return f'<path d="{path}" fill="none" stroke="{line.colour}" stroke-width="2.2"{dashes}/>{end}'

    def names(self, lines: Sequence[Line], optimum: float | None) -> str:
        """Name and error of each line at the right, moved apart where they would meet."""
        told = [(self.y(line.last), line.name, line.last, line.colour) for line in lines if not math.isnan(line.last)]
        if optimum is not None:
            told.append((self.y(optimum), "the optimum", optimum, INK))
        parts, above = [], -math.inf
        room = 15.0
        for rank, (y, name, value, colour) in enumerate(sorted(told, key=lambda each: each[0])):
            y = max(min(y, HIGH - BOTTOM + 4 - room * (len(told) - 1 - rank)), above + room)
            above = y
            parts.append(_text(f"{name[:LONGEST]} {value:.4f}", WIDE - RIGHT + 10, y + 4, "start", colour, True))
        return "".join(parts)


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers between two limits, about so many.

    >>> ticks(0.071, 0.093, 4), ticks(1, 12, 6)
    ([0.075, 0.08, 0.085, 0.09], [2, 4, 6, 8, 10, 12])
    """
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = size * next(times for times in (1, 2, 5, 10) if times * size >= raw * 0.75)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _said(error: float) -> str:
    return "none yet" if math.isnan(error) else f"{error:.4f}"


def _text(text: str, x: float, y: float, anchor: str, colour: str = QUIET, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'
