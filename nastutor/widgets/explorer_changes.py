"""What became of what: decision by decision, and node by node of the network. No widgets here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nastutor.nets.graph import LayerGraph, Node
from nastutor.pictures.sketch import Mark, Sketch
from nastutor.pictures.style import COLOURS, QUIET
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.widgets.explorer import Step

ABSENT: Any = object()
MEANING = {  # mark -> what it says, and its colour; the word on the flag says the same as the colour
    "": ("as before", QUIET),
    "changed": ("changed", COLOURS[1]),
    "new": ("asked for only now", COLOURS[2]),
    "gone": ("asked for no more", "#6a3d9a"),
    "A": ("from A", COLOURS[0]),
    "B": ("from B", COLOURS[1]),
    "A=B": ("the same in both", QUIET),
    "A+B": ("made of both", COLOURS[2]),
    "drawn": ("neither parent has it: drawn", "#6a3d9a"),
    "follows": ("not decided itself: it follows from a decision made elsewhere", QUIET),
}


@dataclass(frozen=True)
class Change:
    """A decision and what became of it.

    value  as it is now; None where it is `gone`
    old    what it was before, or () where it was not asked for; of a child: (in A, in B), None where a parent has not taken it
    mark   a key of MEANING; "" where nothing happened
    """

    name: str
    value: Any
    old: tuple[Any, ...] = ()
    mark: str = ""


def same(a: Any, b: Any) -> bool:
    """Types count: 1 is not True."""
    return type(a) is type(b) and bool(a == b)


def changes_of(step: Step) -> list[Change]:
    """In the order of the architecture's decisions; those that vanished come last."""
    if step.parents is not None:
        return [_inherited(name, value, *map(_taken, step.parents)) for name, value in step.arch.choices]
    if step.before is None:
        return [Change(name, value) for name, value in step.arch.choices]
    old, new = _taken(step.before), _taken(step.arch)
    here = [Change(name, value, *_compared(value, old.get(name, ABSENT))) for name, value in new.items()]
    return here + [Change(name, None, (value,), "gone") for name, value in old.items() if name not in new]


def _taken(arch: Arch) -> dict[str, Any]:
    return dict(arch.choices)


def _compared(value: Any, old: Any) -> tuple[tuple[Any, ...], str]:
    if old is ABSENT:
        return (), "new"
    return (old,), "" if same(value, old) else "changed"


def _inherited(name: str, value: Any, a: dict[str, Any], b: dict[str, Any]) -> Change:
    of_a, of_b = (name in parent and same(parent[name], value) for parent in (a, b))
    mark = "A=B" if of_a and of_b else "A" if of_a else "B" if of_b else "drawn"
    return Change(name, value, (a.get(name), b.get(name)), mark)


# --- in the network


def node_marks(graph: LayerGraph, others: Sequence[LayerGraph], child: bool) -> dict[str, str]:
    """Node -> mark, for nodes that are not the same in all the others: name, operation, settings and inputs; weights' shapes may differ.

    child  the others are the parents A and B; else there is one, the network before
    """
    known = [{_signature(node) for node in other.nodes} for other in others]
    named = [{node.name for node in other.nodes} for other in others]
    marks = {}
    for node in graph.nodes:
        here = [_signature(node) in nodes for nodes in known]
        if not all(here):
            marks[node.name] = _from_parents(here) if child else ("changed" if node.name in named[0] else "new")
    return marks


def by_decisions(graph: LayerGraph, marks: dict[str, str], changes: Iterable[Change]) -> dict[str, str]:
    """The same marks, but `follows` on a node about whose layer nothing was decided anew: its input, its rate of dropout ... follow from other decisions.

    Decisions about the group "layer 3" end with its number (kind3, 1->3), those about the head with its name (0->head). Where no decision is
    about any group, as in spaces that repeat a cell, all marks stay.
    """
    changes = list(changes)
    groups = {node.name: node.group or "" for node in graph.nodes}
    if not any(_about(change.name, group) for change in changes for group in groups.values()):
        return marks
    decided = {group for group in groups.values() if any(change.mark not in ("", "A=B") and _about(change.name, group) for change in changes)}
    return {name: mark if groups[name] in decided else "follows" for name, mark in marks.items()}


def _about(decision: str, group: str) -> bool:
    found = re.fullmatch(r"layer (\d+)|(head)", group)
    return found is not None and re.search(rf"(?<!\d){found[1] or found[2]}$", decision) is not None


def _signature(node: Node) -> tuple[Any, ...]:
    return node.name, node.op, node.inputs, node.attrs


def _from_parents(here: list[bool]) -> str:
    return "A" if here[0] else "B" if here[1] else "A+B"


def flag(mark: str) -> Mark | None:
    """None for what needs no attention."""
    return None if mark in ("", "gone", "A=B") else Mark(mark, MEANING[mark][1])


def with_nodes(sketch: Sketch, marks: dict[str, str]) -> Sketch:
    """A network's sketch with flags on its boxes; a box of several nodes (a line of its note each) says what they say together."""
    boxes = []
    for box in sketch.boxes:
        names = (line.split(":")[0] for line in box.note.splitlines())
        boxes.append(replace(box, mark=flag(_together({marks[name] for name in names if name in marks}))))
    return replace(sketch, boxes=tuple(boxes))


def _together(marks: set[str]) -> str:
    marks = marks - {"follows"} or marks  # what was decided says more
    if not marks:
        return ""
    return next(iter(marks)) if len(marks) == 1 else "A+B" if marks & {"A", "B", "A+B"} else "changed"


def with_links(sketch: Sketch, changes: Iterable[Change]) -> Sketch:
    """A cell's sketch with flags on its edges, whose decisions are called "0->1"."""
    marks = {change.name: change.mark for change in changes}
    return replace(sketch, links=tuple(replace(link, mark=flag(marks.get(f"{link.source}->{link.target}", ""))) for link in sketch.links))
