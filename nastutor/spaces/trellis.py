"""`TrellisSpace`: where a network halves and doubles its images, together with the cell that it repeats (Auto-DeepLab)."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, require, whole
from nastutor.spaces.aspp import aspp
from nastutor.spaces.base import ChoiceSpace, Choose
from nastutor.spaces.images import check_images
from nastutor.spaces.trellis_forms import first_blocks
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.blocks import Blocks
    from nastutor.nets.graph import LayerGraph

OPS = ("none", "maxpool3", "avgpool3", "skip", "sep3", "sep5", "atrous3", "atrous5")
STEMS = {1: (1, 1, 1), 2: (1, 1, 2), 4: (2, 1, 2)}  # stride of the first level -> strides of the three convolutions
MOST_BLOCKS = 7
HEADS = ("classes", "pixels", "aspp1", "aspp3")


class Plan(NamedTuple):
    """levels of the layers, from 0 for the finest; the blocks of the cell: (read, op, read, op)."""

    levels: tuple[int, ...]
    blocks: tuple[tuple[int, str, int, str], ...]


class TrellisSpace(ChoiceSpace):
    """Two levels of choice (Liu et al. 2019, section 3): a path through layers and resolutions, and one cell for all layers.

    A layer keeps the resolution of the one before, halves or doubles it; the first may keep or halve that of the stem. A cell reads the
    layer before (0) and the one before that (1), brought to one size; each block adds up two operations on earlier states, and the blocks
    are joined. It is built as released (tensorflow/models, deeplab/core): halving inside the cell, doubling by bilinear interpolation before
    it, `sep` twice, `atrous` a convolution of dilation 2, which at halving gets the image resized and dilation 1.

    layers   L (paper 12)
    blocks   B of the cell (paper 5), at most 7
    levels   resolutions, each half of the one before (paper 4: strides 4 to 32)
    filters  F of a block at the first level, doubled at each further one (paper 8 in the search, 20, 32 and 48 in the end)
    stem     stride of the first level: 1, 2 or 4 (paper 4); the stem has filters (paper 64, 64, 128)
    fixed    the first layer keeps the stem's resolution: 28,657 paths with 12 layers, as the paper counts; otherwise 75,025
    head     "classes": mean and linear layer; "pixels": 1x1 convolution, brought to the image's size; "aspp1" and "aspp3": the same behind an
             ASPP of 256 channels with one dilation, 96 / s at stride s (the paper's in the search), or three: 96 / s, 192 / s, 288 / s

    `canonical` knows that the two terms of a block may change places, and so may blocks; that `none`, and what reads nothing but zeros, is
    nothing, whatever it reads. Paths that differ in layers which no later cell reads are not merged.

    >>> TrellisSpace(layers=12, blocks=5, levels=4, fixed=True).paths
    28657
    """

    def __init__(
        self, layers: int = 3, blocks: int = 2, levels: int = 3, filters: int = 4, *, stem: int = 1, width: int = 8, fixed: bool = False, head: str = "classes"
    ) -> None:
        for name, value in (("layers", layers), ("blocks", blocks), ("levels", levels), ("filters", filters), ("width", width)):
            whole(name, value)
        if blocks > MOST_BLOCKS:
            raise ValueError(f"`blocks` is {blocks}; allowed are at most {MOST_BLOCKS}: beyond, it takes too long to find out which cells are the same")
        if stem not in STEMS or type(stem) is not int:
            raise ValueError(f"`stem` is {stem!r}; allowed are 1, 2 and 4")
        if head not in HEADS:
            raise ValueError(f"`head` is {head!r}; allowed are {', '.join(HEADS)}")
        if type(fixed) is not bool:
            raise ValueError(f"`fixed` is {fixed!r}; allowed are True and False")
        self.layers, self.blocks, self.levels, self.filters = layers, blocks, levels, filters
        self.stem, self.width, self.fixed, self.head = stem, width, fixed, head

    def decide(self, choose: Choose) -> Plan:
        levels: list[int] = []
        for layer in range(1, self.layers + 1):
            options = self._beside(levels[-1] if levels else 0)
            levels.append(choose(f"level{layer}", options if layer > 1 or not self.fixed else (0,)))
        blocks = []
        for block in range(1, self.blocks + 1):
            states = tuple(range(block + 1))
            blocks.append(tuple(choose(f"{what}{block}{side}", states if what == "read" else OPS) for side in "ab" for what in ("read", "op")))
        return Plan(tuple(levels), tuple(blocks))

    @property
    def paths(self) -> int:
        """How many sequences of levels there are."""
        ways = [1] * self.levels
        for _ in range(self.layers - 1):
            ways = [sum(ways[near] for near in self._beside(level)) for level in range(self.levels)]
        return ways[0] if self.fixed else sum(ways[near] for near in self._beside(0))

    @property
    def cells(self) -> int:
        """How many cells there are, pairs ordered: 5.6 * 10^14 with five blocks."""
        return prod((block + 1) ** 2 * len(OPS) ** 2 for block in range(1, self.blocks + 1))

    @property
    def size(self) -> int:
        return self.paths * self.cells

    def arch(self, levels: Any, blocks: Any) -> Arch:
        """The architecture with these levels and blocks (read, op, read, op)."""
        require("levels", levels, lambda levels: all(is_whole(level, 0) for level in levels), f"{self.layers} whole numbers, one for each layer")
        require("blocks", blocks, lambda blocks: all(len(block) == 4 for block in blocks), f"{self.blocks} blocks (read, op, read, op)")
        pairs = [(f"level{layer}", level) for layer, level in enumerate(levels, start=1)]
        pairs += [
            choice
            for number, block in enumerate(blocks, start=1)
            for choice in zip((f"read{number}a", f"op{number}a", f"read{number}b", f"op{number}b"), block, strict=True)
        ]
        arch = Arch(tuple(pairs))
        self.validate(arch)
        return arch

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture, in the order of enumeration, with the same path and the same cell."""
        plan: Plan = self.plan(arch)
        blocks = first_blocks(plan.blocks, OPS)
        return arch if blocks == plan.blocks else self.arch(plan.levels, blocks)

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The network along the path, dead parts of the cell included."""
        from nastutor.nets.blocks import Blocks
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, ("stem", "levels"), multiple=self.stem * 2 ** (self.levels - 1))
        plan: Plan = self.plan(arch)
        net = Blocks(LayerGraph.start(task.shape), group="stem")
        before, x = self._stem(net)
        level = 0
        for number, target in enumerate(plan.levels, start=1):
            before, x = x, _cell(net, x, before, plan.blocks, self.filters * 2**target, target - level, f"cell {number}")
            level = target
        net.group = "head"
        x = net.add("relu", x, name="head relu")
        if self.head.startswith("aspp"):
            x = aspp(net.builder, x, [max(1, number * 96 // (self.stem * 2**level)) for number in range(1, int(self.head[-1]) + 1)])
        if self.head == "classes":
            return net.builder.finish(net.classifier(x, task.classes, relu=False))
        x = net.add("conv", x, name="head conv", channels=task.classes, kernel=1, bias=True)
        return net.builder.finish(net.add("bilinear", x, name="head resize", size=task.shape[1:]))

    def _beside(self, level: int) -> tuple[int, ...]:
        return tuple(near for near in (level - 1, level, level + 1) if 0 <= near < self.levels)

    def _stem(self, net: Blocks) -> tuple[str, str]:
        """What the second and what the third convolution give; the last one has twice the channels."""
        outputs = [net.builder.input]
        for number, stride in enumerate(STEMS[self.stem], start=1):
            x = net.add("relu", outputs[-1], name=f"stem relu {number}") if number > 1 else outputs[-1]
            channels = self.width * (2 if number == 3 else 1)
            outputs.append(net.conv_bn(x, f"stem {number}", channels, 3, relu=False, stride=stride))
        return outputs[-2], outputs[-1]


def _cell(net: Blocks, x: str, before: str, blocks: Any, filters: int, change: int, name: str) -> str:
    """`change`: 1 halves the image, -1 doubles it."""
    net.group = name
    if change < 0:
        x = net.add("bilinear", x, name=f"{name} up", size=tuple(2 * size for size in net.size(x)))
    size = net.size(x)
    if net.size(before) != size:
        before = net.add("bilinear", before, name=f"{name} before resized", size=size)
    states = [net.relu_conv_bn(source, f"{name} {what}", filters) for source, what in ((x, "last"), (before, "before"))]
    for number, (a, op_a, b, op_b) in enumerate(blocks, start=1):
        terms = [_operation(net, states[read], op, change > 0 and read < 2, f"{name} {number}{side}") for read, op, side in ((a, op_a, "a"), (b, op_b, "b"))]
        states.append(net.add("add", *terms, name=f"{name} block {number}"))
    return net.add("concat", *states[2:], name=name)


def _operation(net: Blocks, x: str, op: str, halve: bool, name: str) -> str:
    channels, stride, kernel = net.channels(x), 1 + halve, int(op[-1]) if op[-1].isdigit() else 1
    if op == "none":
        return net.add("zero", x, name=f"{name} none", stride=stride)
    if op == "skip":
        return net.relu_conv_bn(x, name, channels, stride=2) if halve else net.add("identity", x, name=f"{name} skip")
    if "pool" in op:
        return net.add("max_pool" if op == "maxpool3" else "avg_pool", x, name=f"{name} pool", kernel=3, stride=stride)
    if op.startswith("sep"):
        for turn in (1, 2):
            x = net.add("relu", x, name=f"{name} relu {turn}")
            x = net.add("sep_conv", x, name=f"{name} sep {turn}", channels=channels, kernel=kernel, stride=stride if turn == 1 else 1)
            x = net.add("bn", x, name=f"{name} bn {turn}")
        return x
    x = net.add("relu", x, name=f"{name} relu")
    if halve:
        x = net.add("bilinear", x, name=f"{name} half", size=tuple(size // 2 for size in net.size(x)))
    return net.conv_bn(x, name, channels, kernel, relu=False, dilation=1 if halve else 2)
