"""`BlockQNNSpace`: blocks written as a network structure code, a row of five numbers for each layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

from nastutor.inputs import is_whole, whole
from nastutor.spaces.base import ChoiceSpace, Choose
from nastutor.spaces.images import check_images
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph

Row = tuple[int, int, int, int, int]  # index, type, kernel, first and second predecessor (0 is the block's input)
TYPES = {1: "convolution", 2: "maximum pooling", 3: "average pooling", 4: "identity", 5: "sum", 6: "join", 7: "end"}
KERNELS = {1: (1, 3, 5), 2: (1, 3), 3: (1, 3)}
END = (7, 0, 0, 0)
MOST = 23

# Two blocks drawn by hand in this code: a bottleneck with a shortcut, and branches that are joined.
SHORTCUT: tuple[Row, ...] = ((1, 1, 1, 0, 0), (2, 1, 3, 1, 0), (3, 1, 1, 2, 0), (4, 5, 0, 0, 3), (5, 7, 0, 0, 0))
BRANCHES: tuple[Row, ...] = ((1, 1, 1, 0, 0), (2, 1, 3, 1, 0), (3, 1, 5, 1, 0), (4, 2, 3, 0, 0), (5, 1, 1, 4, 0), (6, 7, 0, 0, 0))


class BlockQNNSpace(ChoiceSpace):
    """One block is searched and stacked (Zhong et al. 2018, section 3.1: network structure code, NSC).

    A layer is (index, type, kernel, predecessor 1, predecessor 2): 1 convolution (kernel 1, 3, 5), 2 maximum and 3 average pooling (1, 3),
    4 identity, 5 sum and 6 join of two (the smaller number first, as order says nothing), 7 the end; predecessors are earlier layers or 0,
    the block's input. One decision for each layer: the code without its index. The end may come from layer 2 on (a block is more
    than its input) and must come at the largest index. Layers that no layer reads are joined and are the block's output.

    Around it: convolution 3x3; `stages` times `blocks` blocks, between stages a maximum over 2x2 and twice the channels; global mean,
    linear layer. A convolution is ReLU, convolution, batch norm; joins are brought back to the stage's channels, and in sums the
    narrower to the wider, by such a convolution 1x1. What the paper does not say is as in a public re-implementation (elenathfgs/BlockQNN_Keras).
    Of a layer's options the end comes first and identities last, so that of equal blocks the shorter one is enumerated first.

    longest   the largest index, the end included; 2 to 23 (paper 23)
    channels  of the first stage (32)    blocks  in each stage (4 in the search)    stages  how many (3)

    >>> space = BlockQNNSpace(longest=3)
    >>> space.size, space.code(space.from_code([(1, 1, 3, 0, 0), (2, 7, 0, 0, 0)]))
    (152, ((1, 1, 3, 0, 0), (2, 7, 0, 0, 0)))
    """

    unmerged = "layers in another order: two convolutions of the block's input, 1x1 and then 3x3, or 3x3 and then 1x1"

    def __init__(self, longest: int = 6, *, channels: int = 8, blocks: int = 1, stages: int = 2) -> None:
        for name, value, least in (("longest", longest, 2), ("channels", channels, 1), ("blocks", blocks, 1), ("stages", stages, 1)):
            whole(name, value, least)
        if longest > MOST:
            raise ValueError(f"`longest` is {longest}; allowed are 2 to {MOST}, the largest index of the paper")
        self.longest, self.channels, self.blocks, self.stages = longest, channels, blocks, stages

    def decide(self, choose: Choose) -> tuple[Row, ...]:
        rows: list[Row] = []
        while not rows or rows[-1][1] != 7:
            index = len(rows) + 1
            kind, kernel, one, two = choose(f"layer{index}", self._options(index))
            rows.append((index, kind, kernel, one, two))
        return tuple(rows)

    def _options(self, index: int) -> tuple[tuple[int, int, int, int], ...]:
        return (END,) if index == self.longest else ((END,) if index > 1 else ()) + _layers(index)

    @property
    def size(self) -> int:
        """Blocks of n layers and an end, for each n: product of i^2 + 7 i (8 i of one predecessor, i (i - 1) of two) over i up to n."""
        return sum(prod(i * i + 7 * i for i in range(1, n + 1)) for n in range(1, self.longest))

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        return {f"layer{index}": self._options(index) for index in range(1, self.longest + 1)}

    def code(self, arch: Arch) -> tuple[Row, ...]:
        """The network structure code of the block, its end included."""
        return self.plan(arch)  # type: ignore[no-any-return]

    def density(self, arch: Arch) -> float:
        """Edges over nodes of the block, which BlockQNN's early-stop reward asks for: layers and the input are nodes, the end and the joined output are not."""
        layers = self.code(arch)[:-1]
        return sum(2 if kind in (5, 6) else 1 for _, kind, *_ in layers) / (1 + len(layers))

    def from_code(self, code: Sequence[Sequence[int]]) -> Arch:
        """The architecture of a network structure code; what is none of this space is refused with the layer and the reason."""
        rows = _checked(code)
        if len(rows) > self.longest:
            raise ValueError(f"`code` has {len(rows)} layers, its end included; allowed are at most {self.longest}, `longest` of {self!r}")
        return Arch(tuple((f"layer{row[0]}", row[1:]) for row in rows))

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture, in the order of enumeration, that is the same block without identities and the join at its end.

        Identities stay where only they can say that a layer is read twice by one sum or join, or that a layer which others read, or the
        block's input, is output as well. What changes places stays apart (`unmerged`): a convolution 1x1 and one 3x3 of the block's
        input are the same block in either order. So does a pool of kernel 1, which is an identity in another word.
        """
        return self.from_code(_shortened(self.code(arch)))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The whole network for a task's images."""
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, ("stages",), least=2 ** (self.stages - 1))
        rows, builder = self.code(arch), LayerGraph.start(task.shape)
        x = builder.add("conv", builder.input, name="stem conv", group="stem", channels=self.channels, kernel=3, bias=True)
        for stage in range(self.stages):
            if stage:
                x = builder.add("max_pool", x, name=f"pool {stage}", group=f"pool {stage}", kernel=2, stride=2, padding=0)
            for block in range(self.blocks):
                x = _block(builder, x, rows, f"block {stage * self.blocks + block + 1}", self.channels * 2**stage)
        x = builder.add("global_avg_pool", x, name="head mean", group="head")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))


