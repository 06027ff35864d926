"""Where to put the boxes of a directed acyclic graph: layers from top to bottom (Sugiyama, Tagawa & Toda 1981).

1. layers: the longest way from a source; 2. long edges get a dummy in each layer they pass; 3. order within a layer by barycentres, until
crossings stop falling; 4. coordinates by least squares under "no overlap" (isotonic regression); 5. routes: straight beside boxes, curved between layers.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Name = Hashable
Point = tuple[float, float]
DUMMY_WIDTH, ASIDE, BETWEEN, PORT = 10.0, 22.0, 30.0, 13.0  # pixels: a passing edge, boxes side by side, layers, arrows into one box


@dataclass
class Layout:
    """centres: name -> (x, y); routes: for each edge its points, in pairs that are joined by straight and curved pieces in turn."""

    centres: dict[Name, Point]
    routes: list[list[Point]]
    layers: dict[Name, int]
    bands: list[tuple[float, float]]  # (top, bottom) of each layer
    width: float
    height: float
    widths: dict[Name, float]


def place(sizes: Mapping[Name, tuple[float, float]], edges: Sequence[tuple[Name, Name]], above: Mapping[Name, float] | None = None) -> Layout:
    """The layout of boxes of `sizes` (width, height) joined by `edges`; `above`: more room over the layer of these boxes."""
    layers = layering(list(sizes), edges)
    chart = _Chart(sizes, edges, layers)
    chart.reduce_crossings()
    x = chart.coordinates()
    bands, y = [], 0.0
    for index, row in enumerate(chart.rows):
        y += BETWEEN * bool(index) + max((above or {}).get(name, 0.0) for name in row)
        bands.append((y, y + max(chart.height(name) for name in row)))
        y = bands[-1][1]
    left = min((x[n] - chart.width(n) / 2 for n in x), default=0.0)
    right = max((x[n] + chart.width(n) / 2 for n in x), default=0.0)
    centres = {n: (x[n] - left, sum(bands[layer]) / 2) for n, layer in chart.layers.items()}
    routes = _routes(chart, centres, bands)
    return Layout({n: centres[n] for n in sizes}, routes, layers, bands, right - left, y, {n: sizes[n][0] for n in sizes})


def layering(names: Sequence[Name], edges: Sequence[tuple[Name, Name]]) -> dict[Name, int]:
    """Name -> layer: the longest way from a source, then drawn towards its consumers where that shortens edges."""
    before: dict[Name, list[Name]] = {name: [] for name in names}
    after: dict[Name, list[Name]] = {name: [] for name in names}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    order = _topological(names, before, after)
    layer: dict[Name, int] = {}
    for name in order:
        layer[name] = max((layer[s] + 1 for s in before[name]), default=0)
    for name in reversed(order):
        if after[name]:
            slack = min(layer[t] for t in after[name]) - 1 - layer[name]
            if len(after[name]) > len(before[name]):
                layer[name] += slack
            elif len(after[name]) == len(before[name]):
                layer[name] += slack // 2  # as long one way as the other: in the middle
    first = min(layer.values(), default=0)
    return {name: layer[name] - first for name in names}


def _topological(names: Sequence[Name], before: Mapping[Name, list[Name]], after: Mapping[Name, list[Name]]) -> list[Name]:
    missing = {name: len(before[name]) for name in names}
    order = [name for name in names if not missing[name]]
    for name in order:
        for target in after[name]:
            missing[target] -= 1
            if not missing[target]:
                order.append(target)
    if len(order) < len(names):
        raise ValueError(f"the edges go in a circle through {', '.join(str(n) for n in names if missing[n])}; allowed are graphs without circles")
    return order


@dataclass
class _Chart:
    """The graph with dummies: every edge joins neighbouring layers."""

    sizes: Mapping[Name, tuple[float, float]]
    edges: Sequence[tuple[Name, Name]]
    layers: dict[Name, int]
    rows: list[list[Name]] = field(default_factory=list)
    up: dict[Name, list[Name]] = field(default_factory=dict)
    down: dict[Name, list[Name]] = field(default_factory=dict)
    chains: list[list[Name]] = field(default_factory=list)
    ranks: dict[Name, int] = field(default_factory=dict)  # place within the row, once crossings are reduced

    def __post_init__(self) -> None:
        self.layers = dict(self.layers)
        for number, (source, target) in enumerate(self.edges):
            dummies = [("dummy", number, layer) for layer in range(self.layers[source] + 1, self.layers[target])]
            self.layers |= {dummy: dummy[2] for dummy in dummies}
            self.chains.append([source, *dummies, target])
        self.rows = [[] for _ in range(max(self.layers.values(), default=-1) + 1)]
        for name, layer in self.layers.items():
            self.rows[layer].append(name)
        self.up = {name: [] for name in self.layers}
        self.down = {name: [] for name in self.layers}
        for chain in self.chains:
            for a, b in pairwise(chain):
                self.down[a].append(b)
                self.up[b].append(a)

    def width(self, name: Name) -> float:
        return self.sizes[name][0] if name in self.sizes else DUMMY_WIDTH

    def height(self, name: Name) -> float:
        return self.sizes[name][1] if name in self.sizes else 0.0

    def crossings(self) -> int:
        """How many pairs of edge pieces cross, over all layers: inversions of their lower ends."""
        total = 0
        for row, below in pairwise(self.rows):
            rank = {name: i for i, name in enumerate(below)}
            seen: list[int] = []
            for name in row:
                ends = sorted(rank[t] for t in self.down[name])
                total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total

    def reduce_crossings(self, sweeps: int = 12) -> None:
        best, fewest = [list(row) for row in self.rows], self.crossings()
        for sweep in range(sweeps):
            if not fewest:
                break
            downwards = sweep % 2 == 0
            near = self.up if downwards else self.down
            order = range(1, len(self.rows)) if downwards else range(len(self.rows) - 2, -1, -1)
            for layer in order:
                fixed = {name: i for i, name in enumerate(self.rows[layer - 1 if downwards else layer + 1])}
                middle = {n: _mean([fixed[m] for m in near[n]], i) for i, n in enumerate(self.rows[layer])}
                self.rows[layer].sort(key=middle.__getitem__)
            if (now := self.crossings()) < fewest:
                best, fewest = [list(row) for row in self.rows], now
        self.rows = best
        self.ranks = {name: i for row in best for i, name in enumerate(row)}

    def coordinates(self, sweeps: int = 10) -> dict[Name, float]:
        """Name -> x: boxes drawn to the mean of their neighbours, passing edges held straight, nothing overlaps."""
        x: dict[Name, float] = {}
        for row in self.rows:
            x |= self._settle(row, dict.fromkeys(row, 0.0))
        for sweep in range(sweeps):
            last = sweep == sweeps - 1
            for row in self.rows if sweep % 2 == 0 else reversed(self.rows):
                near = {n: (self.up[n] if sweep % 2 == 0 else self.down[n]) for n in row}
                wanted = {n: _mean([x[m] for m in (self.up[n] + self.down[n] if last else near[n])], x[n]) for n in row}
                x |= self._settle(row, wanted)
        for line in sorted(self._lines(), key=len, reverse=True):
            self._straighten(line, x)
        return x

    def _lines(self) -> Iterator[list[Name]]:
        """The longest runs of boxes and dummies that have one edge above and one below."""
        inner = {n for n in self.layers if len(self.up[n]) == 1 and len(self.down[n]) == 1}
        for name in self.layers:
            if name in inner and self.up[name][0] not in inner:
                line = [name]
                while self.down[line[-1]][0] in inner:
                    line.append(self.down[line[-1]][0])
                yield line

    def _straighten(self, line: Sequence[Name], x: dict[Name, float]) -> None:
        """Puts as many as possible of a line under each other, within the room that their neighbours leave."""
        run: list[Name] = []
        low, high = -math.inf, math.inf
        for name in line:
            left, right = self._room(name, x)
            if max(low, left) > min(high, right):
                x |= dict.fromkeys(run, min(max(_mean([x[n] for n in run], 0.0), low), high))
                run, low, high = [], -math.inf, math.inf
            run, low, high = [*run, name], max(low, left), min(high, right)
        x |= dict.fromkeys(run, min(max(_mean([x[n] for n in run], 0.0), low), high))

    def _room(self, name: Name, x: Mapping[Name, float]) -> tuple[float, float]:
        """How far to the left and to the right a box could go."""
        row, at = self.rows[self.layers[name]], self.ranks[name]
        left = x[row[at - 1]] + (self.width(row[at - 1]) + self.width(name)) / 2 + ASIDE if at else -math.inf
        right = x[row[at + 1]] - (self.width(row[at + 1]) + self.width(name)) / 2 - ASIDE if at + 1 < len(row) else math.inf
        return left, right

    def _settle(self, row: Sequence[Name], wanted: Mapping[Name, float]) -> dict[Name, float]:
        """The positions nearest to `wanted` (weighted least squares) that keep the order and the distances: pool adjacent violators."""
        offsets, offset = [], 0.0
        for i, name in enumerate(row):
            if i:
                offset += (self.width(row[i - 1]) + self.width(name)) / 2 + ASIDE
            offsets.append(offset)
        blocks: list[list[float]] = []  # [mean, weight, count]
        for name, shift in zip(row, offsets, strict=True):
            blocks.append([wanted[name] - shift, 1.0 if name in self.sizes else 3.0, 1])
            while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                mean, weight, count = blocks.pop()
                total = blocks[-1][1] + weight
                blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * weight) / total, total, blocks[-1][2] + count]
        bases = [mean for mean, _, count in blocks for _ in range(int(count))]
        return {name: base + shift for name, base, shift in zip(row, bases, offsets, strict=True)}


def _routes(chart: _Chart, centres: Mapping[Name, Point], bands: Sequence[tuple[float, float]]) -> list[list[Point]]:
    leave, enter = _ports(chart, centres, 0), _ports(chart, centres, -1)
    routes = []
    for number, chain in enumerate(chart.chains):
        source, target = chain[0], chain[-1]
        (_, y0), (_, y1) = centres[source], centres[target]
        points = [(leave[number], y0 + chart.height(source) / 2), (leave[number], bands[chart.layers[source]][1])]
        for name in chain[1:-1]:
            top, bottom = bands[chart.layers[name]]
            points += [(centres[name][0], top), (centres[name][0], bottom)]
        points += [(enter[number], bands[chart.layers[target]][0]), (enter[number], y1 - chart.height(target) / 2)]
        routes.append(points)
    return routes


def _ports(chart: _Chart, centres: Mapping[Name, Point], end: int) -> list[float]:
    """The x at which each edge leaves (end 0) or enters (end -1) its box: side by side, in the order of where they come from."""
    ports = [0.0] * len(chart.chains)
    by_box: dict[Name, list[int]] = {}
    for number, chain in enumerate(chart.chains):
        by_box.setdefault(chain[end], []).append(number)
    for name, numbers in by_box.items():
        numbers.sort(key=lambda n: centres[chart.chains[n][1 if end == 0 else -2]][0])
        step = min(PORT, 0.7 * chart.width(name) / len(numbers))
        for i, number in enumerate(numbers):
            ports[number] = centres[name][0] + (i - (len(numbers) - 1) / 2) * step
    return ports


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
