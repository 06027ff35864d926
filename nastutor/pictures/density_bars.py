"""Two densities over the options of each decision, side by side: that of the good ones above that of the others, with their ratio."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from nastutor.pictures.picture import text_width
from nastutor.pictures.style import COLOURS, INK, PAPER, QUIET, svg_text

WIDE, GAP, ROW, HEAD, SIDE = 840, 26, 22, 38, 10  # CSS pixels: of the picture, between decisions, an option, above the options, at the sides
BAR = 118  # of density 1
GOOD, OTHERS, MARK = COLOURS[0], "#b5b5b5", COLOURS[1]


class Decision(NamedTuple):
    """What is drawn of one.

    options        and their densities: `good` and `others`, (K,) each
    active         of the good ones and of the others, in how many it was asked
    taken          the option of the next architecture, None where it does not have the decision
    """

    name: str
    options: Sequence[Any]
    good: Sequence[float]
    others: Sequence[float]
    active: tuple[int, int]
    taken: Any = None


def density_svg(decisions: Sequence[Decision], alt: str) -> tuple[str, int]:
    """The picture and its width in CSS pixels."""
    wide = max(map(_width, decisions), default=200.0)
    beside = max(1, int((WIDE - 2 * SIDE + GAP) // (wide + GAP)))
    parts, y = [], float(SIDE)
    for first in range(0, len(decisions), beside):
        line = decisions[first : first + beside]
        parts += [_block(decision, SIDE + number * (wide + GAP), y) for number, decision in enumerate(line)]
        y += HEAD + ROW * max(len(decision.options) for decision in line) + 12
    full, high = round(2 * SIDE + beside * (wide + GAP) - GAP), round(y)
    size = f'width="{full}" height="{high}" viewBox="0 0 {full} {high}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(alt)}" font-family="Helvetica, Arial, sans-serif">'
    return f'{head}<rect width="{full}" height="{high}" fill="{PAPER}"/>{"".join(parts)}</svg>', full


def _label(decision: Decision) -> float:
    return max(text_width(str(option), 11) for option in decision.options) + 18


def _width(decision: Decision) -> float:
    return max(_label(decision) + BAR + 44, text_width(decision.name, 13) + text_width(_asked(decision), 11) + 12)


def _asked(decision: Decision) -> str:
    return f"asked in {decision.active[0]} good, {decision.active[1]} others"


def _block(decision: Decision, x: float, y: float) -> str:
    left = x + _label(decision)
    parts = [svg_text(decision.name, x, y + 12, 12.5, INK, bold=True), svg_text(_asked(decision), x + text_width(decision.name, 13) + 12, y + 12, 10.5, QUIET)]
    parts += [svg_text("l / g", left + BAR + 8, y + 30, 10, QUIET)]
    rows = zip(decision.options, decision.good, decision.others, strict=True)
    for number, (option, good, other) in enumerate(rows):
        top, on = y + HEAD + ROW * number, decision.taken is not None and option == decision.taken
        if on:
            parts.append(f'<path d="M{x:.1f} {top + 3:.1f}l9 6l-9 6z" fill="{MARK}"/>')
        parts.append(svg_text(str(option), left - 5, top + 13, 11, INK, "end", bold=on))
        parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{BAR * good:.1f}" height="9" fill="{GOOD}"/>')
        parts.append(f'<rect x="{left:.1f}" y="{top + 9:.1f}" width="{BAR * other:.1f}" height="9" fill="{OTHERS}"/>')
        parts.append(svg_text(f"{good / other:.2f}", left + BAR + 8, top + 13, 11, INK, bold=good > other))
    bottom = y + HEAD + ROW * len(decision.options) - 2
    parts.append(f'<path d="M{left:.1f} {y + HEAD - 3:.1f}V{bottom:.1f}" stroke="{QUIET}" stroke-width="1"/>')
    return "".join(parts)
