"""Mean ranks and what they are worth: the critical-difference diagram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nastutor import comparing
from nastutor.pictures.figures import new_axes, say
from nastutor.pictures.style import INK, line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, BAR = 0.5, 0.22  # between names, between bars, in units of the vertical axis; there are two names a row


def critical_difference(scores: Mapping[str, Any], *, alpha: float = 0.05, ax: Axes | None = None) -> Axes:
    """Mean ranks on a line, the best on the left; a bar joins those that cannot be told apart (Demsar 2006, section 3.2.4, figure 1).

    scores  name -> (S,), or (S, K) over K tables: errors or regrets at the end, the same seeds in the same places
    """
    found = comparing.nemenyi(scores, alpha)
    order = sorted(found.ranks, key=lambda name: found.ranks[name])
    k, left = len(order), (len(order) + 1) // 2
    top = BAR * (len(found.groups) + 1.5)
    axes = new_axes(width=7.0, height=1.7 + 0.28 * left + 0.12 * len(found.groups)) if ax is None else ax
    axes.set_axis_off()
    _scale(axes, k, found.critical)
    for place, name in enumerate(order):
        row, end = (place, 1 - 0.06 * k) if place < left else (k - 1 - place, k + 0.06 * k)
        rank, height, style = found.ranks[name], -top - ROW * row, line_style(list(found.ranks).index(name))  # as in other figures of these names
        axes.plot([rank, rank, end], [0, height, height], color=style.color, linestyle=style.linestyle, linewidth=1.1)
        axes.plot([rank], [0], color=style.color, marker=style.marker, markersize=6, linestyle="none", clip_on=False)
        words = (f"{name}  {rank:.2f} ", "right") if place < left else (f" {rank:.2f}  {name}", "left")
        axes.text(end, height, words[0], ha=words[1], va="center", fontsize=10)
    for number, group in enumerate(found.groups, 1):
        ends = [found.ranks[group[0]] - 0.02 * k, found.ranks[group[-1]] + 0.02 * k]
        axes.plot(ends, [-BAR * number] * 2, color=INK, linewidth=4, solid_capstyle="butt")
    axes.set(xlim=(1 - 0.4 * k, k + 0.4 * k), ylim=(-top - ROW * (left - 0.5), 1.3))
    return say(axes, _words(found, order, alpha))


def _scale(axes: Axes, k: int, critical: float) -> None:
    """The line of ranks, and the critical difference above it."""
    axes.plot([1, k], [0, 0], color=INK, linewidth=1.2)
    for rank in range(1, k + 1):
        axes.plot([rank, rank], [0, 0.12], color=INK, linewidth=1.2)
        axes.text(rank, 0.2, str(rank), ha="center", va="bottom", fontsize=9)
    axes.plot([1, 1 + critical], [0.85, 0.85], color=INK, linewidth=1.2, marker="|", markersize=8)
    axes.text(1 + critical / 2, 0.95, f"critical difference {critical:.2f}", ha="center", va="bottom", fontsize=9)


def _words(found: comparing.Nemenyi, order: list[str], alpha: float) -> str:
    ranks = ", ".join(f"{name} {found.ranks[name]:.2f}" for name in order)
    joined = "; ".join(" and ".join([", ".join(group[:-1]), group[-1]]) for group in found.groups)
    text = f"Critical-difference diagram: mean ranks over {found.blocks} seeds and tables, 1 is the best: {ranks}."
    text += f" Ranks further apart than {found.critical:.2f} differ at {alpha:.0%}."
    return f"{text} Not told apart: {joined}." if joined else f"{text} All differ."
