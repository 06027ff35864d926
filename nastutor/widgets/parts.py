"""The parts of a board in HTML: head, figures, architectures, table. Everything that is not ours is escaped."""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape
from typing import Any

from nastutor.pictures.style import COLOURS, INK, QUIET, figure
from nastutor.spaces.fabric import FabricSpace
from nastutor.values import Arch, Record
from nastutor.widgets.curves import WIDTH, curves_png
from nastutor.widgets.fabric_picture import fabric_svg, told
from nastutor.widgets.snapshot import Snapshot, arch_text, clock, count, number, short

FONT = f"font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:{INK};line-height:1.35"
CARD = f"background:#ffffff;border:1px solid #d4d4d4;border-radius:8px;padding:12px 14px;max-width:{WIDTH}px;{FONT}"
SHEET = (  # widgets have no background of their own; on a white card the pictures look the same in dark themes
    "<style>.nastutor-card{background:#ffffff;border:1px solid #d4d4d4;border-radius:8px;padding:12px 14px;box-sizing:border-box}"
    f".nastutor-card .widget-label,.nastutor-card .widget-readout{{color:{INK}!important}}</style>"
)
BADGES = {  # state -> its sign and colours; the word says it as well
    "starting": ("◌", "#595959", "#eeeeee"),
    "running": ("▶", "#00593f", "#d9f2e8"),
    "paused": ("❚❚", "#6b4e00", "#fdf0c8"),
    "stopping": ("■", "#8a3500", "#fbe3d3"),
    "stopped": ("■", "#8a3500", "#fbe3d3"),
    "finished": ("✔", "#003d66", "#d6ebf8"),
    "failed": ("✖", "#8a3500", "#fbe3d3"),
}
SMALL = "font-size:11px;padding-left:4px;padding-right:2px"
MOST_EDGES = 6  # of a cell, which have a column each in the table; more of them are named in its heading
TABLE_WIDTH = 440  # pixels; with less room it stands below the architectures
LAST = 10  # rows of the table, the best apart
PICTURE = (182, 300)  # room for an architecture, CSS pixels
BLANK = 26  # pixels of a drawing that its title would take: the caption is larger, and stays so when the drawing is made small


def head(snapshot: Snapshot) -> str:
    sign, ink, paper = BADGES[snapshot.state]
    badge = f"font-size:12px;font-weight:600;color:{ink};background:{paper};border-radius:10px;padding:2px 10px;margin-left:10px;white-space:nowrap"
    return f'<div style="{FONT};font-size:15.5px;font-weight:650">{escape(snapshot.title)}<span style="{badge}">{sign} {snapshot.state}</span></div>'


def figures(snapshot: Snapshot, live: bool = True) -> str:
    """The bar, and the numbers under it; `live`: those too that differ from run to run."""
    best, done = snapshot.best, len(snapshot.history)
    of = f" of {snapshot.limits['trials']:,.0f}" if "trials" in snapshot.limits else ""
    spent = f" of {snapshot.limits['cost']:g}" if "cost" in snapshot.limits else ""
    tiles = [
        ("best error", f"{best.error:.4f}" if best else "–", f"trial {number(snapshot.history, best)}" if best else "none yet"),
        ("trials", f"{done:,}{of}", f"{snapshot.failed} failed" if snapshot.failed else "none failed"),
        ("cost", f"{snapshot.history.cost:,.4g}{spent}", snapshot.paid_in),
    ]
    if best is not None and "params" in best.result.metrics:
        tiles.insert(1, ("its size", short(best.result.metrics["params"]), "parameters"))
    if snapshot.stopped:
        tiles.append(("stopped early", f"{snapshot.stopped:,}", "of these trials"))
    if live:
        tiles.append(("real time" if snapshot.own_clock else "time", clock(snapshot.elapsed), remaining(snapshot)))
    if live and snapshot.own_clock:
        until = f"of {clock(snapshot.limits['seconds'])}" if "seconds" in snapshot.limits else "in the cluster"
        tiles.append(("simulated time", clock(snapshot.simulated), until))
    if live and snapshot.gpu:
        busy, _, memory = snapshot.gpu.rpartition(", ")
        tiles.append(("GPU", busy or memory, memory if busy else "in use"))
    bar = "height:6px;border-radius:3px;background:#e8e8e8;margin:6px 0 10px 0;overflow:hidden"
    fill = f"height:6px;width:{100 * snapshot.progress:.1f}%;background:{COLOURS[0]}"
    row = f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(map(_tile, tiles))}</div>'
    return f'<div style="{FONT}"><div style="{bar}"><div style="{fill}"></div></div>{row}</div>'


