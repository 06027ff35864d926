"""Twins: architectures whose graphs differ by the names of nodes alone, and decisions that no graph shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from nastutor.testing.drive import name_of
from nastutor.testing.rules import broken, kept
from nastutor.testing.variation import changed_in, options_of
from nastutor.values import Arch

UNORDERED = ("add", "mul")
SHOWN = "graphs show the architecture"


def check_merged(space: Any, archs: Iterable[Arch], task: Any) -> None:
    """Equal networks have one canonical form, as far as `archs` show; a space that leaves some apart says so in `unmerged`."""
    if twins := None if getattr(space, "unmerged", "") else twins_among(space, archs, task):
        broken("canonical merges equal networks", name_of(space), f"{twins[0]}\n{twins[1]}\nare canonical, and have one graph but for the names of its nodes")


def twins_among(space: Any, archs: Iterable[Arch], task: Any) -> tuple[Arch, Arch] | None:
    """Two canonical forms that are one network, in all that graphs do not show (`unseen`) too; the first pair that is found."""
    found: dict[Any, list[tuple[Arch, Any]]] = defaultdict(list)
    for arch in dict.fromkeys(space.canonical(arch) for arch in archs):
        with kept("graphs can be built", name_of(space), f"graph({arch})"):
            graph = space.graph(arch, task).simplified()
        alike = found[_outline(graph), tuple(dict(arch.choices).get(name) for name in getattr(space, "unseen", ()))]
        if twin := next((other for other, others in alike if same_graph(graph, others)), None):
            return twin, arch
        alike.append((arch, graph))
    return None


def around(space: Any, archs: Sequence[Arch], most: int) -> list[Arch]:
    """Up to `most` architectures: `archs`, then those that lie one step away from the first of them, then from the next."""
    near = (other for arch in archs for other in space.neighbours(arch)) if hasattr(space, "neighbours") else iter(())
    return list(islice(dict.fromkeys((*archs, *islice(near, most))), most))


def check_decisions(space: Any, archs: Sequence[Arch], task: Any) -> None:
    """Each decision alters the graph of some of `archs`, but for those that a space names in `unseen`, such as how a network is trained."""
    if not (hasattr(space, "decide") and hasattr(space, "neighbours")):
        return
    silent: dict[str, tuple[Arch, Arch]] = {}
    unshown = {name for arch in archs for name, options in options_of(space, arch).items() if len(options) > 1} - set(getattr(space, "unseen", ()))
    for arch in archs:
        if not unshown:
            return
        for name, other in _steps(space, arch, unshown):
            with kept("graphs can be built", name_of(space), f"graph({arch}) and graph({other})"):
                altered = _outline(space.graph(arch, task)) != _outline(space.graph(other, task))
            unshown -= {name} if altered else set()
            silent.setdefault(name, (arch, other))
    if told := sorted(unshown & set(silent)):
        one, other = silent[told[0]]
        where = f"{one}\n{other}\nhave one graph, as all have that differ in {told[0]!r} alone; if it is to be so, name it in `unseen`"
        broken(SHOWN, name_of(space), where)


def _steps(space: Any, arch: Arch, names: set[str]) -> Iterator[tuple[str, Arch]]:
    """Neighbours that take one of these decisions in another way, no more than two for each."""
    taken: dict[str, int] = defaultdict(int)
    for other in space.neighbours(arch):
        for name in changed_in(space, arch, other):
            if name in names and taken[name] < 2:
                taken[name] += 1
                yield name, other


def same_graph(one: Any, other: Any) -> bool:
    """Whether two graphs differ by the names and the order of their nodes alone; the parts of sums and products have no order."""
    import networkx as nx

    if _outline(one) != _outline(other):
        return False
    if _numbered(one) == _numbered(other):
        return True
    forms = [_as_networkx(graph) for graph in (one, other)]
    return bool(nx.is_isomorphic(*forms, node_match=lambda a, b: a == b, edge_match=lambda a, b: a == b))


def _numbered(graph: Any) -> list[Any]:
    """The nodes in order, their inputs by number."""
    number = {node.name: place for place, node in enumerate(graph.nodes)}
    return [(_label(node, graph), _reads(node, [number[name] for name in node.inputs])) for node in graph.nodes]


def _outline(graph: Any) -> int:
    """Equal for graphs that are the same; other ones rarely have the same: each node by what it is made from and what is made from it."""
    above: dict[str, int] = {}
    readers: dict[str, list[str]] = defaultdict(list)
    for node in graph.nodes:
        above[node.name] = hash((_label(node, graph), _reads(node, [above[name] for name in node.inputs])))
        for name in node.inputs:
            readers[name].append(node.name)
    below: dict[str, int] = {}
    for node in reversed(graph.nodes):
        below[node.name] = hash((above[node.name], tuple(sorted(below[name] for name in readers[node.name]))))
    return hash(tuple(sorted(below.values())))


def _reads(node: Any, inputs: list[int]) -> tuple[int, ...]:
    return tuple(sorted(inputs) if node.op in UNORDERED else inputs)


def _label(node: Any, graph: Any) -> tuple[Any, ...]:
    return node.op, node.attrs, node.shape, node.name == graph.output


def _as_networkx(graph: Any) -> Any:
    import networkx as nx

    form = nx.DiGraph()
    for node in graph.nodes:
        form.add_node(node.name, label=_label(node, graph))
        for name in set(node.inputs):
            places = [place for place, source in enumerate(node.inputs) if source == name]
            form.add_edge(name, node.name, places=len(places) if node.op in UNORDERED else places)
    return form
