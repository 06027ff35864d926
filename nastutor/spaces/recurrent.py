"""`RecurrentSpace`: the recurrent cells of ENAS and DARTS, trees of gated nodes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from math import factorial
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images
from nastutor.spaces.relaxed import Relaxed
from nastutor.spaces.roles import Role
from nastutor.values import Arch, Value

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.nets.supernet import Supernet

ACTIVATIONS = ("tanh", "relu", "sigmoid", "identity")
KINDS = ("darts", "enas")
END = len(ACTIVATIONS)  # behind the rank of every activation

Levels = tuple[tuple[int, ...], ...]


class Cell(NamedTuple):
    """The plan: activations of nodes 0, 1, ... and, from node 1 on, the earlier node that each reads."""

    activations: tuple[str, ...]
    reads: tuple[int, ...]


class RecurrentSpace(Relaxed, ChoiceSpace):
    """Cells of a recurrent network (Pham et al. 2018, section 2.1; Liu et al. 2019, section 3.3 and its release).

    Node 0 reads the features x and the old state h, each further node one earlier node. A node reads s and gives s + c * (f(s W) - s), where
    c = sigmoid(s V) and f is its activation; in node 0 W and V read x and h together, and s is h. No biases. `graph` is a network for
    images, row by row; `step(arch, features, units)` is the cell itself, one step from (x, h) to the next state.

    nodes        behind node 0 ("darts", paper 8) or with it ("enas", paper 12)
    kind         "darts": node 0 has tanh, the new state is the mean of nodes 1, 2, ...
                 "enas": node 0's activation is decided too, the new state is the mean of the nodes that no other reads
    activations  some of tanh, relu, sigmoid, identity
    units        of the state (papers 850 and 748)

    >>> RecurrentSpace(8).size, RecurrentSpace(12, "enas").size
    (2642411520, 669692775628800)

    The paper on ENAS counts 12! where the nodes have 11! choices of what to read.
    """

    def __init__(self, nodes: int = 4, kind: str = "darts", activations: Sequence[str] = ACTIVATIONS, *, units: int = 16) -> None:
        if kind not in KINDS:
            raise ValueError(f"`kind` is {kind!r}; allowed are {', '.join(KINDS)}")
        whole("nodes", nodes, 1 if kind == "darts" else 2)
        whole("units", units)
        check_options("activations", activations)
        if unknown := [name for name in activations if name not in ACTIVATIONS]:
            raise ValueError(f"`activations` has {unknown[0]!r}; allowed are {', '.join(ACTIVATIONS)}")
        self.nodes, self.kind, self.activations, self.units = nodes, kind, tuple(activations), units
        self.further = nodes if kind == "darts" else nodes - 1  # nodes after node 0

    def decide(self, choose: Choose) -> Cell:
        activations = ["tanh" if self.kind == "darts" else choose("act0", self.activations)]
        reads = []
        for node in range(1, self.further + 1):
            reads.append(choose(f"read{node}", tuple(range(node))))
            activations.append(choose(f"act{node}", self.activations))
        return Cell(tuple(activations), tuple(reads))

    @property
    def size(self) -> int:
        return factorial(self.further) * len(self.activations) ** self.nodes

    def roles(self) -> dict[str, Role]:
        found = {"act0": Role("op", 0)} if self.kind == "enas" else {}
        for node in range(1, self.further + 1):
            found |= {f"read{node}": Role("read", node), f"act{node}": Role("op", node)}
        return found

    def canonical(self, arch: Arch) -> Arch:
        """The first cell, in the order of enumeration, of which this one is a renumbering: the nodes are an unordered tree."""
        cell: Cell = self.plan(arch)
        return self.cell(*_numbered(cell, [self.activations.index(name) for name in cell.activations[1:]]), cell.activations[0])

    def cell(self, activations: Sequence[str], reads: Sequence[int], first: str = "tanh") -> Arch:
        """The architecture with these activations of nodes 1, 2, ... and what they read; `first` is node 0's.

        >>> print(RecurrentSpace(2).cell(("relu", "tanh"), (0, 0)))
        read1=0 act1=relu read2=0 act2=tanh
        """
        if not len(activations) == len(reads) == self.further:
            raise ValueError(
                f"`activations` and `reads` have {len(activations)} and {len(reads)} entries; allowed are {self.further}, one for each node from 1 on"
            )
        if self.kind == "darts" and first != "tanh":
            raise ValueError(f"`first` is {first!r}; in cells of the kind 'darts' it is 'tanh'")
        pairs = [
            choice
            for node, (read, name) in enumerate(zip(reads, activations, strict=True), start=1)
            for choice in ((f"read{node}", read), (f"act{node}", name))
        ]
        arch = Arch((*([("act0", first)] if self.kind == "enas" else []), *pairs))
        self.validate(arch)
        return arch

    def outputs(self, arch: Arch) -> tuple[int, ...]:
        """The nodes whose mean is the new state."""
        further = range(1, self.further + 1)
        reads = self.plan(arch).reads
        return tuple(further if self.kind == "darts" else (node for node in further if node not in reads))

    def step(self, arch: Arch, features: int, units: int | None = None) -> LayerGraph:
        """One step: a flat input (features + units,), first x, then h, and the next state (units,)."""
        from nastutor.nets.graph import LayerGraph

        cell: Cell = self.plan(arch)
        units = self.units if units is None else whole("units", units)
        builder = LayerGraph.start((whole("features", features) + units,))
        old = builder.add("slice", builder.input, name="h", start=features, channels=units)
        states = [_node(builder, builder.input, old, cell.activations[0], "node 0")]
        for node, (read, activation) in enumerate(zip(cell.reads, cell.activations[1:], strict=True), start=1):
            states.append(_node(builder, states[read], states[read], activation, f"node {node}"))
        outputs = [states[node] for node in self.outputs(arch)]
        if len(outputs) == 1:
            return builder.finish(outputs[0])
        total = builder.add("add", *outputs, name="sum", group="output")
        return builder.finish(builder.add("scale", total, name="mean", group="output", by=1 / len(outputs)))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """A network that reads an image row after row: the canonical cell repeated, then a linear layer on its last state."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, why="its cell reads them as H rows of C * W numbers")
        builder = LayerGraph.start(task.shape)
        step = self.step(self.canonical(arch), task.shape[0] * task.shape[2])
        return self._around(builder, step, task)

    def _around(self, builder: GraphBuilder, step: LayerGraph, task: Any) -> LayerGraph:
        x = builder.add("recurrent", builder.input, name="cell", group="cell", step=step.to_json(), units=self.units)
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))

    # the mixture: in cells of ENAS which nodes are averaged follows from what is read, and is weighed beside it

    def mixture_sites(self) -> dict[str, tuple[Value, ...]]:
        """The decisions; of cells of ENAS also, for each node that others can read, whether it is averaged, and over how many."""
        sites: dict[str, tuple[Value, ...]] = {name: tuple(options) for name, options in self.sites().items()}
        if self.kind == "darts":
            return sites
        return sites | {f"out{node}": (False, True) for node in range(1, self.further)} | {"outs": tuple(range(1, self.further + 1))}

    def chosen(self, arch: Arch) -> dict[str, Value]:
        outputs, found = self.outputs(arch), dict(arch.choices)
        if self.kind == "enas":
            found |= {f"out{node}": node in outputs for node in range(1, self.further)}
            found["outs"] = len(outputs)
        return found

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """A node has weights for each node that it may read, whatever its activation, and weighs what comes of them (Pham et al. 2018, section 2.1).

        affine  without meaning here: these cells have no batch norm
        """
        from nastutor.nets.graph import LayerGraph
        from nastutor.nets.supernet import Supernet
        from nastutor.spaces.recurrent_supernet import mixed_step

        check_images(task, self, why="its cell reads them as H rows of C * W numbers")
        step = mixed_step(self, task.shape[0] * task.shape[2])
        return Supernet(self._around(LayerGraph.start(task.shape), step.graph, task), {}, self.mixture_sites(), {"cell": step})


