"""The networks around tree-structured cells: DenseNet-BC and PyramidNet, in every block of which one layer has become a tree.

As in the authors' release (han-cai/PathLevel-EAS, code/CIFAR/models), which has the published numbers of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nastutor.nets.blocks import Blocks

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph
    from nastutor.spaces.paths import Node, PathLevelSpace

ROOT = "conv3"  # the layer that a tree grows from
ORDERS = ("pre", "post")
BOTTLENECK = 4  # 1x1 convolutions: to so many times the growth rate before a cell of DenseNet, to so many times its channels behind one of PyramidNet
START = 16  # channels of PyramidNet's first layer


def cell_widths(space: PathLevelSpace) -> list[int]:
    """Channels that the cell of each block gives. PyramidNet's grow by the same amount from block to block, rounded down to whole groups."""
    count = space.stages * space.blocks
    if space.base == "dense":
        return [space.width] * count
    channels = [round(START + space.width * number / count) for number in range(1, count + 1)]
    return [width - width % space.groups for width in channels]


def parts(channels: int, count: int) -> list[int]:
    """So many parts that differ by one channel at most, the larger ones first."""
    return [channels // count + (number < channels % count) for number in range(count)]


class PathNetwork(Blocks):
    """Builds the network of one tree.

    space  with the settings of the network around the cells
    tree   of every block
    """

    def __init__(self, space: PathLevelSpace, tree: Node, task: Any) -> None:
        from nastutor.nets.graph import LayerGraph

        super().__init__(LayerGraph.start(task.shape), group="stem")
        self.space, self.tree, self.classes = space, tree, task.classes

    def graph(self) -> LayerGraph:
        x = self._dense() if self.space.base == "dense" else self._pyramid()
        self.group = "head"
        x = self.bn_relu(x, "head") if self.space.order == "pre" else x
        return self.builder.finish(self.classifier(x, self.classes, relu=False))

    def _dense(self) -> str:
        """DenseNet-BC (Huang et al. 2017): each block joins its k channels to what it read; half the channels and the size between stages."""
        growth, x = self.space.width, self._stem(2 * self.space.width)
        for number in range(1, self.space.stages * self.space.blocks + 1):
            self.group = f"block {number}"
            y = self.layer("conv", x, f"{self.group} in", channels=BOTTLENECK * growth, kernel=1)
            x = self.add("concat", x, self.cell(y, growth), name=f"{self.group} join")
            if self._ends(number):
                self.group = f"transition {number // self.space.blocks}"
                x = self.layer("conv", x, f"{self.group} 1x1", channels=self.channels(x) // 2, kernel=1)
                x = self._halved(x, f"{self.group} pool")
        return x

    def _pyramid(self) -> str:
        """PyramidNet with bottlenecks (Han et al. 2017): the sum of a block and its input, which is filled up with channels of zeros."""
        x = self.add("bn", self._stem(START), name="stem last bn")
        for number, width in enumerate(cell_widths(self.space), start=1):
            self.group = f"block {number}"
            first = number > 1 and self._ends(number - 1)
            y = self.layer("conv", x, f"{self.group} in", relu=False, channels=width, kernel=1)
            y = self.cell(y, width, stride=1 + first)
            y = self.layer("conv", y, f"{self.group} out", channels=BOTTLENECK * width, kernel=1)
            y = self.add("bn", y, name=f"{self.group} last bn")
            x = self._halved(x, f"{self.group} pool") if first else x
            if self.channels(x) != self.channels(y):
                x = self.add("pad_channels", x, name=f"{self.group} filled", channels=self.channels(y))
            x = self.add("add", x, y, name=f"{self.group} sum")
        return x

    def _ends(self, number: int) -> bool:
        """Whether block `number` is the last of a stage that another one follows."""
        return number % self.space.blocks == 0 and number < self.space.stages * self.space.blocks

    def _stem(self, channels: int) -> str:
        x = self.add("conv", self.builder.input, name="stem conv", channels=channels, kernel=3)
        return x if self.space.order == "pre" else self.bn_relu(x, "stem")

    def _halved(self, x: str, name: str) -> str:
        """The mean over 2x2; an odd side gets a row of zeros, so that it ends as a convolution with stride 2 ends."""
        missing = [size % 2 for size in self.size(x)]
        if any(missing):
            x = self.add("pad", x, name=f"{name} pad", bottom=missing[0], right=missing[1])
        return self.add("avg_pool", x, name=name, kernel=2, stride=2, padding=0)

    # cells

    def cell(self, x: str, channels: int, stride: int = 1) -> str:
        """The tree, on what reaches the block: the first edges may change the number of channels and have the stride."""
        return self._node(x, self.tree, self.group or "", channels, {"stride": stride, "groups": self.space.groups})

    def _node(self, x: str, node: Node, name: str, channels: int, root: dict[str, Any] | None = None) -> str:
        """What a node makes of `x`: `channels`; `root` are the settings of its edges where they are the layer that the tree grew from."""
        count, outputs = len(node.branches), []
        widths = parts(channels, count) if node.merge == "concat" else [channels] * count
        whole = node.merge != "concat" or (root is not None and root["groups"] == 1)
        reads = [x] * count if whole else self._cut(x, parts(self.channels(x), count), name)
        for number, (branch, y, width) in enumerate(zip(node.branches, reads, widths, strict=True), start=1):
            place = f"{name}{' tree ' if root else '-'}{number}"
            how = root and {**root, "groups": root["groups"] if whole else root["groups"] // count}
            y = self._edge(branch.op, y, place, width, how)
            y = self._node(y, branch.node, place, width) if branch.node else y
            outputs.append(self._dropped(y, place) if count > 1 else y)
        return self._merged(node.merge, outputs, name)

    def _cut(self, x: str, widths: Sequence[int], name: str) -> list[str]:
        starts = [sum(widths[:number]) for number in range(len(widths))]
        pairs = enumerate(zip(starts, widths, strict=True), start=1)
        return [self.add("slice", x, name=f"{name} part {number}", start=start, channels=width) for number, (start, width) in pairs]

    def _edge(self, op: str, x: str, name: str, channels: int, root: dict[str, Any] | None) -> str:
        if root is not None:
            return self.layer("conv", x, f"{name} {op}", channels=channels, kernel=3, **root)
        if op in ("max3", "avg3"):
            return self.add(f"{op[:3]}_pool", x, name=f"{name} {op}", kernel=3)
        if op == "identity":
            return self.add("identity", x, name=f"{name} {op}")
        kind, kernel = ("conv", 1) if op == "conv1" else ("sep_conv", int(op[3:]))
        return self.layer(kind, x, f"{name} {op}", channels=channels, kernel=kernel)

    def _merged(self, merge: str, outputs: list[str], name: str) -> str:
        if len(outputs) == 1:
            return outputs[0]
        if merge == "concat":
            return self.add("concat", *outputs, name=f"{name} concat")
        return self.add("scale", self.add("add", *outputs, name=f"{name} add"), name=f"{name} mean", by=1 / len(outputs))

    def _dropped(self, x: str, name: str) -> str:
        p = self.space.drop_path
        return self.add("drop_path", x, name=f"{name} drop", p=p) if p else x

    # layers

    def layer(self, op: str, x: str, name: str, *, relu: bool = True, **attrs: Any) -> str:
        """Batch norm, ReLU (unless there is to be none) and the operation, or these two behind it."""
        pre = self.space.order == "pre"
        x = x if pre else self.add(op, x, name=name, **attrs)
        x = self.add("bn", x, name=f"{name} bn")
        x = self.add("relu", x, name=f"{name} relu") if relu else x
        return self.add(op, x, name=name, **attrs) if pre else x
