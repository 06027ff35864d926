"""`EditDistance`: how many changes make one network of another, the distance of Auto-Keras, and kernels of it (Jin et al. 2019, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nastutor.inputs import positive, require, whole
from nastutor.kernels.base import Floats, Group, laplace, laplace_slope
from nastutor.kernels.bourgain import Embedding
from nastutor.kernels.layers import CONVS, GraphKernel
from nastutor.kernels.psd import REPAIRS
from nastutor.nets.attrs import pair
from nastutor.nets.graph import LayerGraph, Node
from nastutor.values import Arch

FORMS = ("bourgain", "laplace", "gauss")


class Skip(NamedTuple):
    """A link past other layers: from behind `start` layers with weights, over `span` more, into a sum or a concatenation."""

    start: int
    span: int
    kind: str


class Sketch(NamedTuple):
    """Widths of convolutions and of dense layers, in order, and the skips."""

    convs: tuple[int, ...]
    dense: tuple[int, ...]
    skips: tuple[Skip, ...]


class EditDistance(GraphKernel):
    """A kernel of d = D(layers) + skip * D(skips).

    D(layers)  the edit distance of the sequences of widths, of convolutions and of dense layers by themselves: 1 for a layer more or less,
               |w - w'| / max(w, w') for another width; in order, by dynamic programming
    D(skips)   the cheapest matching of skips (Hungarian algorithm), and 1 for each that has no partner; two of unlike kind are 1 apart

    form     what becomes of d. "bourgain": exp(-|r - r'|^2) of points r whose coordinates are the distances to random sets of `anchors`, as in
             the paper: positive semidefinite. "gauss": exp(-d^2) and "laplace": exp(-d), which are not always (36 networks of an EditSpace gave
             eigenvalues down to -0.29 and -0.02); both are repaired
    skip     weight of the skips (paper: 0.1)
    anchors  random architectures in whose sets the points are made, drawn once: the map is the same whatever is compared
    repair   of "gauss" and "laplace": "clip", "shift", or None
    seed     of the anchors and their sets
    task     what networks are built for; None: images of 1x8x8, 10 classes
    """

    needs = ("graph", "sample")

    def __init__(self, form: str = "bourgain", *, skip: float = 0.1, anchors: int = 32, repair: str | None = "clip", seed: int = 0, task: Any = None) -> None:
        super().__init__(task)
        require("form", form, lambda name: name in FORMS, ", ".join(map(repr, FORMS)))
        require("repair", repair, lambda how: how in (None, *REPAIRS), "None, " + ", ".join(map(repr, REPAIRS)))
        self.form, self.skip, self.anchors, self.seed = form, positive("skip", skip, zero=True), whole("anchors", anchors, 2), whole("seed", seed, 0)
        self.repair = None if form == "bourgain" else repair
        self.groups = (Group((0,), laplace, laplace_slope, 1 if form == "laplace" else 2),)
        self.embedding: Embedding | None = None

    def bind(self, space: Any) -> None:
        if self.form == "bourgain":
            anchors = dict.fromkeys(self.sketch(space, space.sample(self.seed + number)) for number in range(self.anchors))
            self.embedding = Embedding(tuple(anchors), Sketches(tuple(anchors), self.skip).apart_from, self.seed)

    def sketch(self, space: Any, arch: Arch) -> Sketch:
        return sketch_of(space.graph(arch, self.task))

    def describe(self, space: Any, arch: Arch) -> Any:
        """What is compared: the sketch, or its point."""
        sketch = self.sketch(space, arch)
        return sketch if self.embedding is None else self.embedding(sketch)

    def compare(self, one: Sequence[Any], other: Sequence[Any]) -> Floats:
        """Squared distances of points; of sketches the distance for "laplace", and its square: (1, a, b)."""
        if self.form == "bourgain":
            return ((np.stack(one)[:, None] - np.stack(other)) ** 2).sum(2)[None]
        many = Sketches(other, self.skip)
        apart = np.stack([many.apart_from(a) for a in one])
        return (apart if self.form == "laplace" else apart**2)[None]

    def apart(self, one: Sketch, other: Sketch) -> float:
        """The edit distance of two sketches."""
        layers = widths_apart(one.convs, other.convs) + widths_apart(one.dense, other.dense)
        return layers + self.skip * skips_apart(one.skips, other.skips)

    def distance(self, space: Any, one: Arch, other: Arch) -> float:
        """Between two architectures."""
        return self.apart(self.sketch(space, one), self.sketch(space, other))


def widths_apart(one: Sequence[int], other: Sequence[int]) -> float:
    """
    >>> widths_apart((8, 16), (8, 32)), widths_apart((8, 16), (8,)), widths_apart((), (4, 4))
    (0.5, 1.0, 2.0)
    """
    row = [float(number) for number in range(len(other) + 1)]
    for count, a in enumerate(one, start=1):
        above, row = row, [float(count)]
        for place, b in enumerate(other):
            row.append(min(row[-1] + 1, above[place + 1] + 1, above[place] + abs(a - b) / max(a, b)))
    return row[-1]


def skip_cost(a: Skip, b: Skip) -> float:
    """
    >>> skip_cost(Skip(1, 2, "add"), Skip(1, 3, "add")), skip_cost(Skip(1, 2, "add"), Skip(1, 2, "concat"))
    (0.25, 1.0)
    """
    if a.kind != b.kind:
        return 1.0
    return (abs(a.start - b.start) + abs(a.span - b.span)) / max(max(a.start, b.start) + max(a.span, b.span), 1)


def skips_apart(one: Sequence[Skip], other: Sequence[Skip]) -> float:
    from scipy.optimize import linear_sum_assignment

    if not one or not other:
        return float(max(len(one), len(other)))
    costs = np.array([[skip_cost(a, b) for b in other] for a in one])
    return float(costs[linear_sum_assignment(costs)].sum()) + abs(len(one) - len(other))


class Sketches:
    """Many sketches, from which one is compared with all of them at once: the numbers of `EditDistance.apart`, bit for bit.

    skip  weight of the skips
    """

    def __init__(self, sketches: Sequence[Sketch], skip: float) -> None:
        self.skip, self.convs, self.dense = skip, Widths([sketch.convs for sketch in sketches]), Widths([sketch.dense for sketch in sketches])
        self.skips = dict.fromkeys(sketch.skips for sketch in sketches)  # each once: what is compared does not depend on whose they are
        place = {skips: number for number, skips in enumerate(self.skips)}
        self.places = [place[sketch.skips] for sketch in sketches]
        self.kinds = {skip.kind: number for number, skip in enumerate(skip for skips in self.skips for skip in skips)}
        self.flat = self._numbers([skip for skips in self.skips for skip in skips])
        self.ends = np.cumsum([0, *map(len, self.skips)]).tolist()

    def apart_from(self, one: Sketch, _: Any = None) -> Floats:
        """(n,)"""
        return self.convs.apart_from(one.convs) + self.dense.apart_from(one.dense) + self.skip * self._skips(one.skips)[self.places]

    def _numbers(self, skips: Sequence[Skip]) -> NDArray[np.int64]:
        """Start, span and kind, (3, n); -1 for a kind that none of the many has."""
        return np.array([(skip.start, skip.span, self.kinds.get(skip.kind, -1)) for skip in skips], dtype=np.int64).reshape(-1, 3).T

    def _skips(self, one: Sequence[Skip]) -> Floats:
        """`skips_apart` from each of the different ones, (m,); costs are worked out for all of them together."""
        from scipy.optimize import linear_sum_assignment

        (starts, spans, kinds), mine = self.flat, self._numbers(one)[:, :, None]
        most = np.maximum(mine[0], starts) + np.maximum(mine[1], spans)
        costs = (np.abs(mine[0] - starts) + np.abs(mine[1] - spans)) / np.maximum(most, 1)
        costs = np.where(mine[2] == kinds, costs, 1.0)
        found = []
        for begin, end in pairwise(self.ends):
            unmatched = float(abs(len(one) - (end - begin)))
            if one and end > begin:
                part = costs[:, begin:end]
                unmatched += float(part[linear_sum_assignment(part)].sum())
            found.append(unmatched)
        return np.array(found)


class Widths:
    """Sequences of widths, from which one is compared with all of them at once: `widths_apart`, bit for bit, diagonal by diagonal.

    What came out is remembered for a thousand sequences: networks that differ in other things than widths have the same.
    """

    def __init__(self, many: Sequence[Sequence[int]]) -> None:
        different = {tuple(widths): number for number, widths in enumerate(dict.fromkeys(map(tuple, many)))}
        self.places, self.lengths = [different[tuple(widths)] for widths in many], [len(widths) for widths in different]
        self.longest = max(self.lengths, default=0)
        self.padded = np.array([[*widths, *[1] * (self.longest - len(widths))] for widths in different], dtype=np.int64).T  # (longest, m)
        self.apart_from = lru_cache(1_000)(self._apart_from)

    def _apart_from(self, one: tuple[int, ...]) -> Floats:
        """(n,)"""
        rows, columns, many = len(one), self.longest, len(self.lengths)
        if not (rows and columns):
            return np.maximum(self.lengths, rows).astype(float)[self.places]
        kinds, kind = np.unique(one, return_inverse=True)
        mine = kinds[:, None, None]
        costs = np.abs(mine - self.padded) / np.maximum(mine, self.padded)  # (kinds, columns, m)
        here = above = np.zeros((rows + 1, many))  # on a diagonal i + j, at [i, k]: between the first i of one and the first j of the k-th
        ends = np.empty((columns + 1, many))  # at [j, k]: between all of one and the first j
        for diagonal in range(1, rows + columns + 1):
            first, last = max(1, diagonal - columns), min(rows, diagonal - 1)
            i = np.arange(first, last + 1)
            before, above, here = above, here, np.full_like(here, diagonal)  # which stays where i or j is 0
            missing = np.minimum(above[first : last + 1], above[first - 1 : last]) + 1  # a layer more, or one less
            here[first : last + 1] = np.minimum(missing, before[first - 1 : last] + costs[kind[i - 1], diagonal - i - 1])
            if diagonal >= rows:
                ends[diagonal - rows] = here[rows]
        return ends[self.lengths, range(many)][self.places]


def sketch_of(graph: LayerGraph) -> Sketch:
    """The widths and skips of a network. Where ways meet, the one with most layers is the trunk and the others are skips.

    A 1x1 convolution that stands in a skip by itself makes channels fit, and is no layer; other layers beside the trunk are layers as well.
    """
    graph = graph.simplified()
    weighed = {node.name for node in graph.nodes if node.op in CONVS or node.op == "linear"}
    depth: dict[str, int] = {}
    for node in graph.nodes:
        depth[node.name] = max((depth[name] for name in node.inputs), default=0) + (node.name in weighed)
    fitting, skips = set[str](), list[Skip]()
    for node in graph.nodes:
        if node.op in ("add", "concat") and len(node.inputs) > 1:
            trunk = max(range(len(node.inputs)), key=lambda number: depth[node.inputs[number]])
            for number, name in enumerate(node.inputs):
                if number != trunk:
                    source, passed = _source(graph, graph.node(name))
                    fitting |= passed
                    skips.append(Skip(depth[source], depth[node.name] - depth[source], node.op))
    wide = [node for node in graph.nodes if node.name not in fitting]
    convs = tuple(node.shape[0] for node in wide if node.op in CONVS)
    return Sketch(convs, tuple(node.shape[0] for node in wide if node.op == "linear"), tuple(sorted(skips)))


def _source(graph: LayerGraph, node: Node) -> tuple[str, set[str]]:
    """Where a skip begins, behind what makes it fit; and the 1x1 convolutions that do."""
    passed = set[str]()
    here = node
    while len(here.inputs) == 1 and here.op in ("bn", "relu", "conv", "identity", "max_pool", "avg_pool", "resize"):
        if here.op == "conv":
            if passed or pair(here["kernel"]) != (1, 1):
                break
            passed.add(here.name)
        here = graph.node(here.inputs[0])
    return (here.name, passed) if passed else (node.name, passed)
