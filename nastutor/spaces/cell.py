"""`CellSpace`: the cell of NAS-Bench-201, stacked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nastutor.inputs import whole
from nastutor.spaces import cell_forms
from nastutor.spaces.images import check_images
from nastutor.spaces.product import ProductSpace
from nastutor.spaces.relaxed import Relaxed
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.blocks import Blocks
    from nastutor.nets.graph import LayerGraph
    from nastutor.nets.supernet import Supernet

MOST_NODES = 6
OPS = tuple(cell_forms.PUBLISHED)  # none, skip, conv1, conv3, avgpool3


class CellSpace(Relaxed, ProductSpace):
    """One small graph is searched and repeated (Dong & Yang 2020, section 2.1): every edge i -> j of a complete DAG gets an operation.

    A node is the sum of what its edges bring. Operations keep the shape: `none` (zeros), `skip`, `conv1` and `conv3` (ReLU, convolution,
    batch norm), `avgpool3` (mean over those of 3x3 pixels that are there). Around the cell: convolution 3x3 and batch norm; `stages` times
    `cells` cells, between stages a residual block that halves the image and doubles the channels; batch norm, ReLU, global mean, linear layer.

    nodes     of the cell, the first is its input, the last its output; 2 to 6 (finding the first of equal cells takes some 0.2 ms
              with 4 nodes, 1 to 2 ms with 5, 20 ms with 6, now and then a second or two)
    ops       the operations to choose from; they are asked for in the order none, skip, conv1, conv3, avgpool3, whatever order is given
    channels  C of the first stage (paper 16)
    cells     N in each stage (paper 5)
    stages    how many (paper 3); two suit images of 8x8: they end at 4x4

    >>> space = CellSpace(nodes=4)
    >>> space.size, len(space.sites()), space.sites()["0->1"]
    (15625, 6, ('none', 'skip', 'conv1', 'conv3', 'avgpool3'))
    """

    def __init__(self, nodes: int = 4, ops: Sequence[str] = OPS, *, channels: int = 8, cells: int = 1, stages: int = 2) -> None:
        for name, value, least in (("nodes", nodes, 2), ("channels", channels, 1), ("cells", cells, 1), ("stages", stages, 1)):
            whole(name, value, least)
        if nodes > MOST_NODES:
            raise ValueError(f"`nodes` is {nodes}; allowed are 2 to {MOST_NODES}: in larger cells it takes minutes to find out which are the same network")
        self.nodes, self.ops, self.channels, self.cells, self.stages = nodes, _checked(ops), channels, cells, stages
        super().__init__({f"{i}->{j}": self.ops for i, j in cell_forms.edges(nodes)})

    def canonical(self, arch: Arch) -> Arch:
        """The first cell, in the order of enumeration, that is the same network with its weights renamed (cell_forms.py says when).

        4 nodes: 15,625 cells are 5,044 networks; 3 nodes: 125 are 60. A new cell of 4 nodes takes some 0.3 ms; the class says what more nodes take.
        """
        return self._arch(cell_forms.first_cell(self.ops, self._ops(arch)))

    def published_form(self, arch: Arch) -> str:
        """NAS-Bench-201's own unique string, 6,466 for 4 nodes: it merges some different networks and splits some equal ones."""
        return cell_forms.published_form(self._ops(arch))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The whole network for a task's images, dead parts of the cell included."""
        return self._network(task, lambda net, x, name: self._cell(net, x, arch, name))

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """Every edge carries all operations, weighed alike in all cells; a node computes its ReLU and its mean once for all edges that leave it."""
        from nastutor.nets.supernet import Supernet

        mixed: dict[str, str] = {}
        graph = self._network(task, lambda net, x, name: self._mixed_cell(net, x, name, mixed), affine)
        return Supernet(graph, mixed, self.mixture_sites())

    def _network(self, task: Any, cell: Callable[[Blocks, str, str], str], affine: bool = True) -> LayerGraph:
        from nastutor.nets.blocks import Blocks
        from nastutor.nets.graph import LayerGraph

        halves = "each stage after the first halves them; pass fewer `stages`, or resize the images"
        check_images(task, self, ("stages",), multiple=2 ** (self.stages - 1), why=halves)
        net = Blocks(LayerGraph.start(task.shape), group="stem", affine=affine)
        x = net.conv_bn(net.builder.input, "stem", self.channels, 3, relu=False)
        for stage in range(self.stages):
            if stage:
                x = _reduction(net, x, f"reduction {stage}", self.channels * 2**stage)
            for number in range(self.cells):
                x = cell(net, x, f"cell {stage * self.cells + number + 1}")
        return net.builder.finish(_head(net, x, task.classes))

    def _arch(self, ops: Sequence[str]) -> Arch:
        return Arch(tuple(zip(self.options, ops, strict=True)))

    def _ops(self, arch: Arch) -> tuple[str, ...]:
        return tuple(self.plan(arch).values())

    def _cell(self, net: Blocks, x: str, arch: Arch, name: str) -> str:
        plan, nodes, net.group = self.plan(arch), [x], name
        for j in range(1, self.nodes):
            terms = [_operation(net, nodes[i], op, f"{name} {i}->{j}") for i in range(j) if (op := plan[f"{i}->{j}"]) != "none"]
            terms = terms or [net.add("zero", x, name=f"{name} none->{j}")]
            nodes.append(net.add("add", *terms, name=f"{name} node {j}"))
        return nodes[-1]

    def _mixed_cell(self, net: Blocks, x: str, name: str, mixed: dict[str, str]) -> str:
        nodes, net.group = [x], name
        for j in range(1, self.nodes):
            edges = []
            for i in range(j):
                terms = [_option(net, nodes[i], op, f"{name} {i}->{j} {op}") for op in self.ops]
                edges.append(net.add("add", *terms, name=f"{name} {i}->{j}"))
                mixed[edges[-1]] = f"{i}->{j}"
            nodes.append(net.add("add", *edges, name=f"{name} node {j}"))
        return nodes[-1]


