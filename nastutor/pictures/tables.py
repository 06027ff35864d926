"""What a table is like: how its errors are spread, what noise does, what a cheap training is worth, whether neighbours are alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nastutor import comparing
from nastutor.comparing.agreement import network_values, smaller_budgets
from nastutor.inputs import whole
from nastutor.pictures.figures import new_axes, number, say
from nastutor.pictures.style import COLOURS, INK, QUIET, line_style, marks

if TYPE_CHECKING:
    import numpy
    from matplotlib.axes import Axes


def distribution(tables: Any, *, metric: str = "error", ax: Axes | None = None) -> Axes:
    """How many of the networks are at least this good: the empirical distribution of a metric (ECDF), without those that have diverged.

    tables  a Table, or name -> Table
    """
    import numpy as np

    named = tables if isinstance(tables, Mapping) else {_name(tables): tables}
    if not named:
        raise ValueError("`tables` is empty; allowed are a Table and a mapping from names to them")
    axes = new_axes() if ax is None else ax
    told = []
    for index, (name, table) in enumerate(named.items()):
        every = network_values(table, metric)
        values = np.sort(every[np.isfinite(every)])
        share = np.arange(1, len(values) + 1) / len(values)
        axes.plot(values, share, drawstyle="steps-post", label=name, markevery=marks(len(values), index), **line_style(index)._asdict())
        lost = f", {len(every) - len(values)} more have diverged" if len(values) < len(every) else ""
        middle = f"median {number(np.median(values))}, worst {number(values[-1])}"
        told.append(f"{name}: {len(values):,} networks, best {number(values[0])}, {middle}{lost}")
    axes.set(xlabel=_called(metric), ylabel="share of networks at least as good", ylim=(0, 1.02))
    _logarithmic(axes, "x")
    axes.legend(loc="lower right")
    return say(axes, f"Empirical distribution of {_called(metric)}. {'; '.join(told)}.")


def seeds(table: Any, *, metric: str = "error", first: int = 0, second: int = 1, best: int = 10, ax: Axes | None = None) -> Axes:
    """One run of each network against another run of it: what noise does. Where the best of one run land by the other is marked.

    first, second  the numbers of the runs
    best           how many are marked
    """
    x, y = network_values(table, metric, seed=first), network_values(table, metric, seed=second)
    axes = new_axes(width=5.0, height=4.6) if ax is None else ax
    x, y, agree = _clouds(axes, x, y, best, f"best {best} of run {first}")
    ends = [min(x.min(), y.min()), max(x.max(), y.max())]
    axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=(0, (1, 1)), label="equal")
    axes.set(xlabel=f"{_called(metric)}, run {first}", ylabel=f"{_called(metric)}, run {second}")
    _logarithmic(axes, "x", "y")
    axes.legend()
    chosen = x.argsort(kind="stable")[:best]
    kept = f"The best {best} of run {first} have {number(x[chosen].mean())} there on average and {number(y[chosen].mean())} in run {second}."
    return say(axes, f"Scatter chart: {_called(metric)} of {len(x):,} networks in run {first} and in run {second}. {agree} {kept}")


def budgets(table: Any, budget: int | None = None, *, metric: str = "error", best: int = 10, ax: Axes | None = None) -> Axes:
    """Ranks after a small budget against ranks after the largest, over the networks, means over runs; the best by the largest are marked.

    budget  default: the smallest that was trained for, or a twelfth of the only one
    """
    from scipy.stats import rankdata

    full, small = table.trained[-1], smaller_budgets(table)[0] if budget is None else budget
    low, high = network_values(table, metric, small, "mean"), network_values(table, metric, full, "mean")
    ok = (low == low) & (high == high)  # neither is NaN
    axes = new_axes(width=5.0, height=4.6) if ax is None else ax
    x, y, agree = _clouds(axes, rankdata(high[ok]), rankdata(low[ok]), best, f"best {best} after {_units(full)}")
    axes.set(xlabel=f"rank after {_units(full)}", ylabel=f"rank after {_units(small)}")
    axes.legend()
    worst = y[x.argsort(kind="stable")[:best]].max()
    text = f"Scatter chart: ranks of {len(x):,} networks by {_called(metric)} after {_units(small)} against those after {_units(full)}. {agree}"
    return say(axes, f"{text} Of the best {best}, one is number {number(worst)} after {_units(small)}.")


def random_walk(table: Any, *, metric: str = "error", lags: int = 10, steps: int = 100, walks: int = 50, seed: int = 0, ax: Axes | None = None) -> Axes:
    """How like an architecture those are that random mutations lead to, by the number of mutations; dotted: by chance (`nt.comparing.locality`)."""
    found = comparing.locality(table, metric, lags=lags, steps=steps, walks=walks, seed=seed)
    axes = new_axes() if ax is None else ax
    places, style = range(lags + 1), line_style(0)
    axes.fill_between(places, found.low, found.high, color=style.color, alpha=0.18, linewidth=0)
    axes.plot(places, found.correlation, label="random walk", **style._asdict())
    axes.plot(places, found.chance, color=COLOURS[1], linestyle=":", marker="s", markersize=4, label="95 % of shuffled tables are below")
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set(xlabel="mutations", ylabel=f"autocorrelation of {_called(metric)}")
    axes.locator_params(axis="x", integer=True)
    axes.legend()
    line = ", ".join(f"{value:.2f}" for value in found.correlation[1 : min(lags, 5) + 1])
    above = [lag for lag in places[1:] if found.p[lag] <= 0.05]
    local = f"more than by chance at {', '.join(map(str, above))}" if above else "nowhere more than by chance"
    text = f"Line chart: autocorrelation of {_called(metric)} along {walks} random walks of {steps} mutations, with a 95% bootstrap band:"
    return say(axes, f"{text} {line} after 1 to {min(lags, 5)} mutations; {local}.")


def _clouds(axes: Axes, x: numpy.ndarray, y: numpy.ndarray, best: int, label: str) -> tuple[numpy.ndarray, numpy.ndarray, str]:
    """All points, those best by x marked; the points without NaN, and how far both agree in words."""
    ok = (x == x) & (y == y)
    x, y = x[ok], y[ok]
    whole("best", best)
    chosen = x.argsort(kind="stable")[:best]
    agree = comparing.rank_correlation(x, y)
    size = 12 if len(x) < 500 else 4
    axes.scatter(x, y, s=size, color=QUIET, alpha=0.5, linewidths=0, label=f"{len(x):,} networks, Kendall {agree.kendall:.2f}")
    axes.scatter(x[chosen], y[chosen], s=36, color=COLOURS[1], marker="^", label=label)
    return x, y, f"Kendall's tau is {agree.kendall:.2f}, Spearman's rho {agree.spearman:.2f}."


def _logarithmic(axes: Axes, *sides: str) -> None:
    """Scales that show the best and the worst, where they are far apart; with plain numbers."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    for side in sides:
        low, high = (axes.dataLim.x0, axes.dataLim.x1) if side == "x" else (axes.dataLim.y0, axes.dataLim.y1)
        if low > 0 and high > 4 * low:
            axes.set(**{f"{side}scale": "log"})
            axis = axes.xaxis if side == "x" else axes.yaxis
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(NullFormatter())


def _name(table: Any) -> str:
    return str(table.path.stem)


def _called(metric: str) -> str:
    return "validation error" if metric == "error" else metric


def _units(budget: int) -> str:
    return f"{budget} epoch{'s' if budget > 1 else ''}"
