"""`Supernet`: one graph that holds every option of every decision, and what it takes to get a single architecture out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.ops import OPS
from nastutor.values import Value


@dataclass(frozen=True)
class Supernet:
    """A graph in which the options of a decision come together in a sum, whose terms are weighed by a mixture.

    Weighed by a mixture with one 1 for each decision it is an architecture, by other ones what gradient methods relax the space to
    (Liu et al. 2019, equation 2), and with weights of 1 throughout the one-shot model that holds all paths (Bender et al. 2018).

    graph   an ordinary network; every `mixed` node is an `add`
    mixed   name of such a sum -> the decision that weighs its inputs, one for each option, in their order
    sites   decision -> its options
    inside  name of a node `recurrent` -> the supernet that its step is, whose decisions are among the sites
    kernels a convolution of the largest size -> the decision on its kernel, which is the middle of the largest: a mask weighs them (nets/nested.py)
    widths  a node of the most channels -> the decision on how many of them, the first, there are; it stands behind a convolution that has as many
    """

    graph: LayerGraph
    mixed: Mapping[str, str] = field(hash=False)
    sites: Mapping[str, tuple[Value, ...]] = field(hash=False)
    inside: Mapping[str, Supernet] = field(hash=False, default_factory=dict)
    kernels: Mapping[str, str] = field(hash=False, default_factory=dict)
    widths: Mapping[str, str] = field(hash=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, decision in self.kernels.items():
            node = self.graph.node(name)
            if node.op != "conv" or node["kernel"] != max(self.sites.get(decision, (0,))):  # type: ignore[type-var]
                raise ValueError(f"`kernels` has {name!r}, {node.label}; allowed are convolutions of the largest kernel of the decision {decision!r}")
        for name, decision in self.widths.items():
            if self.graph.node(name).shape[0] != max(self.sites.get(decision, (0,))):  # type: ignore[type-var]
                raise ValueError(f"`widths` has {name!r}, of shape {self.graph.node(name).shape}; allowed is what has the most channels of {decision!r}")
        for name, step in self.inside.items():
            if self.graph.node(name).op != "recurrent" or any(self.sites.get(decision) != options for decision, options in step.sites.items()):
                raise ValueError(f"`inside` has {name!r}, {self.graph.node(name).op!r}; allowed are steps of recurrent nodes, with decisions of `sites`")
        for name, decision in self.mixed.items():
            node = self.graph.node(name)
            if node.op != "add":
                raise ValueError(f"`mixed` has {name!r}, an operation {node.op!r}; allowed are sums (`add`)")
            if len(node.inputs) != len(self.sites.get(decision, ())):
                raise ValueError(
                    f"`mixed` has {name!r}, a sum of {len(node.inputs)}; its decision {decision!r} has {len(self.sites.get(decision, ()))} options"
                )

    def path(self, choice: Mapping[str, Value]) -> LayerGraph:
        """The network with one option for each decision, without what it does not use; its nodes are called as they are here."""
        builder, channels = LayerGraph.start(self.graph.nodes[0].shape), {self._conv_of(name): decision for name, decision in self.widths.items()}
        for node in self.graph.nodes[1:]:
            op, inputs, attrs = node.op, node.inputs, dict(node.attrs)
            if node.name in self.mixed:
                op, inputs, attrs = "identity", (node.inputs[self.number(self.mixed[node.name], choice)],), {}
            elif node.name in self.inside:
                attrs["step"] = self.inside[node.name].path(choice).to_json()
            for setting, decisions in (("kernel", self.kernels), ("channels", channels)):
                if node.name in decisions:
                    attrs[setting] = self.sites[decisions[node.name]][self.number(decisions[node.name], choice)]
            builder.add(op, *inputs, name=node.name, group=node.group, **attrs)
        return builder.finish(self.graph.output).simplified()

    def _conv_of(self, name: str) -> str:
        """The convolution whose channels a node has."""
        while self.graph.node(name).op != "conv":
            (name,) = self.graph.node(name).inputs
        return name

    def number(self, decision: str, choice: Mapping[str, Value]) -> int:
        """Which of its options a decision takes."""
        options = self.sites[decision]
        if decision not in choice or choice[decision] not in options:
            raise ValueError(f"`choice` says {choice.get(decision)!r} for {decision!r}; allowed are {', '.join(map(repr, options))}")
        return options.index(choice[decision])

    @cached_property
    def owners(self) -> dict[str, tuple[str, int]]:
        """The nodes that serve one option alone: name -> (decision, number of its option)."""
        found: dict[str, set[tuple[str, int] | None]] = {node.name: set() for node in self.graph.nodes}
        found[self.graph.output].add(None)
        for node in reversed(self.graph.nodes):
            mine = found[node.name]
            own = next(iter(mine)) if len(mine) == 1 else None
            for number, source in enumerate(node.inputs):
                found[source].add((self.mixed[node.name], number) if node.name in self.mixed and own is None else own)
        return {name: owner for name, own in found.items() if len(own) == 1 and (owner := next(iter(own))) is not None}


def counterparts(alone: LayerGraph, path: LayerGraph) -> dict[str, str]:
    """For each node of `alone` the one of `path` that does the same, where both are the same network; ValueError where they are not.

    Several nodes without weights may have one counterpart: a supernet computes a ReLU or a pool once for all that read it.
    """
    found: dict[str, str] = {}
    todo = [(alone.output, path.output)]
    while todo:
        one, other = todo.pop()
        if one in found:
            if found[one] != other:
                raise ValueError(f"`path` has {found[one]!r} and {other!r} where `alone` has one node, {one!r}")
            continue
        mine, theirs = alone.node(one), path.node(other)
        if (mine.op, _plain(mine), mine.shape, len(mine.inputs)) != (theirs.op, _plain(theirs), theirs.shape, len(theirs.inputs)):
            raise ValueError(f"`path` has {theirs.label} in {other!r} where `alone` has {mine.label} in {one!r}")
        if mine.op == "recurrent":
            counterparts(*_steps(mine, theirs))
        found[one] = other
        todo += zip(mine.inputs, theirs.inputs, strict=True)
    return found


def inherited(alone: LayerGraph, path: LayerGraph, state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The weights that `alone` finds in the supernet's `state`: (name in the state of `alone`, tensor)."""
    names = counterparts(alone, path)
    other = {theirs: mine for mine, theirs in names.items()}
    for name, tensor in state.items():
        node, _, rest = name.partition(".")
        if node not in other:
            continue
        if (mine := alone.node(other[node])).op != "recurrent":
            yield f"{mine.name}.{rest}", _fitted(tensor, rest, mine, alone)
            continue
        for inner, own in inherited(*_steps(mine, path.node(node)), {rest.removeprefix("step."): tensor}):
            yield f"{mine.name}.step.{inner}", own


def _fitted(tensor: Any, name: str, node: Node, graph: LayerGraph) -> Any:
    """A tensor of the supernet at the size that a node has alone, where that is smaller."""
    from nastutor.nets.nested import cut

    module = OPS[node.op].build(dict(node.attrs), *graph.shapes(node))
    return cut(tensor, module.state_dict()[name].shape)  # type: ignore[attr-defined]


def _plain(node: Node) -> tuple[tuple[str, Value], ...]:
    """Its settings, but for the step of a recurrent one, which is compared as a network."""
    return tuple((name, value) for name, value in node.attrs if node.op != "recurrent" or name != "step")


def _steps(mine: Node, theirs: Node) -> tuple[LayerGraph, LayerGraph]:
    """The steps of two recurrent nodes."""
    return tuple(LayerGraph.from_json(str(node["step"])).simplified() for node in (mine, theirs))  # type: ignore[return-value]
