"""Motifs without edges that do not matter: dead ones, and identities in a row with another edge.

A motif is a map from each edge (i, j) of a complete DAG, in the order in which the edges are decided, to an operation or `none`. Its first
node is its input, its last its output; a node is the sum of what reaches it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Edges = dict[tuple[int, int], str]  # (from, to) -> operation


def live(form: Edges) -> Edges:
    """With `none` on the edges that lie on no way from the first node to the last."""
    last = _last(form)
    reached, reaching = {0}, {last}
    for (source, target), op in sorted(form.items(), key=lambda item: item[0][1]):
        reached |= {target} if op != "none" and source in reached else set()
    for (source, target), op in sorted(form.items(), key=lambda item: -item[0][0]):
        reaching |= {source} if op != "none" and target in reaching else set()
    return {(i, j): op if i in reached and j in reaching else "none" for (i, j), op in form.items()}


def earliest(form: Edges, identity: str | None, options: Sequence[str]) -> Edges:
    """The first form in the order of enumeration to which moves of identities lead: the same sums, with fewer nodes or other places.

    form      a live one
    identity  the operation that is one; None where there is none, and nothing moves
    options   of each edge, `none` first
    """

    def key(edges: Edges) -> list[int]:
        return [options.index(op) for op in edges.values()]

    while identity is not None:
        better = next((moved for moved in _moved(form, identity) if key(moved) < key(form)), None)
        if better is None:
            break
        form = better
    return form


def is_identity(form: Edges, identity: str | None) -> bool:
    """Whether an identity is all that a live form consists of."""
    return identity is not None and [op for op in form.values() if op != "none"] == [identity]


def _moved(form: Edges, identity: str) -> Iterator[Edges]:
    """Forms of the same network, those with fewer nodes first."""
    last = _last(form)
    nodes = [(node, _into(form, node), _out_of(form, node)) for node in range(1, last)]
    for node, into, out in nodes:
        if list(into.values()) == [identity]:  # the node is another name of its source
            yield from _replaced(form, node, {(source, target): op for source in into for target, op in out.items()})
        if list(out.values()) == [identity] and (len(into) == 1 or len(_into(form, *out)) == 1):  # the node is one term, or all, of its target
            yield from _replaced(form, node, {(source, target): op for target in out for source, op in into.items()})
    for node in range(1, last - 1):
        if form[node, node + 1] == "none":
            change = {node: node + 1, node + 1: node}
            yield {edge: form.get((change.get(edge[0], edge[0]), change.get(edge[1], edge[1])), "none") for edge in form}
    for node, into, out in nodes:
        if list(into.values()) == [identity]:
            (source,) = into
            for target in range(node + 1, last + 1):
                yield {**form, (source, target): form[node, target], (node, target): form[source, target]}
        if len(into) == len(out) == 1 and identity in (*into.values(), *out.values()):  # a way of one operation, beside another edge
            (source,), (target,) = into, out
            ends, way, beside = (source, node), (node, target), (source, target)
            yield {**form, ends: form[way], way: form[ends]}
            if form[beside] != "none":
                own = form[way] if form[ends] == identity else form[ends]
                yield {**form, ends: identity, way: form[beside], beside: own}
                yield {**form, ends: form[beside], way: identity, beside: own}


def _replaced(form: Edges, node: int, instead: Edges) -> Iterator[Edges]:
    """Without the node and with other edges, where their places are free."""
    if all(form[edge] == "none" for edge in instead):
        yield {edge: instead.get(edge, "none" if node in edge else op) for edge, op in form.items()}


def _last(form: Edges) -> int:
    return max(target for _, target in form)


def _into(form: Edges, node: int) -> dict[int, str]:
    return {i: op for (i, j), op in form.items() if j == node and op != "none"}


def _out_of(form: Edges, node: int) -> dict[int, str]:
    return {j: op for (i, j), op in form.items() if i == node and op != "none"}
