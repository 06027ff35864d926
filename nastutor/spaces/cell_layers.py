"""Cells of pairwise blocks as layers, each family's in the way of its released code.

NASNet, AmoebaNet and PNASNet: tensorflow/models, research/slim/nets/nasnet, and tensorflow/tpu, models/official/amoeba_net/network_utils.py;
ENAS: melodyguan/enas, src/cifar10/micro_child.py; DARTS: quark0/darts, cnn/model.py and operations.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from nastutor.nets.blocks import Blocks
from nastutor.spaces.genotype import INPUTS, Block, Cell

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder

# operation -> (kernel, dilation) of separable convolutions; (kernels, dilation, share of the channels) of full ones; (kind, kernel) of pools
SEPARABLE = {"sep3": (3, 1), "sep5": (5, 1), "sep7": (7, 1), "dilsep3": (3, 2), "dilsep5": (5, 2)}
FULL = {"conv1x3-3x1": (((1, 3), (3, 1)), 1, 3 / 8), "conv1x7-7x1": (((1, 7), (7, 1)), 1, 1 / 4), "conv3": ((3,), 1, 1 / 4), "dil3": ((3,), 2, 1 / 4)}
POOLS = {"avg3": ("avg_pool", 3), "max2": ("max_pool", 2), "max3": ("max_pool", 3), "max5": ("max_pool", 5), "max7": ("max_pool", 7)}
KNOWN = ("identity", *FULL, "conv1", *SEPARABLE, *POOLS)


class NASNetCells(Blocks):
    """State 0 is the previous cell, state 1 the one before it.

    narrow_convs  whether full convolutions work on fewer channels, between two of 1x1
    """

    older: ClassVar[int] = 1  # the number of the input that comes from the cell before the previous one
    bias: ClassVar[bool] = True  # of the linear layer
    last_relu: ClassVar[bool] = True  # before the global mean
    dilated_times: ClassVar[int] = 2  # how often a dilated separable convolution is applied; others are twice

    def __init__(self, builder: GraphBuilder, *, narrow_convs: bool = True, odd_halves: bool = False) -> None:
        super().__init__(builder, odd_halves=odd_halves)
        self.narrow_convs = narrow_convs
        self.drop_path = 0.0  # of the cell to come

    def cell(self, cell: Cell, order: Sequence[int], older: str | None, newer: str, name: str, channels: int, stride: int) -> str:
        """Adds a cell and returns the name of its output.

        order   the states that are joined, in the order in which they are
        older   output of the cell before the previous one; None: there is none
        newer   output of the previous cell
        """
        self.group = name
        states = self.inputs(older, newer, name, channels)[:: -1 if self.older else 1]
        for own, block in enumerate(cell.blocks, INPUTS):
            states.append(self.block(block, states, f"{name} block {own}", channels, stride))
        size = self.size(states[-1])
        return self.add("concat", *(self.fitting(states[number], size, f"{name} output {number}", channels) for number in order), name=f"{name} output")

    def inputs(self, older: str | None, newer: str, name: str, channels: int) -> list[str]:
        """(older, newer) with `channels` and the size of the newer one."""
        return [self.older_input(older, newer, f"{name} older", channels), self.conv_bn(newer, f"{name} newer", channels)]

    def older_input(self, older: str | None, newer: str, name: str, channels: int) -> str:
        """Left as it is where it fits; where there is only one input, that one as it is."""
        if older is None:
            return newer
        if self.size(older) != self.size(newer):
            return self.factorised_reduction(older, name, channels)
        return older if self.channels(older) == channels else self.conv_bn(older, name, channels)

    def block(self, block: Block, states: Sequence[str], name: str, channels: int, stride: int) -> str:
        halves = []
        for half, state, op in (("a", block.in1, block.op1), ("b", block.in2, block.op2)):
            done = self.operation(states[state], op, f"{name}{half} {op}", channels, stride if state < INPUTS else 1)
            if self.drop_path and not self.kept(op, done == states[state]):
                done = self.add("drop_path", done, name=f"{name}{half} drop", p=self.drop_path)
            halves.append(done)
        return self.add(block.combine, *halves, name=name)

    def kept(self, op: str, untouched: bool) -> bool:
        """Whether the path of this operation is never dropped."""
        return op == "identity"

    def operation(self, x: str, op: str, name: str, channels: int, stride: int) -> str:
        if op in SEPARABLE:
            kernel, dilation = SEPARABLE[op]
            return self.separable(x, name, channels, kernel, stride, dilation, self.dilated_times if dilation > 1 else 2)
        if op in FULL:
            kernels, dilation, share = FULL[op]
            return self.narrow(x, name, channels, int(share * channels) if self.narrow_convs else 0, kernels, stride, dilation)
        if op in POOLS:
            kind, kernel = POOLS[op]
            x = self.pool(kind, x, name, kernel, stride)
            return x if self.channels(x) == channels else self.conv_bn(x, name, channels, relu=False)
        return self.conv_bn(x, name, channels, stride=stride) if op == "conv1" else self.identity(x, name, channels, stride)

    def pool(self, kind: str, x: str, name: str, kernel: int, stride: int) -> str:
        """As large as a convolution leaves the image. An even window goes over its own pixel and those behind it, as far as there are any."""
        if kernel % 2 or (stride == kernel and not any(side % 2 for side in self.size(x))):
            return self.add(kind, x, name=name, kernel=kernel, stride=stride)
        x = self.add(kind, x, name=f"{name} around", kernel=kernel, padding=kernel // 2)
        x = self.add("pad", x, name=name if stride == 1 else f"{name} cut", top=-(kernel // 2), left=-(kernel // 2))
        return x if stride == 1 else self.add(kind, x, name=name, kernel=1, stride=stride)

    def identity(self, x: str, name: str, channels: int, stride: int) -> str:
        return x if stride == 1 and self.channels(x) == channels else self.conv_bn(x, name, channels, stride=stride)

    def fitting(self, x: str, size: tuple[int, ...], name: str, channels: int) -> str:
        """A state that is joined, with the size and the channels of the others."""
        if self.size(x) != size:
            return self.factorised_reduction(x, name, channels, relu=False)
        return x if self.channels(x) == channels else self.conv_bn(x, name, channels, relu=False)


class ENASCells(NASNetCells):
    """State 0 is the cell before the previous one, state 1 the previous cell, which passes two projections where its channels differ."""

    older = 0
    bias = False

    def inputs(self, older: str | None, newer: str, name: str, channels: int) -> list[str]:
        fitted = newer if self.channels(newer) == channels else self.conv_bn(newer, f"{name} newer fitted", channels)
        return [self.older_input(older or newer, newer, f"{name} older", channels), self.conv_bn(fitted, f"{name} newer", channels)]

    def identity(self, x: str, name: str, channels: int, stride: int) -> str:
        return x if stride == 1 else self.factorised_reduction(x, name, channels, relu=False)


class DARTSCells(NASNetCells):
    """State 0 is the cell before the previous one, state 1 the previous cell; both are always projected."""

    older = 0
    last_relu = False
    dilated_times = 1

    def older_input(self, older: str | None, newer: str, name: str, channels: int) -> str:
        older = older or newer
        return (self.conv_bn if self.size(older) == self.size(newer) else self.factorised_reduction)(older, name, channels)

    def identity(self, x: str, name: str, channels: int, stride: int) -> str:
        return x if stride == 1 else self.factorised_reduction(x, name, channels)

    def kept(self, op: str, untouched: bool) -> bool:
        return untouched
