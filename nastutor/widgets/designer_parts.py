"""The parts of the designer in HTML, and the whole of it as a picture for a saved notebook. Everything that is not ours is escaped."""

from __future__ import annotations

import math
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from nastutor.pictures.style import COLOURS, QUIET
from nastutor.values import Arch
from nastutor.widgets.designer_cell import WIDTH, Place, brief, cell_svg, edge_of, edges_of, label_of, labels_of, places_of, without_effect
from nastutor.widgets.designer_chart import race_figure
from nastutor.widgets.designer_standing import Neighbour, Standing
from nastutor.widgets.parts import CARD, FONT
from nastutor.widgets.snapshot import count, short

if TYPE_CHECKING:
    from nastutor.widgets.designer import Designer

TITLE = f"{FONT};font-size:13px;font-weight:650;margin:0 0 4px 0"
BETTER, WORSE, SAME, HERE = ("▼", "#d6ebf8"), ("▲", "#fbe3d3"), ("=", "#eeeeee"), ("●", "#ffffff")  # sign and fill: colour never says it alone


def name_of(decision: str) -> str:
    """An edge with an arrow, any other decision as it is called.

    >>> name_of("0->2"), name_of("width")
    ('0 → 2', 'width')
    """
    edge = edge_of(decision)
    return decision if edge is None else f"{edge[0]} → {edge[1]}"


def named(decision: str) -> str:
    """
    >>> named("0->2"), named("op1")
    ('the edge 0 → 2', 'the operation of node 1')
    """
    return f"the edge {name_of(decision)}" if edge_of(decision) else f"the operation of node {decision.removeprefix('op')}"


def prompt(decision: str, options: int) -> str:
    """What the buttons under the drawing are for."""
    what = f"Edge <b>{name_of(decision)}</b>" if edge_of(decision) else f"Node <b>{decision.removeprefix('op')}</b>"
    rest = "click on another label to change that one" if options > 1 else "nothing else is allowed here: click on another label"
    return f'<div style="{FONT};font-size:12.5px;margin-top:2px">{what} carries ({rest}):</div>'


def said(error: float, digits: int = 4) -> str:
    return "diverged" if math.isnan(error) else f"{error:.{digits}f}"


def ordinal(number: int) -> str:
    """
    >>> ordinal(1), ordinal(12), ordinal(5_043)
    ('1st', '12th', '5,043rd')
    """
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


# --- the architecture


def drawing(arch: Arch, chosen: Place | None = None, write: bool = True) -> str:
    """The cell as a picture with a text; "" for architectures without edges."""
    if not edges_of(arch):
        return ""
    alt = arch_alt(arch)
    svg = cell_svg(labels_of(arch), alt, chosen, write)
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return f'<img alt="{escape(alt)}" src="{source}" style="display:block;max-width:none;width:{WIDTH}px">'


def arch_alt(arch: Arch) -> str:
    """An architecture in words."""
    dead = without_effect(arch)
    drawn = places_of(name for name, _ in arch.choices)
    told = ", ".join(f"{name_of(name).replace('→', 'to')} {label_of(value) if name in drawn else value}" for name, value in arch.choices)
    kind = "Cell" if drawn else "Architecture"
    return f"{kind}: {told}." + (f" Without effect: {', '.join(f'{i} to {j}' for i, j in dead)}." if dead else "")


# --- what is known about it


def facts(standing: Standing, before: float | None = None) -> str:
    """Error, rank and size as tiles, and under them which network it is; `before`: the error of the one that one comes from."""
    metrics = standing.metrics
    tiles = [
        ("validation error", said(standing.error), _change(standing.error, before)),
        ("rank", ordinal(standing.rank), f"of {standing.networks:,} networks"),
        ("parameters", short(metrics.get("params")), f"{short(metrics.get('mult_adds'))} mult-adds"),
    ]
    row = f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(map(_tile, tiles))}</div>'
    return f'<div style="{FONT}">{row}{_rank_bar(standing)}{_sentences(standing)}</div>'


