"""Scores against the truth at one moment, and how well each way to score ranks at all moments: two plots in one SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from nastutor.pictures.style import INK, QUIET, RULE, line_style

WIDE, HIGH, SIDE, LOW, GAP, TOP = 760, 330, 62, 48, 96, 26  # of the picture; room at the left, below, between the plots, above
PLOT = (WIDE - SIDE - GAP - 20) / 2  # width of a plot
SIZE = 13


class Line(NamedTuple):
    """How well one way to score ranks: its name, at which moments (M,), tau there (M,), least and largest of its runs (M,)."""

    name: str
    moments: Sequence[int]
    tau: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


class Axis:
    """From values to pixels, logarithmic where that is possible and wanted."""

    def __init__(self, values: np.ndarray, start: float, end: float, log: bool) -> None:
        self.log = log and bool((values > 0).all())
        low, high = (float(own) for own in (values.min(), values.max()))
        self.low, self.high = (math.log(low), math.log(high)) if self.log else (low, high)
        margin = 0.06 * (self.high - self.low) or 1.0
        self.low, self.high, self.start, self.end = self.low - margin, self.high + margin, start, end

    def __call__(self, value: float) -> float:
        place = (math.log(value) if self.log else value) - self.low
        return self.start + place / (self.high - self.low) * (self.end - self.start)

    def marks(self) -> list[float]:
        """Some round numbers between its ends."""
        if self.log:
            low, high = math.exp(self.low), math.exp(self.high)
            return [m * 10**e for e in range(-6, 7) for m in (1, 2, 5) if low <= m * 10**e <= high]
        step = 10 ** math.floor(math.log10(self.high - self.low))
        step = step if (self.high - self.low) / step > 3 else step / 2
        return [k * step for k in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def rank_svg(
    score: np.ndarray, truth: np.ndarray, spread: np.ndarray, lines: Sequence[Line], at: int, *, way: str, top: int, ceiling: float, unit: str, ranks: bool
) -> str:
    """The picture. `spread` (any shape): values that the axis of scores has room for; `way` is the line that stands out."""
    x, y = (_ranked(score), _ranked(truth)) if ranks else (score, truth)
    across = Axis(x if ranks else spread, SIDE, SIDE + PLOT, not ranks)
    up = Axis(y, HIGH - LOW, TOP, not ranks)
    word = "rank by" if ranks else "error by"
    parts = _frame(across, up, f"{word} {way}", f"{'true rank' if ranks else 'true error'}")
    best = set(np.argsort(truth, kind="stable")[:top].tolist())
    for number in range(len(x)):
        parts.append(_point(across(float(x[number])), up(float(y[number])), number in best))
    first = int(np.argmin(score))
    parts.append(f'<circle cx="{across(float(x[first])):.1f}" cy="{up(float(y[first])):.1f}" r="9" fill="none" stroke="{INK}" stroke-width="1.6"/>')
    parts += _taus(lines, at, way, ceiling, unit)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" font-size="{SIZE}">{"".join(parts)}</svg>'


def _ranked(values: np.ndarray) -> np.ndarray:
    """1 for the smallest; equal values share the mean of their ranks."""
    from scipy.stats import rankdata

    return rankdata(values)  # type: ignore[no-any-return]


def _point(x: float, y: float, best: bool) -> str:
    if best:
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{line_style(1).color}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{line_style(0).color}" fill-opacity="0.6"/>'


def _frame(across: Axis, up: Axis, below: str, beside: str) -> list[str]:
    """Axes with marks and names."""
    left, right, bottom, top = across.start, across.end, up.start, up.end
    parts = [f'<path d="M{left},{top} V{bottom} H{right}" fill="none" stroke="{RULE}"/>']
    for value in across.marks():
        parts.append(f'<text x="{across(value):.1f}" y="{bottom + 16}" text-anchor="middle" fill="{QUIET}">{value:g}</text>')
    for value in up.marks():
        parts.append(f'<text x="{left - 6}" y="{up(value) + 4:.1f}" text-anchor="end" fill="{QUIET}">{value:g}</text>')
        parts.append(f'<path d="M{left},{up(value):.1f} H{right}" stroke="{RULE}" stroke-opacity="0.25"/>')
    parts.append(f'<text x="{(left + right) / 2}" y="{bottom + 36}" text-anchor="middle" fill="{INK}">{escape(below)}</text>')
    parts.append(f'<text x="{left - 44}" y="{top - 10}" fill="{INK}">{escape(beside)}</text>')
    return parts


def _taus(lines: Sequence[Line], at: int, way: str, ceiling: float, unit: str) -> list[str]:
    """Tau of each way at each of its moments, which stand side by side at equal distances."""
    left = SIDE + PLOT + GAP
    moments = sorted({moment for line in lines for moment in line.moments})
    values = np.array([v for line in lines for v in (*line.low, *line.high)] + ([] if math.isnan(ceiling) else [ceiling]) + [0.0])
    across, up = Axis(np.array([0.0, len(moments) - 1 or 1]), left, left + PLOT, False), Axis(values, HIGH - LOW, TOP, False)
    across.marks = lambda: []  # type: ignore[method-assign]
    parts = _frame(across, up, unit, "Kendall's tau")
    parts += [f'<text x="{across(n):.1f}" y="{up.start + 16}" text-anchor="middle" fill="{QUIET}">{moment}</text>' for n, moment in enumerate(moments)]
    here = across(moments.index(at))
    parts.append(f'<path d="M{here:.1f},{up.end} V{up.start}" stroke="{INK}" stroke-width="1.5" stroke-opacity="0.5"/>')
    if not math.isnan(ceiling):
        parts.append(f'<path d="M{left},{up(ceiling):.1f} H{left + PLOT}" stroke="{INK}" stroke-dasharray="6 4"/>')
        parts.append(f'<text x="{left + PLOT}" y="{up(ceiling) - 5:.1f}" text-anchor="end" fill="{INK}">two runs of the truth</text>')
    for number, line in enumerate(lines):
        style, wide = line_style(number), 3.0 if line.name == way else 1.4
        places = [across(moments.index(moment)) + 3 * (number - 1) for moment in line.moments]
        for x, low, high in zip(places, line.low, line.high, strict=True):
            parts.append(f'<path d="M{x:.1f},{up(low):.1f} V{up(high):.1f}" stroke="{style.color}" stroke-opacity="0.4"/>')
        points = " ".join(f"{x:.1f},{up(tau):.1f}" for x, tau in zip(places, line.tau, strict=True))
        dash = ("none", "6 3", "8 3 2 3", "2 3")[number % 4]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{style.color}" stroke-width="{wide}" stroke-dasharray="{dash}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{up(tau):.1f}" r="{wide + 1}" fill="{style.color}"/>' for x, tau in zip(places, line.tau, strict=True)]
    return parts