def _node(builder: GraphBuilder, reads: str, old: str, activation: str, group: str) -> str:
    """old + c * (f(reads W) - old); W and the gate's V are one matrix, as in the releases."""
    units = builder.shape(old)[0]
    both = builder.add("linear", reads, name=f"{group} linear", group=group, units=2 * units, bias=False)
    gate, new = (builder.add("slice", both, name=f"{group} {part}", group=group, start=k * units, channels=units) for k, part in enumerate(("c", "h")))
    gate = builder.add("sigmoid", gate, name=f"{group} gate", group=group)
    new = builder.add(activation, new, name=f"{group} {activation}", group=group)
    change = builder.add("add", new, builder.add("scale", old, name=f"{group} minus", group=group, by=-1), name=f"{group} change", group=group)
    return builder.add("add", old, builder.add("mul", gate, change, name=f"{group} gated", group=group), name=group, group=group)


def _numbered(cell: Cell, ranks: list[int]) -> tuple[list[str], list[int]]:
    """Activations and reads of the first numbering: each next node reads as early a node as can be, of those the lowest rank comes first."""
    children: dict[int, list[int]] = {node: [] for node in range(len(cell.activations))}
    for node, read in enumerate(cell.reads, start=1):
        children[read].append(node)
    levels: dict[int, Levels] = {}
    for node in reversed(children):  # those that read a node come after it
        children[node].sort(key=lambda child: levels[child])
        levels[node] = _levels(ranks[node - 1] if node else 0, [levels[child] for child in children[node]])
    order = [0]
    for node in order:
        order += children[node]
    place = {node: number for number, node in enumerate(order)}
    return [cell.activations[node] for node in order[1:]], [place[cell.reads[node - 1]] for node in order[1:]]


def _levels(rank: int, behind: list[Levels]) -> Levels:
    """What a numbering says of a node and, level by level, of those behind it: for each node of the level above the ranks of its readers, and an end.

    The end comes after every rank, as a node with one reader more comes first. Numbers go level by level, and none of these lists is the
    beginning of another as long as the levels above are alike; so siblings in the order of their lists give the first numbering.
    """
    deeper = zip_longest(*(levels[1:] for levels in behind), fillvalue=())
    return (rank,), (*(levels[0][0] for levels in behind), END), *(tuple(chain(*level)) for level in deeper)


def from_enas(text: str) -> Arch:
    """A cell from the text of ENAS's release: activation of node 0, then for each node what it reads and its own (0 tanh, 1 relu, 2 identity, 3 sigmoid).

    >>> print(from_enas("0 0 1"))
    act0=tanh read1=0 act1=relu
    """
    names = ("tanh", "relu", "identity", "sigmoid")
    numbers = text.split() if isinstance(text, str) else []
    if len(numbers) % 2 == 0 or len(numbers) < 3 or not all(number.isdigit() for number in numbers) or any(number not in "0123" for number in numbers[::2]):
        raise ValueError(f"`text` is {text!r}; allowed are 2 N - 1 numbers: an activation (0 to 3), then pairs of a node to read and an activation")
    pairs = [(names[int(name)], int(read)) for read, name in zip(numbers[1::2], numbers[2::2], strict=True)]
    return RecurrentSpace(len(pairs) + 1, "enas").cell([name for name, _ in pairs], [read for _, read in pairs], names[int(numbers[0])])
