"""Which operations of many networks can run together: batching by operation, after Neubig, Goldberg & Dyer (2017), section 3.

Nodes with the same op, settings and shapes have the same *signature*, whatever network they stand in. All that are ready run as one `Step`;
of several signatures, first the one of whose nodes still to come the largest share is ready, so that few steps do all (for 32 random cells
of NAS-Bench-201 some 60, where running them level by level takes 190). Nothing here knows a framework.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.op import Shape

PURE = (
    "relu",
    "max_pool",
    "avg_pool",
    "global_avg_pool",
    "flatten",
    "zero",
    "pad",
    "pad_channels",
    "resize",
    "sigmoid",
    "tanh",
    "elu",
    "scale",
    "slice",
    "unpool",
    "bilinear",
)  # no weights, no chance: once is enough
CHEAP = ("relu",)  # cheaper to compute than to gather its input

Place: TypeAlias = tuple[int, int]  # (step, position among its lanes)


class Lane(NamedTuple):
    """One node of one network."""

    member: int
    node: str


class Signature(NamedTuple):
    """What nodes must share to run as one."""

    op: str
    attrs: tuple[tuple[str, Any], ...]
    shapes: tuple[Shape, ...]  # of the inputs


@dataclass(frozen=True)
class Take:
    """Where the lanes of one input come from.

    pieces  (number of a step, its lanes) in the order in which they are put together
    order   for each lane of the reader its place among them; None: just as they come
    """

    pieces: tuple[tuple[int, tuple[int, ...]], ...]
    order: tuple[int, ...] | None


@dataclass(frozen=True)
class Step:
    """Nodes of one signature, one lane each, that run together (of the cheap ones some in vain)."""

    signature: Signature
    shape: Shape
    lanes: tuple[Lane, ...]
    takes: tuple[Take, ...]


@dataclass(frozen=True)
class Schedule:
    """steps in order; the first are the images. `outputs`: where the networks' outputs are, in the order of the networks."""

    steps: tuple[Step, ...]
    outputs: Take

    @property
    def finished(self) -> list[list[int]]:
        """For each step those whose values nothing reads any more when it has run."""
        last = {source: number for number, step in enumerate(self.steps) for take in step.takes for source, _ in take.pieces}
        kept = {step for step, _ in self.outputs.pieces}
        return [[source for source, reader in last.items() if reader == number and source not in kept] for number in range(len(self.steps))]


def merged(graph: LayerGraph) -> LayerGraph:
    """Nodes that compute the same thing of the same thing, without weights or chance, become one; identities disappear."""
    new: dict[str, str] = {}
    first: dict[Any, str] = {}
    nodes = []
    for node in graph.nodes:
        inputs = tuple(new[name] for name in node.inputs)
        what = (node.op, node.attrs, inputs)
        if node.op == "identity" and node.name != graph.output:
            new[node.name] = inputs[0]
        elif node.op in PURE and what in first:
            new[node.name] = first[what]
        else:
            new[node.name] = first[what] = node.name
            nodes.append(Node(node.name, node.op, inputs, node.attrs, node.shape, node.group))
    return LayerGraph(tuple(nodes), new[graph.output])


def schedule(graphs: Sequence[LayerGraph]) -> Schedule:
    """The steps that run these networks together, each with weights of its own."""
    graphs = [merged(graph) for graph in graphs]
    agenda, plan = _Agenda(graphs), _Plan([])
    while (ready := agenda.next()) is not None:
        signature, lanes = ready
        shape = graphs[lanes[0].member].node(lanes[0].node).shape
        sources = {lane: [plan.place[source] for source in agenda.inputs[lane]] for lane in lanes}
        if signature.op in CHEAP:
            lanes = plan.add_whole(signature, shape, sources)
        if lanes:
            plan.add(signature, shape, {lane: sources[lane] for lane in lanes})
    return Schedule(tuple(plan.steps), _take([plan.place[Lane(member, graph.output)] for member, graph in enumerate(graphs)]))


