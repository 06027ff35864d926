"""A search tree from left to right: on each branch how often it was visited and what it earned, thick where many trials went, the last one in colour."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import NamedTuple

from nastutor.pictures.picture import text_width
from nastutor.pictures.style import COLOURS, INK, PAPER, QUIET, svg_text

ROW, TOP, SIDE, GAP = 23, 30, 12, 62  # CSS pixels: a row, above the first, at the sides, from the words of a branch to the next ones
SIZE, SMALL, CHIP, TALL = 12, 11, 34, 18  # letters, small ones; width and height of the plate with the visits
THICK = 9  # of an edge that all trials took
ROWS = 26  # at most
BOLD = 1.12  # how much wider bold letters are
WIRE, ON = "#c4c4c4", COLOURS[1]
BLUES = ("#eef5fb", "#cfe6f5", "#9fcdeb", "#5aa7d8", "#0072b2")  # from the smallest means to the largest
Point = tuple[float, float]


@dataclass(frozen=True)
class Branch:
    """A node of a search tree and the branch that leads to it.

    decision  what is decided there, "" at the root    label  what was decided
    visits    trials that count here                   mean   of their rewards, NaN where there is none
    ways      branches that leave it in all            on     whether the last trial went through it
    branches  those of them that were visited          unseen how many more were visited and are not drawn
    """

    label: str
    visits: int
    mean: float
    decision: str = ""
    ways: int = 0
    on: bool = False
    branches: tuple[Branch, ...] = ()
    unseen: int = 0


class Row(NamedTuple):
    """A branch where it is drawn."""

    branch: Branch
    column: int
    height: float  # rows from the top
    parent: Row | None = None


def shown(root: Branch, rows: int = ROWS) -> Branch:
    """The part of the tree that fits: the way of the last trial, then what was visited most. A tree that fits is left as it is.

    >>> leaf = Branch("", 1, 0.5)
    >>> len(shown(Branch("", 9, 0.5, ways=9, branches=(leaf,) * 9), rows=4).branches)
    3
    """
    order = sorted(enumerate(_all(root)), key=lambda found: (not found[1][1].on, -found[1][1].visits, len(found[1][0]), found[0]))
    kept: set[tuple[int, ...]] = set()
    for _, (place, _) in order:
        kept.add(place)
        if _rows(_pruned(root, kept)) > rows:
            kept.remove(place)
            break
    return _pruned(root, kept)


def _all(branch: Branch, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Branch]]:
    yield place, branch
    for number, below in enumerate(branch.branches):
        yield from _all(below, (*place, number))


def _pruned(branch: Branch, kept: set[tuple[int, ...]], place: tuple[int, ...] = ()) -> Branch:
    below = tuple(_pruned(one, kept, (*place, number)) for number, one in enumerate(branch.branches) if (*place, number) in kept)
    return replace(branch, branches=below, unseen=len(branch.branches) - len(below))


def _rows(branch: Branch) -> int:
    if not branch.branches:
        return 1
    return sum(map(_rows, branch.branches)) + bool(left_out(branch))


def left_out(branch: Branch) -> str:
    """What is not drawn of the branches that leave a node: visited ones without room, and those where nobody has been; "" where all are drawn.

    >>> left_out(Branch("", 5, 0.5, ways=6, branches=(Branch("a", 1, 0.5),), unseen=2))
    '2 more, 3 new'
    """
    if not branch.branches:
        return ""
    new = branch.ways - len(branch.branches) - branch.unseen
    return ", ".join([f"{branch.unseen} more"] * bool(branch.unseen) + [f"{new} new"] * bool(new))


def tree_svg(root: Branch, alt: str, rows: int = ROWS) -> tuple[str, int]:
    """The picture and its width in CSS pixels."""
    placed, notes = _placed(shown(root, rows))
    heads = _heads(placed)
    words = {id(row): _words(row, heads) for row in placed}
    lefts = _lefts(placed, words, notes)
    means = sorted({row.branch.mean for row in placed if not math.isnan(row.branch.mean)})
    parts = [_edge(row, lefts, words, root.visits) for row in sorted(placed, key=lambda row: row.branch.on) if row.parent is not None]
    parts += [_plate(row, lefts, words, means) for row in placed]
    parts += [svg_text(f"… {note}", lefts[column], _y(height) + 4, SMALL, QUIET) for note, column, height in notes]
    parts += [svg_text(name, lefts[column], 16, SMALL, QUIET) for column, name in _titles(placed).items()]
    wide, high = round(max(lefts[-1], 300)), round(TOP + ROW * (max([row.height for row in placed] + [note[2] for note in notes]) + 1))
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(alt)}" font-family="Helvetica, Arial, sans-serif">'
    return f'{head}<rect width="{wide}" height="{high}" fill="{PAPER}"/>{"".join(parts)}</svg>', wide


# --- where all lies


def _placed(root: Branch) -> tuple[list[Row], list[tuple[str, int, float]]]:
    """The rows of all branches, parents in the middle of theirs; and (text, column, height) of what is left out."""
    placed: list[Row] = []
    notes: list[tuple[str, int, float]] = []

    def put(branch: Branch, column: int, first: int, parent: Row | None) -> tuple[Row, int]:
        used = _rows(branch)
        row = Row(branch, column, first + (used - 1) / 2, parent)
        placed.append(row)
        for below in branch.branches:
            _, first = put(below, column + 1, first, row)
        if note := left_out(branch):
            notes.append((note, column + 1, first))
            first += 1
        return row, first if branch.branches else first + 1

    put(root, 0, 0, None)
    return placed, notes


def _heads(placed: list[Row]) -> dict[int, str]:
    """Above a column stands what is decided there, if it is one thing."""
    names: dict[int, set[str]] = {}
    for row in placed:
        names.setdefault(row.column, set()).add(row.branch.decision)
    return {column: next(iter(found)) for column, found in names.items() if column and len(found) == 1}


def _titles(placed: list[Row]) -> dict[int, str]:
    """What stands above each column: all that is decided there, as far as there is room."""
    names: dict[int, dict[str, None]] = {}
    for row in placed:
        names.setdefault(row.column, {})[row.branch.decision] = None
    return {column: " or ".join(found) if len(found) < 3 else "several decisions" for column, found in names.items() if column}


def _words(row: Row, heads: dict[int, str]) -> tuple[str, str]:
    """The option, with its decision where that is not the head of the column, and the mean."""
    branch = row.branch
    name = branch.label if row.column in heads or not branch.decision else f"{branch.decision}={branch.label}"
    return name, "" if math.isnan(branch.mean) else f"{branch.mean:.3g}"


def _lefts(placed: list[Row], words: dict[int, tuple[str, str]], notes: list[tuple[str, int, float]]) -> list[float]:
    """Where each column begins, and after them the width of the picture."""
    wide = dict.fromkeys(range(max(row.column for row in placed) + 1), 0.0)
    for row in placed:
        wide[row.column] = max(wide[row.column], _end(0.0, words[id(row)]))
    lefts, ends = [float(SIDE)], []
    for column in range(len(wide)):
        ends.append(lefts[column] + wide[column])
        lefts.append(ends[-1] + GAP)
    ends += [lefts[column] + text_width(f"… {note}", SMALL) for note, column, _ in notes]
    return [*lefts[:-1], max(ends) + SIDE]


def _end(left: float, words: tuple[str, str]) -> float:
    return left + CHIP + 6 + sum(wide + 6 for wide in (_name_width(words[0]), text_width(words[1], SMALL)) if wide)


def _name_width(name: str) -> float:
    """With room for bold letters."""
    return BOLD * text_width(name, SIZE)


def _y(height: float) -> float:
    return TOP + ROW * (height + 0.5)


# --- pieces of SVG


def _edge(row: Row, lefts: list[float], words: dict[int, tuple[str, str]], most: int) -> str:
    """From the words of the parent to the plate of the child."""
    assert row.parent is not None
    x0, y0 = _end(lefts[row.parent.column], words[id(row.parent)]), _y(row.parent.height)
    x1, y1 = lefts[row.column], _y(row.height)
    bend = min(GAP, x1 - x0) / 2
    path = f"M{x0:.0f} {y0:.1f}L{x1 - 2 * bend:.0f} {y0:.1f}C{x1 - bend:.0f} {y0:.1f} {x1 - bend:.0f} {y1:.1f} {x1:.0f} {y1:.1f}"
    thick = max(1.0, THICK * row.branch.visits / max(most, 1))
    return f'<path d="{path}" fill="none" stroke="{ON if row.branch.on else WIRE}" stroke-width="{thick:.1f}"/>'


def _plate(row: Row, lefts: list[float], words: dict[int, tuple[str, str]], means: list[float]) -> str:
    """The visits on a plate, the darker the larger the mean is among those drawn, then the words."""
    branch, x, y = row.branch, lefts[row.column], _y(row.height)
    shade = _shade(branch.mean, means)
    border = f'stroke="{ON}" stroke-width="2"' if branch.on else 'stroke="#8fa9ba" stroke-width="1"'
    box = f'<rect x="{x:.0f}" y="{y - TALL / 2:.1f}" width="{CHIP}" height="{TALL}" rx="5" fill="{BLUES[shade]}" {border}/>'
    ink = PAPER if shade == len(BLUES) - 1 else INK
    count = svg_text(f"{branch.visits:,}", x + CHIP / 2, y + 4, SIZE if branch.visits < 1000 else 9, ink, "middle", bold=True)
    name, mean = words[id(row)]
    said = svg_text(name, x + CHIP + 6, y + 4, SIZE, INK, bold=branch.on)
    after = x + CHIP + 6 + (_name_width(name) + 6 if name else 0)
    return f"<g><title>{escape(told(branch))}</title>{box}{count}{said}{svg_text(mean, after, y + 4, SMALL, QUIET)}</g>"


def told(branch: Branch) -> str:
    """A branch in words.

    >>> told(Branch("conv3", 4, 0.875, "0->1"))
    '0->1=conv3: 4 visits, mean 0.875'
    """
    name = f"{branch.decision}={branch.label}" if branch.decision else branch.label or "root"
    mean = "" if math.isnan(branch.mean) else f", mean {branch.mean:.3g}"
    return f"{name}: {branch.visits} visit{'' if branch.visits == 1 else 's'}{mean}"


def _shade(mean: float, means: list[float]) -> int:
    """By rank, as one bad network would else make all others dark."""
    return 0 if math.isnan(mean) else int(len(BLUES) * (bisect_left(means, mean) + 0.5) / len(means))
