"""When are two cells the same network? Cells as sums of shared parts, with their weights renamed.

A cell is given as the operations of its edges, in the order of NAS-Bench-201 (for each node j, from each i < j). What reaches a node is a
sum of *terms* (number of poolings, source), where source 0 is the cell's input and source k > 0 a convolution. Average pooling has no
parameters and is linear, so it is carried into the sums; a convolution has weights of its own, so it stays one thing however often it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, permutations, product
from typing import Any

Term = tuple[int, int]  # (number of poolings, source)
Sum = tuple[Term, ...]
Form = tuple[tuple[tuple[str, Sum], ...], Sum]  # the convolutions (operation, what it reads), and the output

PUBLISHED = {"none": "none", "skip": "skip_connect", "conv1": "nor_conv_1x1", "conv3": "nor_conv_3x3", "avgpool3": "avg_pool_3x3"}
CONVOLUTIONS = ("conv1", "conv3")
INPUT = (0,)  # the tree of the cell's input


def edges(nodes: int) -> list[tuple[int, int]]:
    """(i, j) for each edge i -> j of the complete DAG, in the benchmark's order."""
    return [(i, j) for j in range(1, nodes) for i in range(j)]


def published_form(ops: Sequence[str]) -> str:
    """The string by which NAS-Bench-201 counts 6,466 unique cells (Dong & Yang 2020, section 2): the DAG spelt out as a tree of names.

    It says of a convolution that is used twice what it says of two convolutions, and it keeps zeros inside sums, so it merges
    different networks and splits equal ones; `normal_form` does neither.
    """
    texts, remaining = ["0"], iter(ops)
    while len(texts) < _nodes(ops):
        texts.append("+".join(sorted(_published_term(op, text) for text, op in zip(texts, remaining, strict=False))))
    return texts[-1]


def _published_term(op: str, text: str) -> str:
    if op == "none" or text == "#":
        return "#"
    return text if op == "skip" else f"({text})@{PUBLISHED[op]}"


@lru_cache(maxsize=65_536)
def normal_form(ops: tuple[str, ...]) -> Form:
    """A description that two cells share exactly if they are one network, weights renamed.

    Convolutions that cannot be told apart by what they read are tried in every order; the smallest description counts.
    """
    read, output = _sums(ops)
    live = _behind(read, output)
    trees: dict[int, Any] = {0: INPUT}
    for conv in sorted(live):  # edges come in topological order
        trees[conv] = _tree(*read[conv], trees)
    alike: dict[Any, list[int]] = {}
    for conv in sorted(live, key=lambda conv: trees[conv]):
        alike.setdefault(trees[conv], []).append(conv)
    return min(_renamed(read, output, tuple(chain(*order))) for order in product(*map(permutations, alike.values())))


def first_cell(options: tuple[str, ...], ops: tuple[str, ...]) -> tuple[str, ...]:
    """The first cell of the same network when edges and then `options` are counted through, the first edge slowest."""
    return _first(options, _nodes(ops), normal_form(ops))


def _nodes(ops: Sequence[str]) -> int:
    return int((2 * len(ops)) ** 0.5) + 1  # n (n - 1) / 2 edges


def _sums(ops: Sequence[str]) -> tuple[dict[int, tuple[str, Sum]], Sum]:
    """What each convolution reads, by number of its edge (from 1), and what reaches the last node; what is zero is left out."""
    nodes: list[Sum] = [((0, 0),)]
    read: dict[int, tuple[str, Sum]] = {}
    for number, ((i, j), op) in enumerate(zip(edges(_nodes(ops)), ops, strict=True), start=1):
        if j == len(nodes):
            nodes.append(())
        if op in CONVOLUTIONS and nodes[i]:
            read[number] = (op, nodes[i])
        nodes[j] = tuple(sorted(nodes[j] + _after(op, nodes[i], number)))
    return read, nodes[-1]


def _after(op: str, terms: Sum, number: int) -> Sum:
    """What `op` makes of a sum; `number` names it, if it is a convolution."""
    if op == "none" or not terms:
        return ()
    if op == "skip":
        return terms
    return tuple((pools + 1, source) for pools, source in terms) if op == "avgpool3" else ((0, number),)


