"""One step of all recurrent cells at once, as a supernet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder
    from nastutor.nets.supernet import Supernet


def mixed_step(space: Any, features: int) -> Supernet:
    """Of a RecurrentSpace: a flat input (features + units,), the next state (units,)."""
    from nastutor.nets.graph import LayerGraph
    from nastutor.nets.supernet import Supernet

    builder, mixed = LayerGraph.start((features + space.units,)), dict[str, str]()
    old = builder.add("slice", builder.input, name="h", start=features, channels=space.units)
    first = ("tanh",) if space.kind == "darts" else space.activations
    states = [_way(builder, builder.input, old, first, "node 0", "act0" if space.kind == "enas" else "", mixed)]
    for node in range(1, space.further + 1):
        ways = [_way(builder, state, state, space.activations, f"node {node} of {read}", f"act{node}", mixed) for read, state in enumerate(states)]
        states.append(builder.add("add", *ways, name=f"node {node}", group=f"node {node}"))
        mixed[states[-1]] = f"read{node}"
    return Supernet(builder.finish(_mean(builder, states[1:], space.kind, mixed)), mixed, space.mixture_sites())


def _way(builder: GraphBuilder, reads: str, old: str, activations: Sequence[str], name: str, decision: str, mixed: dict[str, str]) -> str:
    """old + c * (f(reads W) - old), with f weighed; W and the gate's V are one matrix."""
    units = builder.shape(old)[0]

    def add(op: str, *inputs: str, part: str, **attrs: Any) -> str:
        return builder.add(op, *inputs, name=f"{name} {part}", group=name, **attrs)

    both = add("linear", reads, part="linear", units=2 * units, bias=False)
    gate = add("sigmoid", add("slice", both, part="c", start=0, channels=units), part="gate")
    new = add("slice", both, part="h", start=units, channels=units)
    found = [add(activation, new, part=activation) for activation in activations]
    new = found[0] if not decision else add("add", *found, part="activation")
    if decision:
        mixed[new] = decision
    change = add("add", new, add("scale", old, part="minus", by=-1), part="change")
    return add("add", old, add("mul", gate, change, part="gated"), part="out")


def _mean(builder: GraphBuilder, states: Sequence[str], kind: str, mixed: dict[str, str]) -> str:
    """The next state: the mean of all nodes, or of those that are weighed in, by how many these are."""
    terms = list(states)
    for number, state in enumerate(states[:-1] if kind == "enas" else (), 1):
        terms[number - 1] = builder.add("add", builder.add("zero", state, name=f"node {number} read"), state, name=f"node {number} averaged", group="output")
        mixed[terms[number - 1]] = f"out{number}"
    if len(terms) == 1:
        return terms[0]
    total = builder.add("add", *terms, name="sum", group="output")
    if kind == "darts":
        return builder.add("scale", total, name="mean", group="output", by=1 / len(terms))
    means = [total, *(builder.add("scale", total, name=f"mean of {count}", group="output", by=1 / count) for count in range(2, len(terms) + 1))]
    mixed[mean := builder.add("add", *means, name="mean", group="output")] = "outs"
    return mean
