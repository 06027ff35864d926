"""`Layers`: what kernels of networks see of a `LayerGraph`: its layers, how wide they are and which they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from nastutor.kernels.base import Kernel
from nastutor.nets.attrs import pair
from nastutor.nets.graph import LayerGraph, Node
from nastutor.nets.ops import OPS
from nastutor.values import Arch

CONVS = {"conv": "conv", "sep_conv": "sep", "dw_conv": "dw"}
POOLS = {"max_pool": "max", "avg_pool": "avg", "global_avg_pool": "avg"}
ACTIVATIONS = ("relu", "relu6", "sigmoid", "tanh")


class Layer(NamedTuple):
    """One layer.

    kind    in, conv, sep, dw, max, avg, fc, decision (the linear layer whose output is the network's), out; else an operation with weights
    detail  the side of a window, on average, of conv, sep and dw; of fc the activation behind it, or "linear"; else None
    units   channels or units of its output
    taken   of what it reads
    reads   numbers of layers, each before its own
    """

    kind: str
    detail: Any
    units: int
    taken: int
    reads: tuple[int, ...]


@dataclass(frozen=True)
class Inputs:
    """What networks are built for where no task is given."""

    shape: tuple[int, ...] = (1, 8, 8)
    classes: int = 10

    @property
    def name(self) -> str:
        return f"inputs of {'x'.join(map(str, self.shape))}"


class GraphKernel(Kernel):
    """A kernel of networks: it sees what `space.graph(arch, task)` builds.

    task  what for; its `shape` and number of `classes` count. None: images of 1x8x8 and 10 classes
    """

    needs: ClassVar[tuple[str, ...]] = ("graph",)
    costly = True
    task: Any

    def __init__(self, task: Any = None) -> None:
        self.task = Inputs() if task is None else task
        if not hasattr(self.task, "shape") or not hasattr(self.task, "classes"):
            raise ValueError(f"`task` is {task!r}; allowed are None and tasks, which have a shape and classes (chapter 5)")

    def layers(self, space: Any, arch: Arch) -> tuple[Layer, ...]:
        """Those of the network that an architecture stands for."""
        return layers_of(space.graph(arch, self.task))


def layers_of(graph: LayerGraph) -> tuple[Layer, ...]:
    """The layers of a network in topological order, the input first and an output last.

    Dead parts are left out. What has no weights and is no pool (sums, concatenations, activations, batch norm ...) is no layer: who reads it
    reads the layers behind it. A layer behind zeros alone reads the input.

    >>> b = LayerGraph.start((1, 8, 8))
    >>> graph = b.finish(b.add("linear", b.add("global_avg_pool", b.add("relu", b.add("conv", "input", channels=4, kernel=3))), units=10))
    >>> [(layer.kind, layer.taken, layer.units, layer.reads) for layer in layers_of(graph)[1:]]
    [('conv', 1, 4, (0,)), ('avg', 4, 4, (1,)), ('decision', 4, 10, (2,)), ('out', 10, 10, (3,))]
    """
    graph = graph.simplified()
    behind: dict[str, tuple[int, ...]] = {}  # node -> the layers that one who reads it reads
    width: dict[str, int] = {}
    found: list[Layer] = []
    for node in graph.nodes:
        reads = tuple(sorted({number for name in node.inputs for number in behind[name]}))
        taken = sum(width[name] for name in node.inputs) if node.op == "concat" else max((width[name] for name in node.inputs), default=0)
        kind = _kind(graph, node)
        flat = len(node.shape) == 1 and kind is None
        width[node.name] = taken if flat and node.op != "zero" else node.shape[0]  # flattening leaves the number of channels
        behind[node.name] = () if node.op == "zero" else reads
        if kind is not None:
            behind[node.name] = (len(found),)
            found.append(Layer(kind, _detail(graph, node, kind), node.shape[0], taken or node.shape[0], reads or (() if kind == "in" else (0,))))
    last = width[graph.output]
    return (*found, Layer("out", None, last, last, behind[graph.output] or (0,)))


def _kind(graph: LayerGraph, node: Node) -> str | None:
    """None where it is no layer."""
    if node.op == "input":
        return "in"
    if node.op == "linear":
        return "decision" if node.name == graph.output else "fc"
    if node.op in CONVS or node.op in POOLS:
        return (CONVS | POOLS)[node.op]
    return node.op if OPS[node.op].layers and node.op not in ("bn", "squeeze_excite") else None


def _detail(graph: LayerGraph, node: Node, kind: str) -> Any:
    if kind == "fc":
        readers = [other for other in graph.nodes if node.name in other.inputs]
        while readers and readers[0].op in ("bn", "dropout"):
            readers = [other for other in graph.nodes if readers[0].name in other.inputs]
        return next((reader.op for reader in readers if reader.op in ACTIVATIONS), "linear")
    return sum(pair(node["kernel"])) / 2 if kind in CONVS.values() else None
