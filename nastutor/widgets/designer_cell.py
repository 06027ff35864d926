"""A cell as arcs over a row of nodes: each edge has a place of its own, so that nothing moves when an operation changes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nastutor.pictures.sketch import of_edges
from nastutor.pictures.style import COLOURS, FAMILIES, INK, PAPER, QUIET, RULE, family
from nastutor.values import Arch
from nastutor.widgets.snapshot import arch_text

WIDTH, PILL, RADIUS = 470, 28, 16  # CSS pixels: of the stage, the height of an edge's label, of a node
SIDE, TOP, FOOT, ROLES = 48, 10, 54, 38  # from the edge of the stage to the first node; above the highest label; below the nodes, with and without operations
Point = tuple[float, float]
Place = tuple[int, int] | int  # an edge, or a node that carries an operation


def edge_of(name: str) -> tuple[int, int] | None:
    """(0, 2) for a decision called "0->2"; None for any other.

    >>> edge_of("0->2"), edge_of("2->0"), edge_of("width")
    ((0, 2), None, None)
    """
    found = re.fullmatch(r"(\d+)->(\d+)", name)
    ends = (int(found[1]), int(found[2])) if found else (0, 0)
    return ends if ends[0] < ends[1] else None


def places_of(names: Iterable[str]) -> dict[str, Place]:
    """What the decisions stand for in a drawing: edges, and, between the first and the last node, operations called "op1", "op2" ...

    >>> places_of(["0->1", "0->2", "1->2", "op1", "lr"])
    {'0->1': (0, 1), '0->2': (0, 2), '1->2': (1, 2), 'op1': 1}
    """
    names = list(names)
    edges = {name: edge for name in names if (edge := edge_of(name)) is not None}
    last = max((j for _, j in edges.values()), default=0)
    nodes = {name: int(name[2:]) for name in names if re.fullmatch(r"op\d+", name) and 0 < int(name[2:]) < last}
    return {name: edges.get(name, nodes.get(name, 0)) for name in names if name in edges or name in nodes}


def label_of(option: Any) -> str:
    """What stands on an edge: the name of its operation; where edges are only there or not, "edge" or "none"."""
    return {True: "edge", False: "none"}[option] if isinstance(option, bool) else str(option)


@dataclass(frozen=True)
class Stage:
    """Where nodes and labels of edges lie. Edges of one length lie in one row, and the longest is on top: an upper triangle on its corner."""

    nodes: int
    ops: bool = False  # nodes carry operations, which need room under them
    width: int = WIDTH

    @classmethod
    def of(cls, places: Iterable[Place]) -> Stage:
        """The stage for these edges and nodes."""
        places = list(places)
        last = max((place[1] for place in places if isinstance(place, tuple)), default=0)
        return cls(last + 1, any(isinstance(place, int) for place in places))

    @property
    def step(self) -> float:
        """From node to node."""
        return (self.width - 2 * SIDE) / max(1, self.nodes - 1)

    @property
    def rise(self) -> float:
        """From a row of labels to the next."""
        return 54.0 if self.nodes <= 4 else 42.0

    @property
    def pill(self) -> int:
        """The width of a label."""
        return int(min(92, self.step - 6))

    @property
    def floor(self) -> float:
        """The y of the nodes."""
        return TOP + PILL / 2 + self.rise * (self.nodes - 2) + 58

    @property
    def height(self) -> int:
        return int(self.floor + (FOOT if self.ops else ROLES))

    def spot(self, place: Place) -> Point:
        """The centre of a label: over an edge, or under a node."""
        return self.label(place) if isinstance(place, tuple) else (self.node(place)[0], self.floor + RADIUS + 4 + PILL / 2)

    def node(self, number: int) -> Point:
        return SIDE + self.step * number, self.floor

    def label(self, edge: tuple[int, int]) -> Point:
        """The centre of an edge's label."""
        i, j = edge
        return SIDE + self.step * (i + j) / 2, self.floor - 58 - self.rise * (j - i - 1)

    def corner(self, place: Place) -> tuple[int, int]:
        """Left and top of a label."""
        x, y = self.spot(place)
        return round(x - self.pill / 2), round(y - PILL / 2)


def labels_of(arch: Arch) -> dict[Place, str]:
    """What stands on the edges and under the nodes."""
    return {place: label_of(arch[name]) for name, place in places_of(name for name, _ in arch.choices).items()}


def edges_of(arch: Arch) -> dict[tuple[int, int], str]:
    """Edge -> its operation."""
    return {place: label for place, label in labels_of(arch).items() if isinstance(place, tuple)}


def brief(arch: Arch) -> str:
    """The architecture in a line: where edges are there or not, those that are there, and the operations of the nodes that they reach."""
    labels = labels_of(arch)
    if "edge" not in labels.values():
        return arch_text(arch, 60)
    there = sorted(place for place, label in labels.items() if isinstance(place, tuple) and label == "edge")
    nodes = sorted(place for place in labels if isinstance(place, int) and any(place in edge for edge in there))
    ops = ", ".join(f"{node} {labels[node]}" for node in nodes)
    return ", ".join(f"{i}→{j}" for i, j in there) + (f"; {ops}" if ops else "")


