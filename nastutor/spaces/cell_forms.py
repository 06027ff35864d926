"""When are two cells the same network? Cells as sums of shared parts, with their weights renamed.

A cell is given as the operations of its edges, in the order of NAS-Bench-201 (for each node j, from each i < j). What reaches a node is a
sum of *terms* (number of poolings, source), where source 0 is the cell's input and source k > 0 a convolution. Average pooling has no
parameters and is linear, so it is carried into the sums; a convolution has weights of its own, so it stays one thing however often it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, product
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

    Convolutions whose trees are alike are tried in every order that could matter; the smallest description counts.
    """
    read, output = _sums(ops)
    live = _behind(read, output)
    trees: dict[int, Any] = {0: INPUT}
    for conv in sorted(live):  # edges come in topological order
        trees[conv] = _tree(*read[conv], trees)
    alike: dict[Any, list[int]] = {}
    for conv in sorted(live, key=lambda conv: trees[conv]):
        alike.setdefault(trees[conv], []).append(conv)
    ends = [end for _, end in edges(_nodes(ops))]
    orders: list[tuple[int, ...]] = [()]
    for group in alike.values():
        longer = [(*order, *more) for order in orders for more in _arranged(read, group, order, ends)]
        described = [_described(read, order, len(group)) for order in longer]
        smallest = min(described)
        orders = [order for order, description in zip(longer, described, strict=True) if description == smallest]
    return min(_renamed(read, output, order) for order in orders)


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


def _arranged(read: dict[int, tuple[str, Sum]], group: list[int], order: tuple[int, ...], ends: list[int]) -> Iterator[tuple[int, ...]]:
    """The orders of a group, behind `order`, that could be the smallest: by what is read, of which all names are known, and then in every way.

    Two that read the same and end at one node are twins: nothing tells them apart, so they keep their order.
    """
    new = _numbers(order)
    same: dict[Sum, dict[int, list[int]]] = {}
    for conv in group:
        same.setdefault(_rename(read[conv][1], new), {}).setdefault(ends[conv - 1], []).append(conv)
    ways = product(*(_mixed(tuple(map(tuple, twins.values()))) for _, twins in sorted(same.items())))
    return (tuple(chain(*way)) for way in ways)


def _mixed(rows: tuple[tuple[int, ...], ...]) -> Iterator[tuple[int, ...]]:
    """The orders of all that the rows hold which keep the order of each row."""
    if not any(rows):
        yield ()
    for number, row in enumerate(rows):
        if row:
            yield from ((row[0], *rest) for rest in _mixed((*rows[:number], row[1:], *rows[number + 1 :])))


def _described(read: dict[int, tuple[str, Sum]], order: tuple[int, ...], last: int) -> tuple[tuple[str, Sum], ...]:
    """What the last so many of the convolutions read, renamed."""
    new = _numbers(order)
    return tuple((read[conv][0], _rename(read[conv][1], new)) for conv in order[-last:])


def _renamed(read: dict[int, tuple[str, Sum]], output: Sum, order: tuple[int, ...]) -> Form:
    return _described(read, order, len(order)) if order else (), _rename(output, _numbers(order))


def _numbers(order: tuple[int, ...]) -> dict[int, int]:
    return {0: 0, **{conv: number for number, conv in enumerate(order, start=1)}}


def _rename(terms: Sum, new: dict[int, int]) -> Sum:
    return tuple(sorted((pools, new[source]) for pools, source in terms))


class _Search:
    """Looks for the first cell with a given normal form, edge by edge, and turns back as soon as a sum fits nowhere in that form or too little is left.

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
        self.stock = Counter(numbers)
        self.stock[0] = 0  # what is no convolution
        self.output = _spelt(form[1], numbers)
        self.of_output = _parts(self.output)
        self.sources, self.terms = Counter(source for _, source in self.output), Counter(self.output)
        self.last, self.met = nodes - 1, 0
        self.failed: set[Any] = set()
        self.of_any = set().union(*(_lowered(_parts(terms)) for _, terms in self.number), _lowered(self.of_output))

    def first(self, ops: tuple[str, ...] = (), nodes: tuple[Sum, ...] = (((0, 0),),)) -> tuple[str, ...] | None:
        """The first cell of this form that begins with `ops`, which bring `nodes`; None where there is none."""
        missing = len(self.edges) - len(ops)
        if not missing:
            return self._whole(ops, nodes)
        i, j = self.edges[len(ops)]
        so_far = nodes[j] if j < len(nodes) else ()
        if self.stock.total() > missing or self._too_small(i, j, nodes, so_far) or (not i and self._hopeless(j, nodes)):
            return None
        # what can still come of a state is the same in whichever order the nodes came that are read already, and those that are to be read
        state = (len(ops), tuple(sorted(nodes[:i])), tuple(sorted(nodes[i:j])), so_far, tuple(self.stock.values()))
        if state in self.failed:
            return None
        met = self.met
        fitting = self.of_output if j == self.last else self.of_any
        for op in self.options:
            number = self.number.get((op, nodes[i]), 0)
            if (op == "none" or nodes[i]) and (op not in CONVOLUTIONS or self.stock[number]):
                terms = tuple(sorted(so_far + _after(op, nodes[i], number)))
                if terms in fitting:
                    self.stock[number] -= bool(number)
                    found = self.first((*ops, op), (*nodes[:j], terms))
                    self.stock[number] += bool(number)
                    if found:
                        return found
        if self.met == met:
            self.failed.add(state)
        return None

    def _whole(self, ops: tuple[str, ...], nodes: tuple[Sum, ...]) -> tuple[str, ...] | None:
        """A cell whose edges are all there. One with the right sums that shares otherwise is `met`: another order of its nodes may share rightly."""
        if nodes[-1] != self.output or self.stock.total():
            return None
        self.met += 1
        return ops if normal_form(ops) == self.form else None

    def _too_small(self, i: int, j: int, nodes: tuple[Sum, ...], so_far: Sum) -> bool:
        """Whether the output cannot get as many terms as it needs: a node has at most those of all before it, so each doubles them."""
        terms = len(so_far) + sum(map(len, nodes[i:j]))
        if j == self.last:
            return terms < len(self.output)
        return (terms + sum(map(len, nodes[:j]))) << (self.last - 1 - j) < len(self.output)

    def _hopeless(self, j: int, nodes: tuple[Sum, ...]) -> bool:
        """Whether from node `j` on there are too few nodes left for the sums that convolutions must read, or too few terms of one kind."""
        reads = {terms for (_, terms), number in self.number.items() if self.stock[number]}
        if len(reads.difference(nodes)) > self.last - j:
            return True
        if j < self.last:
            sources = [source for node in nodes for _, source in node]
            return any((sources.count(source) + self.stock[source]) << (self.last - j) < count for source, count in self.sources.items())
        return any(self._most(term, nodes) < count for term, count in self.terms.items())

    def _most(self, term: Term, nodes: tuple[Sum, ...]) -> int:
        """How often a sum over all nodes, each as it is or pooled or read by a convolution, can have this term."""
        pools, source = term
        return sum(max(node.count(term), node.count((pools - 1, source))) for node in nodes) + (0 if pools else self.stock[source])


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
    found = _Search(options, nodes, form).first()
    assert found is not None, "every form is that of some cell"
    return found