def _behind(read: dict[int, tuple[str, Sum]], output: Sum) -> set[int]:
    """The convolutions that the output needs."""
    live: set[int] = set()
    ahead = [source for _, source in output]
    while ahead:
        source = ahead.pop()
        if source and source not in live:
            live.add(source)
            ahead.extend(behind for _, behind in read[source][1])
    return live


def _tree(op: str, terms: Sum, trees: Any) -> Any:
    """A convolution with all it reads spelt out, whatever is shared; deeper ones sort behind."""
    reads = _spelt(terms, trees)
    return 1 + max(tree[0] for _, tree in reads), op, reads


def _spelt(terms: Sum, trees: Any) -> tuple[tuple[int, Any], ...]:
    return tuple(sorted((pools, trees[source]) for pools, source in terms))


def _renamed(read: dict[int, tuple[str, Sum]], output: Sum, order: tuple[int, ...]) -> Form:
    new = {0: 0, **{conv: number for number, conv in enumerate(order, start=1)}}

    def rename(terms: Sum) -> Sum:
        return tuple(sorted((pools, new[source]) for pools, source in terms))

    return tuple((read[conv][0], rename(read[conv][1])) for conv in order), rename(output)


class _Search:
    """Looks for the first cell with a given normal form, edge by edge, and turns back as soon as a sum fits nowhere in that form.

    In the first cell every edge that is not `none` matters (else `none`, the first option, would do), so each convolution of the cell is
    one of the form's, and each node's sum lies, pooled or not, in something that the form reads. Here sources that spell out alike share
    a number; what is shared is compared at the end.
    """

    def __init__(self, options: tuple[str, ...], nodes: int, form: Form) -> None:
        self.options, self.edges, self.form = options, edges(nodes), form
        self.number: dict[tuple[str, Sum], int] = {}  # (operation, what it reads) -> its number as a source
        numbers = [0]
        for op, terms in form[0]:
            numbers.append(self.number.setdefault((op, _spelt(terms, numbers)), len(self.number) + 1))
        self.stock = Counter(numbers[1:])
        self.output = _spelt(form[1], numbers)
        self.of_output = _parts(self.output)
        self.of_any = set().union(*(_lowered(_parts(terms)) for _, terms in self.number), _lowered(self.of_output))

    def cells(self, ops: tuple[str, ...] = (), nodes: tuple[Sum, ...] = (((0, 0),),)) -> Iterator[tuple[str, ...]]:
        """The cells of this form that begin with `ops`, which bring `nodes`."""
        missing = len(self.edges) - len(ops)
        if not missing:
            if nodes[-1] == self.output and normal_form(ops) == self.form:
                yield ops
            return
        if self.stock.total() > missing:
            return
        i, j = self.edges[len(ops)]
        so_far, fitting = nodes[j] if j < len(nodes) else (), self.of_output if j == self.edges[-1][1] else self.of_any
        for op in self.options:
            number = self.number.get((op, nodes[i]), 0)
            if (op == "none" or nodes[i]) and (op not in CONVOLUTIONS or self.stock[number]):
                terms = tuple(sorted(so_far + _after(op, nodes[i], number)))
                if terms in fitting:
                    self.stock[number] -= bool(number)
                    yield from self.cells((*ops, op), (*nodes[:j], terms))
                    self.stock[number] += bool(number)


def _parts(terms: Sum) -> set[Sum]:
    """Every sum that is contained in this one."""
    parts: set[Sum] = {()}
    for term in terms:
        parts |= {(*part, term) for part in parts}
    return parts


def _lowered(parts: set[Sum]) -> set[Sum]:
    """Those sums, and every one that becomes one of them by pooling."""
    return {tuple((pools - less, source) for pools, source in part) for part in parts for less in range(min(part, default=(0,))[0] + 1)}


@lru_cache(maxsize=65_536)
def _first(options: tuple[str, ...], nodes: int, form: Form) -> tuple[str, ...]:
    return next(_Search(options, nodes, form).cells())