def _change(error: float, before: float | None) -> str:
    if before is None or math.isnan(before) or math.isnan(error):
        return "smaller is better"
    if error == before:
        return "= as before"
    return f"{'▼' if error < before else '▲'} {abs(error - before):.4f} {'better' if error < before else 'worse'}"


def _tile(tile: tuple[str, str, str]) -> str:
    name, value, small = map(escape, tile)
    box = "flex:1 1 90px;background:#f5f7f9;border-radius:6px;padding:7px 9px;white-space:nowrap"
    quiet = f"font-size:11.5px;color:{QUIET}"
    return (
        f'<div style="{box}"><div style="{quiet}">{name}</div><div style="font-size:20px;font-weight:650">{value}</div><div style="{quiet}">{small}</div></div>'
    )


def _rank_bar(standing: Standing) -> str:
    """From the worst network at the left to the best at the right, with a mark where this one is."""
    share, also = 100 * standing.beats, f", as good as {standing.tied:,}" if standing.tied else ""
    line = "position:relative;height:8px;border-radius:4px;background:#e8e8e8"
    fill = f"height:8px;border-radius:4px;width:{share:.1f}%;background:{COLOURS[0]}"
    return (
        f'<div style="font-size:12.5px;margin:12px 0 4px 0">better than <b>{share:.0f} %</b> of the other networks{also}</div>'
        f'<div style="{line}"><div style="{fill}"></div></div>'
    )


def _sentences(standing: Standing) -> str:
    """Which network it is, and what has no effect in it."""
    others = standing.twins - 1
    told = f"This is <b>network {standing.network:,}</b>: "
    if others:
        own = standing.first == standing.arch
        which = "this is the first of them" if own else f"the first of them is <i>{escape(brief(standing.first))}</i>"
        told += f"{count(standing.twins, 'architecture')} are this network, and {which}."
    else:
        told += "no other architecture is this network."
    told += f" By architectures it is {ordinal(standing.arch_rank)} of {standing.archs:,}."
    if dead := without_effect(standing.arch):
        names = ", ".join(f"{i} → {j}" for i, j in dead)
        told += f" <span style='color:#8a3500'>Without effect: {names} (dashed).</span>"
    return f'<div style="font-size:12.5px;line-height:1.5;margin-top:10px">{told}</div>'


# --- neighbours


def mark(error: float, here: float) -> tuple[str, str]:
    """Sign and colour of a neighbour."""
    if math.isnan(error):
        return WORSE if not math.isnan(here) else SAME
    if math.isnan(here) or error < here:
        return BETTER
    return SAME if error == here else WORSE


def neighbour_text(neighbour: Neighbour, here: float) -> str:
    return f"{mark(neighbour.error, here)[0]} {said(neighbour.error)}"


def neighbours_table(neighbours: list[Neighbour], standing: Standing) -> str:
    """Decision by decision, the error that each other option would give."""
    by_name: dict[str, list[Neighbour]] = {}
    for neighbour in neighbours:
        by_name.setdefault(neighbour.decision, []).append(neighbour)
    rows = "".join(_neighbour_row(name, standing, own) for name, own in by_name.items())
    return f'<table style="{FONT};border-collapse:separate;border-spacing:4px;font-size:12px;margin:0 0 0 -4px">{rows}</table>'


def _neighbour_row(name: str, standing: Standing, own: list[Neighbour]) -> str:
    now = standing.arch[name]
    shown = [(f"{label_of(now)} now", HERE[1], said(standing.error), 600)]
    shown += [(label_of(n.option), mark(n.error, standing.error)[1], neighbour_text(n, standing.error), 400) for n in own]
    cell = "padding:4px 8px;border-radius:5px;text-align:left;white-space:nowrap"
    cells = "".join(f'<td style="{cell};background:{fill};font-weight:{bold}">{escape(label)} <b>{escape(text)}</b></td>' for label, fill, text, bold in shown)
    return f'<tr style="background:#ffffff"><td style="{cell};padding-left:0;color:{QUIET}">{escape(name_of(name))}</td>{cells}</tr>'


