"""A chart with powers of ten on its axes, as plain SVG: drawn in a millisecond, for it changes with every move of a slider."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from nastutor.pictures.style import INK, PAPER, QUIET, RULE

LEFT, RIGHT, TOP, BOTTOM = 62, 16, 14, 40  # CSS pixels around the axes
TICKS = 9  # about so many at most, on an axis
STEPS = tuple(m * 10**n for n in range(6) for m in (1, 2, 5))  # from tick to tick
LETTER, BOLD = 6.9, 7.6  # widths of a letter, in the widest of the usual fonts


@dataclass(frozen=True)
class Line:
    """points: (x, y); on an axis of powers the exponents stand in place of the numbers."""

    points: Sequence[tuple[float, float]]
    colour: str = RULE
    dashes: str = ""
    width: float = 1.2


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    label: str = ""
    colour: str = QUIET
    note: str = ""
    large: bool = False
    spare: bool = False  # the label is left out where it does not fit right beside the dot

    @property
    def radius(self) -> int:
        return 6 if self.large else 4


@dataclass(frozen=True)
class Axis:
    """low, high: where it ends; powers: whether its numbers are exponents of ten."""

    name: str
    low: float
    high: float
    powers: bool = True

    def share(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Whole numbers; powers as 10 to that power, or in short below ten million millions."""
        step = next(step for step in STEPS if step >= (self.high - self.low) / TICKS)
        whole = [n for n in range(math.ceil(self.low), math.floor(self.high) + 1) if n % step == 0]
        if self.powers and len(whole) < 3:
            return [(n + math.log10(m), _power(m, n)) for n in range(math.floor(self.low), math.ceil(self.high) + 1) for m in (1, 2, 5) if self._has(n, m)]
        return [(n, _power(1, n) if self.powers else str(n)) for n in whole]

    def _has(self, n: int, m: int) -> bool:
        return self.low <= n + math.log10(m) <= self.high


def chart(lines: Sequence[Line], dots: Sequence[Dot], x: Axis, y: Axis, alt: str, wide: int = 560, high: int = 300) -> str:
    """The picture; the first dots lie on top. Labels that would lie on others are moved until they do not, and then led to by a line."""

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return LEFT + x.share(point[0]) * (wide - LEFT - RIGHT), high - BOTTOM - y.share(point[1]) * (high - TOP - BOTTOM)

    parts = [_axes(x, y, wide, high)]
    for line in lines:
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in map(at, line.points))
        dashed = f' stroke-dasharray="{line.dashes}"' if line.dashes else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="{line.width}"{dashed}/>')
    places = [at((dot.x, dot.y)) for dot in dots]
    leaders, words = _labels(dots, places, wide, high)
    parts += [*leaders, *[_dot(dot, place) for dot, place in zip(dots, places, strict=True)][::-1], *words]
    font = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img" style="{font}">'
    return f'{head}<title>{escape(alt)}</title><rect width="{wide}" height="{high}" fill="{PAPER}"/>{"".join(parts)}</svg>'


def _axes(x: Axis, y: Axis, wide: int, high: int) -> str:
    parts = []
    for value, word in x.ticks():
        px = LEFT + x.share(value) * (wide - LEFT - RIGHT)
        parts.append(f'<path d="M{px:.1f} {TOP}V{high - BOTTOM}" stroke="#e4e4e4"/>{_text(word, px, high - BOTTOM + 15, "middle")}')
    for value, word in y.ticks():
        py = high - BOTTOM - y.share(value) * (high - TOP - BOTTOM)
        parts.append(f'<path d="M{LEFT} {py:.1f}H{wide - RIGHT}" stroke="#e4e4e4"/>{_text(word, LEFT - 6, py + 4, "end")}')
    parts.append(f'<path d="M{LEFT} {TOP}V{high - BOTTOM}H{wide - RIGHT}" fill="none" stroke="{RULE}"/>')
    middle = (high - BOTTOM + TOP) / 2
    parts.append(_text(x.name, (LEFT + wide - RIGHT) / 2, high - 6, "middle"))
    return "".join(parts) + f'<g transform="rotate(-90 13 {middle})">{_text(y.name, 13, middle + 4, "middle")}</g>'


