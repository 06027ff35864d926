"""A fabric as a grid of layers and scales, with one of its paths in colour, and the path in words."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

from nastutor.pictures.style import COLOURS, INK, PAPER, QUIET, RULE
from nastutor.values import Arch

LEFT, RIGHT, TOP, FOOT = 118, 118, 34, 16  # CSS pixels around the grid
ROOM, RISE, HIGH = 560, 56, 28  # for all columns; from a scale to the next; height of a place
EDGE, HEAD = 26, 24  # around a small grid: to its sides, above it
WIRE, ON, FILL = "#c4c4c4", COLOURS[0], "#cfe6f5"  # of edges; of the path; of the places on it
Point = tuple[float, float]


class Grid(NamedTuple):
    """Where the places of a fabric lie: layers from left to right, scales from top (as large as the image) to bottom.

    room  (width, height) into which a small one has to fit, without words beside it; None: as large as suits it
    """

    layers: int
    scales: int
    room: tuple[int, int] | None = None

    @property
    def step(self) -> float:
        """From a layer to the next."""
        return (self.room[0] - 2 * EDGE) / self.layers if self.room else min(84.0, ROOM / (self.layers - 1))

    @property
    def rise(self) -> float:
        """From a scale to the next."""
        return min(RISE + EDGE, (self.room[1] - HEAD - HIGH - FOOT) / max(self.scales - 1, 1)) if self.room else RISE

    @property
    def wide(self) -> int:
        """The width of a place."""
        return int(max(min(50, self.step - 14), 0.5 * self.step))

    @property
    def width(self) -> int:
        return self.room[0] if self.room else int(LEFT + self.step * (self.layers - 1) + RIGHT)

    @property
    def height(self) -> int:
        return int((HEAD if self.room else TOP) + self.rise * (self.scales - 1) + HIGH + FOOT)

    def spot(self, place: tuple[int, int]) -> Point:
        """The centre of the place (scale, layer)."""
        scale, layer = place
        if self.room:
            return EDGE + self.step * (layer - 0.5), HEAD + HIGH / 2 + self.rise * (scale - 1)
        return LEFT + self.step * (layer - 1), TOP + HIGH / 2 + RISE * (scale - 1)

    def corner(self, place: tuple[int, int]) -> tuple[int, int]:
        """Left and top of a place."""
        x, y = self.spot(place)
        return round(x - self.wide / 2), round(y - HIGH / 2)


def sizes(space: Any, task: Any) -> list[str]:
    """What stands on the places of each scale: the size of their maps.

    >>> from types import SimpleNamespace
    >>> sizes(SimpleNamespace(scales=3), SimpleNamespace(shape=(1, 8, 8)))
    ['8×8', '4×4', '2×2']
    """
    return ["×".join(str(side // 2**scale) for side in task.shape[1:]) for scale in range(space.scales)]


def labels(grid: Grid, space: Any, task: Any) -> list[str]:
    """The same, short where places are narrow: the height alone of square maps."""
    square = task.shape[1] == task.shape[2]
    return [text.split("×")[0] if square and grid.wide < 40 else text for text in sizes(space, task)]


def visited(space: Any, arch: Arch) -> list[tuple[int, int]]:
    """The places on the path, from (1, 1) to the end; the whole way through the first and the last layer included."""
    edges = space.edges(arch)
    return [space.end] if not edges else [edges[0][0], *(target for _, target in edges)]


def chain(space: Any, arch: Arch, task: Any) -> list[str]:
    """The path as the chain of layers that it is.

    >>> from nastutor.published import Images
    >>> from nastutor.spaces import FabricSpace
    >>> space = FabricSpace(layers=3, scales=3)
    >>> chain(space, space.embed((2, 2)), Images("small", (1, 4, 4), 10))
    ['conv 4×4', 'conv, stride 2: 2×2', 'conv, stride 2: 1×1', 'mean', 'linear: 10']
    """
    side = sizes(space, task)
    parts = [f"conv {side[0]}"]
    for (before, _), (scale, _) in pairwise(visited(space, arch)):
        how = {0: "conv ", 1: "conv, stride 2: ", -1: "zeros between, conv: "}[scale - before]
        parts.append(how + side[scale - 1])
    return [*parts, "mean", f"linear: {task.classes}"] if space.head == "classes" else [*parts, f"1×1 conv: {task.classes}"]


def told(space: Any, arch: Arch, task: Any) -> str:
    """The picture in words."""
    kind = "Sparse" if space.sparse else "Dense"
    walk = ", ".join(str(scale) for scale in space.plan(arch))
    text = f"{kind} fabric of {space.layers} layers and {space.scales} scales, {len(space.edges())} edges; a path through the scales {walk} is highlighted"
    return f"{text}: {', '.join(chain(space, arch, task))}."


def fabric_svg(space: Any, arch: Arch, task: Any, write: bool = True, room: tuple[int, int] | None = None) -> str:
    """The grid; without `write` there is room for buttons in the places; with `room` it is a small one, whose columns have numbers alone."""
    grid, path = Grid(space.layers, space.scales, room), space.edges(arch)
    parts = [_edge(grid, edge, False) for edge in space.edges() if edge not in path]
    parts += [_ends(grid, space, task), *(_edge(grid, edge, True) for edge in path)]
    parts += _headings(grid)
    if write:
        on = set(visited(space, arch))
        parts += [_place(grid, (scale, layer), text, (scale, layer) in on)
                  for scale, text in enumerate(labels(grid, space, task), start=1) for layer in range(1, space.layers + 1)]  # fmt: skip
    size = f'width="{grid.width}" height="{grid.height}" viewBox="0 0 {grid.width} {grid.height}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(told(space, arch, task))}" font-family="Helvetica, Arial, sans-serif">'
    )
    return "".join([head, _heads(), f'<rect width="{grid.width}" height="{grid.height}" fill="{PAPER}"/>', *parts, "</svg>"])


def _headings(grid: Grid) -> list[str]:
    """What stands above the columns, and before the rows; that of the first row stands above the word for the image."""
    columns = [(grid.spot((1, layer))[0], f"layer {layer}" if grid.step > 48 else str(layer)) for layer in range(1, grid.layers + 1)]
    if grid.room:
        return [_text("layer", 14, 16, 11, QUIET), *(_text(text.split()[-1], x, 16, 11 if grid.wide > 12 else 9, QUIET) for x, text in columns)]
    rows = [(grid.spot((scale, 1))[1] + (4 if scale > 1 else -13), f"scale {scale}") for scale in range(1, grid.scales + 1)]
    return [*(_text(text, x, 16, 11.5, QUIET) for x, text in columns), *(_text(text, 58, y, 11.5, QUIET) for y, text in rows)]


def _heads() -> str:
    """The heads of arrows."""
    shape = '<path d="M0 0 8 4 0 8Z" fill="{}"/>'
    size = 'viewBox="0 0 8 8" refX="8" refY="4" orient="auto" markerUnits="userSpaceOnUse"'
    wire = f'<marker id="fabric-wire" {size} markerWidth="6" markerHeight="6">{shape.format(WIRE)}</marker>'
    return f'<defs>{wire}<marker id="fabric-on" {size} markerWidth="11" markerHeight="11">{shape.format(ON)}</marker></defs>'


def _edge(grid: Grid, edge: tuple[tuple[int, int], tuple[int, int]], on: bool) -> str:
    """From border to border: sideways between layers, up or down within one."""
    (x0, y0), (x1, y1) = map(grid.spot, edge)
    if x0 == x1:
        lift = HIGH / 2 * (1 if y1 > y0 else -1)
        return _line((x0, y0 + lift), (x1, y1 - lift), on)
    return _line((x0 + grid.wide / 2, y0), (x1 - grid.wide / 2, y1), on)


def _ends(grid: Grid, space: Any, task: Any) -> str:
    """The image before the first place, the classes or pixels behind the last."""
    (x, y), (end_x, end_y) = grid.spot((1, 1)), grid.spot(space.end)
    half = grid.wide / 2
    if grid.room:
        return _line((x - half - 20, y), (x - half, y), True) + _line((end_x + half, end_y), (end_x + half + 20, end_y), True)
    goal = f"{task.classes} classes" if space.head == "classes" else "pixels"
    arrows = _line((x - half - 26, y), (x - half, y), True) + _line((end_x + half, end_y), (end_x + half + 22, end_y), True)
    return arrows + _text("image", x - half - 46, y + 4, 12, INK) + _text(goal, end_x + half + 26, end_y + 4, 12, INK, "start")


def _place(grid: Grid, place: tuple[int, int], text: str, on: bool) -> str:
    left, top = grid.corner(place)
    x, y = grid.spot(place)
    look = f'fill="{FILL if on else PAPER}" stroke="{ON if on else RULE}" stroke-width="{2.2 if on else 1.1}"'
    box = f'<rect x="{left}" y="{top}" width="{grid.wide}" height="{HIGH}" rx="{min(6, grid.wide / 2):g}" {look}/>'
    if grid.wide < 6 * len(text):
        return box  # no room for it; the larger picture has it
    return box + _text(text, x, y + 4, 11 if grid.wide > 40 or len(text) < 4 else 9, INK if on else QUIET)


def _line(start: Point, end: Point, on: bool) -> str:
    where = f'x1="{start[0]:.0f}" y1="{start[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}"'
    colour, wide, head = (ON, 3, "on") if on else (WIRE, 1, "wire")
    return f'<line {where} stroke="{colour}" stroke-width="{wide}" marker-end="url(#fabric-{head})"/>'


def _text(text: str, x: float, y: float, size: float, colour: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
