"""`RecurrentTreeSpace`: recurrent cells as trees of sums and products with a memory, the space of NAS with reinforcement learning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import require, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph

COMBINES = ("add", "mul")
ACTIVATIONS = ("identity", "tanh", "sigmoid", "relu")


class Label(NamedTuple):
    """How two inputs become one: combined, then through the activation."""

    combine: str
    activation: str


class TreeCell(NamedTuple):
    """The labels of nodes 0, 1, ..., that of the memory's injection, the node that gives the next memory, and the one that takes in the old one."""

    nodes: tuple[Label, ...]
    inject: Label
    gives: int
    takes: int


class RecurrentTreeSpace(ChoiceSpace):
    """Recurrent cells with a memory, as a controller labels a binary tree (Zoph & Le 2017, section 3.4 and Figure 5).

    Nodes are numbered from the leaves up, level by level. A leaf combines W x and W' h, each with weights of its own and no bias; a node
    above combines two nodes of the level below it, in order, without weights. Each node's label is a combination and an activation. The
    output of the node `takes` is combined with the old memory c by the label `inject`, before it goes on. The next state is what the last
    node gives; the next memory is what the node `gives` has before its activation (and before an injection).

    base         leaves: 2, 4, 8 and so on (paper 8, with 15 nodes)
    combines     some of add, mul                    activations  some of identity, tanh, sigmoid, relu
    units        of the state, and of the memory

    >>> RecurrentTreeSpace(8).size
    63331869759897600

    which the paper gives as some 6 * 10^16. `graph` is a network for images, row by row; `step(arch, features, units)` is the cell itself.
    """

    unmerged = "sums of sums and products of products in other brackets, and activations that change nothing, such as relu of a sigmoid"

    def __init__(self, base: int = 4, combines: Sequence[str] = COMBINES, activations: Sequence[str] = ACTIVATIONS, *, units: int = 16) -> None:
        whole("base", base, 2)
        require("base", base, lambda n: n & (n - 1) == 0, "2, 4, 8, 16 and so on: the tree is a full one")
        whole("units", units)
        for name, values, known in (("combines", combines, COMBINES), ("activations", activations, ACTIVATIONS)):
            check_options(name, values)
            if unknown := [value for value in values if value not in known]:
                raise ValueError(f"`{name}` has {unknown[0]!r}; allowed are {', '.join(known)}")
        self.base, self.combines, self.activations, self.units = base, tuple(combines), tuple(activations), units

    @property
    def count(self) -> int:
        """Nodes of the tree."""
        return 2 * self.base - 1

    def decide(self, choose: Choose) -> TreeCell:
        labels = [Label(choose(f"{name} combine", self.combines), choose(f"{name} act", self.activations)) for name in (*self._names, "inject")]
        nodes = tuple(range(self.count))
        return TreeCell(tuple(labels[:-1]), labels[-1], choose("gives", nodes), choose("takes", nodes))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(f"node {number}" for number in range(self.count))

    @property
    def size(self) -> int:
        """Labels of the nodes and of the injection, and two nodes: with base 8, 8^15 * 8 * 15^2."""
        return int((len(self.combines) * len(self.activations)) ** (self.count + 1) * self.count**2)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        labels = {f"{name} {part}": options for name in (*self._names, "inject") for part, options in (("combine", self.combines), ("act", self.activations))}
        return labels | {"gives": tuple(range(self.count)), "takes": tuple(range(self.count))}

    def cell(self, nodes: Sequence[str], inject: str, gives: int, takes: int) -> Arch:
        """The architecture of labels in words, such as "add sigmoid", one for each node from the first leaf to the last node.

        >>> space = RecurrentTreeSpace(2)
        >>> arch = space.cell(("add tanh", "mul relu", "mul sigmoid"), "add relu", gives=1, takes=0)
        >>> space.plan(arch).nodes[1], arch["takes"]
        (Label(combine='mul', activation='relu'), 0)
        """
        if len(nodes) != self.count:
            raise ValueError(f"`nodes` are {len(nodes)} labels; allowed are {self.count}, one for each node")
        pairs: list[tuple[str, Any]] = []
        for name, text in zip((*self._names, "inject"), (*nodes, inject), strict=True):
            words = text.split() if isinstance(text, str) else []
            if len(words) != 2:
                raise ValueError(f"the label of {name} is {text!r}; allowed are a combination and an activation, such as 'add tanh'")
            pairs += [(f"{name} combine", words[0]), (f"{name} act", words[1])]
        arch = Arch((*pairs, ("gives", gives), ("takes", takes)))
        self.validate(arch)
        return arch

    def canonical(self, arch: Arch) -> Arch:
        """The first cell, in the order of enumeration, that is the same but for the order of the two inputs of nodes."""
        cell: TreeCell = self.plan(arch)
        labels = [(self.combines.index(label.combine), self.activations.index(label.activation)) for label in cell.nodes]
        order = _ordered(self.count - 1, self.base, labels, cell)
        texts = [" ".join(cell.nodes[node]) for node in order]
        return self.cell(texts, " ".join(cell.inject), order.index(cell.gives), order.index(cell.takes))

    def step(self, arch: Arch, features: int, units: int | None = None) -> LayerGraph:
        """One step: a flat input (features + 2 units,), x, then h, then c; the next h and c, (2 units,)."""
        from nastutor.nets.graph import LayerGraph

        cell: TreeCell = self.plan(arch)
        units = self.units if units is None else whole("units", units)
        builder = LayerGraph.start((whole("features", features) + 2 * units,))
        x, h, c = (
            builder.add("slice", builder.input, name=name, start=start, channels=size)
            for name, start, size in (("x", 0, features), ("h", features, units), ("c", features + units, units))
        )
        both = [builder.add("linear", read, name=f"{read} linear", group="leaves", units=self.base * units, bias=False) for read in (x, h)]
        outputs, memory = list[str](), c
        for node, label in enumerate(cell.nodes):
            name = f"node {node}"
            if node < self.base:
                reads = [builder.add("slice", each, name=f"{name} of {read}", group=name, start=node * units, channels=units)
                         for read, each in zip("xh", both, strict=True)]  # fmt: skip
            else:
                reads = outputs[2 * (node - self.base) : 2 * (node - self.base) + 2]
            before = builder.add(label.combine, *reads, name=f"{name} {label.combine}", group=name)
            memory = before if node == cell.gives else memory
            out = _activated(builder, label.activation, before, name)
            if node == cell.takes:
                out = builder.add(cell.inject.combine, out, c, name=f"{name} inject", group=name)
                out = _activated(builder, cell.inject.activation, out, f"{name} inject")
            outputs.append(out)
        return builder.finish(builder.add("concat", outputs[-1], memory, name="h and c", group="output"))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """A network that reads an image row after row: the canonical cell repeated, then a linear layer on its last state."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, why="its cell reads them as H rows of C * W numbers")
        builder = LayerGraph.start(task.shape)
        step = self.step(self.canonical(arch), task.shape[0] * task.shape[2])
        x = builder.add("recurrent", builder.input, name="cell", group="cell", step=step.to_json(), units=self.units)
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))


def _activated(builder: GraphBuilder, activation: str, x: str, name: str) -> str:
    return x if activation == "identity" else builder.add(activation, x, name=f"{name} {activation}", group=name.removesuffix(" inject"))


def _ordered(node: int, base: int, labels: list[tuple[int, int]], cell: TreeCell) -> list[int]:
    """The nodes in the order in which the first of the equal cells has them, level by level from the leaves."""
    return [each for level in _levels(node, base, labels, cell) for each in level]


def _levels(node: int, base: int, labels: list[tuple[int, int]], cell: TreeCell) -> list[list[int]]:
    """The levels of the tree under `node`, each node's two parts in the order that comes first.

    What is enumerated is leaves first, so that of two parts the one with the first labels of leaves goes first, then of the level above, and
    so on; where all labels agree, the one that gives the memory, then the one that takes it in.
    """
    if node < base:
        return [[node]]
    parts = [_levels(2 * (node - base) + side, base, labels, cell) for side in (0, 1)]
    first, second = sorted(parts, key=lambda levels: _code(levels, labels, cell))
    return [*(one + other for one, other in zip(first, second, strict=True)), [node]]


def _code(levels: list[list[int]], labels: list[tuple[int, int]], cell: TreeCell) -> tuple[Any, ...]:
    order = [node for level in levels for node in level]
    marks = (order.index(mark) if mark in order else len(order) for mark in (cell.gives, cell.takes))
    return [labels[node] for node in order], *marks
