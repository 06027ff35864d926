"""The curves of a board as a PNG, drawn without pyplot: nothing global, so that the student's own figures are left alone."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from nastutor.pictures.png import palette_png
from nastutor.pictures.style import INK, QUIET, RULE, line_style
from nastutor.values import Record
from nastutor.widgets.snapshot import Snapshot, number, short

WIDTH, HEIGHT = 940, 240  # CSS pixels
ROOMS = (40, 75, 150, 300, 600, 1000)  # trials on the axis: it grows in steps
EDGE = 0.97  # of the height of the axes: where what lies above them is marked
EARLIER = 12  # learning curves drawn thin, beside the best and the latest
MOST = 100  # curves drawn behind a chosen one, evenly over the history: more cannot be told apart and take seconds


def curves_png(snapshot: Snapshot, *, chosen: Record | None = None, scale: float = 1.5, colours: int = 0) -> bytes:
    """The incumbent at the left; learning curves at the right, or error against size where the estimator gives no curves.

    chosen   which record to point at; default: the latest learning curve
    scale    pixels for each CSS pixel
    colours  of an 8-bit PNG for a file; 0: all of them, which is quicker
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100 * scale, facecolor="white", layout=None)
    canvas = FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, gridspec_kw={"left": 0.07, "right": 0.985, "top": 0.88, "bottom": 0.195, "wspace": 0.15})
    _incumbent(left, snapshot, chosen)
    if any(record.result.curve for record in snapshot.history):
        _learning(right, snapshot, chosen)
    else:
        _sizes(right, snapshot, chosen)
    canvas.draw()
    return _png(canvas.buffer_rgba(), colours)


def _png(pixels: Any, colours: int) -> bytes:
    import numpy as np
    from PIL import Image

    image = Image.fromarray(np.asarray(pixels)[..., :3])
    if colours:
        return palette_png(image, colours)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _incumbent(axes: Any, snapshot: Snapshot, chosen: Record | None) -> None:
    """A dot a trial, hollow if it was stopped early, a cross if it failed, a triangle above the axis; a step line for the best so far."""
    from matplotlib.patheffects import withStroke

    history = snapshot.history
    top = snapshot.top
    ok = [(n, r.error) for n, r in enumerate(history, 1) if r.result.status == "ok" and r.error <= top]
    early = [(n, r.error) for n, r in enumerate(history, 1) if r.result.status == "stopped" and r.error <= top]
    above = [n for n, r in enumerate(history, 1) if r.result.usable and r.error > top]
    bad = [n for n, r in enumerate(history, 1) if r.result.status == "failed"]
    line = [(n, error) for n, error in enumerate(snapshot.incumbent, 1) if not math.isnan(error)]
    blue = line_style(0).color
    if ok:
        axes.plot(*zip(*ok), "o", ms=4, color=RULE, mec="none", label="trial", zorder=2)
    if early:
        axes.plot(*zip(*early), "o", ms=4, mfc="white", mec=RULE, label="stopped", zorder=2)
    if line:
        axes.plot(*zip(*line), color=blue, lw=2.2, drawstyle="steps-post", label="best", zorder=3)
        first = next(point for point in line if point[1] == line[-1][1])
        axes.plot(*first, marker="*", ms=13, color=blue, mec="white", zorder=4, ls="")
        side = {"ha": "right", "xytext": (-7, 7)} if first[0] > 0.6 * axes_end(snapshot) else {"ha": "left", "xytext": (7, 7)}
        said = axes.annotate(f"{first[1]:.4f}", first, textcoords="offset points", fontsize=9.5, color=blue, weight="bold", zorder=5, **side)
        said.set_path_effects([withStroke(linewidth=3, foreground="white")])
    if bad:
        axes.plot(bad, [0.04] * len(bad), "x", ms=6, mew=1.6, color=line_style(1).color, transform=axes.get_xaxis_transform(), label="failed", zorder=3)
    _at_the_edge(axes, above, RULE, f"{len(above)} above")
    if chosen is not None:
        _point_at(axes, number(history, chosen), chosen.error, top)
    axes.set_xlim(0.5, axes_end(snapshot) + 0.5)
    _frame(axes, "Best so far", "trial", "validation error", [*(error for _, error in ok + early), top])


def _at_the_edge(axes: Any, xs: Sequence[float], colour: str, label: str) -> None:
    """Triangles for what lies above the axis: it is there, but the axis is for the others."""
    if xs:
        axes.plot(xs, [EDGE] * len(xs), "^", ms=6, color=colour, mec="none", transform=axes.get_xaxis_transform(), label=label, zorder=4)


