"""`HierarchicalSpace`: small graphs whose edges are smaller graphs: hierarchical motifs, and their flat twin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any

from nastutor.inputs import is_whole, require, whole
from nastutor.rng import as_rng
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.cell_forms import edges
from nastutor.spaces.images import check_images
from nastutor.spaces.motif_forms import Edges, earliest, is_identity, live

if TYPE_CHECKING:
    from nastutor.nets.blocks import Blocks
    from nastutor.nets.graph import LayerGraph
    from nastutor.values import Arch

OPS = ("conv1", "dw3", "sep3", "maxpool3", "avgpool3", "skip")


class HierarchicalSpace(ChoiceSpace):
    """Motifs of motifs (Liu et al. 2018b, section 2). Those of level 2 are graphs of operations, those of level l graphs of motifs of level l-1.

    Every edge of a motif's complete DAG gets `none` or something of the level below: at level 2 `conv1`, `dw3` (depthwise), `sep3` (each with
    batch norm and ReLU), `maxpool3`, `avgpool3`, `skip`. Its first node is its input, its last one its output. The one motif of the
    highest level is the cell. A motif that is used twice has its structure twice, and weights of its own each time. Around the cells: 3x3
    convolution and batch norm; behind each cell a separable convolution, batch norm, ReLU, which halves the image and doubles the channels
    between stages; global mean, linear layer. What reaches a node is added, or with `merge="concat"` joined and brought back to the
    channels of the cell by a 1x1 convolution; it is built as a 1x1 convolution of each part and their sum, which is the same.
    A cell without a way from its input to its output, which the paper does not speak of, passes its input on: no network is blind to the image.

    motifs    how many at level 2, 3 ...; 1 at the last (paper 6, 1)
    nodes     of a motif of level 2, 3 ... (paper 4, 5)
    ops       the operations of level 1 (paper: all six)
    merge     "sum" or "concat"
    channels  of the first stage (paper 16 while searching, 64 and more in the end)
    cells     in each stage (paper 1 while searching, 2 in the end)
    stages    how many (paper 3)

    >>> space = HierarchicalSpace(motifs=(6, 1), nodes=(4, 5))
    >>> space.size == 7**46, space.flat_twin().nodes
    (True, (11,))
    """

    unmerged = "what can be cut into motifs in two ways, such as two convolutions in a row; and, from four nodes on, some identities beside other edges"

    def __init__(
        self,
        motifs: Sequence[int] = (3, 1),
        nodes: Sequence[int] = (3, 4),
        ops: Sequence[str] = OPS,
        *,
        merge: str = "sum",
        channels: int = 8,
        cells: int = 1,
        stages: int = 2,
    ) -> None:
        require(
            "motifs",
            motifs,
            lambda counts: list(counts)[-1:] == [1] and all(is_whole(count, 1) for count in counts),
            "whole numbers from 1, the last of them 1",
        )
        require(
            "nodes",
            nodes,
            lambda counts: len(counts) == len(motifs) and all(is_whole(count, 2) for count in counts),
            "whole numbers from 2, one for each level",
        )
        check_options("ops", ops)
        for op in ops:
            require("ops", op, lambda op: op in OPS, f"some of {', '.join(OPS)}")
        require("merge", merge, lambda merge: merge in ("sum", "concat"), "'sum' and 'concat'")
        for name, value in (("channels", channels), ("cells", cells), ("stages", stages)):
            whole(name, value)
        self.motifs, self.nodes, self.ops, self.merge = tuple(motifs), tuple(nodes), tuple(ops), merge
        self.channels, self.cells, self.stages = channels, cells, stages

    @cached_property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The names of the motifs of level 2, 3 ..."""
        return tuple(tuple(f"motif{level}.{number}" for number in range(1, count + 1)) for level, count in enumerate(self.motifs, start=2))

    @cached_property
    def _choices(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """Motif -> (its nodes, what its edges choose from), lower levels first."""
        below = (self.ops, *self.levels)
        return {name: (self.nodes[k], ("none", *below[k])) for k, names in enumerate(self.levels) for name in names}

    def decide(self, choose: Choose) -> dict[str, Edges]:
        return {name: {(i, j): choose(f"{name} {i}->{j}", options) for i, j in edges(nodes)} for name, (nodes, options) in self._choices.items()}

    @property
    def size(self) -> int:
        return prod(len(options) ** (nodes * (nodes - 1) // 2) for nodes, options in self._choices.values())

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        return {f"{name} {i}->{j}": options for name, (nodes, options) in self._choices.items() for i, j in edges(nodes)}

    def flat_twin(self) -> HierarchicalSpace:
        """One level, with the fewest nodes whose edges are at least as many as the decisions here (paper: 11 nodes, 55 edges for 46)."""
        nodes = next(nodes for nodes in range(2, len(self._sites) + 3) if nodes * (nodes - 1) // 2 >= len(self._sites))
        return HierarchicalSpace(**{**self.settings, "motifs": (1,), "nodes": (nodes,)})

    # the paper's mutations

    def mutate(self, arch: Arch, rng: Random | int) -> Arch:
        """One edge changed: level, motif, successor and predecessor uniform in turn (section 3.1), then one of its other options."""
        self.validate(arch)
        rng = as_rng(rng)
        name, options = self._drawn_edge(rng)
        return self._with(arch, {name: rng.choice([option for option in options if option != arch[name]])})

    def diversified(self, rng: Random | int, mutations: int = 1000) -> Arch:
        """The trivial architecture after so many random mutations, each of which may leave the edge as it is (section 3.1)."""
        rng, changed = as_rng(rng), dict[str, str]()
        for _ in range(whole("mutations", mutations, least=0)):
            name, options = self._drawn_edge(rng)
            changed[name] = rng.choice(options)
        return self._with(self.trivial, changed)

    @property
    def trivial(self) -> Arch:
        """Chains of identities: at each level the edges (i, i+1), of `skip` at level 2 and of the first motif above."""
        if "skip" not in self.ops:
            raise ValueError(f"`ops` are {', '.join(self.ops)}; the trivial architecture needs 'skip' among them")
        chain = {f"{name} {i}->{i + 1}": "skip" if name in self.levels[0] else options[1] for name, (n, options) in self._choices.items() for i in range(n - 1)}
        return self.walk(lambda name, options: chain.get(name, "none"))

    def _drawn_edge(self, rng: Random) -> tuple[str, tuple[str, ...]]:
        name = rng.choice(rng.choice(self.levels))
        nodes, options = self._choices[name]
        target = rng.randrange(1, nodes)
        return f"{name} {rng.randrange(target)}->{target}", options

    def _with(self, arch: Arch, changed: Mapping[str, str]) -> Arch:
        answers = {**dict(arch.choices), **changed}
        return self.walk(lambda name, options: answers[name])

    # which architectures are one network

    def canonical(self, arch: Arch) -> Arch:
        """The first architecture that is the same but for edges that do not matter, identities and the names of motifs.

        An edge does not matter that lies on no way from its motif's input to its output, in a motif that is not used, or that stands for a motif
        without such a way. A cell of nothing but an identity is one without a way. Equal motifs are one. `skip`, or a motif of nothing else, in a
        row with one other edge disappears, or where the place of both is taken, comes first if it can. What `unmerged` says stays apart.
        """
        plan = self.plan(arch)
        forms, identities = self._cleaned(plan)
        new, used, answers = {op: op for op in self.ops}, set(self.levels[-1]), dict[str, Edges]()
        for name in reversed(forms):
            used |= set(forms[name].values()) if name in used else set()
        for names, identity in zip(self.levels, identities, strict=True):
            options = self._choices[names[0]][1]
            there = [(name, {edge: new.get(op, op) for edge, op in forms[name].items()}) for name in names if name in used]
            there = [(name, earliest(form, new.get(identity or ""), options)) for name, form in there]
            there.sort(key=lambda item: [options.index(op) for op in item[1].values()])
            for name, (old, form) in zip(names[len(names) - len(there) :], there, strict=True):
                new[old], answers[name] = name, form
        return self._with(arch, {f"{name} {i}->{j}": answers.get(name, {}).get((i, j), "none") for name, form in plan.items() for i, j in form})

    def _cleaned(self, plan: dict[str, Edges]) -> tuple[dict[str, Edges], list[str | None]]:
        """The motifs without edges that do not matter, equal ones under the first of their names; and what is the identity below each level.

        With `merge="concat"` nothing is an identity, as a convolution follows each edge.
        """
        same, forms = dict[str, str](), dict[str, Edges]()
        identity = "skip" if self.merge == "sum" else None
        identities: list[str | None] = []
        for names in self.levels:
            identities.append(identity)
            options = self._choices[names[0]][1]
            first: dict[tuple[str, ...], str] = {("none",) * len(plan[names[0]]): "none"}
            for name in names:
                forms[name] = earliest(live({edge: same.get(op, op) for edge, op in plan[name].items()}), identity, options)
                same[name] = first.setdefault(tuple(forms[name].values()), name)
            identity = next((name for name in names if is_identity(forms[name], identity)), None)
        cell = self.levels[-1][0]
        if identity == cell:
            forms[cell] = dict.fromkeys(forms[cell], "none")
        return forms, identities

    def _connected(self, plan: dict[str, Edges]) -> bool:
        """Whether there is a way from the input of the cell to its output, through motifs that have one."""
        dead = {"none"}
        for name, form in plan.items():
            if set(live({edge: "none" if op in dead else op for edge, op in form.items()}).values()) == {"none"}:
                dead.add(name)
        return self.levels[-1][0] not in dead

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The whole network for a task's images, dead parts included."""
        from nastutor.nets.blocks import Blocks
        from nastutor.nets.graph import LayerGraph

        check_images(task, self, ("stages",), least=2 ** (self.stages - 1), why="each stage after the first halves them")
        plan, net = self.plan(arch), Blocks(LayerGraph.start(task.shape), group="stem")
        connected = self._connected(plan)
        x = net.conv_bn(net.builder.input, "stem", self.channels, 3, relu=False)
        for cell in range(1, self.stages * self.cells + 1):
            net.group = f"cell {cell}"
            y = self._motif(net, plan, self.levels[-1][0], x, net.group)
            x = y if connected else net.add("identity", x, name=f"{net.group} kept")
            ends = cell % self.cells == 0 and cell < self.stages * self.cells
            net.group = f"after {cell}"
            x = net.conv_bn_relu(x, net.group, "sep_conv", channels=net.channels(x) * (1 + ends), kernel=3, stride=1 + ends)
        net.group = "head"
        return net.builder.finish(net.classifier(x, task.classes, relu=False))

    def _motif(self, net: Blocks, plan: dict[str, Edges], motif: str, x: str, name: str) -> str:
        nodes = [x]
        for target in range(1, self._choices[motif][0]):
            terms = list(self._terms(net, plan, motif, nodes, name)) or [net.add("zero", x, name=f"{name} none->{target}")]
            nodes.append(net.add("add", *terms, name=f"{name} node {target}"))
        return nodes[-1]

    def _terms(self, net: Blocks, plan: dict[str, Edges], motif: str, nodes: list[str], name: str) -> Iterator[str]:
        """What reaches the next node of a motif, whose `nodes` are there so far."""
        for source, x in enumerate(nodes):
            op, part = plan[motif][source, len(nodes)], f"{name} {source}->{len(nodes)}"
            if op != "none":
                y = self._motif(net, plan, op, x, part) if op in self._choices else _operation(net, op, x, part)
                yield net.add("conv", y, name=f"{part} merge", channels=net.channels(x), kernel=1) if self.merge == "concat" else y


def _operation(net: Blocks, op: str, x: str, name: str) -> str:
    if op == "skip":
        return net.add("identity", x, name=f"{name} skip")
    if op in ("maxpool3", "avgpool3"):
        return net.add(f"{op[:3]}_pool", x, name=f"{name} {op}", kernel=3)
    if op == "dw3":
        return net.conv_bn_relu(x, name, "dw_conv", kernel=3)
    kind, kernel = ("conv", 1) if op == "conv1" else ("sep_conv", 3)
    return net.conv_bn_relu(x, name, kind, channels=net.channels(x), kernel=kernel)