@dataclass
class _Plan:
    """The steps so far, and where each lane came to lie: (step, position in it)."""

    steps: list[Step]
    place: dict[Lane, tuple[int, int]] = field(default_factory=dict)

    def add(self, signature: Signature, shape: Shape, sources: dict[Lane, list[Place]]) -> None:
        """A step of these lanes, in an order in which their inputs lie side by side as far as that goes."""
        lanes = _side_by_side(sources)
        takes = tuple(_take([sources[lane][slot] for lane in lanes]) for slot in range(len(signature.shapes)))
        self.place.update({lane: (len(self.steps), position) for position, lane in enumerate(lanes)})
        self.steps.append(Step(signature, shape, tuple(lanes), takes))

    def add_whole(self, signature: Signature, shape: Shape, sources: dict[Lane, list[Place]]) -> list[Lane]:
        """Steps of all lanes of a step before, where at least half of them are wanted: cheaper than to gather them. Returns the lanes that remain."""
        by_step: dict[int, dict[int, Lane]] = defaultdict(dict)
        for lane, ((step, position),) in sources.items():
            by_step[step][position] = lane
        rest: list[Lane] = []
        for step, own in by_step.items():
            width = len(self.steps[step].lanes)
            if 2 * len(own) < width:
                rest += own.values()
                continue
            self.place.update({lane: (len(self.steps), position) for position, lane in own.items()})
            lanes = tuple(own.get(position, Lane(lane.member, "")) for position, lane in enumerate(self.steps[step].lanes))  # "" is wanted by nobody
            self.steps.append(Step(signature, shape, lanes, (Take(((step, tuple(range(width))),), None),)))
        return rest


def _side_by_side(sources: dict[Lane, list[Place]]) -> list[Lane]:
    """First each place in order, then once more those that are read a second time, and so on: so they come in long runs."""
    seen: dict[Any, int] = defaultdict(int)
    keys = {}
    for lane, places in sources.items():
        first = places[0] if places else (0, lane.member)
        keys[lane] = (seen[first], *(places or [first]))
        seen[first] += 1
    return sorted(sources, key=keys.__getitem__)


class _Agenda:
    """The nodes that are ready, by signature."""

    def __init__(self, graphs: Sequence[LayerGraph]) -> None:
        self.inputs = {Lane(m, node.name): [Lane(m, name) for name in node.inputs] for m, graph in enumerate(graphs) for node in graph.nodes}
        self.signature = {
            Lane(m, node.name): Signature(node.op, node.attrs, tuple(graph.shapes(node))) for m, graph in enumerate(graphs) for node in graph.nodes
        }
        self.readers: dict[Lane, list[Lane]] = defaultdict(list)
        self.missing = {lane: len(set(sources)) for lane, sources in self.inputs.items()}
        self.left: dict[Signature, int] = defaultdict(int)
        self.ready: dict[Signature, list[Lane]] = defaultdict(list)
        for lane, sources in self.inputs.items():
            self.left[self.signature[lane]] += 1
            for source in set(sources):
                self.readers[source].append(lane)
        self._note(lane for lane, missing in self.missing.items() if not missing)

    def next(self) -> tuple[Signature, list[Lane]] | None:
        """The signature that runs now, with all its ready nodes; None when everything has run."""
        if not self.ready:
            return None
        signature = max(self.ready, key=lambda one: len(self.ready[one]) / self.left[one])
        lanes = self.ready.pop(signature)
        self.left[signature] -= len(lanes)
        for lane in lanes:
            for reader in self.readers[lane]:
                self.missing[reader] -= 1
                if not self.missing[reader]:
                    self._note([reader])
        return signature, lanes

    def _note(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            self.ready[self.signature[lane]].append(lane)


def _take(places: Sequence[tuple[int, int]]) -> Take:
    """How lanes at these (step, position) are put together: by step, then as they are wanted."""
    by_step: dict[int, list[int]] = defaultdict(list)
    for wanted, (step, _) in enumerate(places):
        by_step[step].append(wanted)
    pieces = tuple((step, tuple(places[wanted][1] for wanted in rows)) for step, rows in sorted(by_step.items()))
    come = [wanted for _, rows in sorted(by_step.items()) for wanted in rows]
    if come == list(range(len(places))):
        return Take(pieces, None)
    order = [0] * len(places)
    for position, wanted in enumerate(come):
        order[wanted] = position
    return Take(pieces, tuple(order))
