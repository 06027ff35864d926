"""`FabricSpace`: the paths through a trellis of layers and scales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from nastutor.inputs import require, whole
from nastutor.spaces.base import ChoiceSpace, Choose
from nastutor.spaces.images import check_images
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph

Place: TypeAlias = tuple[int, int]  # (scale, layer), both from 1; scale 1 has the size of the image, each further one half of it
Edge: TypeAlias = tuple[Place, Place]
HEADS = ("classes", "pixels")


class FabricSpace(ChoiceSpace):
    """Convolutional neural fabrics (Saxena & Verbeek 2016): a chain of convolutions is a path, the fabric holds them all.

    Each place (scale s, layer l) is the sum of 3x3 convolutions, then batch norm and ReLU. It reads layer l - 1 at its own scale, at the
    finer one (stride 2) and at the coarser one (zeros put between the pixels). The image enters at (1, 1); in the first layer each scale
    reads the finer one, in the last layer as well, down to the coarsest: there a mean and a linear layer end it. A convolution has no bias,
    as batch norm follows. An architecture decides the scale at each layer; `fabric(task)` is the whole, `network(edges, task)` any part.

    layers    L
    scales    S; images need sides divisible by 2^(S - 1), the paper goes down to 1x1: 4 for 8x8, 6 for 32x32
    channels  C at every place (paper 64 and 128 dense, 32 sparse)
    sparse    channel c reads the channels c - 1, c, c + 1 alone
    head      "pixels": the last layer runs upwards instead, and a 1x1 convolution gives scores for each pixel: (classes, H, W)

    >>> FabricSpace(layers=9, scales=6).size
    20844
    """

    def __init__(self, layers: int = 4, scales: int = 4, channels: int = 8, *, sparse: bool = False, head: str = "classes") -> None:
        for name, value, least in (("layers", layers, 2), ("scales", scales, 1), ("channels", channels, 3 if sparse else 1)):
            whole(name, value, least)
        if head not in HEADS:
            raise ValueError(f"`head` is {head!r}; allowed are {', '.join(HEADS)}")
        if type(sparse) is not bool:
            raise ValueError(f"`sparse` is {sparse!r}; allowed are True and False")
        self.layers, self.scales, self.channels, self.sparse, self.head = layers, scales, channels, sparse, head

    def decide(self, choose: Choose) -> list[int]:
        path: list[int] = []
        for layer in range(1, self.layers + 1):
            options = self._beside(path[-1]) if path else tuple(range(1, self.scales + 1))
            path.append(choose(f"scale{layer}", options))
        return path

    @property
    def size(self) -> int:
        """Walks of L - 1 steps to the same or a neighbouring scale, counted layer by layer.

        In closed form: the sum over k = 1 .. S of (1 + 2 cos kt)^(L - 1) * (sum over j = 1 .. S of sin jkt)^2 * 2 / (S + 1), t = pi / (S + 1).
        """
        walks = [1] * self.scales
        for _ in range(self.layers - 1):
            walks = [sum(walks[near - 1] for near in self._beside(scale)) for scale in range(1, self.scales + 1)]
        return sum(walks)

    @property
    def end(self) -> Place:
        """Where the output is read."""
        return (self.scales if self.head == "classes" else 1, self.layers)

    def edges(self, arch: Arch | None = None) -> list[Edge]:
        """The convolutions between places: those of the path of `arch`, or all (L - 1) (3 S - 2) + 2 (S - 1) of the fabric."""
        if arch is None:
            steps = [((near, layer - 1), (scale, layer)) for layer in range(2, self.layers + 1) for scale in self._scales for near in self._beside(scale)]
            return [*_column((1, 1), (self.scales, 1)), *steps, *_column((self.scales + 1 - self.end[0], self.layers), self.end)]
        path: list[int] = self.plan(arch)
        places = [(scale, layer) for layer, scale in enumerate(path, start=1)]
        return [*_column((1, 1), places[0]), *pairwise(places), *_column(places[-1], self.end)]

    def canonical(self, arch: Arch) -> Arch:
        """The first path, in the order of enumeration, that is the same chain: a step within the first or the last layer is one like all others.

        The default fabric has 68 paths and 52 chains. One of these visits the scales 1, 2, 3, 2, 3, 4: its first path has the scales 1, 2, 3, 2 in
        its layers and goes down to 4 within the last one; (2, 3, 2, 3) and (3, 2, 3, 4) are that chain too.
        """
        visited = self._visited(arch)
        paths = (_arch(visited[start : start + self.layers]) for start in range(len(visited) - self.layers + 1))
        return next(path for path in paths if self._visited(path) == visited)

    def _visited(self, arch: Arch) -> list[int]:
        """The scales of all places on the way."""
        return [1, *(scale for _, (scale, _) in self.edges(arch))]

    def embed(self, strides: Sequence[int]) -> Arch:
        """The path that is a chain of 3x3 convolutions behind the first one: 1 keeps the size, 2 halves it.

        More convolutions than there are steps between layers go down within the last layer, then within the first.

        >>> print(FabricSpace(layers=3, scales=3).embed((1, 2, 2)))
        scale1=1 scale2=1 scale3=2
        """
        require("strides", strides, lambda strides: len(tuple(strides)) > 0, "a stride, 1 or 2, for each convolution behind the first")
        extra = len(strides) - (self.layers - 1)
        late = min(extra, _run(list(strides)[::-1]))
        early = extra - late
        fits = self.head == "classes" and set(strides) <= {1, 2} and extra >= 0 and sum(stride == 2 for stride in strides) == self.scales - 1
        if not fits or early > _run(strides):
            raise ValueError(
                f"`strides` are {tuple(strides)}; {self!r} holds the chains of {self.layers - 1} or more convolutions of stride 1 or 2, {self.scales - 1} of "
                "stride 2, with no more of them than steps between layers except for some of stride 2 at the start or the end"
            )
        path = [1 + early]
        for stride in strides[early : len(strides) - late]:
            path.append(path[-1] + stride - 1)
        return _arch(path)

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The chain along the path. Its layers have the names that they have in the fabric."""
        return self.network(self.edges(arch), task)

    def fabric(self, task: Any) -> LayerGraph:
        """The whole fabric, all paths at once."""
        return self.network(self.edges(), task)

    def network(self, edges: Iterable[Edge], task: Any) -> LayerGraph:
        """The part of the fabric with these convolutions (a pruned fabric); places that the image does not reach are left out."""
        from nastutor.nets.graph import LayerGraph

        halves = "each scale after the first halves them; pass fewer `scales`, or resize the images"
        check_images(task, self, ("scales",), multiple=2 ** (self.scales - 1), why=halves)
        into: dict[Place, list[Place]] = {}
        for source, target in self._checked(edges):
            into.setdefault(target, []).append(source)
        builder = LayerGraph.start(task.shape)
        image = builder.add("conv", builder.input, name="image", group="layer 1", channels=self.channels, kernel=3)
        places = {(1, 1): _normed(builder, image, "1,1", "layer 1")}
        for place in self._order(into):
            terms = [self._conv(builder, places[source], source, place) for source in into[place] if source in places]
            if terms:
                total = terms[0] if len(terms) == 1 else builder.add("add", *terms, name=f"{_name(place)} sum", group=f"layer {place[1]}")
                places[place] = _normed(builder, total, _name(place), f"layer {place[1]}")
        if self.end not in places:
            raise ValueError(f"`edges` hold no path from (1, 1) to {self.end}; allowed are sets with one")
        return builder.finish(self._head(builder, places[self.end], task.classes))

    def strengths(self, net: Any) -> dict[Edge, float]:
        """Mean size of the weights of each convolution in a built network: what the paper prunes by."""
        found: dict[Edge, float] = {}
        for edge in self.edges():
            weights = [module.weight.detach().abs() for name, module in net.named_children() if name.startswith(f"{_name(edge[0])} to {_name(edge[1])} ")]
            if weights:
                found[edge] = float(sum(weight.sum() for weight in weights)) / sum(weight.numel() for weight in weights)
        return found

    def pruned(self, strengths: Mapping[Edge, float], share: float) -> list[Edge]:
        """What is left of the convolutions in `strengths` without the weakest `share` of them (rounded down), of equal ones the first.

        One without which no path to the end would be left stays, and the next one goes: of share 1 the remains are a path, that of an architecture.
        """
        require("share", share, lambda share: 0 <= share <= 1, "numbers from 0 to 1")
        left = self._checked(strengths)
        doomed = int(share * len(left) + 1e-9)
        for edge in sorted(left, key=lambda edge: strengths[edge]):
            rest = [other for other in left if other != edge]
            if doomed and self.end in self._reached(rest):
                left, doomed = rest, doomed - 1
        return left

    def path(self, edges: Iterable[Edge]) -> Arch:
        """The architecture whose path has these convolutions and no others."""
        chosen = self._checked(edges)
        ends = [(1, 1), *(target for _, target in chosen)]
        if [source for source, _ in chosen] != ends[:-1] or ends[-1] != self.end:
            raise ValueError(f"`edges` are {chosen}; allowed are those of one path from (1, 1) to {self.end}")
        last = {layer: scale for scale, layer in ends}  # where the path leaves a layer ...
        first = next(scale for scale, layer in ends if layer == self.layers)  # ... and where it enters the last one
        return _arch([*(last[layer] for layer in range(1, self.layers)), first])

    def _reached(self, edges: Iterable[Edge]) -> set[Place]:
        """The places that the image reaches by these convolutions, given in an order in which what they read comes first."""
        reached = {(1, 1)}
        for source, target in edges:
            if source in reached:
                reached.add(target)
        return reached

    @property
    def _scales(self) -> range:
        return range(1, self.scales + 1)

    def _beside(self, scale: int) -> tuple[int, ...]:
        return tuple(near for near in (scale - 1, scale, scale + 1) if 1 <= near <= self.scales)

    def _checked(self, edges: Iterable[Edge]) -> list[Edge]:
        known = self.edges()
        given = set(edges)
        if unknown := given - set(known):
            raise ValueError(f"`edges` hold {min(unknown)}; allowed are those of `edges()`, ((scale, layer), (scale, layer))")
        return [edge for edge in known if edge in given]

    def _order(self, into: Iterable[Place]) -> list[Place]:
        """Places in an order in which what they read comes first."""
        upwards = self.head == "pixels"
        return sorted(into, key=lambda place: (place[1], -place[0] if upwards and place[1] == self.layers else place[0]))

    def _conv(self, builder: GraphBuilder, x: str, source: Place, target: Place) -> str:
        name, group = f"{_name(source)} to {_name(target)}", f"layer {target[1]}"
        if source[0] > target[0]:
            x = builder.add("unpool", x, name=f"{name} spread", group=group, stride=2)
        stride = 2 if source[0] < target[0] else 1
        if self.sparse:
            return _neighbouring(builder, x, name, group, stride)
        return builder.add("conv", x, name=f"{name} conv", group=group, channels=self.channels, kernel=3, stride=stride)

    def _head(self, builder: GraphBuilder, x: str, classes: int) -> str:
        if self.head == "pixels":
            return builder.add("conv", x, name="head conv", group="head", channels=classes, kernel=1, bias=True)
        return builder.add("linear", builder.add("global_avg_pool", x, name="head mean", group="head"), name="head linear", group="head", units=classes)


