"""The shares of all options over a search, as a map: a row an option, a column a look, the darker the larger the share; and the shares at one look."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import NamedTuple

from nastutor.pictures.picture import text_width
from nastutor.pictures.style import COLOURS, INK, PAPER, QUIET, RULE, svg_text

WIDE, TALL = 380, 420  # CSS pixels of the map; no higher than this where that can be
TOP, FOOT, GAP, BAR, SIDE = 26, 34, 10, 120, 8
LARGE, SMALL, READABLE = 18.0, 3.0, 10.0  # height of a row: at most, at least, and from where on it bears its name
DARK = (0, 68, 112)  # of the largest share
ON = COLOURS[1]


class Shares(NamedTuple):
    """What a search weighed, and when.

    sites    decision -> names of its options
    answers  (L,) how many answers stood behind each look
    frames   (L, rows) the shares at each look, the options of all decisions one after the other
    """

    sites: Mapping[str, tuple[str, ...]]
    answers: Sequence[int]
    frames: Sequence[Sequence[float]]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(decision, option) of each row."""
        return [(name, option) for name, options in self.sites.items() for option in options]

    def at(self, look: int) -> dict[str, dict[str, float]]:
        """decision -> option -> share."""
        shares = iter(self.frames[look])
        return {name: {option: float(next(shares)) for option in options} for name, options in self.sites.items()}


def largest(shares: Mapping[str, float]) -> str:
    """The option with the largest share; of equal ones the first.

    >>> largest({"none": 0.2, "skip": 0.4, "conv3": 0.4})
    'skip'
    """
    return max(shares, key=shares.__getitem__)


def alphas_svg(shares: Shares, look: int, alt: str) -> tuple[str, int]:
    """The picture and its width in CSS pixels."""
    rows = shares.rows
    tall = max(SMALL, min(LARGE, TALL / len(rows)))
    size = max(9.0, min(12.0, tall - 3))
    names = max(text_width(name, 12) for name in shares.sites)
    options = max(text_width(option, size) for _, option in rows) if tall >= READABLE else 0.0
    left = SIDE + names + GAP + (options + GAP if options else 0)
    wide, high = round(left + WIDE + GAP + BAR), round(TOP + tall * len(rows) + FOOT)
    top = max(float(share) for frame in shares.frames for share in frame)
    said = f"share of each option, from 0 (white) to {top:.2f} (dark)"
    parts = [svg_text(said, left, 16, 11, QUIET), _map(shares.frames, top, left, tall), _now(shares, look, left, tall)]
    parts += [_decision(name, first, count, left, tall, wide) for name, first, count in _blocks(shares)]
    parts += _rows(shares, look, left, tall, size, bool(options))
    parts += _axis(shares.answers, look, left, TOP + tall * len(rows))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img" '
    head += f'aria-label="{escape(alt)}" font-family="Helvetica, Arial, sans-serif">'
    return f'{head}<rect width="{wide}" height="{high}" fill="{PAPER}"/>{"".join(parts)}</svg>', wide


def _blocks(shares: Shares) -> list[tuple[str, int, int]]:
    """(decision, its first row, its number of rows)."""
    found, first = [], 0
    for name, options in shares.sites.items():
        found.append((name, first, len(options)))
        first += len(options)
    return found


@lru_cache(maxsize=4)
def _pixels(levels: bytes, width: int) -> str:
    """A pixel for each share, as a PNG in base64."""
    from PIL import Image

    image = Image.frombytes("P", (width, len(levels) // width), levels)
    image.putpalette([round(255 + (dark - 255) * level / 255) for level in range(256) for dark in DARK])
    raw = BytesIO()
    image.save(raw, "PNG", optimize=True)
    return b64encode(raw.getvalue()).decode()


def _map(frames: Sequence[Sequence[float]], top: float, left: float, tall: float) -> str:
    count = len(frames[0])
    levels = bytes(round(255 * max(0.0, float(frame[row])) / top) for row in range(count) for frame in frames)
    box = f'x="{left:.1f}" y="{TOP}" width="{WIDE}" height="{tall * count:.1f}"'
    image = f'href="data:image/png;base64,{_pixels(levels, len(frames))}" preserveAspectRatio="none" style="image-rendering:pixelated"'
    return f'<image {box} {image}/><rect {box} fill="none" stroke="{RULE}"/>'


def _now(shares: Shares, look: int, left: float, tall: float) -> str:
    """A frame around the column of this look."""
    step = WIDE / len(shares.frames)
    box = f'x="{left + step * look:.1f}" y="{TOP - 2}" width="{max(step, 2):.1f}" height="{tall * len(shares.rows) + 4:.1f}"'
    return f'<rect {box} fill="none" stroke="{ON}" stroke-width="1.5"/>'


def _decision(name: str, first: int, count: int, left: float, tall: float, wide: int) -> str:
    """The name of a decision, and the line above its block."""
    y = TOP + tall * first
    line = f'<path d="M{SIDE} {y:.1f}H{wide}" stroke="{RULE}" stroke-width="0.8"/>' if first else ""
    return line + (svg_text(name, SIDE, y + tall * count / 2 + 4, 12, INK, bold=True) if tall * count >= READABLE else "")


def _rows(shares: Shares, look: int, left: float, tall: float, size: float, named: bool) -> list[str]:
    """Beside the map: the options on the left, on the right their shares now as bars; the largest of a decision in colour."""
    parts, now, row, start = [], shares.at(look), 0, left + WIDE + GAP
    for own in now.values():
        best = largest(own)
        for option, share in own.items():
            y, first = TOP + tall * row, option == best
            bar = (BAR - 44) * share
            parts.append(f'<rect x="{start:.1f}" y="{y + 0.15 * tall:.1f}" width="{bar:.1f}" height="{0.7 * tall:.1f}" fill="{ON if first else COLOURS[4]}"/>')
            if named:
                parts.append(svg_text(option, left - GAP, y + tall / 2 + size / 3, size, INK, "end", bold=first))
                parts.append(svg_text(f"{share:.2f}", start + bar + 4, y + tall / 2 + size / 3, size, INK, bold=first))
            row += 1
    return parts


def _axis(answers: Sequence[int], look: int, left: float, bottom: float) -> list[str]:
    """The first, the last and this look's number of answers."""
    step = WIDE / len(answers)
    x = left + step * (look + 0.5)
    parts = [svg_text(f"{answers[look]:,}", x, bottom + 14, 12, ON, "middle", bold=True)]
    for place, end in ((left + step / 2, answers[0]), (left + WIDE - step / 2, answers[-1])):
        if abs(place - x) > 36 and len(answers) > 1:
            parts.append(svg_text(f"{end:,}", place, bottom + 14, 11, QUIET, "middle"))
    return [*parts, svg_text("answers", left + WIDE / 2, bottom + 28, 11, QUIET, "middle")]