def _tile(tile: tuple[str, str, str]) -> str:
    name, value, small = map(escape, tile)
    box = "flex:1 1 86px;background:#f5f7f9;border-radius:6px;padding:6px 10px;white-space:nowrap"
    quiet, large = f"font-size:11.5px;color:{QUIET}", "font-size:19px;font-weight:650"
    return f'<div style="{box}"><div style="{quiet}">{name}</div><div style="{large}">{value}</div><div style="{quiet}">{small}</div></div>'


def remaining(snapshot: Snapshot) -> str:
    """About how long the search will still take, from how long it has taken so far."""
    if snapshot.state != "running" or not 0 < snapshot.progress < 1 or snapshot.left is None:
        return "" if snapshot.state != "finished" else "in all"
    return f"about {clock(snapshot.left)} left"


def architectures(snapshot: Snapshot, space: Any = None, task: Any = None) -> str:
    """The best architecture, and beside it the one being tried: or, when nothing runs any more, the last that was."""
    best, running = snapshot.best, snapshot.state in ("starting", "running", "stopping")
    shown = []
    if best is not None:
        shown.append((f"Best: error {best.error:.4f}", best.trial.arch, COLOURS[0]))
    if running and snapshot.current is not None:
        shown.append(("Being tried now", snapshot.current.arch, COLOURS[1]))
    elif snapshot.history:
        shown.append((f"Last: trial {len(snapshot.history)}", snapshot.history[-1].trial.arch, COLOURS[1]))
    blocks = [_architecture(*each, space, task) for each in shown] or [f'<div style="color:{QUIET}">The first architecture is on its way.</div>']
    return f'<div style="{FONT};display:flex;gap:10px">{"".join(blocks)}</div>'


def _architecture(caption: str, arch: Any, colour: str, space: Any, task: Any) -> str:
    width, height = PICTURE
    title = f"font-size:12.5px;font-weight:600;border-left:4px solid {colour};padding-left:7px;margin-bottom:6px;white-space:nowrap"
    room = f"width:{width}px;height:{height}px;overflow:hidden"
    return f'<div style="width:{width}px"><div style="{title}">{escape(caption)}</div><div style="{room}">{picture(arch, space, task)}</div></div>'


def picture(arch: Any, space: Any = None, task: Any = None, room: tuple[int, int] = PICTURE) -> str:
    """An architecture drawn to fit the room: a cell as a cell, a path of a fabric in its grid, others as networks where the task is known; else in words."""
    if not isinstance(arch, Arch):
        return escape(arch_text(arch))
    from nastutor.drawing import draw

    if isinstance(space, FabricSpace) and task is not None:
        return _grid(arch, space, task, room)
    cell = all("->" in name for name, _ in arch.choices)
    try:
        graph = space.graph(arch, task) if not cell and task is not None and hasattr(space, "graph") else arch
        return _fitted(draw(graph, title="\u00a0"), *room)
    except (ValueError, TypeError, KeyError):  # a stranger's space: its decisions in words rather than no board at all
        return escape(arch_text(arch))


def _grid(arch: Arch, space: FabricSpace, task: Any, room: tuple[int, int]) -> str:
    """A path of a fabric in its grid: as a chain it would be too long to be read."""
    try:
        space.graph(arch, task)  # refuses images that do not fit
        svg = fabric_svg(space, arch, task, room=room)
    except (ValueError, TypeError, KeyError):
        return escape(arch_text(arch))
    return f'<img alt="{escape(told(space, arch, task))}" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}" style="display:block">'


def _fitted(drawing: Any, width: int, height: int) -> str:
    """A drawing without its title line, made small enough."""
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawing.svg)
    wide, high = (float(found[1]), float(found[2])) if found else (width, height)
    scale = min(1.0, width / wide, height / (high - BLANK))
    style = f"display:block;max-width:none;width:{wide * scale:.0f}px;height:{high * scale:.0f}px;margin:-{BLANK * scale:.0f}px auto 0 auto"
    return f'<img alt="{escape(drawing.alt)}" src="data:image/svg+xml;base64,{b64encode(drawing.svg.encode()).decode()}" style="{style}">'


