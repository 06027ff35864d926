"""The cells (and small networks) of each space in one form: states, and operations that read earlier states; what codes are made from."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from nastutor.spaces.block_code import KERNELS, BlockQNNSpace
from nastutor.spaces.branches import CONVS, BranchSpace
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.cell_forms import edges
from nastutor.spaces.darts import DARTSSpace
from nastutor.spaces.genotype import INPUTS, Cell
from nastutor.spaces.macro import MacroSpace
from nastutor.spaces.nasbench import OPS, NASBench101
from nastutor.spaces.nasnet import NASNetSpace
from nastutor.spaces.nasrl import NASRLSpace
from nastutor.spaces.recurrent import RecurrentSpace
from nastutor.spaces.stacked import Stacked
from nastutor.spaces.trellis import OPS as TRELLIS_OPS
from nastutor.spaces.trellis import TrellisSpace
from nastutor.values import Arch

NOTHING = "none"  # an operation whose result is zeros: no way leads through it


class Use(NamedTuple):
    """An operation on states.

    reads  those that it is applied to, each; their results are put together
    op     None: passes on what it reads, or there is none
    state  that it adds to; later ones may read that
    may    which states it may read, where that is decided
    ops    what it may be, where that is decided
    """

    reads: tuple[int, ...]
    op: str | None
    state: int
    may: Sequence[int] = ()
    ops: Sequence[str] = ()


class CellGraph(NamedTuple):
    """One cell: states are numbered, inputs first, and each is read by later ones only.

    name     "" where a network has one cell
    inputs   how many
    uses     the operations, in the order of their states
    outputs  the states that the cell gives
    may      which states it may give, where that is decided; joins: which results are joined instead of added, likewise
    ops      that are named in ways; others are passed by
    lengths  of the shortest and the longest way from an input to the output
    """

    name: str
    inputs: int
    uses: tuple[Use, ...]
    outputs: tuple[int, ...]
    ops: tuple[str, ...]
    lengths: tuple[int, int]
    may: Sequence[int] = ()
    joins: tuple[bool, ...] = ()


def cell_graphs(space: Any, arch: Arch) -> tuple[CellGraph, ...]:
    """The cells of an architecture; TypeError where the architectures of `space` are no cells."""
    plan = space.plan(arch)
    if isinstance(space, Stacked):
        tied = plan.reduce is plan.normal
        return (_pairs(space, "", plan.normal),) if tied else tuple(_pairs(space, name, cell) for name, cell in zip(plan._fields, plan, strict=True))
    for kind, make in MAKERS:
        if isinstance(space, kind):
            return (make(space, plan),)
    known = ", ".join(sorted(kind.__name__ for kind in (NASNetSpace, DARTSSpace, *(kind for kind, _ in MAKERS))))
    raise TypeError(f"`space` is {space!r}, whose architectures are no graphs of operations; allowed are {known} and what is made of them (chapter 2)")


def _matrix(space: NASBench101, plan: Any) -> CellGraph:
    last = space.vertices - 1
    sources = [tuple(i for i, j in sorted(plan.edges) if j == vertex) for vertex in range(space.vertices)]
    uses = (Use(sources[vertex], op, vertex, range(vertex), OPS) for vertex, op in enumerate(plan.ops, start=1))
    return CellGraph("", 1, tuple(uses), sources[last], OPS, (0, last - 1), range(last))


def _edges(space: CellSpace, plan: Any) -> CellGraph:
    uses = (Use((i,), plan[f"{i}->{j}"], j, (), space.ops) for i, j in edges(space.nodes))
    return CellGraph("", 1, tuple(uses), (space.nodes - 1,), space.ops, (1, space.nodes - 1))


def _pairs(space: Any, name: str, cell: Cell) -> CellGraph:
    """Of NASNet and its relatives, and of DARTS."""
    chosen, combine = getattr(space, "output", "") == "chosen", getattr(space, "combine", ())
    uses = _halves(((block.in1, block.op1, block.in2, block.op2) for block in cell.blocks), space.ops)
    joins = tuple(block.combine == "concat" for block in cell.blocks) if len(combine) > 1 else ()
    least = 0 if chosen or getattr(space, "inputs_too", False) else 1
    return CellGraph(name, INPUTS, uses, cell.concat, space.ops, (least, space.blocks), range(space.blocks + INPUTS) if chosen else (), joins)


def _halves(blocks: Any, ops: Sequence[str]) -> tuple[Use, ...]:
    """Of blocks (state, operation, state, operation)."""
    halves = ((number, half) for number, (in1, op1, in2, op2) in enumerate(blocks, start=INPUTS) for half in ((in1, op1), (in2, op2)))
    return tuple(Use((state,), op, number, range(number), ops) for number, (state, op) in halves)


def _trellis(space: TrellisSpace, plan: Any) -> CellGraph:
    outputs = tuple(range(INPUTS, space.blocks + INPUTS))
    return CellGraph("", INPUTS, _halves(plan.blocks, TRELLIS_OPS), outputs, TRELLIS_OPS, (1, space.blocks))


LAYERS = (*(f"{kind}{kernel}" for kind, number in (("conv", 1), ("max", 2), ("avg", 3)) for kernel in KERNELS[number]), "identity", "add", "concat")


def _layers(space: BlockQNNSpace, plan: Any) -> CellGraph:
    """A row for each layer; the places behind the end are empty. Ways pass identities, sums and joins without a word."""
    names = {1: "conv", 2: "max", 3: "avg", 4: "identity", 5: "add", 6: "concat"}
    rows = {row[0]: row for row in plan if row[1] in names}
    uses = []
    for index in range(1, space.longest):
        if index in rows:
            _, kind, kernel, one, two = rows[index]
            uses.append(Use((one, two) if kind > 4 else (one,), f"{names[kind]}{kernel or ''}", index, range(index), LAYERS))
        else:
            uses.append(Use((), None, index, range(index), LAYERS))
    read = {state for use in uses for state in use.reads}
    return CellGraph("", 1, tuple(uses), tuple(index for index in rows if index not in read), LAYERS[:-3], (0, space.longest - 1))


def _macro(space: MacroSpace, plan: Any) -> CellGraph:
    """A layer works on the one before it, and its skips pass by the operation."""
    uses: list[Use] = []
    for number, layer in enumerate(plan, start=1):
        uses += [Use((number - 1,), layer.op, number, (), space.ops), Use(layer.skips, None, number, range(number - 1))]
    return CellGraph("", 1, tuple(uses), (space.layers,), space.ops, (0, space.layers))


def _recurrent(space: RecurrentSpace, plan: Any) -> CellGraph:
    """State 0 is what is there before any activation that is decided: of the kind "enas" that of node 0 is."""
    first = space.kind == "enas"
    uses = [Use((0,), plan.activations[0], 1, (), space.activations)] if first else []
    for node, (read, name) in enumerate(zip(plan.reads, plan.activations[1:], strict=True), start=1):
        uses.append(Use((read + first,), name, node + first, range(first, node + first), space.activations))
    further = range(1, space.further + 1)
    outputs = tuple(node + first for node in further if not first or node not in plan.reads)
    return CellGraph("", 1, tuple(uses), outputs, space.activations, (1 + first, space.further + first))


def _anchors(space: NASRLSpace, plan: Any) -> CellGraph:
    """A layer is named by its filter, channels and strides, "3x1 8/1x1"; without inputs it reads the image."""
    sizes = product(space.heights, space.widths, space.filters, space.strides, space.strides)
    uses = [Use(layer.reads or (0,), _sized(layer.filter, layer.channels, layer.stride), number) for number, layer in enumerate(plan, start=1)]
    read = {state for use in uses for state in use.reads}
    outputs = tuple(use.state for use in uses if use.state not in read)
    return CellGraph(
        "", 1, tuple(uses), outputs, tuple(_sized((height, width), channels, stride) for height, width, channels, *stride in sizes), (1, max(space.depths))
    )


def _sized(window: Sequence[int], channels: int, stride: Sequence[int]) -> str:
    return f"{window[0]}x{window[1]} {channels}/{stride[0]}x{stride[1]}"


def _branches(space: BranchSpace, plan: Any) -> CellGraph:
    """A layer is named by its kind, kernel, width and stride: "conv3 8/2", "max2/2"."""
    uses = (Use(layer.reads, _branch(layer.kind, layer.kernel, layer.width, layer.stride), number) for number, layer in enumerate(plan.layers, start=1))
    kinds: list[tuple[str, int | None, int | None]] = []
    for kind in space.kinds:
        kinds += [(kind, kernel, width) for kernel in space.kernels for width in space.widths] if kind in CONVS else [(kind, None, None)]
    ops = tuple(_branch(*kind, stride) for kind in kinds for stride in (1, 2) if stride == 2 or kind[0] in space.steady)
    return CellGraph("", 1, tuple(uses), plan.reads, ops, (0, max(space.depths)))


def _branch(kind: str, kernel: int | None, width: int | None, stride: int) -> str:
    return f"{kind}{kernel or ''}{f' {width}' if width else ''}/{stride}"


CELLS: tuple[tuple[type, Any], ...] = (  # in which an operation is one decision
    *((NASBench101, _matrix), (CellSpace, _edges), (TrellisSpace, _trellis)),
    *((BlockQNNSpace, _layers), (MacroSpace, _macro), (RecurrentSpace, _recurrent)),
)
MAKERS = (*CELLS, (NASRLSpace, _anchors), (BranchSpace, _branches))


def ways(cell: CellGraph, longest: int | None = None, *, once: bool = False) -> Iterator[tuple[str, ...]]:
    """The operations on every way from an input to the output, one entry a way; where there are several inputs, its number comes first.

    longest  only ways of at most so many operations; longer ones are not followed
    once     one entry for all ways with the same operations: there may be few of them where skips make millions of ways
    """
    most = sys.maxsize if longest is None else longest + (cell.inputs > 1)
    states = max((cell.inputs - 1, *(use.state for use in cell.uses)))
    found: list[list[tuple[str, ...]]] = [[(str(number),) if cell.inputs > 1 else ()] for number in range(cell.inputs)]
    found += [[] for _ in range(states + 1 - cell.inputs)]
    for use in cell.uses:
        if use.op != NOTHING:
            more = (use.op,) if use.op in cell.ops else ()
            found[use.state] += [(*way, *more) for state in use.reads for way in found[state] if len(way) + len(more) <= most]
            if once:
                found[use.state] = list(dict.fromkeys(found[use.state]))
    for state in cell.outputs:
        yield from found[state]
