"""What a strategy has learned so far, as heat maps: the Q-table of `QLearning`, the probabilities of `REINFORCE` and `PPO`, and both over trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from nastutor.inputs import whole
from nastutor.pictures.figures import new_axes, number, say
from nastutor.pictures.style import INK, PAPER
from nastutor.strategies.qlearning import QLearning, Step
from nastutor.values import Arch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 30  # rows of a heat map
WRITTEN = 10  # columns up to which the numbers stand in the cells
WORDS = 12  # rows that the text tells
LEVELS = 20  # colours, as a small PNG has few

# Of strategies that are still there: each architecture is walked through once, not again at every trial.
_walked: WeakKeyDictionary[QLearning, dict[Arch, list[Step]]] = WeakKeyDictionary()


class Row(NamedTuple):
    """What is known about the options of one decision.

    decision  its name
    place     where one stands there, in words
    options   the legal ones that something is known of
    values    Q or probability of each
    taken     number of the option on the way that the strategy thinks best; None where that way does not pass
    """

    decision: str
    place: str
    options: tuple[Any, ...]
    values: tuple[float, ...]
    taken: int | None


def learned(strategy: Any) -> tuple[Row, ...]:
    """What the strategy thinks of its options at this moment; nothing is drawn from its generators.

    strategy  QLearning: Q of every state that it has learned from, by decisions; the best way takes the largest Q, the first of equal ones.
              REINFORCE, PPO: the probabilities along the likeliest way, on which each decision takes the likeliest option

    A row for each moment of a search: `nt.search(..., callbacks=[lambda history: rows.append(nt.plot.learned(strategy))])`.
    """
    if isinstance(strategy, QLearning):
        return _q_rows(strategy)
    if hasattr(strategy, "walked") and hasattr(strategy, "policy"):
        return _policy_rows(strategy)
    raise TypeError(f"`strategy` is {type(strategy).__name__}; allowed are QLearning, REINFORCE and PPO (chapter 7)")


def span_of(strategy: Any, moments: Sequence[tuple[Row, ...]]) -> tuple[float, float] | None:
    """The least and the largest value that colours stand for: 0 and 1 of a policy, of a Q-table what it has at any of the moments, if anything."""
    if not isinstance(strategy, QLearning):
        return 0.0, 1.0
    values = [value for rows in moments for row in rows for value in row.values]
    return (min(values), max(values)) if values else None


def heat_map(what: Any, *, most: int = MOST, span: tuple[float, float] | None = None, ax: Axes | None = None) -> Axes:
    """A row for each decision or state, a column for each option: the darker the better. Framed is the way that the strategy thinks best.

    what  a strategy, or what `learned` gave
    most  so many rows are shown, those on the way before others
    span  the values of the lightest and of the darkest colour; None: 0 and 1 of a policy, else the least and the largest that are shown
    """
    rows = what if isinstance(what, tuple) else learned(what)
    if not rows or not all(isinstance(row, Row) for row in rows):
        raise ValueError(f"`what` is {str(what)[:60]}; allowed is a strategy that was told an answer, or what nt.plot.learned gave of it (chapter 7)")
    shown = _first(rows, whole("most", most))
    columns = list(dict.fromkeys(repr(option) for row in rows for option in row.options))  # by repr, as True is 1 and yet another option
    names = {repr(option): str(option) for row in rows for option in row.options}
    known = [dict(zip(map(repr, row.options), row.values, strict=True)) for row in shown]
    values = [[row.get(option, math.nan) for option in columns] for row in known]
    left = 0.5 + 0.075 * max(len(row.place) for row in shown)
    axes = new_axes(left + max(2.6, 0.75 * len(columns)) + 0.9, 1.2 + 0.27 * len(shown)) if ax is None else ax
    _paint(axes, values, span or (None if isinstance(what, (tuple, QLearning)) else span_of(what, ())), written=len(columns) <= WRITTEN)
    for place, row in enumerate(shown):
        if row.taken is not None:
            _frame(axes, columns.index(repr(row.options[row.taken])), place)
    axes.set_xticks(range(len(columns)), [names[option] for option in columns], rotation=30 if len(columns) > 6 else 0)
    axes.set_yticks(range(len(shown)), [row.place for row in shown])
    return say(axes, _told(rows, shown))


def heat_over_trials(moments: Sequence[tuple[Row, ...]], *, first: int = 1, ax: Axes | None = None) -> Axes:
    """The best way over the trials: a line for each option of each decision, from left to right, dark where it is thought good.

    moments  what `learned` gave after each trial, from trial `first` on
    """
    if not moments or not all(isinstance(row, Row) for rows in moments for row in rows) or not any(moments):
        raise ValueError(f"`moments` are {str(moments)[:60]}; allowed are what nt.plot.learned gave after one trial or more (chapter 7)")
    lines = list(dict.fromkeys((row.decision, option) for rows in moments for row in rows if row.taken is not None for option in row.options))
    order = list(dict.fromkeys(decision for decision, _ in lines))
    lines.sort(key=lambda line: order.index(line[0]))
    known = [
        {(row.decision, option): value for row in rows if row.taken is not None for option, value in zip(row.options, row.values, strict=True)}
        for rows in moments
    ]
    values = [[now.get(line, math.nan) for now in known] for line in lines]
    axes = new_axes(7.2, 1.2 + 0.2 * len(lines)) if ax is None else ax
    _paint(axes, values, None, written=False)
    for place in range(1, len(lines)):
        if lines[place][0] != lines[place - 1][0]:
            axes.axhline(place - 0.5, color=INK, linewidth=1.0)
    axes.set_yticks(range(len(lines)), [f"{decision} = {option}" for decision, option in lines], fontsize=8)
    ticks = sorted({0, len(moments) - 1, *range(len(moments) // 5, len(moments), max(1, len(moments) // 5))})
    axes.set_xticks(ticks, [str(first + tick) for tick in ticks])
    axes.set(xlabel="trials")
    ways = [_way(rows) for rows in (moments[0], moments[-1])]
    text = f"Heat map over {len(moments)} trials, {len(lines)} options of {len({decision for decision, _ in lines})} decisions."
    return say(axes, f"{text} The best way at first: {ways[0]}; at the end: {ways[1]}.")


# --- what is known


def _q_rows(strategy: QLearning) -> tuple[Row, ...]:
    way = _best_way(strategy)
    orders = {name: list(options) for name, options in strategy.space.sites().items()}
    decisions = _decisions(strategy)
    names, rank = list(orders), {option: place for place, option in enumerate(option for options in orders.values() for option in options)}
    rows = []

    def order(item: tuple[tuple[Any, ...], tuple[str, Any]]) -> tuple[Any, ...]:
        state, (decision, _) = item
        return names.index(decision), [(rank.get(part, len(rank)), str(part)) for part in state]

    for state, (decision, legal) in sorted(decisions.items(), key=order):
        known = strategy.table[state]
        options = tuple(option for option in orders[decision] if option in legal)
        values = tuple(known.get(option, strategy.initial) for option in options)
        taken = options.index(way[state]) if state in way else None
        rows.append(Row(decision, _place(state, decision), options, values, taken))
    return tuple(rows)


def _decisions(strategy: QLearning) -> dict[tuple[Any, ...], tuple[str, frozenset[Any]]]:
    """State -> the decision that is taken there, and the options that were legal on some way."""
    found, walked = dict[tuple[Any, ...], tuple[str, frozenset[Any]]](), _walked.setdefault(strategy, {})
    for arch in [arch for arch, reward in strategy.known.items() if reward is not None]:
        if arch not in walked:
            walked[arch] = strategy.trajectory(arch)
        for (name, _), step in zip(arch.choices, walked[arch], strict=True):
            if step.state in strategy.table:
                found[step.state] = name, found.get(step.state, (name, frozenset()))[1] | step.options
    return found


def _best_way(strategy: QLearning) -> dict[tuple[Any, ...], Any]:
    """State -> option on the way of the largest Q."""
    way: dict[tuple[Any, ...], Any] = {}
    taken: list[Any] = []

    def choose(name: str, options: Sequence[Any]) -> Any:
        state = strategy.state(name, taken)
        row = strategy.table.get(state, {})
        way[state] = max(options, key=lambda option: row.get(option, strategy.initial))
        taken.append(way[state])
        return taken[-1]

    strategy.space.walk(choose)
    return way


def _policy_rows(strategy: Any) -> tuple[Row, ...]:
    import torch

    rows: list[Row] = []

    def pick(name: str, options: Sequence[Any], log_probs: Any) -> Any:
        chances = tuple(log_probs.exp().tolist())
        rows.append(Row(name, name, tuple(options), chances, max(range(len(chances)), key=chances.__getitem__)))
        return options[rows[-1].taken]  # type: ignore[index]

    with torch.no_grad():
        strategy.policy.walk(strategy.walked(strategy.depth), pick)
    return tuple(rows)


def _place(state: tuple[Any, ...], decision: str) -> str:
    """A state in words: the decision, and what is known of the way there."""
    known = [str(part) for part in state if part != decision]
    return f"{decision} after {', '.join(known)}" if known else decision


# --- how it is drawn


def _first(rows: tuple[Row, ...], most: int) -> list[Row]:
    """At most so many, in their order; those on the way stay."""
    on_way = [place for place, row in enumerate(rows) if row.taken is not None]
    others = [place for place, row in enumerate(rows) if row.taken is None]
    return [rows[place] for place in sorted([*on_way, *others][:most])]


def _paint(axes: Axes, values: list[list[float]], span: tuple[float, float] | None, *, written: bool) -> None:
    """Cells from light (the least) to dark; what is not known stays grey."""
    import matplotlib as mpl
    import numpy as np

    grid = np.array(values, dtype=float)  # (rows, columns)
    colours = mpl.colormaps["viridis_r"].resampled(LEVELS).with_extremes(bad="#e4e4e4")
    low, high = span or (float(np.nanmin(grid)), float(np.nanmax(grid)))
    image = axes.imshow(grid, cmap=colours, vmin=low, vmax=high if high > low else low + 1e-9, aspect="auto", interpolation="nearest")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.05, pad=0.03)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(labelsize=8)
    if written:
        dark = low + 0.45 * (high - low)
        for (row, column), value in np.ndenumerate(grid):
            if not math.isnan(value):
                axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=8, color=PAPER if value > dark else INK)


def _frame(axes: Axes, column: int, row: int) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor=PAPER, linewidth=3.6))
    axes.add_patch(Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor="#d55e00", linewidth=2.0))


def _told(rows: tuple[Row, ...], shown: Sequence[Row]) -> str:
    hidden = f", of which {len(shown)} are shown" if len(shown) < len(rows) else ""
    lines = []
    for row in shown[:WORDS]:
        best = max(range(len(row.values)), key=row.values.__getitem__)
        lines.append(f"{row.place}: {row.options[best]} {number(row.values[best])}")
    more = f" and {len(shown) - WORDS} more" if len(shown) > WORDS else ""
    return f"Heat map of {len(rows)} rows{hidden}. The best way: {_way(rows)}. The largest of each row: {'; '.join(lines)}{more}."


def _way(rows: Sequence[Row]) -> str:
    return ", ".join(f"{row.decision} = {row.options[row.taken]} ({number(row.values[row.taken])})" for row in rows if row.taken is not None) or "not known"
