"""Breaks a long layout into columns, as a newspaper does: networks are deep, screens are wide."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from nastutor.pictures.placing import Layout, Name, Point

TALL, SHAPE, WORTH = 760.0, 1.35, 0.75  # pixels up to which one column is fine; width : height to aim at; the height that is worth a break
MOST, GUTTER, ROOM, UNDER = 8, 58.0, 48.0, 20.0  # columns; pixels between them, above their first layer, below their last


def fold(layout: Layout, edges: Sequence[tuple[Name, Name]], groups: Mapping[Name, str]) -> Layout:
    """The layout in as many columns as suit its height; broken only where a single box feeds what comes after, and never within a group."""
    if layout.height <= TALL:
        return layout
    places = _breaks(layout, edges, groups)
    found = {tuple(sorted({_nearest(layout, places, k / n) for k in range(1, n)})) for n in range(2, MOST + 1) if places}
    useful = [cuts for cuts in sorted(found) if _height(layout, cuts) < WORTH * layout.height]
    cuts = min([(), *useful], key=lambda cuts: _badness(layout, cuts))
    return _folded(layout, edges, cuts) if cuts else layout


def _breaks(layout: Layout, edges: Sequence[tuple[Name, Name]], groups: Mapping[Name, str]) -> list[int]:
    """The layers after which a column may end."""
    last = len(layout.bands) - 1
    crossing: list[list[tuple[Name, Name]]] = [[] for _ in range(last)]
    for source, target in edges:
        for layer in range(layout.layers[source], layout.layers[target]):
            crossing[layer].append((source, target))
    own = [{groups.get(name, "") for name, at in layout.layers.items() if at == layer} - {""} for layer in range(last + 1)]
    return [
        layer
        for layer, over in enumerate(crossing)
        if len({s for s, _ in over}) == 1 and layout.layers[over[0][0]] == layer and not own[layer] & own[layer + 1]
    ]


def _nearest(layout: Layout, places: Sequence[int], part: float) -> int:
    """The break nearest to this part of the height."""
    return min(places, key=lambda layer: abs(layout.bands[layer][1] - layout.height * part))


def _extent(layout: Layout, first: int, last: int) -> tuple[float, float]:
    """Left and right of what lies in the layers from `first` to `last`."""
    top, bottom = layout.bands[first][0], layout.bands[last][1]
    xs = [x for route in layout.routes for x, y in route if top <= y <= bottom]
    for name, layer in layout.layers.items():
        if first <= layer <= last:
            xs += [layout.centres[name][0] - layout.widths[name] / 2, layout.centres[name][0] + layout.widths[name] / 2]
    return min(xs), max(xs)


def _columns(layout: Layout, cuts: Sequence[int]) -> list[tuple[int, int]]:
    return [(a + 1, b) for a, b in pairwise([-1, *cuts, len(layout.bands) - 1])]


def _badness(layout: Layout, cuts: Sequence[int]) -> float:
    spans = [_extent(layout, *column) for column in _columns(layout, cuts)]
    width = sum(right - left + GUTTER for left, right in spans) - GUTTER
    return abs(math.log(width / (_height(layout, cuts) + ROOM) / SHAPE))


def _height(layout: Layout, cuts: Sequence[int]) -> float:
    """Of the longest column."""
    return max(layout.bands[b][1] - layout.bands[a][0] for a, b in _columns(layout, cuts))


def _folded(layout: Layout, edges: Sequence[tuple[Name, Name]], cuts: Sequence[int]) -> Layout:
    columns, moves, rights, x = _columns(layout, cuts), [], [], 0.0
    for a, b in columns:
        left, right = _extent(layout, a, b)
        moves.append((x - left, ROOM - layout.bands[a][0] if a else 0.0))
        x += right - left
        rights.append(x)
        x += GUTTER
    column_of = [k for k, (a, b) in enumerate(columns) for _ in range(a, b + 1)]
    centres = {name: _moved(point, moves[column_of[layout.layers[name]]]) for name, point in layout.centres.items()}
    bands = [(top + moves[column_of[i]][1], bottom + moves[column_of[i]][1]) for i, (top, bottom) in enumerate(layout.bands)]
    routes = [list(route) for route in layout.routes]
    for number, (source, target) in enumerate(edges):
        first, last = column_of[layout.layers[source]], column_of[layout.layers[target]]
        if first == last:
            routes[number] = [_moved(point, moves[first]) for point in routes[number]]
        else:
            start, end = layout.centres[source][0], [_moved(point, moves[last]) for point in routes[number][2:]]
            head = [_moved((start, y), moves[first]) for _, y in routes[number][:2]]
            joint = sum(r[2][0] for r, (s, _) in zip(layout.routes, edges, strict=True) if s == source) / sum(s == source for s, _ in edges)
            low, aside = head[1][1] + UNDER, rights[first] + GUTTER / 2
            across = [(head[0][0], low), (aside, low), (aside, 0.0), (joint + moves[last][0], 0.0)]
            routes[number] = [*head, *across, *end]
    height = max(bottom for _, bottom in bands) + UNDER
    return Layout(centres, routes, layout.layers, bands, rights[-1], height, layout.widths)


def _moved(point: Point, move: Point) -> Point:
    return point[0] + move[0], point[1] + move[1]
