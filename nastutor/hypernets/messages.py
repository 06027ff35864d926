"""Messages along the edges of a graph: each node's state comes to know what lies before it and behind it (Zhang et al. 2019, section 3)."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nastutor.inputs import require, whole
from nastutor.nets.graph import LayerGraph
from nastutor.rng import torch_rng

ORDERS = ("both", "forward", "synchronous", "none")


class Level(NamedTuple):
    """Nodes that are updated together: their numbers (L,), and from whom they hear how often (L, nodes)."""

    nodes: Tensor
    hears: Tensor


class Wiring:
    """Who hears whom in a graph, cut into levels within which no node waits for another.

    phases  of a plain graph one; of a stacked one each run of nodes of one group (a cell). (levels from the input on, levels from the output on)
    all     (nodes, nodes): how many edges lie between two nodes, in either direction
    """

    def __init__(self, graph: LayerGraph, stacked: bool = False) -> None:
        number = {node.name: place for place, node in enumerate(graph.nodes)}
        edges = torch.zeros(len(graph), len(graph))  # [target, source]
        for source, target in graph.edges():
            edges[number[target], number[source]] += 1
        self.all = edges + edges.T
        groups = [list(run) for _, run in groupby(range(len(graph)), key=lambda place: graph.nodes[place].group if stacked else None)]
        self.phases = [(_levels(edges, group, group[-1] + 1), _levels(edges.T, group[::-1], None)) for group in groups]

    def to(self, like: Tensor) -> Wiring:
        """With the device and type of `like`."""
        other = object.__new__(Wiring)
        other.all = self.all.to(like)
        other.phases = [tuple([Level(own.nodes.to(like.device), own.hears.to(like)) for own in side] for side in phase) for phase in self.phases]  # type: ignore[misc]
        return other


def _levels(edges: Tensor, order: list[int], end: int | None) -> list[Level]:
    """Nodes in an order in which those that they hear come first, by the longest way that leads to them within the phase.

    end  forwards: what was done in earlier phases is heard as well; None, backwards: only the phase itself
    """
    inside, depth = set(order), dict[int, int]()
    for node in order:
        depth[node] = 1 + max((depth[other] for other in edges[node].nonzero().flatten().tolist() if other in inside), default=0)
    hears = edges.clone()
    outside = [other for other in range(len(edges)) if other not in inside and (end is None or other >= end)]
    hears[:, outside] = 0
    levels = [sorted(node for node in order if depth[node] == level) for level in range(1, max(depth.values()) + 1)]
    return [Level(torch.tensor(level), hears[level]) for level in levels]


class Messages(nn.Module):
    """h_v <- GRU(sum of MLP(h_u) over the u that v hears, h_v), with one MLP and one GRU for all nodes and directions.

    hidden  size of a state
    rounds  T
    order   "both": from the input to the output, each node hearing what it reads in its new state, then from the output to the input, hearing
            what reads it: as a network is run and then differentiated, so that one round brings word from every node to all before and behind it;
            "forward": the first half alone; "synchronous": all nodes at once, hearing both sides, so that T rounds reach T edges far;
            "none": nobody hears anything (a control)
    """

    def __init__(self, hidden: int = 32, rounds: int = 1, order: str = "both", *, seed: int = 0) -> None:
        super().__init__()
        require("order", order, lambda order: order in ORDERS, ", ".join(ORDERS))
        self.hidden, self.rounds, self.order = whole("hidden", hidden), whole("rounds", rounds), order
        self.message = nn.Sequential(nn.Linear(hidden, hidden, device="meta"), nn.ReLU(), nn.Linear(hidden, hidden, device="meta"))
        self.cell = nn.GRUCell(hidden, hidden, device="meta")
        fill(self, seed, "messages")

    def forward(self, states: Tensor, wiring: Wiring) -> Tensor:
        """States (nodes, hidden) -> states of the same shape."""
        if self.order == "synchronous":
            for _ in range(self.rounds):
                states = self.cell(wiring.all @ self.message(states), states)
        elif self.order != "none":
            sent = torch.zeros_like(states)
            for forwards, backwards in wiring.phases:
                for _ in range(self.rounds):
                    states, sent = self._sweep(states, sent, forwards)
                    if self.order == "both":
                        states, sent = self._sweep(states, sent, backwards)
        return states

    def _sweep(self, states: Tensor, sent: Tensor, levels: list[Level]) -> tuple[Tensor, Tensor]:
        """Level after level; `sent` (nodes, hidden) is what each node says in its newest state. Neither is changed in place."""
        for nodes, hears in levels:
            after = self.cell(hears @ sent, states[nodes])
            states, sent = states.index_copy(0, nodes, after), sent.index_copy(0, nodes, self.message(after))
        return states, sent


@torch.no_grad()
def fill(module: nn.Module, seed: int, name: str) -> None:
    """First weights of linear layers and gates that are made on `meta`: U(-b, b) with b = 1 / sqrt(inputs), from generators of their own."""
    module.to_empty(device="cpu")
    for place, parameter in module.named_parameters():
        bound = parameter.shape[-1] ** -0.5 if parameter.dim() > 1 else 0.0
        parameter.uniform_(-bound, bound, generator=torch_rng(seed, name, place))