def neighbours_alt(neighbours: list[Neighbour], standing: Standing) -> str:
    """The neighbourhood in a sentence."""
    if not neighbours:
        return "It has no neighbours in the table."
    better = [n for n in neighbours if mark(n.error, standing.error) == BETTER]
    text = f"Of its {count(len(neighbours), 'neighbour')}, {len(better)} {'is' if len(better) == 1 else 'are'} better"
    if not better:
        return f"{text}: a local optimum."
    best = min(better, key=lambda n: n.error)
    return f"{text}, the best with error {best.error:.4f}: {name_of(best.decision).replace('→', 'to')} {label_of(best.option)}."


# --- the whole


def summary(designer: Designer) -> str:
    """The designer without buttons: what a saved notebook keeps. Looking at it in a file counts nothing."""
    standing = designer.standing
    neighbours = designer.standings.neighbours(standing.arch)
    picture = drawing(standing.arch) or f'<div style="width:{WIDTH}px">{escape(str(standing.arch))}</div>'
    right = facts(standing)
    top = f'<div style="display:flex;flex-wrap:wrap;gap:18px;align-items:flex-start"><div>{picture}</div><div style="flex:1 1 320px">{right}</div></div>'
    alt = neighbours_alt(neighbours, standing)
    around = f'<div style="{TITLE};margin-top:12px">Neighbours: one decision changed</div>{neighbours_table(neighbours, standing)}'
    around += f'<div style="font-size:12.5px">{escape(alt)} (▼ better, ▲ worse, = as good)</div>'
    return f'<div style="{CARD}">{head(designer)}{top}{around}{race(designer)}</div>'


def head(designer: Designer) -> str:
    standing = designer.standing
    what = f"{count(standing.archs, 'architecture')}, {standing.networks:,} different networks"
    what += " with how they are trained" if hasattr(designer.space, "training") else ""
    small = f'<span style="font-size:12.5px;font-weight:400;color:{QUIET}">{what}</span>'
    return f'<div style="{FONT};font-size:15.5px;font-weight:650;margin-bottom:6px">Design a network {small}</div>'


def race(designer: Designer) -> str:
    """The chart, and what it says, in a saved notebook."""
    side = f'<div style="flex:1 1 200px;max-width:260px">{verdict(designer)}</div>'
    row = f'<div style="display:flex;flex-wrap:wrap;gap:14px;align-items:center">{chart(designer)}{side}</div>'
    return f'<div style="{TITLE};margin-top:12px">Your race against {escape(designer.rival.name)}</div>{row}'


def chart(designer: Designer) -> str:
    optimum = designer.table.best().error if designer.looked else None
    return race_figure(*designer.race(), designer.rival.name, optimum)


def verdict(designer: Designer) -> str:
    """Who leads; after the end, with test errors."""
    mine, theirs = designer.race()
    yours, its = (designer.standings.again([record.trial.arch for record in history]) for history in (mine, theirs))
    told = f"{count(len(mine), 'trial')} each; spent on a network seen before: {yours} of yours, {its} of {designer.rival.name}'s."
    own, best = (min((record.error for record in history if record.result.usable), default=math.inf) for history in (mine, theirs))
    lead = "You are level" if own == best else "You lead" if own < best else f"{designer.rival.name.capitalize()} leads"
    ended = "" if designer.racing else " The race is over." if designer.test_error is not None else " You have looked at the optimum: the race is over."
    lines = [f"<b>{escape(lead)}.</b> {escape(told, quote=False)}{ended}"]
    if designer.looked:
        record = designer.table.best()
        lines.append(f"The optimum has error <b>{record.error:.4f}</b>: <i>{escape(brief(record.trial.arch))}</i>.")
    if designer.test_error is not None:
        lines += _end(designer)
    return "".join(f'<div style="{FONT};font-size:12.5px;margin-bottom:7px">{line}</div>' for line in lines)


def _end(designer: Designer) -> list[str]:
    won, drawn, lost = designer.outcomes()
    best = designer.best
    told = f"Your best by validation error has {best.error:.4f} there and a <b>test error of {designer.test_error:.4f}</b>."
    again = f"Against {won + drawn + lost} seeds of {escape(designer.rival.name)} you would have won {won} races, drawn {drawn} and lost {lost}."
    return [told, again]