@cache
def _layers(index: int) -> tuple[tuple[int, int, int, int], ...]:
    """What layer `index` may be, the end apart."""
    return tuple(_each(index))


def _each(index: int) -> Iterator[tuple[int, int, int, int]]:
    for kind, kernels in KERNELS.items():
        yield from ((kind, kernel, one, 0) for kernel in kernels for one in range(index))
    for kind in (5, 6):
        yield from ((kind, 0, one, two) for one, two in combinations(range(index), 2))
    yield from ((4, 0, one, 0) for one in range(index))


def _checked(code: Any) -> list[Row]:
    """The rows of a code with their predecessors in order."""
    if not isinstance(code, (list, tuple)) or not code:
        raise ValueError(f"`code` is {code!r}; allowed is a list of at least one layer and an end, each (index, type, kernel, predecessor, predecessor)")
    rows: list[Row] = []
    for index, row in enumerate(code, start=1):
        if not isinstance(row, (list, tuple)) or len(row) != 5 or not all(is_whole(number, 0) for number in row):
            raise ValueError(f"`code` has {row!r} as layer {index}; a layer is five whole numbers (index, type, kernel, predecessor, predecessor)")
        number, kind, kernel, one, two = row
        if number != index:
            raise ValueError(f"`code` has the index {number} in layer {index}; layers are numbered 1, 2, 3 ...")
        if kind not in TYPES:
            raise ValueError(f"`code` has the type {kind} in layer {index}; allowed are {', '.join(f'{key} {name}' for key, name in TYPES.items())}")
        rest = (kind, kernel, min(one, two), max(one, two)) if kind in (5, 6) else (kind, kernel, one, two)
        if (kind == 7) != (index == len(code)) or index == len(code) == 1:
            raise ValueError(f"`code` has {TYPES[kind]} as layer {index} of {len(code)}; the end (type 7) is the last layer and no other, from layer 2 on")
        if (kind == 7 and rest != END) or (kind != 7 and rest not in _layers(index)):
            allowed = f"kernels {', '.join(map(str, KERNELS.get(kind, (0,))))}" + ("" if kind == 7 else f" and predecessors from 0 to {index - 1}")
            two_of = ", two different ones" if kind in (5, 6) else ", the second number 0"
            raise ValueError(f"`code` has {tuple(row)} as layer {index}; a layer of type {kind} ({TYPES[kind]}) has {allowed}{two_of}")
        rows.append((index, *rest))
    return rows