def _point_at(axes: Any, x: float, y: float, top: float) -> None:
    """A square around the chosen trial; a vertical line where it has no error."""
    orange = line_style(1).color
    if math.isnan(y):
        axes.axvline(x, color=orange, lw=1.4, ls="--", zorder=1)
    else:
        where = {"transform": axes.get_xaxis_transform()} if y > top else {}
        axes.plot(x, EDGE if where else y, "s", ms=10, mfc="none", mec=orange, mew=1.8, zorder=6, **where)


def axes_end(snapshot: Snapshot) -> float:
    """The last trial for which there is room: the limit, or less while it is far away."""
    told = max(len(snapshot.history), 5)
    room = next((steps for steps in ROOMS if steps > told), told * 1.3)
    return max(told, min(snapshot.limits.get("trials", room), room))


def _learning(axes: Any, snapshot: Snapshot, chosen: Record | None) -> None:
    """The best and the latest learning curve over the thin ones before."""
    told = [record for record in snapshot.history if record.result.curve]
    best, other = snapshot.best, chosen or told[-1]
    top = snapshot.curves_top
    for record in told[-1 - EARLIER :] if chosen is None else told[:: max(1, len(told) // MOST)]:
        _curve(axes, record, top, color="#c4c4c4", lw=0.9, label="_", zorder=1)
    orange, blue = line_style(1), line_style(0)
    if other is not best and other.result.curve:
        label = f"{'latest: ' if chosen is None else ''}trial {number(snapshot.history, other)}"
        _curve(axes, other, top, color=orange.color, ls="--", marker=orange.marker, ms=4, lw=1.6, label=label, zorder=2)
    if best is not None and best.result.curve:
        _curve(axes, best, top, color=blue.color, ls="-", marker=blue.marker, ms=4, lw=2.2, label=f"best: trial {number(snapshot.history, best)}", zorder=3)
    axes.set_xlim(0.8, max(len(record.result.curve) for record in told) + 0.2)
    _frame(axes, "Learning curves", snapshot.unit.rstrip("s"), "", [error for record in told for error in record.result.curve if error <= top])


def _curve(axes: Any, record: Record, top: float, **style: Any) -> None:
    curve = record.result.curve
    _at_the_edge(axes, [n for n, error in enumerate(curve, 1) if error > top], style["color"], "_")
    if len(curve) == 1:
        style["marker"] = style.get("marker", "o")
    axes.plot(range(1, len(curve) + 1), curve, **style)


def _sizes(axes: Any, snapshot: Snapshot, chosen: Record | None) -> None:
    """Error against the number of parameters, where the estimator says it."""
    points = [(r.result.metrics["params"], r.error) for r in snapshot.history.finished() if "params" in r.result.metrics and r.result.usable]
    top = snapshot.top
    above = [size for size, error in points if error > top]
    if not points:
        axes.set_axis_off()
        words = "No learning curves:\nthis estimator gives an error alone" if snapshot.history.finished() else "No answer yet"
        axes.text(0.5, 0.5, words, ha="center", va="center", color=QUIET, fontsize=10)
        return
    axes.plot(*zip(*points), "s", ms=4.5, color=line_style(1).color, mec="none", alpha=0.8, label="trial")
    _at_the_edge(axes, above, line_style(1).color, f"{len(above)} above")
    if chosen is not None and "params" in chosen.result.metrics:
        _point_at(axes, chosen.result.metrics["params"], chosen.error, top)
    axes.xaxis.set_major_formatter(lambda value, _: short(value))
    _frame(axes, "Error and size", "parameters", "", [error for _, error in points if error <= top], whole=False)


def _frame(axes: Any, title: str, x: str, y: str, errors: Sequence[float], whole: bool = True) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_title(title, fontsize=10.5, weight="bold", color=INK, loc="left")
    axes.set_xlabel(x, fontsize=9.5, color=QUIET)
    axes.set_ylabel(y, fontsize=9.5, color=QUIET)
    axes.tick_params(labelsize=9, colors=QUIET, length=3)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=whole))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y", color="#e6e6e6", lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    finite = [error for error in errors if math.isfinite(error)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    room = (high - low) or max(abs(high), 0.1) * 2
    axes.set_ylim(low - 0.18 * room, high + 0.08 * room)
    if labels := axes.get_legend_handles_labels()[1]:
        size, line, gap = (8.5, 2.2, 1.4) if len(labels) <= 3 else (8, 1.3, 0.8)
        look = {"fontsize": size, "frameon": False, "labelcolor": INK, "handlelength": line, "columnspacing": gap, "handletextpad": 0.5}
        axes.legend(loc="lower right", bbox_to_anchor=(1.01, 0.985), ncols=len(labels), borderaxespad=0.1, **look)
