"""Networks of stacked cells: what NASNet, PNASNet, ENAS and DARTS build around a normal and a reduction cell, whatever is inside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from nastutor.spaces.base import ChoiceSpace
from nastutor.spaces.cell_layers import NASNetCells
from nastutor.spaces.genotype import INPUTS, Block, Cell, Genotype, first_cell
from nastutor.spaces.images import check_images
from nastutor.spaces.stack import STACKING, Stack
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph


class Stacked(ChoiceSpace):
    """What a space of cells has beside its decisions: canonical forms, genotypes, and the network around the cells.

    `decide` gives a `Genotype`; `answers(genotype)` gives the decisions that make one.
    """

    layers: ClassVar[type[NASNetCells]] = NASNetCells
    drop_grows: ClassVar[bool] = True  # whether later cells drop their paths more often
    instead: ClassVar[bool] = False  # whether a reduction stands in the place of a stage's first cell, not before it
    auxiliary_at: ClassVar[int] = -1  # which cell the auxiliary head looks at, counted from the last reduction
    takes: ClassVar[tuple[str, ...]] = STACKING  # which settings of a stack the paper has

    blocks: int
    ops: tuple[str, ...]
    channels: int
    cells: int
    stages: int
    stem: str
    stem_channels: int
    drop_path: float
    narrow_convs: bool
    skip_reduction_input: bool
    odd_halves: bool

    def _stack(self, given: Mapping[str, Any]) -> None:
        """Keeps the settings of the network, checked; each is an attribute of the space."""
        if unknown := [name for name in given if name not in self.takes]:
            own = [name for name in super().settings if name != "stack"]
            raise TypeError(f"`{unknown[0]}` is no argument of {type(self).__name__}; allowed are {', '.join((*own, *self.takes))}")
        self.stack = Stack(**given)
        vars(self).update({**vars(self.stack), "stem_channels": self.stack.first_channels})

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the stack among them, whether they were given or are its defaults."""
        own = {name: value for name, value in super().settings.items() if name != "stack"}
        return own | {name: getattr(self.stack, name) for name in self.takes if name not in own}

    # architectures and genotypes

    def answers(self, genotype: Genotype) -> dict[str, Any]:
        """decision -> option"""
        raise TypeError(f"{type(self).__name__} does not say which decisions make a genotype: define answers(genotype)")

    def genotype(self, arch: Arch) -> Genotype:
        """The two cells."""
        return self.plan(arch)  # type: ignore[no-any-return]

    def from_genotype(self, genotype: Genotype | str) -> Arch:
        """The architecture with these cells, given as a value or as text (genotype.py has the form)."""
        genotype = Genotype.parse(genotype) if isinstance(genotype, str) else genotype
        if not isinstance(genotype, Genotype):
            raise TypeError(f"`genotype` is {genotype!r}; allowed are a Genotype, and the text of one: 'normal: CELL; reduce: CELL'")
        genotype.check()
        for name, cell in zip(Genotype._fields, genotype, strict=True):
            if len(cell.blocks) != self.blocks:
                raise ValueError(f"`genotype` has {len(cell.blocks)} blocks in its {name} cell; allowed are {self.blocks}, the `blocks` of {self!r}")
        answers = self.answers(genotype)

        def choose(name: str, options: Any) -> Any:
            if answers[name] not in options:
                raise ValueError(f"`genotype` says {answers[name]!r} for {name!r}; allowed are {', '.join(map(repr, options))}: {genotype}")
            return answers[name]

        arch = self.walk(choose)
        for name, own, asked in zip(Genotype._fields, self.plan(arch), genotype, strict=True):
            if set(own.concat) != set(asked.concat):
                raise ValueError(f"`genotype` joins the states {asked.concat} in its {name} cell; {self!r} joins {own.concat} there")
        return arch  # type: ignore[no-any-return]

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture, in the order of enumeration, with the same cells: blocks in another order, halves of sums swapped.

        Of a reduction cell that is not built (one stage, and no stem of such cells) all decisions are the first.
        No block is dead in its cell: what no block reads is joined. Cells that differ otherwise may still be the same network, where states
        without weights are equal (two blocks that average the same pixels) or where no cell reads an input: they count as different here.
        """
        genotype = self.plan(arch)
        normal = self._first("normal", genotype.normal)[0]
        tied = genotype.reduce is genotype.normal
        reduce = self._first_genotype.reduce if self.unseen else genotype.reduce
        answers = self.answers(Genotype(normal, normal if tied else self._first("reduce", reduce)[0]))
        return Arch(tuple((name, answers[name]) for name, _ in arch.choices))

    @cached_property
    def unseen(self) -> tuple[str, ...]:
        """The decisions that no graph shows: those on a reduction cell that is not built."""
        built = {kind for kind, _ in self._kinds()}
        return () if "reduce" in built else tuple(name for name in self.sites() if name.startswith("reduce"))

    @property
    def unmerged(self) -> str:
        """Which equal networks `canonical` leaves apart, beside those whose graphs differ."""
        return (
            "cells that differ by which of their inputs they read: a network of one cell gives it the same one twice" if len(list(self._kinds())) == 1 else ""
        )

    @cached_property
    def _first_genotype(self) -> Genotype:
        return self.plan(self.walk(lambda name, options: options[0]))  # type: ignore[no-any-return]

    def _first(self, kind: str, cell: Cell) -> tuple[Cell, tuple[int, ...]]:
        """The first of all cells that are the same as this one of the genotype, and the old number of each of its states."""
        return first_cell(self._renamed(kind, cell), self._place)

    def _renamed(self, kind: str, cell: Cell) -> Cell:
        """The cell with one name for each layer, where an operation comes to be the same layer as another one."""
        return cell

    def _place(self, block: Block) -> tuple[Any, ...]:
        """What blocks are ordered by: their options in the order of `decide`."""
        rank = self._ranks
        return block.in1, block.in2, rank[block.op1], rank[block.op2], block.combine == "concat"

    @cached_property
    def _ranks(self) -> dict[str, int]:
        return {op: number for number, op in enumerate(self.ops)}

    # the network

    def graph(self, arch: Arch, task: Any, *, auxiliary: bool = False) -> LayerGraph:
        """The whole network for a task's images, cells as the genotype has them; states are joined in the order of the canonical cell.

        auxiliary  with the head that the papers train beside the last layer: the output is then (2 * classes,), the network's own scores
                   and behind them the head's (`nastutor.nets.blocks.auxiliary_loss` takes them); counts include the head
        """
        from nastutor.nets.graph import LayerGraph

        self._check_shape(task)
        genotype, kinds = self.plan(arch), list(self._kinds())
        orders = {name: self._order(name, cell) for name, cell in zip(Genotype._fields, genotype, strict=True)}
        layers = self.layers(LayerGraph.start(task.shape), narrow_convs=self.narrow_convs, odd_halves=self.odd_halves)
        outs: list[Any] = self._stem(layers)  # only the first may be None
        for number, (kind, channels) in enumerate(kinds, 1):
            layers.drop_path = self.drop_path * (number / len(kinds) if self.drop_grows else 1)
            older = outs[-3 if self.skip_reduction_input and number - 1 in self._reductions(kinds) else -2]
            name, stride = f"{'cell' if kind == 'normal' else 'reduction'} {number}", 1 if kind == "normal" else 2
            outs.append(layers.cell(getattr(genotype, kind), orders[kind], older, outs[-1], name, channels, stride))
        layers.group = "head"
        scores = layers.classifier(outs[-1], task.classes, relu=layers.last_relu, bias=layers.bias)
        return layers.builder.finish(self._auxiliary(layers, outs[2:], scores, task.classes) if auxiliary else scores)

    def _order(self, kind: str, cell: Cell) -> tuple[int, ...]:
        """The states that are joined, in the order of the canonical cell: equal cells are equal networks then."""
        first, old = self._first(kind, cell)
        return tuple(old[state] for state in first.concat)

    @property
    def _stem_cells(self) -> int:
        return 2 if self.stem == "imagenet" else 0

    def _kinds(self) -> Iterator[tuple[str, int]]:
        """The cells in order: normal or reduce, and their channels."""
        for number in range(self._stem_cells):
            yield "reduce", self.channels // 2 ** (self._stem_cells - number)
        for stage in range(self.stages):
            channels = self.channels * 2**stage
            if stage:
                yield "reduce", channels
            for _ in range(self.cells - (self.instead and stage > 0)):
                yield "normal", channels

    def _stem(self, layers: NASNetCells) -> list[str | None]:
        """The outputs before the first cell: none, and a convolution with batch norm."""
        layers.group = "stem"
        how = {"stride": 2, "padding": 0} if self.stem == "imagenet" else {}
        return [None, layers.conv_bn(layers.builder.input, "stem", self.stem_channels, 3, relu=False, **how)]

    def _reductions(self, kinds: list[tuple[str, int]]) -> list[int]:
        """The numbers, from 1, of the reduction cells between stages."""
        return [number for number, (kind, _) in enumerate(kinds, 1) if kind == "reduce" and number > self._stem_cells]

    def _auxiliary(self, layers: NASNetCells, cells: list[Any], scores: str, classes: int) -> str:
        if self.stages < 2:
            raise ValueError(f"`auxiliary` is True, and `stages` is {self.stages}; allowed are 2 and more: the head stands at the last reduction")
        last = self._reductions(list(self._kinds()))[-1]
        layers.group = "auxiliary head"
        head = layers.auxiliary_classifier(cells[last - 1 + self.auxiliary_at], classes, bias=layers.bias, **self._auxiliary_form)
        return layers.add("concat", scores, head, name="own and auxiliary scores")

    @property
    def _auxiliary_form(self) -> dict[str, Any]:
        return {}

    def _check_shape(self, task: Any) -> None:
        halvings = self.stages - 1 + (3 if self.stem == "imagenet" else 0)
        why = f"they are halved {halvings} times; pass fewer `stages`, or larger images"
        check_images(task, self, ("stages", "stem"), least=2**halvings, why=why)


def cell_names(cell: str, blocks: int) -> list[str]:
    """normal2, normal3 ...: the blocks of a cell, named after the states they make."""
    return [f"{cell}{number}" for number in range(INPUTS, blocks + INPUTS)]
