"""`NASNetSpace` and its relatives: cells of pairwise blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from nastutor.inputs import whole
from nastutor.spaces.base import Choose
from nastutor.spaces.cell_layers import KNOWN, ENASCells, NASNetCells
from nastutor.spaces.genotype import INPUTS, SIGNS, Block, Cell, Genotype
from nastutor.spaces.pairwise_supernet import SearchedCells, loose
from nastutor.spaces.relaxed import Relaxed
from nastutor.spaces.roles import Role
from nastutor.spaces.stack import STACKING
from nastutor.spaces.stacked import Stacked, cell_names
from nastutor.values import Arch, Value

if TYPE_CHECKING:
    from nastutor.nets.supernet import Supernet

NASNET_OPS = ("identity", "conv1x3-3x1", "conv1x7-7x1", "dil3", "avg3", "max3", "max5", "max7", "conv1", "conv3", "sep3", "sep5", "sep7")
AMOEBANET_OPS = ("identity", "sep3", "sep5", "sep7", "avg3", "max3", "dilsep3", "conv1x7-7x1")
PNAS_OPS = ("sep3", "sep5", "sep7", "conv1x7-7x1", "identity", "avg3", "max3", "dil3")
ENAS_OPS = ("sep3", "sep5", "avg3", "max3", "identity")
OUTPUTS = ("unused", "all", "chosen")
MOST_BLOCKS = 7


class NASNetSpace(Stacked):
    """Two cells of pairwise blocks are searched and stacked (Zoph et al. 2018, sections 3 and A).

    Block b of a cell takes two of the states 0 to b - 1, applies an operation to each and combines the two results: state b, the first being
    2. State 0 is the output of the previous cell, state 1 that of the one before, both brought to the cell's channels and size; in the
    reduction cell what reads them has stride 2. Around the cells: convolution 3x3 and batch norm; `stages` times `cells` normal cells, before
    each stage but the first a reduction cell with twice the channels; ReLU, global mean, linear layer.

    blocks         B of a cell (paper 5); 1 to 7
    ops            of what reads a state; the names are those of `nastutor.spaces.cell_layers`
    combine        "add", "concat" or both; what was joined has twice the channels, until it is read
    output         which states a cell joins: "unused" (those made by blocks and read by none), "all" blocks, or "chosen": for each state that is
                   read a decision of its own, as the published lists need it
    stack          of the network, by name, as `nastutor.spaces.stack.Stack` has them: channels (paper 32 and up), cells (4 to 7), stages (3), stem,
                   stem_channels (ImageNet: 96 large, 32 mobile), drop_path (0.4 for CIFAR-10; `Train(scheduled_drop_path=True)` makes it rise
                   with the epochs), narrow_convs, skip_reduction_input (large), odd_halves (AmoebaNet with F = 190 needs it)

    >>> space = NASNetSpace()
    >>> f"{space.size:.4g}", len(space.sites())
    ('5.23e+36', 50)
    """

    def __init__(
        self, blocks: int = 5, ops: Sequence[str] = NASNET_OPS, *, combine: Sequence[str] = ("add", "concat"), output: str = "unused", **stack: Any
    ) -> None:
        if whole("blocks", blocks) > MOST_BLOCKS:
            raise ValueError(f"`blocks` is {blocks}; allowed are at most {MOST_BLOCKS}: beyond, it takes too long to find out which cells are the same")
        if output not in OUTPUTS:
            raise ValueError(f"`output` is {output!r}; allowed are {', '.join(map(repr, OUTPUTS))}")
        self.blocks, self.ops, self.combine, self.output = blocks, named("ops", ops, KNOWN), named("combine", combine, tuple(SIGNS)), output
        self._stack(stack)
        self._check_halves()
        self._names = {cell: cell_names(cell, blocks) for cell in Genotype._fields}

    tied: ClassVar[bool] = False  # whether one cell serves as both
    inputs_too: ClassVar[bool] = False  # whether an input that no block reads counts as unused

    def decide(self, choose: Choose) -> Genotype:
        normal = self._decide_cell(choose, "normal")
        return Genotype(normal, normal if self.tied else self._decide_cell(choose, "reduce"))

    def _decide_cell(self, choose: Choose, cell: str) -> Cell:
        blocks, combine, read = [], self.combine[0], set()
        for number, name in enumerate(self._names[cell], INPUTS):
            in1, in2 = choose(f"{name}_in1", range(number)), choose(f"{name}_in2", range(number))
            op1, op2 = choose(f"{name}_op1", self.ops), choose(f"{name}_op2", self.ops)
            if len(self.combine) > 1:
                combine = choose(f"{name}_combine", self.combine)
            blocks.append(Block(in1, in2, op1, op2, combine))
            read |= {in1, in2}
        return Cell(tuple(blocks), self._joined(choose, cell, read))

    def _joined(self, choose: Choose, cell: str, read: set[int]) -> tuple[int, ...]:
        states = range(self.blocks + INPUTS)
        if self.output == "chosen":
            return tuple(s for s in states if choose(f"{cell}_out{s}", (False, True) if s < INPUTS or s in read else (True,)))
        return tuple(s for s in states[0 if self.inputs_too else INPUTS :] if self.output == "all" or s not in read)

    @property
    def size(self) -> int:
        """prod (b + 1)^2 k^2 c per cell, for b from 1 to B, k operations and c ways to combine; "chosen": times 2 for each state that is read or an input."""
        ways = (len(self.ops) ** 2 * len(self.combine)) ** self.blocks
        ways *= _chosen(self.blocks) if self.output == "chosen" else prod((number + 1) ** 2 for number in range(1, self.blocks + 1))
        return ways if self.tied else ways**2

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        last = self.blocks + INPUTS - 1
        found: dict[str, tuple[Any, ...]] = {}
        for cell in Genotype._fields[: 1 if self.tied else 2]:
            for number, name in enumerate(self._names[cell], INPUTS):
                found |= {f"{name}_in1": tuple(range(number)), f"{name}_in2": tuple(range(number)), f"{name}_op1": self.ops, f"{name}_op2": self.ops}
                found |= {f"{name}_combine": self.combine} if len(self.combine) > 1 else {}
            if self.output == "chosen":
                found |= {f"{cell}_out{state}": (False, True) if state < last else (True,) for state in range(last + 1)}
        return found

    def roles(self) -> dict[str, Role]:
        kinds = {"in1": "read", "in2": "read", "op1": "op", "op2": "op"}
        cells = Genotype._fields[: 1 if self.tied else 2]
        named = [(cell, number, name) for cell in cells for number, name in enumerate(self._names[cell], INPUTS)]
        return {f"{name}_{part}": Role(kind, number, cell=cell) for cell, number, name in named for part, kind in kinds.items()}

    def answers(self, genotype: Genotype) -> dict[str, Any]:
        if self.tied and genotype.normal != genotype.reduce:
            raise ValueError(f"`genotype` has two different cells; allowed is the same one twice, for {type(self).__name__} searches one cell: {genotype}")
        if wrong := {block.combine for cell in genotype for block in cell.blocks} - set(self.combine):
            raise ValueError(f"`genotype` has a block that combines by {wrong.pop()!r}; allowed are {', '.join(map(repr, self.combine))}: {genotype}")
        found: dict[str, Any] = {}
        for cell, own in zip(Genotype._fields, genotype, strict=True):
            for name, block in zip(self._names[cell], own.blocks, strict=True):
                found |= {f"{name}_{part}": value for part, value in zip(Block._fields, block, strict=True)}
            found |= {f"{cell}_out{state}": state in own.concat for state in range(self.blocks + INPUTS)}
        return found

    def _renamed(self, kind: str, cell: Cell) -> Cell:
        """An identity that halves the image, or reads what was joined, is a convolution 1x1: one of the two names. Paths tell them apart by being dropped."""
        same = {"identity", "conv1"} & set(self.ops)
        if len(same) < 2 or self.drop_path or self.layers.identity is not NASNetCells.identity:
            return cell
        name = min(same, key=self.ops.index)

        def renamed(state: int, op: str) -> str:
            changes = cell.blocks[state - INPUTS].combine == "concat" if state >= INPUTS else kind == "reduce" and not self.tied
            return name if changes and op in same else op

        return cell._replace(blocks=tuple(b._replace(op1=renamed(b.in1, b.op1), op2=renamed(b.in2, b.op2)) for b in cell.blocks))

    def _check_halves(self) -> None:
        """Where a cell of the stem joins an input, two paths bring it to half the size: of an eighth of the channels each in the first one."""
        joins = self.stem == "imagenet" and (self.output == "chosen" or self.inputs_too)
        if joins and (self.channels < 8 or (self.channels % 8 and not self.odd_halves)):
            raise ValueError(
                f"`channels` is {self.channels}; allowed with `stem`='imagenet' and `output`={self.output!r} are multiples of 8: cells may join their inputs, "
                "and a factorised reduction halves a quarter of them (`odd_halves`=True rounds down, from 8)"
            )


class AmoebaNetSpace(NASNetSpace):
    """The cells of AmoebaNet (Real et al. 2019, section 3): as NASNet's, with 8 operations, always added; drop-path does not grow with depth.

    Arguments are those of `NASNetSpace`, without `combine` and `skip_reduction_input`.

    >>> f"{AmoebaNetSpace().size:.2g}"
    '3.1e+29'
    """

    drop_grows = False
    takes = tuple(name for name in STACKING if name != "skip_reduction_input")

    def __init__(self, blocks: int = 5, ops: Sequence[str] = AMOEBANET_OPS, *, output: str = "unused", **stack: Any) -> None:
        super().__init__(blocks, ops, combine=("add",), output=output, **stack)


class PNASSpace(Relaxed, NASNetSpace):
    """The cells of PNASNet (Liu et al. 2018, section 3.1): one cell, of blocks that add, all of them joined.

    With stride 2 the same cell stands in the place of the first one of each stage but the first. Arguments are those of
    `NASNetSpace`, without `combine`, `output` and `skip_reduction_input`.

    >>> f"{PNASSpace().size:.2g}", PNASSpace(blocks=1).size
    ('5.6e+14', 256)
    """

    tied = instead = True
    takes = AmoebaNetSpace.takes

    def __init__(self, blocks: int = 5, ops: Sequence[str] = PNAS_OPS, **stack: Any) -> None:
        super().__init__(blocks, ops, combine=("add",), output="all", **stack)

    search_layers = NASNetCells

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """Each half of a block weighs all earlier states and, on each, all operations, alike in all cells; without `drop_path`."""
        from nastutor.spaces.pairwise_supernet import supernet

        return supernet(self, task, affine)


class ENASMicroSpace(Relaxed, NASNetSpace):
    """The cells of ENAS' micro search (Pham et al. 2018, section 2.4): 5 operations, always added.

    State 0 is the cell before the previous one, state 1 the previous cell: the other way round than in `NASNetSpace`. An input that no
    block reads is joined as well. The paper counts (5 * 5!)^4 = 1.3e11 for both cells, one input and one operation to a block; with two of
    each there are 2.6e25. Of the network there are `channels`, `cells`, `stages` and `drop_path` to be set.

    search  the network that is trained while searching, as in the released code: a reduction comes before its cell, whose operations have stride 1,
            and a convolution brings what is joined back to the channels of the cell

    >>> f"{ENASMicroSpace().size:.4g}"
    '2.563e+25'
    """

    layers = ENASCells
    inputs_too = True
    auxiliary_at = 1
    takes = ("channels", "cells", "stages", "drop_path")

    later: ClassVar[Mapping[str, Any]] = {"search": False}

    def __init__(self, blocks: int = 5, ops: Sequence[str] = ENAS_OPS, *, search: bool = False, **stack: Any) -> None:
        super().__init__(blocks, ops, combine=("add",), **stack)
        if type(search) is not bool:
            raise ValueError(f"`search` is {search!r}; allowed are True and False")
        self.search = search
        if search:
            self.layers = SearchedCells  # type: ignore[misc]

    # the mixture: which states are joined follows from what blocks read, and is weighed beside it

    search_layers = SearchedCells

    def searched(self) -> ENASMicroSpace:
        return self if self.search else type(self)(**{**self.settings, "search": True})

    def mixture_sites(self) -> dict[str, tuple[Value, ...]]:
        """The decisions, and for each state but the last whether it is joined."""
        outs = {f"{kind}_out{state}": (False, True) for kind in Genotype._fields for state in range(self.blocks + INPUTS - 1)}
        return {name: tuple(options) for name, options in self.sites().items()} | outs

    def chosen(self, arch: Arch) -> dict[str, Value]:
        return {**dict(arch.choices), **loose(self.genotype(arch), self.blocks)}

    def supernet(self, task: Any, *, affine: bool = True) -> Supernet:
        """The network of the search, whatever `search` says: each half of a block weighs all earlier states and, on each, all operations.

        Without `drop_path`, which the released search of this space has as well.
        """
        from nastutor.spaces.pairwise_supernet import supernet

        return supernet(self, task, affine)


def named(name: str, given: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Some of the names that are known, each once, at least one."""
    if isinstance(given, str) or not given or len(set(given)) < len(given) or not set(given) <= set(known):
        raise ValueError(f"`{name}` is {given!r}; allowed is a tuple of some of {', '.join(known)}, each once")
    return tuple(given)


def _chosen(blocks: int) -> int:
    """In how many ways blocks read states and states are joined: counted by how many states (inputs among them) are free to be joined or not."""
    ways = {INPUTS: 1}  # states that are read or inputs -> ways
    for number in range(INPUTS, blocks + INPUTS):
        more: dict[int, int] = {}
        for read, count in ways.items():
            new = number - read
            for found, how in ((0, read * read), (1, new * (2 * read + 1)), (2, new * (new - 1))):
                more[read + found] = more.get(read + found, 0) + count * how
        ways = more
    return sum(count * 2**read for read, count in ways.items())
