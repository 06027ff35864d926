"""The binary code of an architecture of memory banks: what SMASH's hypernetwork sees of it.

A code is (channels, k, slices). Each op has as many slices as it reads `compression` * N channels, one op after the other, block after block; the rest
stays empty. In the slices of an op with `filters` = g the rows 0 to g - 1 of these channels are +1, and everything else is -1:

    banks       the bank that this slice is read from (of small banks, all that share it)
    banks       the banks written
    blocks      the block
    k           g
    per convolution: dilation down and right, 3 each; height and width of the kernel, one for each size; groups
    4           which convolutions there are
    1           the first slice of an op

As in the release (ajbrock/SMASH, SMASH.py: sample_weights), but for two things. There which convolutions are active is written as -1, like the background,
so that it cannot be seen. And there two ops that read banks 1 and 2 and differ in nothing look like one that reads both: the last channel tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nastutor.spaces.memory_bank_rules import Block, Conv, Op

if TYPE_CHECKING:
    from nastutor.spaces.memory_banks import MemoryBankSpace
    from nastutor.values import Arch

Code = NDArray[np.float32]
DILATIONS = 3


class Layout:
    """Which channel means what: the first channel of each part."""

    def __init__(self, space: MemoryBankSpace) -> None:
        self.space, kernels = space, len(space.kernels)
        self.conv = 2 * DILATIONS + 2 * kernels + len(space.groups)  # channels of one convolution
        widths = {"reads": space.most_banks, "writes": space.most_banks, "block": space.blocks, "filters": space.units}
        widths |= {"convs": space.places * self.conv, "active": 4, "start": 1}
        self.first, self.channels = dict[str, int](), 0
        for name, width in widths.items():
            self.first[name] = self.channels
            self.channels += width
        self.shape = (self.channels, space.units, sum(room.slices for room in space.rooms))

    def of_op(self, block: int, op: Op) -> Iterator[int]:
        """The channels that are +1 in each slice of an op of block number `block`, from 0; its reads and its start apart."""
        yield from (self.first["writes"] + bank - 1 for bank in op.writes)
        yield self.first["block"] + block
        yield self.first["filters"] + op.filters - 1
        for place, conv in enumerate(op.convs):
            if conv:
                yield self.first["active"] + place
                yield from (self.first["convs"] + place * self.conv + channel for channel in self._of_conv(conv))

    def _of_conv(self, conv: Conv) -> Iterator[int]:
        kernels, sizes = self.space.kernels, len(self.space.kernels)
        yield from (side * DILATIONS + conv.dilation[side] - 1 for side in (0, 1))
        yield from (2 * DILATIONS + side * sizes + kernels.index(conv.kernel[side]) for side in (0, 1))
        yield 2 * DILATIONS + 2 * sizes + self.space.groups.index(conv.groups)

    def op(self, bits: NDArray[np.bool_]) -> Op:
        """Of bits (channels, slices of the op): what they say, whether it makes sense or not."""
        here, most = bits[:, 0], self.space.most_banks
        reads = np.flatnonzero(bits[:most].any(1)) + 1
        writes = np.flatnonzero(here[most : 2 * most]) + 1
        convs = (self._conv(here, place) if here[self.first["active"] + place] else None for place in range(self.space.places))
        return Op(tuple(reads.tolist()), tuple(writes.tolist()), self._one(here, self.first["filters"], self.space.units) + 1, tuple(convs))

    def _conv(self, here: NDArray[np.bool_], place: int) -> Conv:
        first, sizes = self.first["convs"] + place * self.conv, len(self.space.kernels)
        dilation = [self._one(here, first + side * DILATIONS, DILATIONS) + 1 for side in (0, 1)]
        kernel = [self.space.kernels[self._one(here, first + 2 * DILATIONS + side * sizes, sizes)] for side in (0, 1)]
        groups = self.space.groups[self._one(here, first + 2 * DILATIONS + 2 * sizes, len(self.space.groups))]
        return Conv((kernel[0], kernel[1]), (dilation[0], dilation[1]), groups)

    @staticmethod
    def _one(here: NDArray[np.bool_], first: int, width: int) -> int:
        """Which of `width` channels is set: the first of them, where it is not exactly one."""
        return int(here[first : first + width].argmax())


def encoded(space: MemoryBankSpace, blocks: tuple[Block, ...]) -> Code:
    layout = Layout(space)
    code, start = np.full(layout.shape, -1, dtype=np.float32), 0
    for number, block in enumerate(blocks):
        for op in block.ops:
            end = start + len(op.reads) * block.bank // space.compression
            code[list(layout.of_op(number, op)), : op.filters, start:end] = 1
            code[layout.first["start"], : op.filters, start] = 1
            for place, bank in enumerate(op.reads):
                here, there = (start * space.compression + (place + more) * block.bank for more in (0, 1))
                code[layout.first["reads"] + bank - 1, : op.filters, here // space.compression : -(-there // space.compression)] = 1
            start = end
    return code


def decoded(space: MemoryBankSpace, code: Any) -> Arch:
    """What the code says is written as a code again, and must be the same."""
    layout, code = Layout(space), np.asarray(code)
    if code.shape != layout.shape:
        raise ValueError(f"`code` has the shape {code.shape}; allowed is {layout.shape}, (channels, k, slices) of {space!r}")
    if not np.isin(code, (-1, 1)).all():
        raise ValueError(f"`code` has the number {code[~np.isin(code, (-1, 1))][0]}; allowed are -1 and 1")
    try:
        arch = space.arch(_blocks(space, layout, code[:, 0] > 0))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"`code` is that of no architecture of {space!r}: {error}") from None
    if not np.array_equal(encoded(space, space.plan(arch)), code):
        raise ValueError(f"`code` is that of no architecture of {space!r}: the nearest, {str(arch)[:80]} ..., has another")
    return arch


def _blocks(space: MemoryBankSpace, layout: Layout, bits: NDArray[np.bool_]) -> list[Block]:
    """What bits (channels, slices) say."""
    used = bits[layout.first["block"] : layout.first["block"] + space.blocks]
    starts = [*np.flatnonzero(bits[layout.first["start"]]).tolist(), int(used.any(0).sum())]
    ops: list[list[Op]] = [[] for _ in range(space.blocks)]
    banks = [0] * space.blocks
    for start, end in pairwise(starts):
        number, op = int(used[:, start].argmax()), layout.op(bits[:, start : max(end, start + 1)])
        ops[number].append(op)
        banks[number] = (end - start) * space.compression // len(op.reads)
    return [Block(bank, tuple(each)) for bank, each in zip(banks, ops, strict=True)]
