"""The networks of `BranchSpace` as graphs: outputs of different size brought together, merged, and worked on in one of three orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nastutor.spaces.images import check_fits

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph
    from nastutor.spaces.branches import Branch, Branches


def network(plan: Branches, rank: Mapping[int, int], task: Any) -> LayerGraph:
    """The network for a task's images; outputs that are joined stand in the order of their `rank`."""
    from nastutor.nets.graph import LayerGraph

    net = _Network(LayerGraph.start(task.shape), task, plan.order, rank)
    for number, layer in enumerate(plan.layers, start=1):
        net.layer(number, layer)
    return net.head(plan, task.classes)


class _Network:
    """A graph that grows layer by layer.

    outputs  (node, by how much the image has been reduced there) of the image and each layer so far
    """

    def __init__(self, builder: Any, task: Any, order: str, rank: Mapping[int, int]) -> None:
        self.builder, self.task, self.order, self.rank = builder, task, order, rank
        self.outputs = [(builder.input, 1)]
        self.group = ""

    def add(self, op: str, *inputs: str, name: str, **attrs: Any) -> str:
        return str(self.builder.add(op, *inputs, name=f"{self.group} {name}", group=self.group, **attrs))

    def layer(self, number: int, layer: Branch) -> None:
        self.group = f"layer {number}"
        x, reduced = self.merged(layer.reads, layer.merge)
        if layer.width is None:
            x = self.pool(x, number, layer)
        else:
            x = self.convolution(x, number, layer, raw=layer.reads == (0,))
        self.outputs.append((x, reduced * layer.stride))

    def convolution(self, x: str, number: int, layer: Branch, raw: bool) -> str:
        self.check(f"decision 'kernel{number}'", layer.kernel, x, padded=True)
        self.check(f"decision 'stride{number}'", layer.stride, x)
        if self.order == "bn-relu-conv" and not raw:
            x = self.add("relu", self.add("bn", x, name="bn"), name="relu")
        settings = {"channels": layer.width, "kernel": layer.kernel, "stride": layer.stride, "bias": self.order == "conv-relu"}
        if layer.kind == "dil":
            settings["dilation"] = 2
        x = self.add("sep_conv" if layer.kind == "sep" else "conv", x, name=layer.kind, **settings)
        if self.order == "conv-bn-relu":
            x = self.add("bn", x, name="bn")
        return x if self.order == "bn-relu-conv" else self.add("relu", x, name="relu")

    def pool(self, x: str, number: int, layer: Branch) -> str:
        op, kernel = f"{layer.kind[:3]}_pool", int(layer.kind[3:])
        height, width = self.builder.shape(x)[1:]
        if min(height, width) + 2 * ((kernel - 1) // 2) < kernel:
            raise ValueError(
                f"decision 'kind{number}' is {layer.kind!r}, but the image of `task` {self.task.name!r} {self.task.shape} has come down to {height}x{width} "
                "there; allowed are pools of at most that: fewer `reductions`, or larger images, keep it large enough"
            )
        self.check(f"decision 'stride{number}'", layer.stride, x)
        return self.add(op, x, name=layer.kind, kernel=kernel, stride=layer.stride, padding=(kernel - 1) // 2)

    def check(self, what: str, value: Any, x: str, padded: bool = False) -> None:
        size = self.builder.shape(x)[1:]
        check_fits(what, value, min(size), self.task, size, padded=padded, hint="fewer `reductions`, or larger images, keep it large enough")

    def merged(self, reads: Sequence[int], merge: str | None) -> tuple[str, int]:
        """What a reader gets, and by how much the image has been reduced there."""
        if merge is None:
            return self.outputs[reads[0]]
        reads = sorted(reads, key=lambda read: self.rank[read])
        reduced = max(self.outputs[read][1] for read in reads)
        terms = self.of_one_size([(f"of {read}", *self.outputs[read]) for read in reads], reduced)
        channels = max(self.builder.shape(x)[0] for _, x in terms)
        if merge == "add":
            terms = [(name, self.widened(name, x, channels)) for name, x in terms]
        return self.add(merge, *(x for _, x in terms), name=merge), reduced

    def widened(self, name: str, x: str, channels: int) -> str:
        return x if self.builder.shape(x)[0] == channels else self.add("pad_channels", x, name=f"{name} widened", channels=channels)

    def of_one_size(self, terms: Sequence[tuple[str, str, int]], reduced: int) -> list[tuple[str, str]]:
        """(name, node) of each, thinned out to the same reduction; where pools have rounded odd sizes in another way, cut to the smallest."""
        found = []
        for name, x, so_far in terms:
            if so_far < reduced:
                x = self.add("max_pool", x, name=f"{name} thinned", kernel=1, stride=reduced // so_far)
            found.append((name, x))
        height, width = (min(self.builder.shape(x)[side] for _, x in found) for side in (1, 2))
        cut = {name: {"bottom": height - self.builder.shape(x)[1], "right": width - self.builder.shape(x)[2]} for name, x in found}
        return [(name, self.add("pad", x, name=f"{name} cut", **cut[name]) if any(cut[name].values()) else x) for name, x in found]

    def head(self, plan: Branches, classes: int) -> LayerGraph:
        self.group = "head"
        x, _ = self.merged(plan.reads, plan.merge)
        if self.order == "bn-relu-conv":
            x = self.add("relu", self.add("bn", x, name="bn"), name="relu")
        x = self.add("global_avg_pool", x, name="mean")
        return self.builder.finish(self.add("linear", x, name="linear", units=classes))  # type: ignore[no-any-return]
