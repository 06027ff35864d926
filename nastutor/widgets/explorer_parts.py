"""The parts of the explorer in HTML, and the whole of it as a picture for a saved notebook. Everything that is not ours is escaped."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from nastutor.drawing import Drawing
from nastutor.pictures.sketch import Sketch, sketch
from nastutor.pictures.style import QUIET
from nastutor.values import Arch
from nastutor.widgets.explorer_changes import MEANING, Change, by_decisions, node_marks, with_links, with_nodes
from nastutor.widgets.parts import BLANK, CARD, FONT
from nastutor.widgets.snapshot import count, short

if TYPE_CHECKING:
    from nastutor.nets.graph import Counts, LayerGraph
    from nastutor.widgets.explorer import Explorer, Step

ROOM = (330, 400)  # for the network, CSS pixels
HIGH = 360  # pixels of the table of decisions; more rows are scrolled
TINT = {"A": "#d6ebf8", "B": "#fbe3d3", "changed": "#fbe3d3", "new": "#d9f2e8", "gone": "#eee3f7", "drawn": "#eee3f7"}
STRIPE = {"A": "solid", "B": "double", "changed": "double", "new": "dashed", "gone": "dotted", "drawn": "dotted"}  # not by colour alone
ARROW = "→"


def title(explorer: Explorer) -> str:
    """The space and how large it is."""
    told = f"{escape(type(explorer.space).__name__)}: {size_text(explorer.space)}"
    return f'<div style="{FONT};font-size:15.5px;font-weight:650">{told}</div>'


def size_text(space: Any) -> str:
    try:
        size = space.size
    except ValueError:
        return "too many architectures to count one by one"
    except AttributeError:
        return "an open-ended space"
    if size < 10**9:
        return f"{size:,} architectures"
    return f"{Decimal(size):.2e} architectures".replace("e+", "e")  # sizes of 16,700 bits are beyond floating-point numbers


# --- what happened


def sentence(explorer: Explorer) -> str:
    """The last step in words."""
    step, changes = explorer.step, explorer.changes
    heads: dict[str, Callable[[], str]] = {
        "start": lambda: "The start. Press a button: what changes will be marked.",
        "random": lambda: "A random architecture: every decision was drawn.",
        "given": lambda: f"Your architecture. Compared with the one before: {_told(changes)}.",
        "mutation": lambda: f"A mutation{_edit(step)}: {_told(changes)}.",
        "neighbour": lambda: f"Neighbour {step.place[0]} of {step.place[1]} of the one where you began to step: {_told(changes)}.",  # type: ignore[index]
        "child": lambda: f"A child of A and B: {_inheritance(changes)}.",
    }
    return heads[step.kind]()


def _edit(step: Step) -> str:
    return "" if step.edit is None else f" by {step.edit}"


def _told(changes: Sequence[Change], most: int = 3) -> str:
    altered = [f"{change.name} {_said(change.old[0])} {ARROW} {_said(change.value)}" for change in changes if change.mark == "changed"]
    marks = Counter(change.mark for change in changes)
    told = [", ".join(altered[:most]) + (f" and {len(altered) - most} more" if len(altered) > most else "")] if altered else []
    told += [f"{count(marks[mark], 'decision')} {MEANING[mark][0]}" for mark in ("new", "gone") if marks[mark]]
    return "; ".join(told) or "nothing changed"


def _inheritance(changes: Sequence[Change]) -> str:
    marks = Counter(change.mark for change in changes)
    told = [f"{marks['A']} of its decisions from A, {marks['B']} from B, {marks['A=B']} the same in both"]
    return ", ".join(told + ([f"{marks['drawn']} drawn because neither parent has a legal one"] if marks["drawn"] else []))


def told(explorer: Explorer) -> str:
    return f'<div style="{FONT};font-size:13px;margin:4px 0">{escape(sentence(explorer))}</div>'


# --- the network


def network(explorer: Explorer, room: tuple[int, int] = ROOM) -> str:
    """The network with flags on what changed, as a picture with a text; why not, where it cannot be built for the task."""
    try:
        picture = marked(explorer)
    except (ValueError, TypeError, KeyError) as error:
        reason = error.args[0] if error.args else error
        return f'<div style="{FONT};color:#8a3500;font-size:12.5px;max-width:{room[0]}px">This architecture has no network here. {escape(str(reason))}</div>'
    flags = [f"{name} {mark}" for name, mark in _flags(picture)]
    alt = picture.alt + (f" Marked: {', '.join(flags)}." if flags else "")
    return _fitted(Drawing(replace(picture, title="\u00a0", alt=alt)), *room)


def _flags(picture: Sketch) -> list[tuple[str, str]]:
    boxes = [(box.name, box.mark.text) for box in picture.boxes if box.mark]
    return boxes + [(f"{link.source} to {link.target}", link.mark.text) for link in picture.links if link.mark]


def marked(explorer: Explorer) -> Sketch:
    """A cell as a cell, other architectures as their network; a space without networks as its decisions."""
    arch = explorer.arch
    if not explorer.offers("graph") or all(re.fullmatch(r"\d+->\d+", name) for name, _ in arch.choices):
        return with_links(sketch(arch), explorer.changes)
    graph, step = explorer.graph(), explorer.step
    others = step.parents or ((step.before,) if step.before else ())
    marks: dict[str, str] = {}
    with suppress(ValueError):  # one that it came from may not fit the task
        graphs = [explorer.space.graph(other, explorer.task) for other in others]
        marks = by_decisions(graph, node_marks(graph, graphs, child=step.parents is not None), explorer.changes) if graphs else {}
    return with_nodes(sketch(graph), marks)


def _fitted(drawing: Drawing, width: int, height: int) -> str:
    """Without its title line, made small enough."""
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawing.svg)
    assert found is not None
    wide, high = float(found[1]), float(found[2])
    scale = min(1.0, width / wide, height / (high - BLANK))
    style = f"display:block;max-width:none;width:{wide * scale:.0f}px;height:{high * scale:.0f}px;margin:-{BLANK * scale:.0f}px auto 0 auto"
    image = f'<img alt="{escape(drawing.alt)}" src="data:image/svg+xml;base64,{b64encode(drawing.svg.encode()).decode()}" style="{style}">'
    return f'<div style="width:{width}px;overflow:hidden">{image}</div>'


def facts(explorer: Explorer) -> str:
    """Parameters, mult-adds, depth and memory as tiles, and by how much the last step changed them."""
    now, before = _counts(explorer, explorer.arch), _counts(explorer, explorer.step.before)
    if now is None:
        return ""
    tiles = [
        (name, _number(getattr(now, attr)), _difference(getattr(now, attr), None if before is None else getattr(before, attr)))
        for name, attr in (("parameters", "params"), ("mult-adds", "mult_adds"), ("weight layers", "depth"))
    ]
    return f'<div style="{FONT};display:flex;flex-wrap:wrap;gap:8px;margin-bottom:8px">{"".join(map(_tile, tiles))}</div>'


def _counts(explorer: Explorer, arch: Arch | None) -> Counts | None:
    if arch is None or not explorer.offers("graph"):
        return None
    try:
        graph: LayerGraph = explorer.space.graph(arch, explorer.task)
    except ValueError:
        return None
    return graph.counts()


def _number(value: int) -> str:
    return f"{value:,}" if value < 10**6 else short(value)


def _difference(now: int, before: int | None) -> str:
    if before is None:
        return "\u00a0"
    return "= as before" if now == before else f"{'▲' if now > before else '▼'} {abs(now - before):,}"


def _tile(tile: tuple[str, str, str]) -> str:
    name, value, small = map(escape, tile)
    box = "flex:1 1 88px;background:#f5f7f9;border-radius:6px;padding:6px 9px;white-space:nowrap"
    quiet = f"font-size:11.5px;color:{QUIET}"
    return (
        f'<div style="{box}"><div style="{quiet}">{name}</div><div style="font-size:18px;font-weight:650">{value}</div><div style="{quiet}">{small}</div></div>'
    )


# --- the decisions


def decisions(explorer: Explorer) -> str:
    """All decisions in a table, each with what became of it."""
    changes, parents = explorer.changes, explorer.step.parents
    heads = ("decision", "A", "B", "child") if parents else ("decision", "taken", "before", "") if explorer.step.before else ("decision", "taken")
    cells = f"text-align:left;padding:2px 8px;color:{QUIET};font-weight:600;position:sticky;top:0;background:#ffffff"
    row = "".join(f'<th style="{cells}">{head}</th>' for head in heads)
    lines = "".join(_line(change, bool(parents), len(heads)) for change in changes)
    style = f"{FONT};border-collapse:collapse;font-size:12.5px;width:100%;margin:0"
    table = f'<table style="{style}"><thead><tr style="border-bottom:1px solid #bbbbbb">{row}</tr></thead><tbody>{lines}</tbody></table>'
    return f'<div style="max-height:{HIGH}px;overflow-y:auto">{table}</div>'


def _line(change: Change, child: bool, columns: int) -> str:
    tint = f"background:{TINT.get(change.mark, '#ffffff')}"
    stripe = f"border-left:5px {STRIPE.get(change.mark, 'solid')} {MEANING[change.mark][1] if change.mark in STRIPE else 'transparent'}"
    word = MEANING[change.mark][0]
    if child:
        a, b = (_cell(_said(old), tint if change.mark == parent else "") for old, parent in zip(change.old, "AB", strict=True))
        cells = a + b + _cell(f"{_said(change.value)}  ({word})", f"{tint};font-weight:600")
    else:
        now = "–" if change.mark == "gone" else _said(change.value)
        old = _said(change.old[0]) if change.old else "–"
        cells = _cell(now, f"{tint};font-weight:{600 if change.mark else 400}") + (_cell(old) + _cell(word if change.mark else "") if columns > 2 else "")
    name = f'<td style="text-align:left;padding:2px 8px;{stripe};white-space:nowrap">{escape(change.name)}</td>'
    return f'<tr style="border-bottom:1px solid #eeeeee;background:#ffffff;vertical-align:baseline">{name}{cells}</tr>'


def _cell(text: str, style: str = "") -> str:
    return f'<td style="text-align:left;padding:2px 8px;{style}">{escape(text)}</td>'


def _said(value: Any) -> str:
    return "–" if value is None else str(value)


# --- all of it


def summary(explorer: Explorer) -> str:
    """The whole explorer without buttons: what a saved notebook keeps."""
    right = f'<div style="flex:1 1 330px">{facts(explorer)}{decisions(explorer)}</div>'
    below = f'<div style="display:flex;flex-wrap:wrap;gap:18px">{network(explorer)}{right}</div>'
    return f'<div style="{CARD}">{title(explorer)}{told(explorer)}{below}</div>'
