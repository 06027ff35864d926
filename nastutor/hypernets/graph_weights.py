"""`GraphWeights`: the hypernetwork that reads a network as a graph and writes all of its weights (Zhang et al. 2019)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.hypernets.chunks import KINDS, Chunks
from nastutor.hypernets.messages import Messages, Wiring, fill
from nastutor.nets.attrs import pair
from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.ops import OPS
from nastutor.rng import torch_rng

REMEMBERED = 256  # graphs whose wiring is kept
KIND_CODE, SHAPE_CODE = 6, 5


class GraphWeights(nn.Module):
    """State of a node: what it is, then messages, then weights.

    shapes   whether a state starts from channels and image sizes too, and not from the operation alone (with its filter, stride, dilation)
    stacked  cell after cell (runs of nodes with one label `group`): a cell hears the states in which those before it ended, and its own
             nodes. So cells share what writes them, and the same cell at another depth gets other weights. False: one graph
    The rest as `Messages` and `Chunks` have it.
    """

    def __init__(
        self,
        hidden: int = 32,
        rounds: int = 1,
        order: str = "both",
        *,
        channels: int = 8,
        kernel: int = 5,
        units: int = 64,
        tiled: bool = False,
        shapes: bool = True,
        stacked: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        for name, value in (("shapes", shapes), ("stacked", stacked)):
            if type(value) is not bool:
                raise ValueError(f"`{name}` is {value!r}; allowed are True and False")
        self.stacked, self.shapes = stacked, shapes
        self.messages = Messages(hidden, rounds, order, seed=seed)
        self.chunks = Chunks(hidden, channels, kernel, units=units, tiled=tiled, seed=seed)
        self.ops = nn.ParameterDict({op: torch.randn(hidden, generator=torch_rng(seed, "op", op)) for op in OPS})
        self.code = nn.Linear(KIND_CODE + (SHAPE_CODE if shapes else 0), hidden, bias=False, device="meta")
        fill(self.code, seed, "code")
        self._wirings: dict[Any, Wiring] = {}

    def forward(self, graph: LayerGraph, places: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
        """The weights of the network of `graph`: `places` are their names and shapes."""
        states = self.messages(self.start(graph), self._wiring(graph))
        number = {node.name: place for place, node in enumerate(graph.nodes)}
        kinds: dict[str, list[str]] = {}
        for name in places:
            kinds.setdefault(self._kind(graph, name), []).append(name)
        weights: dict[str, Tensor] = {}
        for kind, names in kinds.items():
            nodes = torch.tensor([number[name.partition(".")[0]] for name in names], device=states.device)
            weights.update(zip(names, self.chunks(kind, states[nodes], [places[name] for name in names]), strict=True))
        return weights

    def start(self, graph: LayerGraph) -> Tensor:
        """What each node is, without what is around it: (nodes, hidden)."""
        like = self.code.weight
        own = torch.stack([self.ops[node.op] for node in graph.nodes])
        codes = torch.tensor([self._code(graph, node) for node in graph.nodes], dtype=like.dtype, device=like.device)
        return own + self.code(codes)

    def _code(self, graph: LayerGraph, node: Node) -> list[float]:
        a = dict(node.attrs)
        sides = [side / 7 for side in pair(a.get("kernel", 0))] + [side / 4 for side in pair(a.get("dilation", 0))]
        groups = a.get("groups", 1)
        code = [*sides, max(pair(a.get("stride", 1))) / 2, math.log2(groups) / 4]  # type: ignore[arg-type]
        if self.shapes:
            inputs = graph.shapes(node) or [node.shape]
            code += [math.log2(size) / 4 for size in (inputs[0][0], node.shape[0], max(inputs[0][1:], default=1), max(node.shape[1:], default=1))]
            code.append(math.log2(len(inputs)))
        return code

    def _kind(self, graph: LayerGraph, name: str) -> str:
        """Of a weight: the operation and its name in it."""
        node, _, rest = name.partition(".")
        kind = f"{graph.node(node).op}.{rest}"
        if kind not in KINDS:
            known = dict.fromkeys(kind.partition(".")[0] for kind in KINDS)
            raise ValueError(
                f"node {node!r} is a {graph.node(node).op!r}, for which no weights are written; allowed are, of those that have some, {', '.join(known)}"
            )
        return kind

    def _wiring(self, graph: LayerGraph) -> Wiring:
        like = self.code.weight
        key = graph, tuple(node.group for node in graph.nodes) if self.stacked else (), like.dtype, like.device
        if key not in self._wirings:
            if len(self._wirings) == REMEMBERED:
                self._wirings.pop(next(iter(self._wirings)))
            self._wirings[key] = Wiring(graph, self.stacked).to(like)
        return self._wirings[key]