def _checked(ops: Sequence[str]) -> tuple[str, ...]:
    if isinstance(ops, str) or not ops:
        raise ValueError(f"`ops` is {ops!r}; allowed is a tuple of some of {', '.join(OPS)}")
    for op in ops:
        if op not in OPS:
            raise ValueError(f"`ops` has {op!r}; allowed are {', '.join(OPS)}")
    if len(set(ops)) < len(ops):
        raise ValueError(f"`ops` is {tuple(ops)}, which names one twice; allowed is each of {', '.join(OPS)} once")
    return tuple(op for op in OPS if op in ops)


def _operation(net: Blocks, x: str, op: str, name: str) -> str:
    if op == "skip":
        return net.add("identity", x, name=f"{name} skip")
    if op == "avgpool3":
        return net.add("avg_pool", x, name=f"{name} pool", kernel=3)
    return net.relu_conv_bn(x, name, net.channels(x), 1 if op == "conv1" else 3)


def _option(net: Blocks, x: str, op: str, name: str) -> str:
    """An operation beside others on the same node."""
    if op == "none":
        return net.add("zero", x, name=name)
    if op == "avgpool3":
        pool = f"{x} mean"
        return pool if pool in net.builder.nodes else net.add("avg_pool", x, name=pool, kernel=3)
    return x if op == "skip" else net.conv_bn(x, name, net.channels(x), 1 if op == "conv1" else 3)


def _reduction(net: Blocks, x: str, name: str, channels: int) -> str:
    """The benchmark's residual block: two 3x3 convolutions beside a mean over 2x2 and a 1x1 convolution."""
    net.group = name
    y = net.relu_conv_bn(x, f"{name} a", channels, 3, stride=2)
    y = net.relu_conv_bn(y, f"{name} b", channels, 3)
    short = net.add("avg_pool", x, name=f"{name} short pool", kernel=2, stride=2)
    short = net.add("conv", short, name=f"{name} short conv", channels=channels, kernel=1)
    return net.add("add", short, y, name=f"{name} add")


def _head(net: Blocks, x: str, classes: int) -> str:
    net.group = "head"
    return net.classifier(net.bn_relu(x, "head"), classes, relu=False)
