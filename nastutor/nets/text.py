"""A `LayerGraph` as text: a table to read and the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nastutor.nets.graph import LayerGraph


def table(graph: LayerGraph) -> str:
    """One line a node and one with the sums."""
    rows = [("node", "op", "reads", "output", "params", "mult-adds")]
    for node in graph.nodes:
        shape = "x".join(map(str, node.shape))
        params, mult_adds = (f"{count:,}" if count else "" for count in graph.cost(node))
        rows.append((node.name, node.label, ", ".join(node.inputs), shape, params, mult_adds))
    counts = graph.counts()
    rows.append((f"output: {graph.output}", f"depth {counts.depth}", "", f"{counts.activation_mb:.3g} MB", f"{counts.params:,}", f"{counts.mult_adds:,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(text.rjust(w) if k > 3 else text.ljust(w) for k, (text, w) in enumerate(zip(row, widths, strict=True))).rstrip() for row in rows)


def dot(graph: LayerGraph) -> str:
    """Graphviz's language; groups become clusters."""
    lines = ["digraph network {", "  rankdir=TB;", "  node [shape=box];"]
    groups: dict[str | None, list[str]] = {}
    for node in graph.nodes:
        text = f"{node.label}\n{'x'.join(map(str, node.shape))}"
        groups.setdefault(node.group, []).append(f"{quoted(node.name)} [label={quoted(text)}];")
    for number, (group, members) in enumerate(groups.items()):
        opening = [] if group is None else [f"  subgraph cluster_{number} {{", f"  label={quoted(group)};"]
        lines += [*opening, *("  " + member for member in members), *(["  }"] if opening else [])]
    lines += [f"  {quoted(source)} -> {quoted(target)};" for source, target in graph.edges()]
    return "\n".join([*lines, "}"])


def quoted(text: str) -> str:
    """A name or a label in Graphviz's language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