def _arch(path: Sequence[int]) -> Arch:
    return Arch(tuple((f"scale{layer}", scale) for layer, scale in enumerate(path, start=1)))


def _name(place: Place) -> str:
    return f"{place[0]},{place[1]}"


def _run(strides: Sequence[int]) -> int:
    """How many of stride 2 come first."""
    return next((number for number, stride in enumerate(strides) if stride != 2), len(strides))


def _column(start: Place, end: Place) -> list[Edge]:
    """The edges within a layer from one scale to another."""
    step = 1 if end[0] >= start[0] else -1
    scales = range(start[0], end[0], step)
    return [((scale, start[1]), (scale + step, start[1])) for scale in scales]


def _normed(builder: GraphBuilder, x: str, name: str, group: str) -> str:
    return builder.add("relu", builder.add("bn", x, name=f"{name} bn", group=group), name=f"{name} relu", group=group)


def _neighbouring(builder: GraphBuilder, x: str, name: str, group: str, stride: int) -> str:
    """A convolution in which a channel reads itself and the two beside it: three depthwise ones, of which two are moved by a channel."""
    channels = builder.shape(x)[0]

    def deep(source: str, what: str) -> str:
        return builder.add("dw_conv", source, name=f"{name} {what}", group=group, kernel=3, stride=stride)

    def part(start: int) -> str:
        return builder.add("slice", x, name=f"{name} from {start}", group=group, start=start, channels=channels - 1)

    own, behind, before = deep(x, "own"), deep(part(1), "behind"), deep(part(0), "before")
    blank = builder.add("zero", x, name=f"{name} blank", group=group, shape=(1, *builder.shape(own)[1:]))
    behind = builder.add("pad_channels", behind, name=f"{name} down", group=group, channels=channels)
    before = builder.add("concat", blank, before, name=f"{name} up", group=group)
    return builder.add("add", own, behind, before, name=f"{name} conv", group=group)
