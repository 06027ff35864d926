"""Which layers of one network an optimal transport sends to which of another: two columns of layers, and bands as wide as what goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nastutor.kernels.layers import Layer
from nastutor.pictures.figures import new_axes, number, say
from nastutor.pictures.style import COLOURS, INK, QUIET
from nastutor.values import Arch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP, LEAST = 0.022, 0.03  # shares of the height of the picture: between layers, and the least height of one
LEFT, RIGHT, BOX = 0.34, 0.66, 0.035  # where the columns stand, and how wide a layer is
DEAR = 0.5  # cost of a unit from which on a band is orange
TOLD = 8  # bands that the text names


def matching(kernel: Any, space: Any, one: Arch, other: Arch, *, ax: Axes | None = None) -> Axes:
    """The cheapest plan between two architectures by `OTMANN` under its first weight of structure.

    A layer is as high as its work, on one scale for both networks (but never invisible), a band as wide as the work that goes from layer to
    layer: blue where that costs less than 0.5 a unit, orange where it costs more. What stays behind at a cost of 1 is hatched.
    """
    if not hasattr(kernel, "plan"):
        raise TypeError(f"`kernel` is {kernel!r}; allowed are kernels with a plan: nt.kernels.OTMANN() (chapter 5)")
    plan = kernel.plan(space, one, other)
    axes = new_axes(7.2, 5.0) if ax is None else ax
    boxes = _columns(plan.masses, plan.wanted)
    _bands(axes, plan, boxes)
    for x, layers, masses, places, sent in (
        (LEFT, plan.layers, plan.masses, boxes[0], plan.flow.sum(1)),
        (RIGHT, plan.others, plan.wanted, boxes[1], plan.flow.sum(0)),
    ):
        _layers(axes, x, layers, masses, places, sent)
    axes.set(xlim=(0, 1), ylim=(1.02, -0.06), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    twin = plan.distance / (plan.masses.sum() + plan.wanted.sum())
    axes.set_title(f"distance {number(plan.distance)}, normalised {number(twin)}", fontsize=10, color=QUIET)
    return say(axes, _told(plan, twin))


def _columns(*sides: Any) -> list[list[tuple[float, float]]]:
    """Top and height of each layer of each side, from 0 to 1; a unit of work is as high on all sides."""
    from scipy.optimize import brentq

    most = max(map(len, sides))
    gap, least = min(GAP, 0.4 / most), min(LEAST, 0.3 / most)

    def heights(unit: float) -> list[Any]:
        return [np.maximum(least, unit * np.asarray(masses)) for masses in sides]

    unit = brentq(lambda unit: max(high.sum() + gap * (len(high) - 1) for high in heights(unit)) - 1, 0.0, 1 / max(map(sum, sides)))
    tops = [np.cumsum([0.0, *(high[:-1] + gap)]) for high in heights(unit)]
    return [list(zip(top.tolist(), high.tolist(), strict=True)) for top, high in zip(tops, heights(unit), strict=True)]


def _layers(axes: Axes, x: float, layers: Any, masses: Any, places: Any, sent: Any) -> None:
    for layer, mass, (top, height), moved in zip(layers, masses, places, sent, strict=True):
        share = moved / mass if mass else 1.0
        axes.fill([x - BOX / 2, x + BOX / 2, x + BOX / 2, x - BOX / 2], [top, top, top + height * share, top + height * share], color="#4d4d4d", linewidth=0)
        if share < 0.999:
            low, high = top + height * share, top + height
            axes.fill(
                [x - BOX / 2, x + BOX / 2, x + BOX / 2, x - BOX / 2], [low, low, high, high], facecolor="white", edgecolor=QUIET, hatch="////", linewidth=0.6
            )
        side, where = (x - BOX, "right") if x < 0.5 else (x + BOX, "left")
        axes.text(side, top + height / 2, f"{layer_name(layer)}  ({number(mass)})", ha=where, va="center", fontsize=8, color=INK)


def _bands(axes: Axes, plan: Any, boxes: Any) -> None:
    """From left to right, each beginning where the last one of the same layer ended."""
    begin, end = [top for top, _ in boxes[0]], [top for top, _ in boxes[1]]
    t = np.linspace(0, 1, 30)
    bend = 3 * t**2 - 2 * t**3
    x = LEFT + BOX / 2 + t * (RIGHT - LEFT - BOX)
    for i, j in zip(*np.nonzero(plan.flow > 1e-9), strict=True):
        here, there = (boxes[0][i][1] * plan.flow[i, j] / plan.masses[i], boxes[1][j][1] * plan.flow[i, j] / plan.wanted[j])
        top = begin[i] + bend * (end[j] - begin[i])
        low = begin[i] + here + bend * (end[j] + there - begin[i] - here)
        axes.fill_between(x, top, low, color=COLOURS[0] if plan.cost[i, j] < DEAR else COLOURS[1], alpha=0.45, linewidth=0)
        begin[i] += here
        end[j] += there


def layer_name(layer: Layer) -> str:
    """
    >>> layer_name(Layer("conv", 3.0, 16, 8, (0,))), layer_name(Layer("max", None, 8, 8, (1,))), layer_name(Layer("fc", "relu", 32, 8, (1,)))
    ('conv 3x3, 16', 'max pool, 8', 'dense relu, 32')
    """
    kinds = {
        "in": "input",
        "out": "output",
        "decision": "classifier",
        "max": "max pool",
        "avg": "mean pool",
        "fc": "dense",
        "sep": "separable",
        "dw": "depthwise",
    }
    name = kinds.get(layer.kind, layer.kind)
    detail = f" {layer.detail:g}x{layer.detail:g}" if isinstance(layer.detail, (int, float)) else f" {layer.detail}" if layer.detail else ""
    return f"{name}{detail}, {layer.units}"


def _told(plan: Any, twin: float) -> str:
    moved = sorted(zip(*np.nonzero(plan.flow > 1e-9), strict=True), key=lambda pair: -plan.flow[pair])
    words = [f"{layer_name(plan.layers[i])} to {layer_name(plan.others[j])}: {number(plan.flow[i, j])} at {plan.cost[i, j]:.2f}" for i, j in moved[:TOLD]]
    more = f" and {len(moved) - TOLD} more" if len(moved) > TOLD else ""
    behind = plan.masses.sum() - plan.flow.sum(), plan.wanted.sum() - plan.flow.sum()
    text = f"Matching of {len(plan.layers)} layers with {len(plan.others)}: distance {number(plan.distance)}, normalised {number(twin)}."
    return f"{text} {'; '.join(words)}{more}. {number(behind[0])} and {number(behind[1])} stay behind."
