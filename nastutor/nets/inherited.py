"""One architecture out of a supernet: its network, and the weights that it takes over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.ops import OPS
from nastutor.nets.supernet import Supernet
from nastutor.values import Value


def extracted(supernet: Supernet, choice: Mapping[str, Value]) -> LayerGraph:
    """The network with one option for each decision, without what it does not use; its nodes are called as in the supernet."""
    builder, channels = LayerGraph.start(supernet.graph.nodes[0].shape), {_conv_of(supernet, name): decision for name, decision in supernet.widths.items()}
    for node in supernet.graph.nodes[1:]:
        op, inputs, attrs = node.op, node.inputs, dict(node.attrs)
        if node.name in supernet.mixed:
            op, inputs, attrs = "identity", (node.inputs[_number(supernet, supernet.mixed[node.name], choice)],), {}
        elif node.name in supernet.inside:
            attrs["step"] = extracted(supernet.inside[node.name], choice).to_json()
        for setting, decisions in (("kernel", supernet.kernels), ("channels", channels)):
            if node.name in decisions:
                attrs[setting] = supernet.sites[decisions[node.name]][_number(supernet, decisions[node.name], choice)]
        builder.add(op, *inputs, name=node.name, group=node.group, **attrs)
    return builder.finish(supernet.graph.output).simplified()


def _conv_of(supernet: Supernet, name: str) -> str:
    """The convolution whose channels a node has."""
    while supernet.graph.node(name).op != "conv":
        (name,) = supernet.graph.node(name).inputs
    return name


def _number(supernet: Supernet, decision: str, choice: Mapping[str, Value]) -> int:
    """Which of its options a decision takes."""
    options = supernet.sites[decision]
    if decision not in choice or choice[decision] not in options:
        raise ValueError(f"`choice` says {choice.get(decision)!r} for {decision!r}; allowed are {', '.join(map(repr, options))}")
    return options.index(choice[decision])


def counterparts(alone: LayerGraph, path: LayerGraph) -> dict[str, str]:
    """For each node of `alone` the one of `path` that does the same, where both are the same network; ValueError where they are not.

    Inputs are compared in their order, which is that of the supernet where the architecture is in canonical form: `space.canonical(arch)`.
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
            raise ValueError(f"`path` has {theirs.label} in {other!r} where `alone` has {mine.label} in {one!r}; allowed are networks in canonical form")
        if mine.op == "recurrent":
            counterparts(*_steps(mine, theirs))
        found[one] = other
        todo += zip(mine.inputs, theirs.inputs, strict=True)
    return found


def inherited(alone: LayerGraph, path: LayerGraph, state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The weights that `alone` finds in the supernet's `state`: (name in the state of `alone`, tensor).

    alone, path  the network of an architecture in canonical form, and what `extracted` makes of the supernet for it
    """
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
