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

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder, LayerGraph
    from nastutor.values import Arch

OPS = ("conv1", "dw3", "sep3", "maxpool3", "avgpool3", "skip")
Edges = dict[tuple[int, int], str]  # (from, to) -> operation


class HierarchicalSpace(ChoiceSpace):
    """Motifs of motifs (Liu et al. 2018b, section 2). Those of level 2 are graphs of operations, those of level l graphs of motifs of level l-1.

    Every edge of a motif's complete DAG gets `none` or something of the level below: at level 2 `conv1`, `dw3` (depthwise), `sep3` (each with
    batch norm and ReLU), `maxpool3`, `avgpool3`, `skip`. Its first node is its input, its last one its output. The one motif of the
    highest level is the cell. A motif that is used twice has its structure twice, and weights of its own each time. Around the cells: 3x3
    convolution and batch norm; behind each cell a separable convolution, batch norm, ReLU, which halves the image and doubles the channels
    between stages; global mean, linear layer. What reaches a node is added, or with `merge="concat"` joined and brought back to the
    channels of the cell by a 1x1 convolution; it is built as a 1x1 convolution of each part and their sum, which is the same.

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
        require("motifs", motifs, lambda counts: counts[-1] == 1 and all(is_whole(count, 1) for count in counts), "whole numbers from 1, the last of them 1")
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
        """The first architecture that is the same but for edges that do not matter and for the names of motifs.

        An edge does not matter that lies on no way from its motif's input to its output, in a motif that is not used, or that stands for a motif
        without such a way. Equal motifs are one. The order of the nodes inside a motif is not looked at.
        """
        plan = self.plan(arch)
        forms, new = self._cleaned(plan), dict[str, str]()
        used = set(self.levels[-1])
        for name in reversed(forms):
            used |= set(forms[name].values()) if name in used else set()
        answers: dict[str, Edges] = {}
        for names in self.levels:
            there = [(name, {edge: new.get(op, op) for edge, op in forms[name].items()}) for name in names if name in used]
            there.sort(key=lambda item: [self._choices[item[0]][1].index(op) for op in item[1].values()])
            for name, (old, form) in zip(names[len(names) - len(there) :], there, strict=True):
                new[old], answers[name] = name, form
        return self._with(arch, {f"{name} {i}->{j}": answers.get(name, {}).get((i, j), "none") for name, form in plan.items() for i, j in form})

    def _cleaned(self, plan: dict[str, Edges]) -> dict[str, Edges]:
        """The motifs without edges that do not matter, equal ones under the first of their names."""
        same: dict[str, str] = {}
        forms: dict[str, Edges] = {}
        for names in self.levels:
            first: dict[tuple[str, ...], str] = {("none",) * len(plan[names[0]]): "none"}
            for name in names:
                forms[name] = _live({edge: same.get(op, op) for edge, op in plan[name].items()})
                same[name] = first.setdefault(tuple(forms[name].values()), name)
        return forms

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The whole network for a task's images, of any height and width, dead parts included."""
        from nastutor.nets.graph import LayerGraph

        if len(task.shape) != 3:
            raise ValueError(f"`task` {task.name!r} has inputs of {task.shape}; hierarchical networks take images (C, H, W)")
        plan, builder = self.plan(arch), LayerGraph.start(task.shape)
        x = builder.add("conv", builder.input, name="stem conv", group="stem", channels=self.channels, kernel=3)
        x = builder.add("bn", x, name="stem bn", group="stem")
        for cell in range(1, self.stages * self.cells + 1):
            x = self._motif(builder, plan, self.levels[-1][0], x, f"cell {cell}", f"cell {cell}")
            ends = cell % self.cells == 0 and cell < self.stages * self.cells
            width = builder.shape(x)[0] * (1 + ends)
            x = _conv_bn_relu(builder, "sep_conv", x, f"after {cell}", f"after {cell}", channels=width, kernel=3, stride=1 + ends)
        x = builder.add("global_avg_pool", x, name="head mean", group="head")
        return builder.finish(builder.add("linear", x, name="head linear", group="head", units=task.classes))

    def _motif(self, builder: GraphBuilder, plan: dict[str, Edges], motif: str, x: str, name: str, group: str) -> str:
        nodes = [x]
        for target in range(1, self._choices[motif][0]):
            terms = list(self._terms(builder, plan, motif, nodes, name, group)) or [builder.add("zero", x, name=f"{name} none->{target}", group=group)]
            nodes.append(builder.add("add", *terms, name=f"{name} node {target}", group=group))
        return nodes[-1]

    def _terms(self, builder: GraphBuilder, plan: dict[str, Edges], motif: str, nodes: list[str], name: str, group: str) -> Iterator[str]:
        """What reaches the next node of a motif, whose `nodes` are there so far."""
        for source, x in enumerate(nodes):
            op, part = plan[motif][source, len(nodes)], f"{name} {source}->{len(nodes)}"
            if op != "none":
                y = self._motif(builder, plan, op, x, part, group) if op in self._choices else _operation(builder, op, x, part, group)
                width = builder.shape(x)[0]
                yield builder.add("conv", y, name=f"{part} merge", group=group, channels=width, kernel=1) if self.merge == "concat" else y


def _live(form: Edges) -> Edges:
    """With `none` on the edges that lie on no way from the first node to the last."""
    last = max(target for _, target in form)
    reached, reaching = {0}, {last}
    for (source, target), op in sorted(form.items(), key=lambda item: item[0][1]):
        reached |= {target} if op != "none" and source in reached else set()
    for (source, target), op in sorted(form.items(), key=lambda item: -item[0][0]):
        reaching |= {source} if op != "none" and target in reaching else set()
    return {(i, j): op if i in reached and j in reaching else "none" for (i, j), op in form.items()}


def _operation(builder: GraphBuilder, op: str, x: str, name: str, group: str) -> str:
    if op == "skip":
        return builder.add("identity", x, name=f"{name} skip", group=group)
    if op in ("maxpool3", "avgpool3"):
        return builder.add(f"{op[:3]}_pool", x, name=f"{name} {op}", group=group, kernel=3)
    if op == "dw3":
        return _conv_bn_relu(builder, "dw_conv", x, name, group, kernel=3)
    kind, kernel = ("conv", 1) if op == "conv1" else ("sep_conv", 3)
    return _conv_bn_relu(builder, kind, x, name, group, channels=builder.shape(x)[0], kernel=kernel)


def _conv_bn_relu(builder: GraphBuilder, op: str, x: str, name: str, group: str, **conv: int) -> str:
    x = builder.add(op, x, name=f"{name} conv", group=group, **conv)
    return builder.add("relu", builder.add("bn", x, name=f"{name} bn", group=group), name=f"{name} relu", group=group)
