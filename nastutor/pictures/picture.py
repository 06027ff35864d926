"""From a sketch to SVG: sizes of boxes, the layout, then background, cells, arrows, boxes. No ids, so that pictures on one page cannot clash."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from nastutor.pictures.columns import fold
from nastutor.pictures.placing import Layout, Point, place
from nastutor.pictures.sketch import Box, Mark, Sketch
from nastutor.pictures.style import FAMILIES, INK, PAPER, QUIET, RULE, Family, family

FONT, SMALL, LINE, MARGIN = 12.0, 10.5, 15.0, 16.0  # pixels
HEAD, GROUP_PAD, GROUP_HEAD = 26.0, 10.0, 18.0
SHADE = "#f5f5f5"  # inside the frame of a group
_WIDE, _NARROW = frozenset("mwMW@%—…×≤≥±+=<>~"), frozenset("iljtfrI.,:;|!'()[] -–/")
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


def render(sketch: Sketch) -> str:
    """The SVG of a sketch; equal sketches give equal bytes."""
    sketch, layout, sizes, groups = _framed(sketch)
    labels = {name: _group_label(name, rectangle, layout.routes) for name, rectangle in groups.items()}
    parts = [_frame(rectangle) + ("" if labels[name][1] else labels[name][0]) for name, rectangle in groups.items()]
    routes = iter(layout.routes)
    for i, link in enumerate(sketch.links):
        colour = (FAMILIES[family(link.label)].border if link.label else "#404040") if link.live else RULE
        if link.label:
            parts += [_arrow(next(routes), colour, link.live, head=False), _arrow(next(routes), colour, link.live)]
            parts.append(_pill(link.label, layout.centres[("label", i)], sizes[("label", i)], link.live))
        else:
            parts.append(_arrow(next(routes), colour, link.live))
    parts += [text for text, crossed in labels.values() if crossed]
    parts += [_box(box, layout.centres[box.name], sizes[box.name]) for box in sketch.boxes]
    parts += [_flag(box.mark, layout.centres[box.name], sizes[box.name]) for box in sketch.boxes if box.mark]
    parts += [_flag(link.mark, layout.centres["label", i], sizes["label", i]) for i, link in enumerate(sketch.links) if link.mark and link.label]
    return _page(sketch, parts, layout, groups.values())


def _laid_out(sketch: Sketch) -> tuple[Layout, dict[Hashable, tuple[float, float]]]:
    """Where boxes and labels of links lie, and their sizes."""
    labels = {("label", i): link.label for i, link in enumerate(sketch.links) if link.label}
    sizes: dict[Hashable, tuple[float, float]] = {box.name: box_size(box) for box in sketch.boxes}
    sizes |= {key: (text_width(text, SMALL) + 20, 20.0) for key, text in labels.items()}
    edges: list[tuple[Hashable, Hashable]] = []
    for i, link in enumerate(sketch.links):
        edges += [(link.source, ("label", i)), (("label", i), link.target)] if link.label else [(link.source, link.target)]
    return fold(place(sizes, edges, _room_for_groups(sketch)), edges, {box.name: box.group for box in sketch.boxes}), sizes


def _framed(sketch: Sketch) -> tuple[Sketch, Layout, dict[Hashable, tuple[float, float]], dict[str, Rectangle]]:
    """Where all lies, and the frames of groups. Boxes of a group that can have none bear its name; this may move them, and cost others their frames."""
    named: set[str] = set()
    while True:
        layout, sizes = _laid_out(sketch)
        frames = {name: frame for name, frame in _groups(sketch, layout, sizes).items() if name not in named}
        unframed = {box.group for box in sketch.boxes} - {"", *frames, *named}
        if not unframed:
            return sketch, layout, sizes, frames
        named |= unframed
        sketch = replace(sketch, boxes=tuple(_with_name(box) if box.group in unframed else box for box in sketch.boxes))


def _with_name(box: Box) -> Box:
    *lines, last = box.lines
    return replace(box, lines=(*lines, f"{last} · {box.group}") if lines else (last, box.group))


def _page(sketch: Sketch, parts: Sequence[str], layout: Layout, groups: Iterable[Rectangle]) -> str:
    left = min([0.0, *(r[0] for r in groups)])
    right = max([layout.width, left + text_width(sketch.title, FONT + 1), *(r[2] for r in groups)])
    bottom = max([layout.height, *(r[3] for r in groups)])
    width, height = right - left + 2 * MARGIN, bottom + 2 * MARGIN + HEAD
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="{_n(left - MARGIN)} {_n(-MARGIN - HEAD)} {_n(width)} {_n(height)}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(sketch.alt)} font-family="Helvetica, Arial, sans-serif">',
            f"<title>{escape(sketch.title)}</title><desc>{escape(sketch.alt)}</desc>",
            f'<rect x="{_n(left - MARGIN)}" y="{_n(-MARGIN - HEAD)}" width="{_n(width)}" height="{_n(height)}" rx="10" fill="{PAPER}"/>',
            _text(sketch.title, left, -HEAD + 4, FONT + 1, "start", bold=True),
            *parts,
            "</svg>",
        ]
    )


# --- sizes


def text_width(text: str, size: float) -> float:
    """An upper estimate of the width of `text` in pixels, for any of the usual sans-serif fonts."""
    return size * sum(0.98 if c in _WIDE else 0.42 if c in _NARROW else 0.75 if c.isupper() else 1.05 if ord(c) > 0x2E80 else 0.64 for c in text)


def box_size(box: Box) -> tuple[float, float]:
    widest = max(text_width(line, FONT if i == 0 or box.table else SMALL) for i, line in enumerate(box.lines))
    side = {"hexagon": 34.0, "trapezium": 38.0, "ellipse": 34.0, "slanted": 30.0}.get(FAMILIES[box.family].shape, 18.0)
    return max(widest + side, 36.0), LINE * len(box.lines) + (18.0 if FAMILIES[box.family].shape == "ellipse" else 10.0)


def _room_for_groups(sketch: Sketch) -> dict[Hashable, float]:
    """More room above every box that has none of its group before it: the label of the group stands there."""
    group_of = {box.name: box.group for box in sketch.boxes}
    inside = {link.target for link in sketch.links if group_of[link.source] == group_of[link.target]}
    return {name: GROUP_HEAD + GROUP_PAD for name, group in group_of.items() if group and name not in inside}


def _groups(sketch: Sketch, layout: Layout, sizes: dict[Hashable, tuple[float, float]]) -> dict[str, Rectangle]:
    """Group -> the rectangle around its boxes; groups whose rectangle would hold a foreign box are left out: their boxes bear the name."""
    around: dict[str, Rectangle] = {}
    spans = {box.name: _span(layout.centres[box.name], sizes[box.name]) for box in sketch.boxes}
    for box in sketch.boxes:
        if box.group:
            a, b = spans[box.name], around.get(box.group, spans[box.name])
            around[box.group] = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    padded = {name: _pad(r, text_width(name, SMALL)) for name, r in around.items()}
    return {g: r for g, r in padded.items() if not any(box.group != g and _overlap(spans[box.name], r) for box in sketch.boxes)}


def _pad(r: Rectangle, least: float) -> Rectangle:
    """Room around the boxes of a group, and for its label of width `least`."""
    return r[0] - GROUP_PAD, r[1] - GROUP_PAD - GROUP_HEAD, max(r[2], r[0] + least) + GROUP_PAD, r[3] + GROUP_PAD


def _span(centre: Point, size: tuple[float, float]) -> Rectangle:
    return centre[0] - size[0] / 2, centre[1] - size[1] / 2, centre[0] + size[0] / 2, centre[1] + size[1] / 2


def _overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# --- pieces of SVG


def _frame(r: Rectangle) -> str:
    return f'<rect x="{_n(r[0])}" y="{_n(r[1])}" width="{_n(r[2] - r[0])}" height="{_n(r[3] - r[1])}" rx="8" fill="{SHADE}" stroke="#bdbdbd"/>'


def _group_label(name: str, r: Rectangle, routes: Iterable[Sequence[Point]]) -> tuple[str, bool]:
    """The name at the left of the frame, or at its right where no arrow crosses it; with crossings at both, (text with a rim, True): to lie on the arrows."""
    width, passing = text_width(name, SMALL), [point for route in routes for point in _along(route)]
    left, right = r[0] + 8, r[2] - 8 - width
    for x in (left, right):
        if not any(x - 2 < px < x + width + 2 and r[1] + 3 < py < r[1] + 18 for px, py in passing):
            return _text(name, x, r[1] + 14, SMALL, "start", QUIET), False
    rim = f' stroke="{SHADE}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    return _text(name, left, r[1] + 14, SMALL, "start", QUIET, more=rim), True


def _along(route: Sequence[Point], steps: int = 16) -> Iterator[Point]:
    """Points of an arrow, close enough together that none jumps over a letter."""
    for i, ((ax, ay), (bx, by)) in enumerate(pairwise(route)):
        for step in range(steps + 1):
            t = step / steps
            if i % 2 and ax != bx:  # the curve that `_arrow` draws
                u, middle = 1 - t, (ay + by) / 2
                yield ax * (u**3 + 3 * u * u * t) + bx * (3 * u * t * t + t**3), ay * u**3 + middle * 3 * u * t + by * t**3
            else:
                yield ax + (bx - ax) * t, ay + (by - ay) * t


def _box(box: Box, centre: Point, size: tuple[float, float]) -> str:
    look = FAMILIES[box.family]
    stroke = f'fill="{look.fill}" stroke="{look.border}" stroke-width="1.4"' if box.live else f'fill="{PAPER}" stroke="{RULE}" stroke-dasharray="5 3"'
    x, y = centre[0] - size[0] / 2 + 9 if box.table else centre[0], centre[1] - LINE * len(box.lines) / 2
    anchor, parts = "start" if box.table else "middle", [f"<g><title>{escape(box.note)}</title>", f'<path d="{outline(look, centre, size)}" {stroke}/>']
    for i, line in enumerate(box.lines):
        first = i == 0 or box.table
        parts.append(_text(line, x, y + LINE * i + 11.5, FONT if first else SMALL, anchor, (INK if first else QUIET) if box.live else QUIET))
    return "".join([*parts, "</g>"])


def _pill(label: str, centre: Point, size: tuple[float, float], live: bool) -> str:
    look = FAMILIES[family(label)]
    stroke = f'fill="{look.fill}" stroke="{look.border}"' if live else f'fill="{PAPER}" stroke="{RULE}" stroke-dasharray="5 3"'
    return f'<path d="{outline(look, centre, size)}" {stroke}/>' + _text(label, centre[0], centre[1] + 3.8, SMALL, "middle", INK if live else QUIET)


def _flag(mark: Mark, centre: Point, size: tuple[float, float]) -> str:
    """On the upper right corner, over whatever lies there."""
    x, y, width = centre[0] + size[0] / 2 - 2, centre[1] - size[1] / 2, text_width(mark.text, SMALL) + 8
    frame = f'<rect x="{_n(x - width / 2)}" y="{_n(y - 7)}" width="{_n(width)}" height="14" rx="4" fill="{mark.colour}" stroke="{PAPER}"/>'
    return frame + _text(mark.text, x, y + 3.8, SMALL, "middle", PAPER, bold=True)


def outline(look: Family, centre: Point, size: tuple[float, float]) -> str:
    """The path of a box: each family has a shape of its own."""
    (left, top, right, bottom), h = _span(centre, size), size[1]
    if look.shape == "hexagon":
        c = min(12.0, h / 2)
        return _polygon((left + c, top), (right - c, top), (right, centre[1]), (right - c, bottom), (left + c, bottom), (left, centre[1]))
    if look.shape == "slanted":
        return _polygon((left + 8, top), (right, top), (right - 8, bottom), (left, bottom))
    if look.shape == "trapezium":
        return _polygon((left, top), (right, top), (right - 10, bottom), (left + 10, bottom))
    if look.shape == "cut":
        return _polygon((left, top), (right - 8, top), (right, top + 8), (right, bottom), (left, bottom))
    r = {"rect": 0.0, "round": 7.0, "pill": h / 2, "ellipse": h / 2}[look.shape]
    rx = size[0] / 2 if look.shape == "ellipse" else min(r, size[0] / 2)
    if not r:
        return _polygon((left, top), (right, top), (right, bottom), (left, bottom))
    arc = f"A{_n(rx)} {_n(r)} 0 0 1 "
    corners = [(right - rx, top), (right, top + r), (right, bottom - r), (right - rx, bottom)]
    corners += [(left + rx, bottom), (left, bottom - r), (left, top + r), (left + rx, top)]
    path = "M" + _at(corners[0])
    for i, corner in enumerate(corners[1:], 1):
        path += (arc if i % 2 else "L") + _at(corner)
    return path + "Z"


def _arrow(points: Sequence[Point], colour: str, live: bool, head: bool = True) -> str:
    """Straight beside boxes, curved between layers; the head ends at the box."""
    x, y = points[-1]
    ends = [*points[:-1], (x, y - 6 if head else y)]
    path = "M" + _at(ends[0])
    for i, (a, b) in enumerate(pairwise(ends)):
        middle = (a[1] + b[1]) / 2
        if a != b:
            path += f"C{_at((a[0], middle))} {_at((b[0], middle))} {_at(b)}" if i % 2 and a[0] != b[0] else "L" + _at(b)
    dashes = "" if live else ' stroke-dasharray="5 3"'
    line = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.3" stroke-linejoin="round"{dashes}/>'
    return line + (f'<path d="{_polygon((x, y), (x - 4, y - 8), (x + 4, y - 8))}" fill="{colour}"/>' if head else "")


def _text(text: str, x: float, y: float, size: float, anchor: str, colour: str = INK, bold: bool = False, more: str = "") -> str:
    weight = (' font-weight="bold"' if bold else "") + more
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'


def _polygon(*points: Point) -> str:
    return "M" + "L".join(map(_at, points)) + "Z"


def _at(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
