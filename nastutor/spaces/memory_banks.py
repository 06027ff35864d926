"""`MemoryBankSpace`: layers that read banks of a shared memory and add what they compute to others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any

from nastutor.inputs import is_number, is_whole, require, whole
from nastutor.rng import as_rng
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.memory_bank_rules import PATTERNS, Block, Conv, Odds, Op, Room, dilations, picked, possible_new, possible_writes
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph
    from nastutor.spaces.memory_bank_code import Code


class MemoryBankSpace(ChoiceSpace):
    """SMASH's view of a network: a memory that ops read and write (Brock et al. 2018, section 3.1). Sizes and odds are those of the release.

    A block's memory is cut into banks of `bank` * N channels, the first of which hold what enters. An op joins the banks that it reads,
    brings them to its width by a 1x1 convolution, computes `filters` * N channels and adds them to the banks that it writes, slice after
    slice and around; a bank that was empty is filled, and they are filled in order. A block goes on until it has read what its budget
    allows: `slices` pieces of `compression` * N channels, as the code of an architecture has them (`code`). ResNets read and write the
    same banks, DenseNets read all and write a new one. Between blocks: batch norm, ReLU, 1x1 convolution, mean over 2x2.
    Ops that do not touch each other's banks may change places without another network coming of it: counted each, and not merged.

    channels     N, of the smallest bank (paper 8)      largest  N_max, of the largest bank and most filters (paper 64)
    depth, width of the wide residual network that the budget is that of: layers a block, and factor (paper 12, 4)
    blocks       each at half the size of the one before (paper 3)
    kernels      heights and widths of filters, 1 to 7; a filter of 3 may be dilated by 1 to 3, of 5 by 1 or 2
    groups       divisors of N (paper 1, 2, 4, 8)
    patterns     the convolutions of an op: "1000" one, "1010" two side by side, "1100" two in a row, "1110", "1111" (release: "1000")
    compression  how many times N channels share a slice of the code (release 2)
    bottleneck   the 1x1 convolution gives at most so many times the op's filters (release 4)
    cap          and at most so many times N_max channels (release 2)
    budget       shares of all slices between which a block's number is drawn (release 0.3, and 1 at the end)
    The paper's space:

    >>> space = MemoryBankSpace(8, 64, 12, 4, groups=(1, 2, 4, 8))
    >>> [(room.enters, room.most, room.slices) for room in space.rooms], space.most_banks, space.units
    ([(64, 192, 52), (96, 224, 102), (112, 256, 199)], 32, 8)
    """

    def __init__(
        self,
        channels: int = 4,
        largest: int = 8,
        depth: int = 2,
        width: int = 1,
        *,
        blocks: int = 3,
        kernels: Sequence[int] = (3, 5, 7),
        groups: Sequence[int] = (1, 2, 4),
        patterns: Sequence[str] = ("1000",),
        compression: int = 2,
        bottleneck: int = 4,
        cap: int = 2,
        budget: tuple[float, float] = (0.3, 1.0),
    ) -> None:
        counts = {"channels": channels, "largest": largest, "depth": depth, "width": width, "blocks": blocks}
        for name, value in {**counts, "compression": compression, "bottleneck": bottleneck, "cap": cap}.items():
            whole(name, value)
        require("largest", largest, lambda largest: largest % channels == 0, f"multiples of `channels`={channels}")
        _check("kernels", kernels, lambda size: is_whole(size, 1) and size % 2 == 1 and size <= 7, "1, 3, 5, 7: odd, so that the image keeps its size")
        _check("groups", groups, lambda count: is_whole(count, 1) and channels % count == 0, f"divisors of `channels`={channels}")
        _check("patterns", patterns, lambda pattern: pattern in PATTERNS, ", ".join(PATTERNS))
        require("budget", budget, lambda b: len(b) == 2 and all(map(is_number, b)) and 0 <= b[0] <= b[1] <= 1, "two shares from 0 to 1, the smaller first")
        self.channels, self.largest, self.depth, self.width, self.blocks = channels, largest, depth, width, blocks
        self.kernels, self.groups, self.patterns, self.budget = tuple(kernels), tuple(groups), tuple(patterns), tuple(budget)
        self.compression, self.bottleneck, self.cap = compression, bottleneck, cap
        for number, sizes in enumerate(self.banks, start=1):
            if not sizes:
                raise ValueError(
                    f"`budget` is {self.budget}, with which block {number} ({self.rooms[number - 1]}) has no bank size that enters and fits `compression`="
                    f"{compression}: allowed is a wider range, a larger `depth` or `width`, or a smaller `compression`"
                )

    @property
    def units(self) -> int:
        """k = N_max / N."""
        return self.largest // self.channels

    @property
    def places(self) -> int:
        """How many convolutions an op may have: 1 or 4."""
        return 1 if self.patterns == ("1000",) else 4

    @cached_property
    def rooms(self) -> tuple[Room, ...]:
        """Of each block; the last one ends as wide as the wide residual network does."""
        rooms: list[Room] = []
        wide = 2 * self.channels * self.width
        enters = wide
        for number in range(self.blocks):
            most = 4 * wide if number == self.blocks - 1 else enters + 2 * wide
            rooms.append(Room(enters, most, (enters + self.depth * 2**number * wide) // (self.channels * self.compression)))
            enters = most // 2 // (2 * self.channels) * (2 * self.channels)
        return tuple(rooms)

    @property
    def most_banks(self) -> int:
        """Of the smallest size, in the block that has most."""
        return max(room.most for room in self.rooms) // self.channels

    @cached_property
    def banks(self) -> tuple[dict[int, tuple[int, ...]], ...]:
        """For each block the sizes of banks, and numbers of slices under each: what its ops can use up to the last."""
        return tuple({bank: slices for bank in range(1, self.units + 1) if (slices := self._slices(room, bank))} for room in self.rooms)

    def _slices(self, room: Room, bank: int) -> tuple[int, ...]:
        least, size = self.least(bank), bank * self.channels
        if room.enters // size < least[0] or room.most // size < 1:
            return ()
        low, high = (int(share * room.slices) for share in self.budget)
        return tuple(range(max(1, -(-low // least[1])) * least[1], high + 1, least[1]))

    def least(self, bank: int) -> tuple[int, int]:
        """The smallest number of banks that an op reads, so that they fill slices, and that number of slices."""
        return (self.compression, bank) if bank % self.compression else (1, bank // self.compression)

    def decide(self, choose: Choose) -> tuple[Block, ...]:
        return tuple(self._block(choose, number) for number in range(1, self.blocks + 1))

    def _block(self, choose: Choose, number: int) -> Block:
        sizes = self.banks[number - 1]
        bank = choose(f"{number} bank", tuple(sizes))
        left, ops = choose(f"{number} slices", sizes[bank]), list[Op]()
        written, banks = self.start(number - 1, bank)
        while left:
            ops.append(self._op(choose, f"{number}.{len(ops) + 1}", bank, banks, written, left))
            left -= len(ops[-1].reads) * bank // self.compression
            written = max(written, *ops[-1].writes)
        return Block(bank, tuple(ops))

    def start(self, block: int, bank: int) -> tuple[int, int]:
        """How many banks are written when a block starts, and how many there may be."""
        room, size = self.rooms[block], bank * self.channels
        return min(room.enters, room.most) // size, room.most // size

    def _op(self, choose: Choose, name: str, bank: int, banks: int, written: int, left: int) -> Op:
        """One op, where `written` of `banks` hold something and `left` slices are to be read."""
        reads = choose(f"{name} reads", self.possible_reads(bank, written, left))
        read = picked(choose, f"{name} read", reads, written)
        filters = choose(f"{name} filters", self.possible_filters(bank, banks, reads))
        parts = filters // bank
        writes = choose(f"{name} writes", possible_writes(written, parts))
        new = choose(f"{name} new", possible_new(written, min(parts, banks - written), writes))
        kept = picked(choose, f"{name} write", writes - new, written)
        return Op(read, (*kept, *range(written + 1, written + new + 1)), filters, self._convs(choose, name))

    def possible_reads(self, bank: int, written: int, left: int) -> Odds:
        """How many banks are read; what would be more than the budget has left is cut down to it."""
        step = self.least(bank)[0]
        numbers = range(step, written + 1, step)
        fit = [number for number in numbers if number * bank <= left * self.compression]
        return Odds(fit, [1.0] * (len(fit) - 1) + [1.0 + len(numbers) - len(fit)])

    def possible_filters(self, bank: int, banks: int, reads: int) -> Odds:
        """Most likely as many as are read."""
        options = [filters for filters in range(bank, self.units + 1, bank) if filters // bank <= banks]
        return Odds(options, [1 / (0.01 + 10 * abs(filters - reads * bank)) for filters in options])

    def _convs(self, choose: Choose, name: str) -> tuple[Conv | None, ...]:
        pattern = self.patterns[0]
        if len(self.patterns) > 1:
            pattern = choose(f"{name} pattern", Odds(self.patterns, map(PATTERNS.__getitem__, self.patterns)))
        return tuple(self._conv(choose, f"{name} conv{place}") if pattern[place - 1] == "1" else None for place in range(1, self.places + 1))

    def _conv(self, choose: Choose, name: str) -> Conv:
        kernel = choose(f"{name} kernel", tuple(product(self.kernels, repeat=2)))
        dilation = choose(f"{name} dilation", tuple(product(*map(dilations, kernel))))
        return Conv(kernel, dilation, choose(f"{name} groups", self.groups))

    # drawn as the release draws

    def sample(self, rng: Random | int) -> Arch:
        """Each decision by its own odds: sets of banks uniform among those of one size, few writes and as many filters as are read likely."""
        return self.perturbed(Arch(()), rng, 1.0)

    def perturbed(self, arch: Arch, rng: Random | int, p: float = 0.05) -> Arch:
        """`arch` with each decision drawn anew with probability `p`, and wherever it is no longer possible (perturb_arch.py of the release)."""
        require("p", p, lambda p: is_number(p) and 0 <= p <= 1, "numbers from 0 to 1")
        if p < 1:
            self.validate(arch)
        rng, known, choices = as_rng(rng), dict(arch.choices), list[tuple[str, Any]]()

        def choose(name: str, options: Sequence[Any]) -> Any:
            if name not in known or known[name] not in options or rng.random() < p:
                choices.append((name, rng.choices(options, getattr(options, "odds", None))[0]))
            else:
                choices.append((name, known[name]))
            return choices[-1][1]

        self.decide(choose)
        return Arch(tuple(choices))

    # how many, and as numbers

    @cached_property
    def size(self) -> int:  # type: ignore[override]
        """Counted from the last op of a block backwards: by slices left and banks written."""
        from nastutor.spaces.memory_bank_counts import count

        return prod(count(self, number) for number in range(self.blocks))

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        from nastutor.spaces.memory_bank_counts import sites

        return sites(self)

    def code(self, arch: Arch) -> Code:
        """What SMASH's hypernetwork reads (section 3.2): +1 for what holds and -1 for the rest, float32 (channels, k, slices); see memory_bank_code.py."""
        from nastutor.spaces.memory_bank_code import encoded

        return encoded(self, self.plan(arch))

    def from_code(self, code: Any) -> Arch:
        """The architecture with this code; ValueError where it has another shape, or is the code of none of this space."""
        from nastutor.spaces.memory_bank_code import decoded

        return decoded(self, code)

    def arch(self, blocks: Sequence[Block]) -> Arch:
        """The architecture whose plan is `blocks`; what is none of this space is refused with the decision and the reason."""
        blocks = tuple(blocks)
        if len(blocks) != self.blocks:
            raise ValueError(f"`blocks` are {len(blocks)}; allowed are {self.blocks}, `blocks` of {type(self).__name__}")
        answers = dict(pair for number, block in enumerate(blocks, start=1) for pair in self._answers(number, block))

        def choose(name: str, options: Sequence[Any]) -> Any:
            if name not in answers or answers[name] not in options:
                raise ValueError(f"`blocks` have {answers.get(name, 'nothing')} for the decision {name!r}; allowed are {', '.join(map(str, options))}")
            return answers[name]

        arch = self.walk(choose)
        for mine, theirs in zip(self.plan(arch), blocks, strict=True):
            for number, (op, other) in enumerate(zip(mine.ops, theirs.ops, strict=False), start=1):
                if op != other:
                    raise ValueError(
                        f"`blocks` have {other} as op {number}, whose decisions lead to {op}; allowed are reads of written banks, and writes "
                        "to those or to the next empty ones, rising"
                    )
        return arch

    def _answers(self, number: int, block: Block) -> Iterator[tuple[str, Any]]:
        read = sum(len(op.reads) for op in block.ops) * block.bank
        yield from ((f"{number} bank", block.bank), (f"{number} slices", read // self.compression))
        written = self.start(number - 1, block.bank)[0] if block.bank in self.banks[number - 1] else 0
        for place, op in enumerate(block.ops, start=1):
            name, new = f"{number}.{place}", sum(bank > written for bank in op.writes)
            yield from ((f"{name} reads", len(op.reads)), (f"{name} filters", op.filters), (f"{name} writes", len(op.writes)), (f"{name} new", new))
            for what, banks in (("read", op.reads), ("write", op.writes)):
                yield from ((f"{name} {what} {bank}", bank in banks) for bank in range(1, written + 1))
            yield f"{name} pattern", "".join("1" if conv else "0" for conv in op.convs).ljust(4, "0")
            for conv, values in enumerate(op.convs, start=1):
                yield from ((f"{name} conv{conv} {what}", value) for what, value in zip(Conv._fields, values or (), strict=False))
            written = max((written, *op.writes))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The whole network for a task's images, as the release trains it in the end."""
        from nastutor.spaces.memory_bank_network import network

        return network(self, self.plan(arch), task)


def _check(name: str, values: Any, fits: Any, allowed: str) -> None:
    check_options(name, values)
    for value in values:
        require(name, value, fits, allowed)