def without_effect(arch: Arch) -> list[tuple[int, int]]:
    """The edges whose operation reaches nothing, or is reached by nothing: whatever is put there, the network stays the same; not those with `none`."""
    edges = edges_of(arch)
    if not edges:
        return []
    links = of_edges([(i, j, op) for (i, j), op in edges.items()]).links
    return [edge for (edge, op), link in zip(edges.items(), links, strict=True) if not link.live and family(op) != "none"]


def cell_svg(labels: Mapping[Place, str], alt: str, chosen: Place | None = None, write: bool = True) -> str:
    """The cell; `chosen`: what is to be changed next; without `write` there is room for buttons in the places of the labels."""
    edges = {place: op for place, op in labels.items() if isinstance(place, tuple)}
    stage = Stage.of(labels)
    drawn = of_edges([(i, j, op) for (i, j), op in edges.items()])
    live: dict[Place, bool] = {(int(link.source), int(link.target)): link.live for link in drawn.links}
    live |= {int(box.name): box.live for box in drawn.boxes}
    order = sorted(edges, key=lambda edge: (live[edge], edge))  # the living above the dead
    parts = [_arc(stage, edge, edges[edge], live[edge]) for edge in order]
    parts += [_halo(stage, chosen)] if chosen is not None else []
    parts += [_pill(stage, place, op, live.get(place, False)) for place, op in labels.items()] if write else []
    parts += [_node(stage, number, live.get(number, False)) for number in range(stage.nodes)]
    size = f'width="{stage.width}" height="{stage.height}" viewBox="0 0 {stage.width} {stage.height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(alt)}" font-family="Helvetica, Arial, sans-serif">'
    return "".join([head, f'<rect width="{stage.width}" height="{stage.height}" fill="{PAPER}"/>', *parts, "</svg>"])


def colours(op: str, live: bool = True) -> tuple[str, str]:
    """Fill and border of an operation, or of an edge that is there."""
    look = FAMILIES["group" if op == "edge" else family(op)]
    return (look.fill, look.border) if live else ("#f7f7f7", RULE)


def _arc(stage: Stage, edge: tuple[int, int], op: str, live: bool) -> str:
    """A curve from node to node through its label, its head turned to where it goes."""
    (x0, y0), (x1, _), (_, top) = stage.node(edge[0]), stage.node(edge[1]), stage.label(edge)
    aside, up = _port(edge[1] - edge[0])
    start, end = (x0 + aside, y0 - up), (x1 - aside, y0 - up)
    bend = start[1] - (start[1] - top) * 4 / 3  # a cubic reaches three quarters of the way to its controls
    inwards = 0.18 * (end[0] - start[0])
    controls = (start[0] + inwards, bend), (end[0] - inwards, bend)
    colour = colours(op, live)[1] if family(op) != "none" else "#c0c0c0"
    dashes, wide = ("", 2.2) if live else (' stroke-dasharray="4 4"', 1.4)
    path = f"M{_at(start)}C{_at(controls[0])} {_at(controls[1])} {_at(end)}"
    line = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{wide}"{dashes}/>'
    return line + f'<path d="{_head(controls[1], end)}" fill="{colour}"/>'


def _port(length: int) -> Point:
    """Where edges leave and enter a node, from its centre: the longest at the top, so that those of one node do not cross."""
    aside = max(12 - 5 * (length - 1), 1)
    return aside, math.sqrt((RADIUS + 1) ** 2 - aside**2)


def _head(before: Point, end: Point) -> str:
    angle = math.atan2(end[1] - before[1], end[0] - before[0])
    back = [(end[0] - 9 * math.cos(angle + turn), end[1] - 9 * math.sin(angle + turn)) for turn in (-0.42, 0.42)]
    return "M" + "L".join(_at(point) for point in (end, *back)) + "Z"


def _halo(stage: Stage, place: Place) -> str:
    (left, top), wide = stage.corner(place), stage.pill
    return _frame(left - 4, top - 4, wide + 8, PILL + 8, 9, PAPER, COLOURS[1], 2.6)


def _pill(stage: Stage, place: Place, op: str, live: bool) -> str:
    (left, top), (x, y), (fill, border) = stage.corner(place), stage.spot(place), colours(op, live)
    return _frame(left, top, stage.pill, PILL, 6, fill, border, 1.3) + _text(op, x, y + 4.3, 12.5, INK if live else QUIET)


def _node(stage: Stage, number: int, live: bool) -> str:
    x, y = stage.node(number)
    circle = f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{RADIUS}" fill="{PAPER}" stroke="{INK if live else RULE}" stroke-width="1.6"/>'
    role = "input" if number == 0 else "output" if number == stage.nodes - 1 else ""
    return circle + _text(str(number), x, y + 4.5, 13, INK if live else QUIET, True) + _text(role, x, y + RADIUS + 16, 12, QUIET)


def _frame(left: float, top: float, wide: float, high: float, round_: float, fill: str, border: str, line: float) -> str:
    size = f'x="{_n(left)}" y="{_n(top)}" width="{_n(wide)}" height="{_n(high)}" rx="{round_}"'
    return f'<rect {size} fill="{fill}" stroke="{border}" stroke-width="{line}"/>'


def _text(text: str, x: float, y: float, size: float, colour: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" text-anchor="middle" fill="{colour}"{weight}>{escape(text)}</text>' if text else ""


def _at(point: Sequence[float]) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
