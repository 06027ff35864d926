"""The network of an architecture of memory banks, as the release of SMASH trains it in the end (ajbrock/SMASH: MainNet and Layer, "sandwich" norm)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nastutor.spaces.images import check_images

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph
    from nastutor.spaces.memory_bank_rules import Block, Conv, Op
    from nastutor.spaces.memory_banks import MemoryBankSpace


def network(space: MemoryBankSpace, blocks: tuple[Block, ...], task: Any) -> LayerGraph:
    check_images(task, space, ("blocks",), least=2 ** (space.blocks - 1))
    return _Banks(space, task).graph(blocks)


class _Banks:
    """Builds the network block by block; `group` labels the nodes to come."""

    def __init__(self, space: MemoryBankSpace, task: Any) -> None:
        from nastutor.nets.graph import LayerGraph

        self.space, self.classes = space, task.classes
        self.builder, self.group = LayerGraph.start(task.shape), "stem"

    def graph(self, blocks: tuple[Block, ...]) -> LayerGraph:
        x = self.add("conv", self.builder.input, name="stem conv", channels=self.space.rooms[0].enters, kernel=7)
        for number, block in enumerate(blocks, start=1):
            self.group = f"block {number}"
            x = self.block(block, x, self.group)
            if number < len(blocks):
                self.group = name = f"transition {number}"
                x = self.add("conv", self.normed(x, name), name=f"{name} conv", channels=self.space.rooms[number].enters, kernel=1)
                x = self.add("avg_pool", x, name=f"{name} pool", kernel=2, stride=2, padding=0)
        self.group = "head"
        x = self.add("global_avg_pool", self.normed(x, "head"), name="head mean")
        return self.builder.finish(self.add("linear", x, name="head linear", units=self.classes))

    def block(self, block: Block, x: str, name: str) -> str:
        """All banks in the end, joined. What enters and fills no whole bank is left out."""
        size = block.bank * self.space.channels
        banks = [self.part(x, number, size, f"{name} bank {number + 1}") for number in range(min(self.channels(x), self.most(name)) // size)]
        for number, op in enumerate(block.ops, start=1):
            place = f"{name} op {number}"
            y = self.op(op, [banks[read - 1] for read in op.reads], place)
            parts = op.filters // block.bank
            slices = [self.part(y, part, size, f"{place} part {part + 1}") for part in range(parts)]
            for turn, bank in enumerate(op.writes):
                if bank > len(banks):
                    banks.append(slices[turn % parts])
                else:
                    banks[bank - 1] = self.add("add", banks[bank - 1], slices[turn % parts], name=f"{place} bank {bank}")
        return self.add("concat", *banks, name=f"{name} memory")

    def most(self, name: str) -> int:
        return self.space.rooms[int(name.split()[-1]) - 1].most

    def op(self, op: Op, reads: list[str], name: str) -> str:
        """1x1 convolution between two batch norms, then the convolutions, each behind a ReLU; the second path is added to the first."""
        x = self.add("concat", *reads, name=f"{name} read") if len(reads) > 1 else reads[0]
        filters = op.filters * self.space.channels
        read = self.channels(x)
        narrow = min(min(max(read // filters, 1), self.space.bottleneck) * filters, read, self.space.cap * self.space.largest)
        x = self.add("conv", self.normed(x, name), name=f"{name} 1x1", channels=narrow, kernel=1)
        x = self.add("bn", x, name=f"{name} 1x1 bn")
        first, second, third, fourth = (*op.convs, None, None, None)[:4]
        paths = [self.conv(conv, x, f"{name} conv{place}", filters) for place, conv in ((1, first), (3, third)) if conv]
        for path, (place, conv) in enumerate(((2, second), (4, fourth))):
            if conv:
                paths[path] = self.conv(conv, paths[path], f"{name} conv{place}", filters)
        return self.add("add", *paths, name=f"{name} sum") if len(paths) > 1 else paths[0]

    def conv(self, conv: Conv, x: str, name: str, filters: int) -> str:
        x = self.add("relu", x, name=f"{name} relu")
        return self.add("conv", x, name=name, channels=filters, kernel=conv.kernel, dilation=conv.dilation, groups=conv.groups)

    def normed(self, x: str, name: str) -> str:
        return self.add("relu", self.add("bn", x, name=f"{name} bn"), name=f"{name} relu")

    def part(self, x: str, number: int, size: int, name: str) -> str:
        return x if self.channels(x) == size else self.add("slice", x, name=name, start=number * size, channels=size)

    def channels(self, x: str) -> int:
        return self.builder.shape(x)[0]

    def add(self, op: str, *inputs: str, name: str, **attrs: Any) -> str:
        return self.builder.add(op, *inputs, name=name, group=self.group, **attrs)