def _dot(dot: Dot, place: tuple[float, float]) -> str:
    note = f"<title>{escape(dot.note)}</title>" if dot.note else ""
    shape = f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{dot.radius}" fill="{dot.colour}" stroke="{PAPER}"/>'
    return f"<g>{note}{shape}</g>"


Box = tuple[float, float, float, float]  # left, top, right, bottom


def _labels(dots: Sequence[Dot], places: Sequence[tuple[float, float]], wide: int, high: int) -> tuple[list[str], list[str]]:
    """(lines that lead to labels, the labels)."""
    around = [(px - dot.radius - 1, py - dot.radius - 1, px + dot.radius + 1, py + dot.radius + 1) for dot, (px, py) in zip(dots, places, strict=True)]
    taken: list[Box] = list(around)
    lines, words = [], []
    for dot, place, own in sorted(zip(dots, places, around, strict=True), key=lambda entry: entry[0].spare):  # those that must be there choose first
        if not dot.label:
            continue
        box = _free(own, (BOLD if dot.large else LETTER) * len(dot.label), taken, wide, high)
        leader = _leader(place, own, box)
        if not (dot.spare and (leader or _covered(box, taken))):
            taken.append(box)
            lines.append(leader)
            x, anchor = (box[2], "end") if box[2] < place[0] else (box[0], "start")  # in a narrower font it ends at the dot as well
            words.append(_text(dot.label, x, box[3] - 3, anchor, INK if dot.large else QUIET, dot.large))
    return lines, words


def _free(own: Box, width: float, taken: Sequence[Box], wide: int, high: int) -> Box:
    """The nearest place for a label beside the box `own` of its dot where it stays in the picture and covers nothing, or the least."""
    left, top, right, bottom = own
    middle, centre = (top + bottom) / 2 - 6.5, (left + right - width) / 2
    rows = [middle, *(place for n in range(5) for place in (bottom + 2 + 13 * n, top - 15 - 13 * n))]
    columns = [right + 1, left - 1 - width, centre, right + 20, left - 20 - width]
    boxes = [(x, y, x + width, y + 13) for y in rows for x in columns if y != middle or x != centre]
    inside = [box for box in boxes if box[0] > LEFT and box[2] < wide - RIGHT / 2 and box[1] > TOP - 8 and box[3] < high - BOTTOM]
    return min(inside or boxes, key=lambda box: _covered(box, taken))


def _covered(box: Box, taken: Sequence[Box]) -> int:
    return sum(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken)


def _leader(place: tuple[float, float], own: Box, box: Box) -> str:
    """A line from a dot to its label, where the two do not touch; "" else."""
    x, y = (min(max(at, low), high) for at, low, high in zip(place, box[:2], box[2:], strict=True))  # the nearest point of the label
    if own[0] - 3 <= x <= own[2] + 3 and own[1] - 3 <= y <= own[3] + 3:
        return ""
    return f'<path class="leader" d="M{place[0]:.1f} {place[1]:.1f}L{x:.1f} {y:.1f}" stroke="{QUIET}" stroke-width="0.8" fill="none"/>'


def _power(m: int, n: int) -> str:
    """
    >>> _power(1, 5), _power(5, 6), _power(2, 9), _power(1, 18)
    ('100 k', '5 M', '2 G', '10^18')
    """
    if not 0 <= n < 12:
        return f"{m if m > 1 else ''}{'·' if m > 1 else ''}10^{n}"
    return f"{m * 10 ** (n % 3)}{('', ' k', ' M', ' G')[n // 3]}"


def _text(text: str, x: float, y: float, anchor: str, colour: str = QUIET, bold: bool = False) -> str:
    weight = ' font-weight="650"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11.5" text-anchor="{anchor}" fill="{colour}"{weight}>{_raised(text)}</text>'


def _raised(text: str) -> str:
    """10^18 with its exponent above."""
    base, power, exponent = text.partition("10^")
    return escape(text) if not power else f'{escape(base)}10<tspan dy="-4" font-size="8.5">{escape(exponent)}</tspan>'