def table(snapshot: Snapshot, rows: int = LAST) -> str:
    """The last trials, newest first, and the best at the top."""
    history, best = snapshot.history, snapshot.best
    numbered = list(enumerate(history, 1))[-rows:][::-1]
    if best is not None and all(record is not best for _, record in numbered):
        numbered = [(number(history, best), best), *numbered[: rows - 1]]
    names = _edges([record for _, record in numbered])
    edges = names if len(names) <= MOST_EDGES else ()
    cell = f"padding:2px 5px;font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;{SMALL if edges else ''}"
    words = edges or (" ".join(("architecture:", *names) if names else ("architecture",)),)
    columns = [*NUMBERS, *((word, "left", "auto") for word in words)]
    heads = "".join(f'<th style="{cell};text-align:{side};width:{width}">{escape(word)}</th>' for word, side, width in columns)
    lines = "".join(_row(n, record, record is best, edges) for n, record in numbered)
    style = f"{FONT};border-collapse:collapse;font-size:12px;width:100%;table-layout:fixed;margin:0"
    return f'<table style="{style}"><thead><tr style="border-bottom:1px solid #bbbbbb;color:{QUIET}">{heads}</tr></thead><tbody>{lines}</tbody></table>'


NUMBERS = (("trial", "right", "38px"), ("error", "right", "64px"), ("params", "right", "52px"))
SIGNS = {"ok": "", "stopped": "○ ", "failed": "✖ "}  # as in the curves


def _edges(records: list[Record]) -> tuple[str, ...]:
    """The edges of cells that are all made alike: their options stand in the table without their names; () = other architectures."""
    names = {tuple(name for name, _ in record.trial.arch.choices) if isinstance(record.trial.arch, Arch) else () for record in records}
    edges = names.pop() if len(names) == 1 else ()
    return edges if all("->" in name for name in edges) else ()


def _row(n: int, record: Record, best: bool, edges: tuple[str, ...] = ()) -> str:
    """A line of the table; what a trial failed of stands in place of its architecture."""
    result, arch = record.result, record.trial.arch
    look = f"background:#e3f0f9;font-weight:600;color:{INK}" if best else f"background:#ffffff;color:{INK}"
    cell = "padding:3px 5px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;text-align:"
    error = SIGNS[result.status] + (f"{record.error:.4f}" if result.usable else result.status)
    built = result.usable or "reason" not in result.info
    said = re.sub(r"\s+", " ", arch_text(arch) if built else str(result.info["reason"]))
    numbers = [f"★ {n}" if best else str(n), error, short(result.metrics.get("params"))]
    cells = "".join(f'<td style="{cell}right">{escape(value)}</td>' for value in numbers)
    if edges and built and isinstance(arch, Arch):
        cells += "".join(f'<td style="{cell}left;font-weight:400;{SMALL}">{escape(str(value))}</td>' for _, value in arch.choices)
    else:
        cells += f'<td colspan="{len(edges) or 1}" style="{cell}left">{escape(said[:120])}</td>'
    tip = ("stopped early: " if result.status == "stopped" else "") + (str(arch) if built and isinstance(arch, Arch) else said)
    return f'<tr title="{escape(tip)}" style="{look};vertical-align:baseline;border-bottom:1px solid #eeeeee">{cells}</tr>'


def summary(snapshot: Snapshot, space: Any = None, task: Any = None, live: bool = False) -> str:
    """The whole board without buttons: what a saved notebook keeps; `live`: with what differs from run to run, for a board of pictures alone."""
    png = curves_png(snapshot, scale=1.0 if live else 1.5, colours=0 if live else 32)
    curves = figure(f"data:image/png;base64,{b64encode(png).decode()}", snapshot.alt, WIDTH - 30)
    below = f'<div style="display:flex;flex-wrap:wrap;gap:14px;margin-top:8px"><div>{architectures(snapshot, space, task)}</div>'
    below += f'<div style="flex:1 1 {TABLE_WIDTH}px;overflow:hidden">{table(snapshot)}</div></div>'
    title = head(snapshot) if live else head(snapshot).replace("</span>", f": {count(len(snapshot.history), 'trial')}</span>")
    return f'<div style="{CARD}">{title}{figures(snapshot, live)}<div style="margin-top:8px">{curves}</div>{below}</div>'
