"""A tree-LSTM that reads a tree of operations from the leaves up and from the root down (chapter 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nastutor.strategies.meta_controller import linear, lstm
from nastutor.strategies.policy import skip

State = tuple[Tensor, Tensor]  # h, c: (hidden,) both


class Grown(NamedTuple):
    """A node of a tree that is being built: how its branches merge ("" while that is not decided), and the branches: operation, node behind it."""

    merge: str = ""
    branches: tuple[tuple[str, Grown | None], ...] = ()


class Merge(nn.Module):
    """From the states of the branches to that of their node (Tai et al. 2015, section 3).

    places  sets of weights. Where all branches share one and their states are summed (child-sum) their order changes nothing; where each has its
            own (N-ary) it does
    """

    def __init__(self, embedding: int, hidden: int, places: int) -> None:
        super().__init__()
        self.reads = linear(embedding, 4 * hidden)  # i, o, u, f
        self.sums = nn.ModuleList(linear(hidden, 3 * hidden, bias=False) for _ in range(places))
        self.forgets = nn.ModuleList(linear(hidden, hidden, bias=False) for _ in range(places))

    def forward(self, x: Tensor, states: Sequence[tuple[int, State]]) -> State:
        """x (embedding,) says which node it is; each state comes with the number of its weights."""
        read = self.reads(x)
        size = len(read) // 4
        gates = read[: 3 * size]
        for place, (h, _) in states:
            gates = gates + self.sums[place](h)
        i, o, u = gates.chunk(3)
        c = i.sigmoid() * u.tanh()
        for place, (h, old) in states:
            c = c + (read[3 * size :] + self.forgets[place](h)).sigmoid() * old
        return o.sigmoid() * c.tanh(), c


class TreeLSTM(nn.Module):
    """Two states for each node of a tree: of what lies behind it, and of all the rest (Cai et al. 2018b, section 3.4).

    Up: the state of a node comes of those of its branches, and passes the operation of the edge before it by an ordinary LSTM step. Down: a
    branch gets the state of its node from above together with those of its siblings from below (its own place stays empty), and passes its
    edge. Sums ("add") do not depend on the order of branches, joined ones ("concat") do.

    ops        that stand on edges                  ordered    most branches of a concat
    embedding  of an operation, and of a merge      hidden     width of the states
    """

    MERGES = ("", "none", "add", "concat")

    def __init__(self, ops: Sequence[str], embedding: int, hidden: int, ordered: int) -> None:
        super().__init__()
        self.rows = {op: row for row, op in enumerate(ops)}
        self.ops, self.merges = skip(nn.Embedding, len(ops), embedding), skip(nn.Embedding, len(self.MERGES), embedding)
        self.up_edge, self.down_edge = lstm(embedding, hidden), lstm(embedding, hidden)
        # down, the last set of weights is for what comes from above
        self.up_sum, self.down_sum = Merge(embedding, hidden, 1), Merge(embedding, hidden, 2)
        self.up_joined, self.down_joined = Merge(embedding, hidden, ordered), Merge(embedding, hidden, ordered + 1)

    def state(self, tree: Grown, place: str, known: dict[Any, State]) -> Tensor:
        """Both states of a node or an edge's end (2 hidden,): place "" is the root, "1.2" the end of the second branch of its first.

        known  states from below of trees and edges that were read before; they are added to
        """
        node, above = tree, None
        for word in place.split(".") if place else ():
            above = self._down(node, int(word) - 1, above, known)
            node = node.branches[int(word) - 1][1] or Grown()
        below = self._up(node, known)[0]
        return torch.cat([below, torch.zeros_like(below) if above is None else above[0]])

    def _name(self, node: Grown) -> Tensor:
        return self.merges.weight[self.MERGES.index(node.merge)]

    def _up(self, node: Grown, known: dict[Any, State]) -> State:
        if node not in known:
            merge = self.up_joined if node.merge == "concat" else self.up_sum
            states = [(self._weights(node, number), self._edge(branch, known)) for number, branch in enumerate(node.branches)]
            known[node] = merge(self._name(node), states)
        return known[node]

    def _weights(self, node: Grown, branch: int) -> int:
        return branch if node.merge == "concat" else 0

    def _edge(self, branch: tuple[str, Grown | None], known: dict[Any, State]) -> State:
        """From below, before the edge."""
        if branch not in known:
            known[branch] = self.up_edge(self.ops.weight[self.rows[branch[0]]], self._up(branch[1] or Grown(), known))
        return known[branch]

    def _down(self, node: Grown, branch: int, above: State | None, known: dict[Any, State]) -> State:
        """From above, behind the edge of a branch, where the state of its node from above is `above`."""
        merge = self.down_joined if node.merge == "concat" else self.down_sum
        states = [(self._weights(node, other), self._edge(each, known)) for other, each in enumerate(node.branches) if other != branch]
        if above is not None:
            states.append((len(merge.sums) - 1, above))
        return self.down_edge(self.ops.weight[self.rows[node.branches[branch][0]]], merge(self._name(node), states))  # type: ignore[no-any-return]