def _shortened(rows: Sequence[Row]) -> list[Row]:
    """The code without identities that can be done without; layers keep their order."""
    layers, outputs = _resolved(rows)
    if len(outputs) == 1 and layers and layers[-1][:2] == (outputs[0], 6):  # the join of all outputs, spelt out
        *layers, (_, _, _, *outputs) = layers
    read = {number for _, kind, _, one, two in layers for number in ((one, two) if kind in (5, 6) else (one,))}
    named = [number for number in outputs if number == 0 or number in read or outputs.count(number) > 1]
    if named and len(outputs) == 2:
        layers, named = [*layers, (len(rows), 6, 0, outputs[0], outputs[1])], []
    code, new, copies = list[Row](), {0: 0}, dict[int, int]()

    def add(kind: int, kernel: int, one: int, two: int = 0) -> int:
        code.append((len(code) + 1, kind, kernel, one, two))
        return len(code)

    for index, kind, kernel, one, two in layers:
        if kind not in (5, 6):
            new[index] = add(kind, kernel, new[one])
            continue
        if one == two and one not in copies:
            copies[one] = add(4, 0, new[one])
        new[index] = add(kind, kernel, *sorted((new[one], copies[one] if one == two else new[two])))
    for number in sorted(named):
        add(4, 0, new[number])
    return [*code, (len(code) + 1, *END)]


def _resolved(rows: Sequence[Row]) -> tuple[list[Row], list[int]]:
    """Layers that are no identities, reading what identities stand for, and the numbers of the outputs, an output as often as it is one."""
    stands, layers = [0], list[Row]()
    for index, kind, kernel, one, two in rows[:-1]:
        stands.append(stands[one] if kind == 4 else index)
        first, second = sorted((stands[one], stands[two])) if kind in (5, 6) else (stands[one], 0)
        layers += [(index, kind, kernel, first, second)] if kind != 4 else []
    return layers, sorted(stands[index] for index in _unread(rows))


def _unread(rows: Sequence[Row]) -> list[int]:
    """The layers that no layer reads: the outputs of the block."""
    read = {number for _, kind, _, one, two in rows[:-1] for number in ((one, two) if kind in (5, 6) else (one,))}
    return [index for index in range(1, len(rows)) if index not in read]


def _block(builder: GraphBuilder, x: str, rows: Sequence[Row], name: str, channels: int) -> str:
    outputs = [x]
    for index, kind, kernel, one, two in rows[:-1]:
        outputs.append(_layer(builder, kind, kernel, outputs[one], outputs[two], f"{name} layer {index}", name, channels))
    unread = [outputs[index] for index in _unread(rows)]
    return unread[0] if len(unread) == 1 else _join(builder, unread, f"{name} output", name, channels)


def _layer(builder: GraphBuilder, kind: int, kernel: int, one: str, two: str, name: str, group: str, channels: int) -> str:
    if kind == 1:
        return _convolution(builder, one, name, group, channels, kernel)
    if kind == 4:
        return builder.add("identity", one, name=f"{name} identity", group=group)
    if kind in (2, 3):
        return builder.add("max_pool" if kind == 2 else "avg_pool", one, name=f"{name} pool", group=group, kernel=kernel)
    if kind == 6:
        return _join(builder, [one, two], name, group, channels)
    wide = max(builder.shape(one)[0], builder.shape(two)[0])
    terms = [x if builder.shape(x)[0] == wide else _convolution(builder, x, f"{name} widened", group, wide, 1) for x in (one, two)]
    return builder.add("add", *terms, name=f"{name} sum", group=group)


def _join(builder: GraphBuilder, xs: Sequence[str], name: str, group: str, channels: int) -> str:
    return _convolution(builder, builder.add("concat", *xs, name=f"{name} join", group=group), name, group, channels, 1)


def _convolution(builder: GraphBuilder, x: str, name: str, group: str, channels: int, kernel: int) -> str:
    x = builder.add("relu", x, name=f"{name} relu", group=group)
    x = builder.add("conv", x, name=f"{name} conv", group=group, channels=channels, kernel=kernel)
    return builder.add("bn", x, name=f"{name} bn", group=group)
