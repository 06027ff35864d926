"""`Supernet`: one graph that holds every option of every decision. How to get a single architecture out of it stands in nets/inherited.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nastutor.nets.graph import LayerGraph
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
        _check(self)


def _check(supernet: Supernet) -> None:
    for name, decision in supernet.kernels.items():
        node = supernet.graph.node(name)
        if node.op != "conv" or node["kernel"] != max(supernet.sites.get(decision, (0,))):  # type: ignore[type-var]
            raise ValueError(f"`kernels` has {name!r}, {node.label}; allowed are convolutions of the largest kernel of the decision {decision!r}")
    for name, decision in supernet.widths.items():
        if supernet.graph.node(name).shape[0] != max(supernet.sites.get(decision, (0,))):  # type: ignore[type-var]
            raise ValueError(f"`widths` has {name!r}, of shape {supernet.graph.node(name).shape}; allowed is what has the most channels of {decision!r}")
    for name, step in supernet.inside.items():
        if supernet.graph.node(name).op != "recurrent" or any(supernet.sites.get(decision) != options for decision, options in step.sites.items()):
            raise ValueError(f"`inside` has {name!r}, {supernet.graph.node(name).op!r}; allowed are steps of recurrent nodes, with decisions of `sites`")
    for name, decision in supernet.mixed.items():
        node = supernet.graph.node(name)
        if node.op != "add":
            raise ValueError(f"`mixed` has {name!r}, an operation {node.op!r}; allowed are sums (`add`)")
        if len(node.inputs) != len(supernet.sites.get(decision, ())):
            raise ValueError(
                f"`mixed` has {name!r}, a sum of {len(node.inputs)}; its decision {decision!r} has {len(supernet.sites.get(decision, ()))} options"
            )
