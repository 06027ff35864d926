"""`DARTSSpace`: cells whose nodes add up two incoming edges."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import combinations
from math import comb, prod
from typing import TYPE_CHECKING, Any

from nastutor.inputs import whole
from nastutor.spaces.base import Choose
from nastutor.spaces.cell_layers import POOLS, DARTSCells, NASNetCells
from nastutor.spaces.genotype import INPUTS, Block, Cell, Genotype
from nastutor.spaces.nasnet import named
from nastutor.spaces.relaxed import Relaxed, check_shares
from nastutor.spaces.stacked import Stacked, cell_names
from nastutor.values import Arch, Mixture, Value

if TYPE_CHECKING:
    from nastutor.nets.supernet import Supernet

DARTS_OPS = ("max3", "avg3", "identity", "sep3", "sep5", "dilsep3", "dilsep5")
PUBLISHED = {
    "max_pool_3x3": "max3", "avg_pool_3x3": "avg3", "skip_connect": "identity", "sep_conv_3x3": "sep3", "sep_conv_5x5": "sep5",
    "dil_conv_3x3": "dilsep3", "dil_conv_5x5": "dilsep5",
}  # fmt: skip
MOST_NODES = 7


class DARTSSpace(Relaxed, Stacked):
    """Two cells, each a graph whose nodes keep two incoming edges (Liu et al. 2019, section 2): what DARTS derives, and what it evaluates.

    State 0 is the cell before the previous one, state 1 the previous cell; node k = 2, 3 ... adds up an operation on each of two different
    earlier states; all nodes are joined. In the reduction cell edges from the inputs have stride 2. Around the cells: convolution 3x3 and
    batch norm; `stages` times `cells` normal cells, before each stage but the first a reduction cell with twice the channels; global mean,
    linear layer.

    nodes      of a cell beside its inputs (paper 4); 1 to 7
    ops        of an edge (paper all 7; an eighth, "none", takes part in the search alone)
    channels   C of the first stage (paper 36; ImageNet 48)
    cells      normal ones in each stage (paper 6: 20 cells with the two reductions; ImageNet 4: 14)
    stages     how many (paper 3); two suit images of 8x8
    stem       "imagenet": three convolutions of stride 2
    drop_path  how often paths are dropped at the end of training, the same in all cells (paper 0.2);
               `Train(scheduled_drop_path=True)` makes it rise with the epochs

    >>> space = DARTSSpace()
    >>> space.size == (180 * 49**4) ** 2, len(space.sites())
    (True, 24)
    """

    layers = DARTSCells
    drop_grows = False
    auxiliary_at = 0

    takes = ("channels", "cells", "stages", "stem", "drop_path")

    def __init__(self, nodes: int = 4, ops: Sequence[str] = DARTS_OPS, **stack: Any) -> None:
        if whole("nodes", nodes) > MOST_NODES:
            raise ValueError(f"`nodes` is {nodes}; allowed are at most {MOST_NODES}: beyond, it takes too long to find out which cells are the same")
        self.nodes = self.blocks = nodes
        self.ops = named("ops", ops, DARTS_OPS)
        self._stack(stack)
        self._names = {cell: cell_names(cell, nodes) for cell in Genotype._fields}
        self._pairs = [tuple(combinations(range(number), 2)) for number in range(INPUTS, nodes + INPUTS)]

    def decide(self, choose: Choose) -> Genotype:
        return Genotype(self._decide_cell(choose, "normal"), self._decide_cell(choose, "reduce"))

    def _decide_cell(self, choose: Choose, cell: str) -> Cell:
        blocks = []
        for name, pairs in zip(self._names[cell], self._pairs, strict=True):
            in1, in2 = choose(f"{name}_inputs", pairs)
            blocks.append(Block(in1, in2, choose(f"{name}_op1", self.ops), choose(f"{name}_op2", self.ops)))
        return Cell(tuple(blocks), tuple(range(INPUTS, self.nodes + INPUTS)))

    @property
    def size(self) -> int:
        """prod (k + 1) k / 2 * o^2 per cell, for k from 1 to the number of nodes and o operations."""
        return int(prod(comb(number + 1, 2) * len(self.ops) ** 2 for number in range(1, self.nodes + 1))) ** 2

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        found: dict[str, tuple[Any, ...]] = {}
        for cell in Genotype._fields:
            for name, pairs in zip(self._names[cell], self._pairs, strict=True):
                found |= {f"{name}_inputs": pairs, f"{name}_op1": self.ops, f"{name}_op2": self.ops}
        return found

    def answers(self, genotype: Genotype) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for cell, own in zip(Genotype._fields, genotype, strict=True):
            for name, block in zip(self._names[cell], own.blocks, strict=True):
                if block.combine != "add":
                    raise ValueError(f"`genotype` has a block that combines by {block.combine!r}; allowed is 'add': {genotype}")
                first = min(block, block.swapped)
                found |= {f"{name}_inputs": (first.in1, first.in2), f"{name}_op1": first.op1, f"{name}_op2": first.op2}
        return found

    def from_edges(self, normal: Sequence[tuple[str, int]], reduce: Sequence[tuple[str, int]]) -> Arch:
        """The architecture in the form that the authors print: (operation, state) for two edges of each node in turn.

        >>> edges = [("sep_conv_3x3", 0), ("skip_connect", 1)]
        >>> print(DARTSSpace(nodes=1).from_edges(edges, edges))
        normal2_inputs=(0, 1) normal2_op1=sep3 normal2_op2=identity reduce2_inputs=(0, 1) reduce2_op1=sep3 reduce2_op2=identity
        """
        return self.from_genotype(Genotype(_cell("normal", normal), _cell("reduce", reduce)))

    # the mixture: what DARTS weighs is edges and not pairs of them

    def mixture_sites(self) -> dict[str, tuple[Value, ...]]:
        """For each edge of each kind of cell the operations and "none": 14 edges of 8 options for 4 nodes."""
        options = ("none", *self.ops)
        edges = [(source, node) for node in range(INPUTS, self.nodes + INPUTS) for source in range(node)]
        return {_edge(kind, *edge): options for kind in Genotype._fields for edge in edges}

    def chosen(self, arch: Arch) -> dict[str, Value]:
        found: dict[str, Value] = dict.fromkeys(self.mixture_sites(), "none")
        for kind, cell in zip(Genotype._fields, self.genotype(arch), strict=True):
            for node, block in enumerate(cell.blocks, INPUTS):
                found |= {_edge(kind, block.in1, node): block.op1, _edge(kind, block.in2, node): block.op2}
        return found

    def discretize(self, mixture: Mixture) -> Arch:
        """For each node the two edges whose best operation, "none" left out, has the most weight (Liu et al. 2019, section 2.4); of equal ones the first."""
        check_shares(self.mixture_sites(), mixture)
        return self.from_genotype(Genotype(*(self._strongest(kind, mixture) for kind in Genotype._fields)))

    def _strongest(self, kind: str, mixture: Mixture) -> Cell:
        blocks = []
        for node in range(INPUTS, self.nodes + INPUTS):
            weights = [mixture[_edge(kind, source, node)][1:] for source in range(node)]  # 0 is "none"
            in1, in2 = sorted(sorted(range(node), key=lambda source: -weights[source].max())[:2])
            blocks.append(Block(in1, in2, self.ops[int(weights[in1].argmax())], self.ops[int(weights[in2].argmax())]))
        return Cell(tuple(blocks), tuple(range(INPUTS, self.nodes + INPUTS)))

    def supernet(self, task: Any, *, affine: bool = True, pool_bn: bool = False) -> Supernet:
        """Every edge carries all operations, weighed alike in all cells of a kind; a state computes its ReLU and its pools once.

        `drop_path` is of the network that is trained alone: a supernet has none, as in the released search.
        affine   whether batch norm has scale and shift; that of the stem always has (False in the released search)
        pool_bn  whether batch norm stands behind pools, as in the released search; not so in the network that is derived
        """
        from nastutor.nets.graph import LayerGraph
        from nastutor.nets.supernet import Supernet

        self._check_shape(task)
        layers, mixed = DARTSCells(LayerGraph.start(task.shape)), dict[str, str]()
        outs: list[Any] = self._stem(layers)
        layers.affine = affine
        for number, (kind, channels) in enumerate(self._kinds(), 1):
            name, stride = f"{'cell' if kind == 'normal' else 'reduction'} {number}", 1 if kind == "normal" else 2
            states = layers.inputs(outs[-2], outs[-1], name, channels)
            layers.group = name
            for node in range(INPUTS, self.nodes + INPUTS):
                edges = []
                for source, state in enumerate(states):
                    step = stride if source < INPUTS else 1
                    terms = [_option(layers, state, op, f"{name} {source}->{node} {op}", channels, step, pool_bn) for op in ("none", *self.ops)]
                    edges.append(layers.add("add", *terms, name=f"{name} {source}->{node}"))
                    mixed[edges[-1]] = _edge(kind, source, node)
                states.append(layers.add("add", *edges, name=f"{name} node {node}"))
            outs.append(layers.add("concat", *states[INPUTS:], name=f"{name} output"))
        layers.group = "head"
        output = layers.classifier(outs[-1], task.classes, relu=layers.last_relu, bias=layers.bias)
        return Supernet(layers.builder.finish(output), mixed, self.mixture_sites())

    # the network

    @property
    def _stem_cells(self) -> int:
        return 0

    def _stem(self, layers: NASNetCells) -> list[str | None]:
        if self.stem == "cifar":
            return super()._stem(layers)
        layers.group = "stem"
        x = layers.conv_bn(layers.builder.input, "stem 1", self.channels // 2, 3, relu=False, stride=2)
        older = layers.conv_bn(x, "stem 2", self.channels, 3, stride=2)
        return [older, layers.conv_bn(older, "stem 3", self.channels, 3, stride=2)]

    @property
    def _auxiliary_form(self) -> dict[str, Any]:
        return {"stride": 2, "last_bn": False} if self.stem == "imagenet" else {}


def _edge(kind: str, source: int, node: int) -> str:
    return f"{kind} {source}->{node}"


def _option(layers: DARTSCells, state: str, op: str, name: str, channels: int, stride: int, pool_bn: bool) -> str:
    """An operation beside others on the same state."""
    if op == "none":
        return layers.add("zero", state, name=name, stride=stride)
    if op not in POOLS:
        return layers.operation(state, op, name, channels, stride)
    pool = f"{state} {op} {stride}"
    x = pool if pool in layers.builder.nodes else layers.operation(state, op, pool, channels, stride)
    return layers.bn(x, name) if pool_bn else x


def _cell(name: str, edges: Sequence[tuple[str, int]]) -> Cell:
    if len(edges) % 2 or not edges:
        raise ValueError(f"`{name}` has {len(edges)} edges; allowed are two for each node")
    if unknown := [op for op, _ in edges if op not in PUBLISHED]:
        raise ValueError(f"`{name}` has the operation {unknown[0]!r}; allowed are {', '.join(PUBLISHED)}")
    pairs = zip(edges[::2], edges[1::2], strict=True)
    blocks = tuple(Block(in1, in2, PUBLISHED[op1], PUBLISHED[op2]) for (op1, in1), (op2, in2) in pairs)
    return Cell(blocks, tuple(range(INPUTS, len(blocks) + INPUTS)))
