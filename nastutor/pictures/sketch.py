"""What is to be drawn, before it is known where: boxes and links, made from a LayerGraph, a cell, an Arch or plain edges."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nastutor.pictures.style import family
from nastutor.values import Arch

DETAILS = ("auto", "full", "merged", "cells")
MANY = 90  # boxes; beyond this, `auto` draws one box a cell
LONGEST = 30  # characters in a line of a box


class Mark(NamedTuple):
    """A flag on a box, or on the label of a link: a word, and a colour that says the same."""

    text: str
    colour: str


@dataclass(frozen=True)
class Box:
    """lines: the first says what it is, the others are small print; note: everything, shown under the mouse; live: on a way from input to output."""

    name: str
    lines: tuple[str, ...]
    family: str = "other"
    group: str = ""
    note: str = ""
    live: bool = True
    table: bool = False
    mark: Mark | None = None


@dataclass(frozen=True)
class Link:
    source: str
    target: str
    label: str = ""
    live: bool = True
    mark: Mark | None = None


@dataclass(frozen=True)
class Sketch:
    title: str
    alt: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def sketch(thing: Any, title: str | None = None, detail: str = "auto") -> Sketch:
    """The boxes and links of whatever can be drawn."""
    if detail not in DETAILS:
        raise ValueError(f"`detail` is {detail!r}; allowed are {', '.join(DETAILS)}")
    thing = getattr(thing, "trial", thing)  # a Record
    thing = getattr(thing, "arch", thing)  # a Trial
    if isinstance(thing, Arch):
        return of_arch(thing, title)
    if hasattr(thing, "nodes") and hasattr(thing, "output"):
        return of_graph(thing, title, detail)
    if isinstance(thing, Iterable) and not isinstance(thing, (str, bytes)):
        return of_edges(list(thing), title)
    raise TypeError(f"`graph` is a {type(thing).__name__}; allowed are a LayerGraph, an Arch, a Trial, a Record and a list of (source, target, label)")


# --- a cell, an Arch, plain edges


def of_arch(arch: Arch, title: str | None = None) -> Sketch:
    """A cell where the decisions are called "0->1", "0->2" ...; else a table of the decisions."""
    ends = [re.fullmatch(r"(\d+)->(\d+)", name) for name, _ in arch.choices]
    if arch.choices and all(ends):
        edges = [(end[1], end[2], str(op)) for end, (_, op) in zip(ends, arch.choices, strict=True) if end]
        return of_edges(edges, title or "Cell")
    rows = tuple(f"{name} = {value}" for name, value in arch.choices) or ("no decisions",)
    alt = f"Architecture with {_count(len(arch.choices), 'decision')}: {', '.join(rows)}."
    return Sketch(title or "Architecture", alt, (Box("decisions", rows, "other", note=alt, table=True),), ())


def of_edges(edges: Sequence[Sequence[Any]], title: str | None = None) -> Sketch:
    """A cell from (source, target, label) edges; those labelled none, and what they cut off from input or output, are dead."""
    for edge in edges:
        if isinstance(edge, str) or len(edge) not in (2, 3):
            raise ValueError(f"`graph` has the edge {edge!r}; allowed are (source, target) and (source, target, label)")
    links = [Link(str(s), str(t), str(*label)) for s, t, *label in edges]
    names = list(dict.fromkeys(name for link in links for name in (link.source, link.target)))
    if not names:
        raise ValueError("`graph` has no edges: there is nothing to draw")
    sources, sinks = [n for n in names if all(k.target != n for k in links)], [n for n in names if all(k.source != n for k in links)]
    open_ = [(k.source, k.target) for k in links if family(k.label) != "none"]
    live = _reach(sources, open_) & _reach(sinks, [(t, s) for s, t in open_])
    links = [Link(k.source, k.target, k.label, family(k.label) != "none" and {k.source, k.target} <= live) for k in links]
    role = {**dict.fromkeys(sinks, "output"), **dict.fromkeys(sources, "input")}
    boxes = tuple(Box(n, (n,) + ((role[n],) if role.get(n, n) != n else ()), "data", note=f"node {n}", live=n in live) for n in names)
    said = "; ".join(f"{k.source} to {k.target}{f' {k.label}' if k.label else ''}{'' if k.live else ' (dead)'}" for k in links)
    dead = sum(not k.live for k in links)
    alt = f"Cell of {_count(len(names), 'node')} and {_count(len(links), 'edge')}{f', {dead} of them dead' if dead else ''}: {said}."
    return Sketch(title or "Graph", alt, boxes, tuple(links))


# --- a LayerGraph


def of_graph(graph: Any, title: str | None = None, detail: str = "auto") -> Sketch:
    """full: a box a node; merged: ReLU-Conv-BN and the like in one; cells: a box a group; auto: merged, or cells where that gives too many boxes."""
    live = _live_nodes(graph)
    runs = [[node] for node in graph.nodes] if detail == "full" else _runs(graph)
    if detail == "cells" or (detail == "auto" and len(runs) > MANY):
        runs = _by_group(graph) or runs
    of_node = {node.name: run[-1].name for run in runs for node in run}
    pairs = dict.fromkeys((of_node[s], of_node[n.name]) for n in graph.nodes for s in n.inputs if of_node[s] != of_node[n.name])
    boxes = tuple(_box(run, any(n.name in live for n in run), graph.output) for run in runs)
    alive = {box.name for box in boxes if box.live}
    links = tuple(Link(s, t, live={s, t} <= alive) for s, t in pairs)
    return Sketch(title or "Network", graph_alt(graph, len(live)), boxes, links)


def graph_alt(graph: Any, live: int | None = None) -> str:
    """A network in a sentence or two: layers, operations, depth, parameters.

    live  how many nodes lie on a way from input to output
    """
    counts, nodes = graph.counts(), graph.nodes
    ops = Counter(n.op for n in nodes if n.op != "input")
    groups = list(dict.fromkeys(g for n in nodes if (g := _group(n))))
    ends = f"from {shape_text(nodes[0].shape)} to {shape_text(graph.node(graph.output).shape)}"
    text = f"Network of {_count(len(nodes) - 1, 'operation')}, {_count(counts.depth, 'weight layer')} deep, {ends}, "
    text += f"{int(counts.params):,} parameters, {int(counts.mult_adds):,} multiply-adds. Operations: "
    text += ", ".join(f"{count} {op}" for op, count in ops.most_common()) + "."
    if groups:
        text += f" Groups: {', '.join(groups)}."
    dead = 0 if live is None else len(nodes) - live
    return text + (f" {_count(dead, 'operation')} on no open way from input to output." if dead else "")


def _live_nodes(graph: Any) -> set[str]:
    """Names of the nodes on a way from input to output that no zero cuts."""
    cut = {n.name for n in graph.nodes if family(n.op) == "none"}
    edges = [(s, n.name) for n in graph.nodes for s in n.inputs if n.name not in cut and s not in cut]
    starts = [n.name for n in graph.nodes if not n.inputs]
    return _reach(starts, edges) & _reach([graph.output], [(t, s) for s, t in edges])


def _runs(graph: Any) -> list[list[Any]]:
    """Chains of a heavy layer (conv, linear) with the light ones (ReLU, BN, dropout, flatten) around it."""
    uses = Counter(s for n in graph.nodes for s in n.inputs)
    run_of: dict[str, list[Any]] = {}
    for node in graph.nodes:
        run = run_of.get(node.inputs[0]) if len(node.inputs) == 1 and uses[node.inputs[0]] == 1 and node.inputs[0] != graph.output else None
        if run is not None and run[-1].name == node.inputs[0] and _joins(run, node):
            run.append(node)
        else:
            run = [node]
        run_of[node.name] = run
    return list({id(run): run for run in run_of.values()}.values())


def _joins(run: Sequence[Any], node: Any) -> bool:
    kinds = [family(n.op) for n in run]
    heavy = any(kind in ("conv", "dense") for kind in kinds)
    if family(node.op) not in ("conv", "dense", "point") or not set(kinds) <= {"conv", "dense", "point"} or _group(node) != _group(run[-1]):
        return False
    if family(node.op) != "point":
        return not heavy
    return not (heavy and kinds[0] == "point" and node.op == run[0].op)  # ReLU-Conv-BN | ReLU-Conv-BN


def _by_group(graph: Any) -> list[list[Any]] | None:
    """The nodes of each group together; None where that would close a circle."""
    runs: dict[str, list[Any]] = {}
    for node in graph.nodes:
        runs.setdefault(f"group {_group(node)}" if _group(node) else f"node {node.name}", []).append(node)
    order = {node.name: i for i, run in enumerate(runs.values()) for node in run}
    forwards = all(order[s] <= order[n.name] for n in graph.nodes for s in n.inputs)
    return list(runs.values()) if forwards else None


def _box(run: Sequence[Any], live: bool, output: str) -> Box:
    last, group = run[-1], _group(run[-1])
    kinds = [family(n.op) for n in run]
    whole = len(run) > 1 and (not set(kinds) <= {"conv", "dense", "point"} or sum(kind != "point" for kind in kinds) > 1)  # a cell, not a merged run
    note = "\n".join(f"{n.name}: {n.op} {' '.join(f'{k}={v}' for k, v in n.attrs)} -> {shape_text(n.shape)}" for n in run)
    if whole:
        head, kind = group, "group"
        small = [f"{len(run)} operations", ", ".join(f"{c} {op}" for op, c in Counter(n.op for n in run).most_common(2))]
    else:
        head, small = "–".join(map(_op_text, run)), []
        kind = next((kind for kind in kinds if kind != "point"), kinds[0])
    small.append(shape_text(last.shape) + (" output" if any(n.name == output for n in run) else ""))
    return Box(last.name, tuple(shorten(line) for line in (head, *small)), kind, "" if whole else group, note, live)


def _op_text(node: Any) -> str:
    """`conv 3×3 /2`: what matters of a node in a word or two."""
    attrs, parts = dict(node.attrs), [node.op.replace("_", " ")]
    if kernel := attrs.get("kernel"):
        parts.append(shape_text((kernel, kernel) if isinstance(kernel, int) else kernel))
    for name, sign in (("stride", "/"), ("groups", "g"), ("dilation", "d")):
        value = attrs.get(name, 1)
        if value not in (1, (1, 1)):
            parts.append(f"{sign}{value if isinstance(value, int) else shape_text(value)}")
    if node.op == "dropout":
        parts.append(f"{attrs['p']:.2g}")
    return " ".join(parts)


def shape_text(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


def shorten(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _group(node: Any) -> str:
    return getattr(node, "group", None) or ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _reach(starts: Iterable[str], edges: Iterable[tuple[str, str]]) -> set[str]:
    after: dict[str, list[str]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    seen = list(dict.fromkeys(starts))
    known = set(seen)
    for name in seen:
        new = [t for t in dict.fromkeys(after.get(name, ())) if t not in known]
        seen += new
        known.update(new)
    return known
