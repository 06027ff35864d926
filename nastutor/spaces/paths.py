"""`PathLevelSpace`: tree-structured cells, as edits of paths make them out of one layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.inputs import is_whole, require, share, whole
from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.spaces.images import check_images
from nastutor.spaces.path_networks import ORDERS, ROOT, PathNetwork, cell_widths

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph
    from nastutor.values import Arch

OPS = ("sep3", "sep5", "sep7", "conv1", "max3", "avg3", "identity")
BASES = ("dense", "pyramid")
NONE = "none"


class Branch(NamedTuple):
    """An edge of the tree: the operation on it, and the node that it leads to (None: a leaf)."""

    op: str
    node: Node | None = None

    def __str__(self) -> str:
        return f"{self.op}: {self.node}" if self.node else self.op


class Node(NamedTuple):
    """How the outputs of the branches become one: "add" (their mean), "concat", or "none" where there is one branch."""

    merge: str
    branches: tuple[Branch, ...]

    def __str__(self) -> str:
        return f"{self.merge}[{', '.join(map(str, self.branches))}]"


class Growth(NamedTuple):
    """How a tree comes about, for policies that look at it while it grows.

    decisions  name of each -> (the place in the tree where it is taken: "" is the root, "1.2" the end of the second branch of the first;
               what it decides: merge, branches, op or grows)
    counts     merge -> numbers of branches that it may have
    first      the operation on the edges of the root
    """

    decisions: Mapping[str, tuple[str, str]]
    counts: Mapping[str, tuple[int, ...]]
    first: str


class PathLevelSpace(ChoiceSpace):
    """The trees of path-level network transformation (Cai et al. 2018b, section 3.2), in the order in which its agent takes its decisions.

    A cell starts as one edge, the 3x3 convolution of a block of DenseNet-BC or PyramidNet. A node with one edge may be split in branches:
    `add` copies the edge (output: the mean), `concat` cuts its channels in parts as even as possible. Every branch may grow a node, with an
    identity as its edge, that is replaced by one of `ops`, and split in turn. The input of `add` goes whole to each branch; that of
    `concat` is cut as the output is, or goes whole where the edge is a convolution without groups (the first one). Cells in which nothing
    grows are left out, so the last branch of the first node must grow if the others do not. All blocks have the same cell.
    Operations: separable convolution (sep3, sep5, sep7), 1x1 convolution, pooling, identity. The edits themselves act on weights.

    depth   of the tree: edges from the root to the farthest leaf (paper 3)
    ops     what replaces an identity
    adds    numbers of branches of `add` (paper 2, 3)      concats  those of `concat` (paper 2)
    base    "dense" or "pyramid": the network around the cells
    width   growth rate k of DenseNet (paper 48), or by how much PyramidNet widens from its 16 channels (alpha, paper 84 and 150)
    blocks  in each stage (paper 16 and 18)                stages   how many (paper 3)
    groups  of the 3x3 convolution (paper 2)
    order   "pre": batch norm, ReLU, operation (paper); "post": operation, batch norm, ReLU. Pooling and identity stand alone
    drop_path  with which probability a branch of `add` or `concat` is dropped in training

    >>> space = PathLevelSpace()
    >>> space.size, space.text(space.sample(6))
    (90922496, 'none[conv3: concat[sep5, sep3]]')
    """

    def __init__(
        self,
        depth: int = 2,
        ops: Sequence[str] = OPS,
        adds: Sequence[int] = (2, 3),
        concats: Sequence[int] = (2,),
        *,
        base: str = "dense",
        width: int = 8,
        blocks: int = 1,
        stages: int = 2,
        groups: int = 1,
        order: str = "pre",
        drop_path: float = 0.0,
    ) -> None:
        for name, value, least in (("depth", depth, 2), ("width", width, 1), ("blocks", blocks, 1), ("stages", stages, 1), ("groups", groups, 1)):
            whole(name, value, least)
        check_options("ops", ops)
        for op in ops:
            require("ops", op, lambda op: op in OPS, f"some of {', '.join(OPS)}")
        for name, counts in (("adds", adds), ("concats", concats)):
            require(name, counts, lambda counts: len(set(counts)) == len(counts) and all(is_whole(n, 2) for n in counts), "different whole numbers from 2")
        require("base", base, lambda base: base in BASES, " and ".join(map(repr, BASES)))
        require("order", order, lambda order: order in ORDERS, " and ".join(map(repr, ORDERS)))
        self.depth, self.ops, self.adds, self.concats = depth, tuple(ops), tuple(adds), tuple(concats)
        self.base, self.width, self.blocks, self.stages, self.groups = base, width, blocks, stages, groups
        self.order, self.drop_path = order, share("drop_path", drop_path)
        self._check_channels()

    def _check_channels(self) -> None:
        """Whether there is a channel for each leaf, and a group for each part."""
        if self.base == "dense" and self.width % self.groups:
            raise ValueError(f"`groups` is {self.groups}; allowed are divisors of `width`={self.width}")
        least, most = min(cell_widths(self)), max(self.concats, default=1)
        if least < most**self.depth:
            raise ValueError(
                f"`width` is {self.width}, which gives cells of {least} channels; allowed is what gives {most**self.depth} and more: "
                f"`concats`={self.concats} may cut them {self.depth} times: pass a larger `width`, a smaller `depth` or fewer `concats`"
            )
        if self.groups > 1 and any(self.groups % count for count in self.concats):
            raise ValueError(f"`groups` is {self.groups}; allowed are 1 and numbers that all of `concats`={self.concats} divide: a part needs whole groups")

    @cached_property
    def _counts(self) -> Mapping[str, tuple[int, ...]]:
        """Merge -> the numbers of branches it may have. The smallest tree comes last, so that equal ones have a first in the order of enumeration."""
        return {merge: counts for merge, counts in (("add", self.adds), ("concat", self.concats), (NONE, (1,))) if counts}

    def decide(self, choose: Choose) -> Node:
        return self._node(choose, "", 1)

    def _node(self, choose: Choose, place: str, level: int) -> Node:
        """The node at the end of the branches `place` ("1.2" is the second of the first), whose edges are number `level` from the root."""
        merge = choose(f"{place} merge".strip(), tuple(self._counts))
        counts = self._counts[merge]
        count = choose(f"{place} branches".strip(), counts) if len(counts) > 1 else counts[0]
        places = [f"{place}.{number}".strip(".") for number in range(1, count + 1)]
        ops = [ROOT if level == 1 else choose(f"{branch} op", self.ops) for branch in places]
        nodes: list[Node | None] = []
        for branch in places:
            must = level == 1 and branch == places[-1] and not any(nodes)
            grows = level < self.depth and choose(f"{branch} grows", (True,) if must else (False, True))
            nodes.append(self._node(choose, branch, level + 1) if grows else None)
        return Node(merge, tuple(map(Branch, ops, nodes)))

    @cached_property
    def size(self) -> int:  # type: ignore[override]
        """With m(e) = sum over numbers of branches n of e^n: t = m(ops) at the last level, m(ops (1 + t)) above, m(1 + t) - m(1) at the root."""
        counts = [count for counts in self._counts.values() for count in counts]
        trees = 0
        for _ in range(self.depth - 1):
            trees = sum((len(self.ops) * (1 + trees)) ** count for count in counts)
        return sum((1 + trees) ** count - 1 for count in counts)

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        return dict(self._all_sites("", 1))

    def _all_sites(self, place: str, level: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield f"{place} merge".strip(), tuple(self._counts)
        several = [count for counts in self._counts.values() if len(counts) > 1 for count in counts]
        if several:
            yield f"{place} branches".strip(), tuple(dict.fromkeys(several))
        places = [f"{place}.{number}".strip(".") for number in range(1, max(map(max, self._counts.values())) + 1)]
        if level > 1:
            yield from ((f"{branch} op", self.ops) for branch in places)
        for branch in places if level < self.depth else ():
            yield f"{branch} grows", (True,) if self._alone(level) else (False, True)
            yield from self._all_sites(branch, level + 1)

    def _alone(self, level: int) -> bool:
        """Whether a node of this level has no more than the one branch that must grow."""
        return level == 1 and set(self._counts) == {NONE}

    def growth(self) -> Growth:
        """How its trees come about.

        >>> PathLevelSpace().growth().decisions["1.2 op"]
        ('1.2', 'op')
        """
        decisions = {name: tuple(f" {name}".rsplit(" ", 1)) for name in self._sites}
        return Growth({name: (place.strip(), kind) for name, (place, kind) in decisions.items()}, self._counts, ROOT)

    # trees as text

    def text(self, arch: Arch) -> str:
        """The tree: "add[conv3: add[sep3, max3], conv3]"; what follows a colon is the node that the edge leads to."""
        return str(self.plan(arch))

    def from_text(self, text: str) -> Arch:
        """The architecture of a tree as `text` writes it; what is none of this space is refused with the place and the reason."""
        require("text", text, lambda text: isinstance(text, str), "texts such as 'add[conv3: add[sep3, max3], conv3]'")
        words = iter(re.findall(r"\w+|\S", text))
        tree = _read(words, text)
        if rest := " ".join(words):
            raise ValueError(f"`text` goes on with {rest!r} behind the tree {tree}")
        return self.arch(tree)

    def arch(self, tree: Node) -> Arch:
        """The architecture whose plan is `tree`."""
        if not isinstance(tree, Node):
            raise TypeError(f"`tree` is {tree!r}; allowed is a Node, such as a plan is, or `from_text` of a text")
        answers: dict[str, Any] = {}
        self._answer(tree, "", 1, answers)
        if all(branch.node is None for branch in tree.branches):
            raise ValueError(f"`tree` is {tree}, in which no branch grows; the decision 'grows' must be True for one of them at least")
        return self.walk(lambda name, options: answers[name])

    def _answer(self, node: Node, place: str, level: int, answers: dict[str, Any]) -> None:
        """Puts the decisions of a node and of all behind it into `answers`."""
        answers |= {f"{place} merge".strip(): node.merge, f"{place} branches".strip(): len(node.branches)}
        if len(node.branches) not in self._counts.get(node.merge, ()):
            allowed = ", ".join(f"{merge} of {' or '.join(map(str, counts))}" for merge, counts in self._counts.items())
            raise ValueError(f"`tree` has {node.merge} of {len(node.branches)} for the decision {f'{place} merge'.strip()!r}; allowed are {allowed}")
        for number, branch in enumerate(node.branches, start=1):
            at, allowed_ops = f"{place}.{number}".strip("."), (ROOT,) if level == 1 else self.ops
            if branch.op not in allowed_ops:
                raise ValueError(f"`tree` has {branch.op!r} for the decision '{at} op'; allowed are {', '.join(allowed_ops)}")
            if branch.node and level == self.depth:
                raise ValueError(f"`tree` has a node behind the edge {at}, the decision '{at} grows'; `depth`={self.depth} allows no more than {level} edges")
            answers |= {f"{at} op": branch.op, f"{at} grows": branch.node is not None}
            if branch.node:
                self._answer(branch.node, at, level + 1, answers)

    # which trees are one network

    def canonical(self, arch: Arch) -> Arch:
        """The first tree that is the same but for the order of the branches of `add`, and for identities in a row with another edge.

        That a mean of equal pools is the pool, and other such cases, is not looked at.
        """
        tree = self._first(self.plan(arch))
        if all(branch.node is None for branch in tree.branches):
            tree = tree._replace(branches=(*tree.branches[:-1], Branch(ROOT, Node(NONE, (Branch("identity"),)))))
        return self.arch(tree)

    def _first(self, node: Node) -> Node:
        branches = [_shortened(Branch(op, child and self._first(child))) for op, child in node.branches]
        return Node(node.merge, tuple(sorted(branches, key=self._code) if node.merge == "add" else branches))

    def _code(self, branch: Branch) -> tuple[int, ...]:
        """The numbers of the options that decide on a branch, so that what is enumerated first is smallest."""
        op = self.ops.index(branch.op) if branch.op in self.ops else 0
        if branch.node is None:
            return (op, 0)
        codes = [self._code(each) for each in branch.node.branches]
        counts = self._counts[branch.node.merge]
        inner = (list(self._counts).index(branch.node.merge), counts.index(len(codes)), *(code[0] for code in codes))
        return (op, 1, *inner, *(number for code in codes for number in code[1:]))

    def graph(self, arch: Arch, task: Any) -> LayerGraph:
        """The whole network for a task's images."""
        check_images(task, self, ("stages",), least=2 ** (self.stages - 1), why="each stage after the first halves them")
        return PathNetwork(self, self.plan(arch), task).graph()


def _shortened(branch: Branch) -> Branch:
    """Without a node of one edge where that edge or the one before it is an identity."""
    op, node = branch
    if node is None or node.merge != NONE:
        return branch
    (behind,) = node.branches
    if behind.op == "identity":
        return _shortened(Branch(op, behind.node))
    return _shortened(behind) if op == "identity" else branch


def _read(words: Iterator[str], text: str) -> Node:
    """The node that the words begin with; they go on behind it."""
    merge, opening = next(words, "nothing"), next(words, "nothing")
    if opening != "[":
        raise ValueError(f"`text` is {text!r}; allowed are trees such as 'add[conv3: add[sep3, max3], conv3]', and {opening!r} follows on {merge!r}")
    branches: list[Branch] = []
    while True:
        op, end, node = next(words, "nothing"), next(words, "nothing"), None
        if end == ":":
            node, end = _read(words, text), next(words, "nothing")
        branches.append(Branch(op, node))
        if end == "]":
            return Node(merge, tuple(branches))
        if end != ",":
            raise ValueError(f"`text` is {text!r}; behind {str(branches[-1])!r} it has {end!r}, and allowed are ':', ',' and ']'")
