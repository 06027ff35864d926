"""What the macro-stacking view is made of: networks of one cell at any size, counted without building, and the drawing of their cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from nastutor.pictures.style import COLOURS, FAMILIES, INK, QUIET
from nastutor.published import Published, zoo
from nastutor.widgets.log_chart import Axis, Dot, Line, chart
from nastutor.widgets.snapshot import short

if TYPE_CHECKING:
    from nastutor.nets.graph import Counts

STACK = 900, 150  # width, height in CSS pixels
CHART = 560, 290
SHARES = (0.25, 0.5, 0.75, 1.5, 2.0, 3.0)  # of the published F, for the line that shows how size grows with it


@dataclass(frozen=True)
class Part:
    """A stem, a cell or the head of a network: what comes out of it, and its parameters."""

    name: str
    kind: str  # stem | normal | reduction | head
    shape: tuple[int, ...]
    params: int


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The published networks that are stacks of cells."""
    return tuple(name for name, net in zoo.items() if hasattr(net.space, "genotype"))


def filter_step(net: Published) -> int:
    """By how much F can change: factorised reductions halve it, and the cells of an ImageNet stem have a quarter of it (unless odd halves are allowed)."""
    return 2 if net.space.odd_halves or net.space.stem == "cifar" else math.gcd(8, net.space.channels)


@lru_cache(maxsize=512)
def counted(name: str, cells: int, channels: int) -> tuple[Counts, tuple[Part, ...]]:
    """Counts and parts of the network `name` with N = `cells` and F = `channels`; some 30 ms for a new one."""
    net = zoo[name]
    space: Any = type(net.space)(**{**net.space.settings, "cells": cells, "channels": channels})
    graph = space.graph(net.arch, net.task)
    found: dict[str, tuple[tuple[int, ...], int]] = {}
    for node in graph.nodes[1:]:
        found[node.group] = node.shape, found.get(node.group, ((), 0))[1] + graph.cost(node)[0]
    return graph.counts(), tuple(Part(group, _kind(group), shape, params) for group, (shape, params) in found.items())


def _kind(group: str) -> str:
    first = group.split()[0]
    return {"cell": "normal"}.get(first, first)


def same_cell(name: str) -> list[str]:
    """The published networks with the same two cells, itself included."""
    own = zoo[name]
    genotype = own.space.genotype(own.arch)
    return [other for other in names() if type(zoo[other].space) is type(own.space) and zoo[other].space.genotype(zoo[other].arch) == genotype]


# the stack


def stack_svg(parts: Sequence[Part], alt: str) -> str:
    """Each cell as a column, as high as its channels (on a scale of powers), its reductions slanted; stages are told below."""
    wide, high = STACK
    step = min(46.0, (wide - 20) / len(parts))
    tall = [6 + 12 * math.log2(max(2, part.shape[0])) for part in parts]
    scale = (high - 50) / max(tall)
    shown = []
    for number, (part, size) in enumerate(zip(parts, tall, strict=True)):
        left, height = 10 + number * step, size * scale
        shown.append(_column(part, left, high - 38 - height, step - 4, height))
    font = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img" style="{font}">'
    return f"{head}<title>{escape(alt)}</title>{''.join(shown)}{_stages(parts, step, high)}</svg>"


def _column(part: Part, left: float, top: float, wide: float, tall: float) -> str:
    look = FAMILIES[{"normal": "conv", "reduction": "pool", "stem": "data", "head": "dense"}[part.kind]]
    slope = tall * 0.18 if part.kind == "reduction" else 0.0
    right, low = left + wide, top + tall
    path = f"M{left:.1f} {top:.1f}L{right:.1f} {top + slope:.1f}L{right:.1f} {low:.1f}L{left:.1f} {low:.1f}Z"
    note = f"{part.name}: out {'×'.join(map(str, part.shape))}, {part.params:,} parameters"
    return f'<g><title>{escape(note)}</title><path d="{path}" fill="{look.fill}" stroke="{look.border}" stroke-width="1.3"/></g>'


def stages(parts: Sequence[Part]) -> list[tuple[int, int, str, str]]:
    """(first, last, what, size) for each run of equal parts."""
    found: list[tuple[int, int, str, str]] = []
    for number, part in enumerate(parts):
        size = "×".join(map(str, part.shape))
        if found and parts[found[-1][0]].kind == part.kind and found[-1][3] == size:
            found[-1] = found[-1][0], number, part.kind, size
        else:
            found.append((number, number, part.kind, size))
    return found


def _stages(parts: Sequence[Part], step: float, high: int) -> str:
    written = ""
    for first, last, kind, size in stages(parts):
        words = [(f"{last - first + 1} × normal" if last > first else kind, INK, 24), (size, QUIET, 10)]
        if kind != "normal":
            words = [({"reduction": "reduce" if step > 40 else "R"}.get(kind, kind), QUIET, 24)]
        centre = 10 + (first + last + 1) / 2 * step - 2
        written += "".join(f'<text x="{centre:.1f}" y="{high - up}" font-size="11" text-anchor="middle" fill="{ink}">{word}</text>' for word, ink, up in words)
    return written


# parameters against mult-adds


def chart_svg(name: str, here: Counts, trail: Sequence[Counts], alt: str) -> str:
    """The network among the published ones; `trail`: where one has been, or how it grows with F."""
    own = same_cell(name)
    published = {other: counted(other, zoo[other].space.cells, zoo[other].space.channels)[0] for other in sorted(names(), key=lambda other: other not in own)}
    dots = [Dot(*_at(here), f"{name if here == published[name] else 'here'}: {short(here.params)}", COLOURS[1], alt, large=True)]
    for other, counts in published.items():
        net = zoo[other]
        note = f"{other}: N = {net.space.cells}, F = {net.space.channels}, {counts.params:,} parameters, {short(counts.mult_adds)} mult-adds"
        label = other if counts != here else ""
        dots.append(Dot(*_at(counts), label, COLOURS[0] if other in own else "#9a9a9a", note, spare=other not in own))
    spots = [_at(counts) for counts in trail]
    xs, ys = ([point[axis] for point in (*spots, *((dot.x, dot.y) for dot in dots))] for axis in (0, 1))
    x = Axis("multiply-adds for one image", min(xs) - 0.15, max(xs) + 0.15)
    y = Axis("parameters", min(ys) - 0.5, max(ys) + 0.15)
    return chart([Line(spots, COLOURS[1], "4 3", 1.4)], dots, x, y, alt, *CHART)


def _at(counts: Counts) -> tuple[float, float]:
    return math.log10(max(1, counts.mult_adds)), math.log10(max(1, counts.params))
