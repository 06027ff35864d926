"""`NASRLSpace`: chains of convolutions in which each layer reads any set of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, require
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_fits, check_images
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph


class Layer(NamedTuple):
    """One convolution: (height, width) of its filter, (down, right) of its stride, how many filters, and the layers it reads (from 1)."""

    filter: tuple[int, int]
    stride: tuple[int, int]
    channels: int
    reads: tuple[int, ...]


class NASRLSpace(ChoiceSpace):
    """The convolutional networks of NAS with reinforcement learning (Zoph & Le 2017, sections 3.1, 3.3 and 4.1).

    For each layer: height and width of the filter, the stride in both directions (if there is more than one), the number of filters,
    and at its *anchor point* for each earlier layer whether it is an input (set selection: any set, the layer before included).
    A layer is convolution, batch norm, ReLU. Section 3.3 says what happens where the answers do not fit: a layer without inputs reads the
    image; several inputs are joined channel by channel; smaller ones are filled up with zeros (here as evenly as possible around
    them); what no layer reads is joined for the classifier (global mean, linear layer).

    `ChainSpace` with skips always reads the layer before, has square filters, other kinds of layers, and shrinks what is too large.
    Layers that do not read each other may change places without another network coming of it; such pairs are counted twice and not merged
    (`unmerged`).

    depths   numbers of layers (the paper's search grows from 6 by 2 every 1,600 samples; its network without strides has 15)
    heights  of filters, odd (paper 1, 3, 5, 7)      widths  of filters, odd (paper 1, 3, 5, 7)
    filters  how many (paper 24, 36, 48, 64)         strides  (paper 1, in another experiment 1, 2, 3)
    pools    numbers of layers behind which a maximum over 2x2 halves the image (the paper's v3: 13 and 24); 2 for images of 8x8
    The paper's options: NASRLSpace((15,), (1, 3, 5, 7), (1, 3, 5, 7), (24, 36, 48, 64), pools=()).

    >>> space = NASRLSpace(depths=(2,), heights=(1, 3), widths=(3,), filters=(8,))
    >>> space.size, str(space.sample(0))
    (8, 'depth=2 height1=3 width1=3 filters1=8 height2=3 width2=3 filters2=8 1->2=False')
    """

    unmerged = "layers that do not read each other, in another order: two that read the image, of which the third reads the first, or the second"

    def __init__(
        self,
        depths: Sequence[int] = (2, 3, 4),
        heights: Sequence[int] = (1, 3),
        widths: Sequence[int] = (1, 3),
        filters: Sequence[int] = (8, 16),
        strides: Sequence[int] = (1,),
        pools: Sequence[int] = (2,),
    ) -> None:
        for name, values in (("depths", depths), ("heights", heights), ("widths", widths), ("filters", filters), ("strides", strides)):
            check_options(name, values)
        for name, values in (("depths", depths), ("heights", heights), ("widths", widths), ("filters", filters), ("strides", strides), ("pools", pools)):
            for value in values:
                if not is_whole(value, 1):
                    raise ValueError(f"`{name}` has {value!r}; allowed are whole numbers from 1")
        for name, values in (("heights", heights), ("widths", widths)):
            if any(value % 2 == 0 for value in values):
                raise ValueError(f"`{name}` are {tuple(values)}; allowed are odd sizes, which keep the size of the image")
        self.depths, self.heights, self.widths, self.filters = tuple(depths), tuple(heights), tuple(widths), tuple(filters)
        self.strides, self.pools = tuple(strides), tuple(pools)

    def decide(self, choose: Choose) -> list[Layer]:
        layers = []
        for number in range(1, choose("depth", self.depths) + 1):
            height, width = choose(f"height{number}", self.heights), choose(f"width{number}", self.widths)
            strides = (self.strides[0], self.strides[0])
            if len(self.strides) > 1:
                strides = choose(f"down{number}", self.strides), choose(f"right{number}", self.strides)
            channels = choose(f"filters{number}", self.filters)
            reads = tuple(layer for layer in range(1, number) if choose(f"{layer}->{number}", (False, True)))
            layers.append(Layer((height, width), strides, channels, reads))
        return layers

    @property
    def size(self) -> int:
        """Sum over depths N of (options of a layer)^N times 2^(N(N-1)/2) sets of inputs."""
        layer = len(self.heights) * len(self.widths) * len(self.filters) * len(self.strides) ** 2
        return sum(layer**depth * 2 ** (depth * (depth - 1) // 2) for depth in self.depths)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        sites: dict[str, tuple[Any, ...]] = {"depth": self.depths}
        for number in range(1, max(self.depths) + 1):
            sites |= {f"height{number}": self.heights, f"width{number}": self.widths}
            if len(self.strides) > 1:
                sites |= {f"down{number}": self.strides, f"right{number}": self.strides}
            sites[f"filters{number}"] = self.filters
            sites |= {f"{layer}->{number}": (False, True) for layer in range(1, number)}
        return sites

    def anchors(self) -> dict[str, dict[str, str]]:
        """Where the anchor point of each layer lies, behind its last own decision -> the links decided there -> whose anchor point each looks back at.

        >>> NASRLSpace(depths=(2,)).anchors()
        {'filters1': {}, 'filters2': {'1->2': 'filters1'}}
        """
        return {f"filters{number}": {f"{layer}->{number}": f"filters{layer}" for layer in range(1, number)} for number in range(1, max(self.depths) + 1)}

    def arch(self, layers: Sequence[Layer]) -> Arch:
        """The architecture whose plan is `layers`; refused by the name of the first decision that does not fit."""
        require("layers", layers, lambda layers: all(isinstance(layer, Layer) for layer in layers), "some of the type Layer, such as a plan has")
        answers: dict[str, Any] = {"depth": len(layers)}
        for number, layer in enumerate(layers, start=1):
            answers |= {f"height{number}": layer.filter[0], f"width{number}": layer.filter[1], f"filters{number}": layer.channels}
            answers |= {f"down{number}": layer.stride[0], f"right{number}": layer.stride[1]}
            answers |= {f"{read}->{number}": True for read in layer.reads}
        arch = self.walk(lambda name, options: answers.get(name, False))
        for number, (own, asked) in enumerate(zip(self.plan(arch), layers, strict=True), start=1):
            if own != asked._replace(reads=tuple(sorted(set(asked.reads)))):
                raise ValueError(f"`layers` have {asked} as number {number}; the decisions of {self!r} lead to {own}: layers read earlier ones")
        return arch

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network for a task's images; one that a filter or a stride does not fit in is refused by the name of the decision."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self)
        builder = LayerGraph.start(task.shape)
        layers, outputs = self.plan(arch), [builder.input]
        for number, layer in enumerate(layers, start=1):
            name = f"layer {number}"
            x = _joined(builder, [outputs[read] for read in layer.reads] or [builder.input], name)
            self._check_layer(layer, number, builder.shape(x)[1:], task)
            x = builder.add("conv", x, name=f"{name} conv", group=name, channels=layer.channels, kernel=layer.filter, stride=layer.stride)
            x = builder.add("relu", builder.add("bn", x, name=f"{name} bn", group=name), name=f"{name} relu", group=name)
            outputs.append(_pool(builder, x, number, task) if number in self.pools else x)
        unread = set(range(1, len(layers) + 1)).difference(*(layer.reads for layer in layers))
        x = _joined(builder, [outputs[number] for number in sorted(unread)], "head")
        x = builder.add("global_avg_pool", x, name="head mean", group="head")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))

    def _check_layer(self, layer: Layer, number: int, size: Any, task: Any) -> None:
        for kernel, stride, side, names in zip(layer.filter, layer.stride, size, (("height", "down"), ("width", "right")), strict=True):
            check_fits(f"decision '{names[0]}{number}'", kernel, side, task, size, padded=True)
            chosen = f"decision '{names[1]}{number}'" if len(self.strides) > 1 else "`strides`"
            check_fits(chosen, stride, side, task, size, hint="smaller `strides` keep it large enough")


def _joined(builder: GraphBuilder, reads: list[str], name: str) -> str:
    """Channels one after the other, smaller images in the middle of zeros."""
    if len(reads) == 1:
        return reads[0]
    height, width = (max(builder.shape(read)[side] for read in reads) for side in (1, 2))
    images = []
    for number, read in enumerate(reads, start=1):
        down, right = height - builder.shape(read)[1], width - builder.shape(read)[2]
        if down or right:
            sides = {"top": down // 2, "bottom": down - down // 2, "left": right // 2, "right": right - right // 2}
            read = builder.add("pad", read, name=f"{name} pad {number}", group=name, **sides)
        images.append(read)
    return builder.add("concat", *images, name=f"{name} join", group=name)


def _pool(builder: GraphBuilder, x: str, number: int, task: Any) -> str:
    if min(builder.shape(x)[1:]) < 2:
        raise ValueError(
            f"`pools` has {number}, but behind layer {number} the image of `task` {task.name!r} {task.shape} has come down to "
            f"{'x'.join(map(str, builder.shape(x)[1:]))}: decisions 'down' and 'right' of fewer `strides`, or fewer `pools`, keep it large enough"
        )
    return builder.add("max_pool", x, name=f"layer {number} pool", group=f"layer {number}", kernel=2, stride=2, padding=0)
