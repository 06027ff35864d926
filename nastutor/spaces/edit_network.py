"""The graph of a `Network` of layers, as `EditSpace` builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nastutor.edits.network import CONVS, IMAGE, POOLS, Layer, Network
from nastutor.nets.blocks import Blocks
from nastutor.spaces.images import check_fits

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph


class EditNetwork(Blocks):
    """Builds the network; what belongs to layer 3 is called "layer 3 conv" and so on, whatever edits do to the layers around it.

    Parts of a merge come to the size of its first one by means, and what is no image any more takes the mean of an image.
    """

    def __init__(self, network: Network, task: Any) -> None:
        from nastutor.nets.graph import LayerGraph

        super().__init__(LayerGraph.start(task.shape))
        self.network, self.task = network, task

    def graph(self) -> LayerGraph:
        outputs = {IMAGE: self.builder.input}
        for number in self.network.order:
            self.group, layer = f"layer {number}", self.network.layers[number]
            outputs[number] = self._layer(f"layer {number}", layer, [outputs[read] for read in layer.reads])
        self.group = "head"
        x = self._flat(outputs[self.network.output], "head")
        return self.builder.finish(self.add("linear", x, name="head linear", units=self.task.classes))

    def _layer(self, name: str, layer: Layer, reads: list[str]) -> str:
        if layer.kind in CONVS:
            self._fits(name, layer.kernel or 1, reads[0], padded=True)
            return self.conv_bn_relu(reads[0], name, "conv" if layer.kind == "conv" else "sep_conv", channels=layer.width, kernel=layer.kernel)
        if layer.kind in POOLS:
            self._fits(name, 2, reads[0])
            return self.add(f"{layer.kind}_pool", reads[0], name=f"{name} pool", kernel=2, stride=2, padding=0)
        if layer.kind == "flatten":
            return self.add("flatten", reads[0], name=f"{name} flat")
        if layer.kind == "dense":
            x = self.add("linear", self._flat(reads[0], name), name=f"{name} linear", units=layer.width)
            return self.add("relu", x, name=f"{name} relu")
        return self._merge(name, layer.kind, reads)

    def _merge(self, name: str, kind: str, reads: list[str]) -> str:
        first, *others = reads
        others = [self._like(first, other, f"{name} part {place}") for place, other in enumerate(others, start=1)]
        if kind == "concat":
            return self.add("concat", first, *others, name=f"{name} join")
        parts = [self._projected(first, other, f"{name} part {place}") for place, other in enumerate(others, start=1)]
        return self.add("relu", self.add("add", first, *parts, name=f"{name} sum"), name=f"{name} relu")

    def _like(self, first: str, other: str, name: str) -> str:
        """`other` of the height and width of `first`; its mean where `first` has none."""
        if not self.size(first):
            return self._flat(other, name)
        return other if self.size(other) == self.size(first) else self.add("resize", other, name=f"{name} resize", size=self.size(first))

    def _projected(self, first: str, other: str, name: str) -> str:
        """`other` with as many channels as `first`: a 1x1 convolution, or a linear layer, and batch norm."""
        if self.size(first):
            return self.conv_bn(other, name, self.channels(first), relu=False)
        return self.bn(self.add("linear", other, name=f"{name} linear", units=self.channels(first), bias=False), name)

    def _flat(self, x: str, name: str) -> str:
        return self.add("global_avg_pool", x, name=f"{name} mean") if self.size(x) else x

    def _fits(self, name: str, value: int, x: str, padded: bool = False) -> None:
        what, size = f"the {'kernel' if padded else 'pool'} of decision {name!r}", self.size(x)
        hint = f"smaller `{'kernels' if padded else 'max_pools'}` keep an EditSpace within its task"
        check_fits(what, value, min(size), self.task, (size[0], size[1]), padded=padded, hint=hint)
