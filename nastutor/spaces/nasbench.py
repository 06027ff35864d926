"""`NASBench101`: small graphs with an operation in each vertex, stacked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import index
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nastutor.inputs import whole
from nastutor.rng import as_rng
from nastutor.spaces import graph_forms
from nastutor.spaces.base import ChoiceSpace, Choose
from nastutor.spaces.graph_enumeration import MOST_EDGES, MOST_VERTICES, Graphs, Ints, graphs
from nastutor.spaces.graph_network import add_module
from nastutor.spaces.images import check_images
from nastutor.values import Arch, Value

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph

OPS = tuple(graph_forms.PUBLISHED)  # conv3, conv1, maxpool3: the benchmark's order


class Module(NamedTuple):
    """The plan: edges (i, j) in the order of decisions, and the operations of the interior vertices."""

    edges: tuple[tuple[int, int], ...]
    ops: tuple[str, ...]


class NASBench101(ChoiceSpace):
    """Every small graph between an input and an output (Ying et al. 2019, section 2), one operation in each vertex between them.

    A vertex adds up what reaches it, then applies its operation: `conv3` and `conv1` (convolution, batch norm, ReLU) or `maxpool3`. The
    vertices that feed the output share its channels and are joined there (graph_forms.py has the rule). What comes from the input goes
    through a projection (convolution 1x1, batch norm, ReLU) of its own for each edge; if the input feeds the output, it is added there.
    Around the module: convolution 3x3, batch norm, ReLU; `stacks` times `modules` modules, between stacks a maximum over 2x2 and twice the
    channels; global mean, linear layer.

    vertices  V of a module, input and output included; 2 to 7 (the benchmark: 7)
    edges     at most so many; 1 to 9 (the benchmark: 9)
    channels  of the first stack (paper 128)
    modules   in each stack (paper 3)
    stacks    how many (paper 3); two suit images of 8x8: they end at 4x4

    Every decision is an edge or an operation; edges are asked for from the output backwards, so that an edge that the limit forbids, or
    the last that can still join input and output, is known when it is asked for: each architecture is valid. All edges count for the limit;
    the benchmark counts those of the pruned graph (`from_matrix` does as well). The canonical ones come in the order of its generator.

    >>> space = NASBench101(vertices=5)
    >>> space.size, len(space.networks())
    (22680, 2532)
    """

    def __init__(self, vertices: int = MOST_VERTICES, edges: int = MOST_EDGES, *, channels: int = 8, modules: int = 1, stacks: int = 2) -> None:
        for name, value, least in (("vertices", vertices, 2), ("edges", edges, 1), ("channels", channels, 1), ("modules", modules, 1), ("stacks", stacks, 1)):
            whole(name, value, least)
        for name, value, most in (("vertices", vertices, MOST_VERTICES), ("edges", edges, MOST_EDGES)):
            if value > most:
                raise ValueError(f"`{name}` is {value}; allowed are at most {most}, as in the benchmark: beyond, there are too many graphs to tell apart")
        if channels < vertices - 2:
            raise ValueError(f"`channels` is {channels}; allowed are at least {vertices - 2}: as many vertices may share the channels of the output")
        self.vertices, self.edges, self.channels, self.modules, self.stacks = vertices, edges, channels, modules, stacks
        self._pairs = [(f"{i}->{j}", i, j) for j in range(vertices - 1, 0, -1) for i in range(j - 1, -1, -1)]
        self._interior = tuple(f"op{vertex}" for vertex in range(1, vertices - 1))

    def decide(self, choose: Choose) -> Module:
        edges: list[tuple[int, int]] = []
        feeding = {self.vertices - 1}  # the vertices from which the output is reached, so far
        for name, i, j in self._pairs:
            joins = i == 0 and j in feeding
            if joins and min(feeding) == j:
                options: tuple[bool, ...] = (True,)  # the last chance
            elif len(edges) + (0 not in feeding and not joins) < self.edges:
                options = (False, True)
            else:
                options = (False,)  # one edge is kept for the input
            if choose(name, options):
                edges.append((i, j))
                if j in feeding:
                    feeding.add(i)
        return Module(tuple(edges), tuple(choose(name, OPS) for name in self._interior))

    # all of them, by number

    @property
    def size(self) -> int:
        return len(self._graphs.mask) * self._codes

    def number(self, arch: Arch) -> int:
        """Its edges and operations as one number: mask * 3^(V - 2) + code (graph_enumeration.py); it rises along the enumeration."""
        fitting = type(arch) is Arch and [(name, type(value)) for name, value in arch.choices] == self._form
        number = sum([self._worth.get(choice, -(3**40)) for choice in arch.choices]) if fitting else -1
        if number < 0 or not self._graphs.holds(number // self._codes):
            self.validate(arch)
        return number

    def arch(self, number: int) -> Arch:
        """The architecture with this number."""
        if not hasattr(number, "__index__"):
            raise TypeError(f"`number` is {number!r}; allowed are what `number` and `networks` give")
        mask, code = divmod(index(number), self._codes)
        if not self._graphs.holds(mask):
            raise ValueError(f"`number` is {number!r}, which is no graph of {self!r}; allowed are what `number` and `networks` give")
        return self._at_number(mask, code)

    def networks(self) -> Ints:
        """The numbers of all canonical architectures, (U,), in rising order: 423,624 with 7 vertices and 9 edges."""
        mask, code = self._graphs.unique()
        return mask * self._codes + code

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture, in the order of enumeration, with the same graph: dead parts pruned, vertices in any order.

        This is the benchmark's own notion, and the form that it stores. Graphs that it calls different may still be one network: two
        `maxpool3` that add up the same vertices (without the input) might as well be one. Up to 5 vertices no two graphs are equal by that,
        up to 6 there are 64,407 networks in 64,542 graphs, up to 7 419,052 in 423,624 (where the channels can be shared evenly).
        """
        mask, code = divmod(self.number(arch), self._codes)
        return self._at_number(*self._graphs.first(mask, code))

    def canonical_numbers(self, numbers: Any) -> Ints:
        """The numbers of the canonical architectures of these numbers, (N,) -> (N,)."""
        array = np.asarray(numbers)
        if array.shape == (0,):
            return array.astype(np.int64)
        if array.dtype.kind not in "iu":
            raise TypeError(f"`numbers` are {array.dtype}; allowed are whole numbers")
        mask, code = np.divmod(array.astype(np.int64), self._codes)
        try:
            mask, code = self._graphs.canonical(mask, code)
        except KeyError as error:
            place = int(np.flatnonzero(mask == error.args[0])[0])
            raise ValueError(f"`numbers` hold {array[place]}, which is no graph of {self!r}; allowed are what `number` and `networks` give") from None
        return mask * self._codes + code

    def sample(self, rng: Random | int) -> Arch:
        """A random architecture, uniform over all `size` of them: labelled graphs of at most `edges` edges, dead ones counted, and operations.

        So a network is as likely as it has names: orders of its vertices, and dead parts beside it, that spell it; small ones in a large
        space have many. Uniform over networks is `space.arch(rng.choice(space.networks()))`, with a generator of numpy.
        """
        place, code = divmod(int(as_rng(rng).random() * self.size), self._codes)
        return self._at_number(int(self._graphs.mask[place]), code)

    def __iter__(self) -> Iterator[Arch]:
        """Every architecture once, in the order of their numbers."""
        for mask in self._graphs.mask.tolist():
            for code in range(self._codes):
                yield self._at_number(mask, code)

    @property
    def _graphs(self) -> Graphs:  # kept there, not here: a space that goes to another process stays small
        return graphs(self.vertices, self.edges)

    @cached_property
    def _codes(self) -> int:
        return len(OPS) ** (self.vertices - 2)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        places = reversed(range(len(self._pairs)))
        always, ever = (how.reduce(self._graphs.mask).item() for how in (np.bitwise_and, np.bitwise_or))
        edges = {name: (False, True)[always >> place & 1 : (ever >> place & 1) + 1] for (name, _, _), place in zip(self._pairs, places, strict=True)}
        return {**edges, **dict.fromkeys(self._interior, OPS)}

    @cached_property
    def _form(self) -> list[tuple[str, type]]:
        return [(name, type(options[0])) for name, options in self._sites.items()]

    @cached_property
    def _worth(self) -> dict[tuple[str, Value], int]:
        """What each choice adds to the number."""
        worth: dict[tuple[str, Value], int] = {}
        for place, (name, _, _) in enumerate(reversed(self._pairs)):
            worth |= {(name, False): 0, (name, True): 2**place * self._codes}
        for place, name in enumerate(reversed(self._interior)):
            worth |= {(name, op): digit * len(OPS) ** place for digit, op in enumerate(OPS)}
        return worth

    def _at_number(self, mask: int, code: int) -> Arch:
        places = reversed(range(len(self._pairs)))
        edges = [(name, bool(mask >> place & 1)) for (name, _, _), place in zip(self._pairs, places, strict=True)]
        digits = [code // len(OPS) ** place % len(OPS) for place in range(self.vertices - 3, -1, -1)]
        return Arch((*edges, *((name, OPS[digit]) for name, digit in zip(self._interior, digits, strict=True))))

    # the benchmark's own form, and the network

    def from_matrix(self, matrix: Any, ops: Sequence[str]) -> Arch:
        """The architecture of a graph in the benchmark's form, pruned: a (V, V) matrix of edges, and names from 'input' to 'output'.

        >>> space = NASBench101(vertices=4)
        >>> print(space.from_matrix([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv1x1-bn-relu", "output"]))
        2->3=False 1->3=True 0->3=False 1->2=False 0->2=False 0->1=True op1=conv1 op2=conv3
        """
        edges, names = graph_forms.pruned(*graph_forms.checked(matrix, ops))
        for what, value, most in (("vertices", len(edges), self.vertices), ("edges", int(edges.sum()), self.edges)):
            if value > most:
                raise ValueError(f"`matrix` has {value} {what} on ways from input to output; allowed are at most {most}, the `{what}` of {self!r}")
        place = [*range(len(edges) - 1), self.vertices - 1]
        answers: dict[str, Any] = {f"{place[i]}->{place[j]}": True for i, j in np.argwhere(edges)}
        answers |= {f"op{vertex}": op for vertex, op in enumerate(names[:-1])}
        return Arch(tuple((name, answers.get(name, options[0])) for name, options in self._sites.items()))

    def matrix(self, arch: Arch) -> tuple[graph_forms.Matrix, list[str]]:
        """The pruned graph in the benchmark's form: a matrix (v, v) of int8, v <= V, and the benchmark's names of the operations."""
        matrix, ops = self._pruned(arch)
        return matrix, [graph_forms.PUBLISHED.get(op, op) for op in ops]

    def published_hash(self, arch: Arch) -> str:
        """The graph's name in the benchmark's files: 32 hexadecimal digits."""
        return graph_forms.published_hash(*self._pruned(arch))

    def _pruned(self, arch: Arch) -> tuple[graph_forms.Matrix, tuple[str, ...]]:
        plan: Module = self.plan(arch)
        matrix = np.zeros((self.vertices, self.vertices), dtype=np.int8)
        for edge in plan.edges:
            matrix[edge] = 1
        return graph_forms.pruned(matrix, ("input", *plan.ops, "output"))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The whole network for a task's images, of the canonical architecture, as the benchmark trains it: there are no dead parts.

        The order of vertices matters where the output's channels are shared unevenly; the canonical one decides, so that equal graphs are
        one network.
        """
        from nastutor.nets.blocks import Blocks
        from nastutor.nets.graph import LayerGraph

        halves = "each stack after the first halves them; pass fewer `stacks`, or resize the images"
        check_images(task, self, ("stacks",), multiple=2 ** (self.stacks - 1), why=halves)
        matrix, ops = self._pruned(self.canonical(arch))
        net = Blocks(LayerGraph.start(task.shape), group="stem")
        x = net.conv_bn_relu(net.builder.input, "stem", channels=self.channels, kernel=3)
        for stack in range(self.stacks):
            if stack:
                net.group = f"pool {stack}"
                x = net.add("max_pool", x, name=f"pool {stack}", kernel=2, stride=2, padding=0)
            for module in range(self.modules):
                x = add_module(net, x, matrix, ops, self.channels * 2**stack, f"module {stack * self.modules + module + 1}")
        net.group = "head"
        return net.builder.finish(net.classifier(x, task.classes, relu=False))
