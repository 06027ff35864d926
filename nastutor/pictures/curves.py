"""Searches as curves: the best so far, and the regret."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nastutor import comparing
from nastutor.comparing.curves import XS
from nastutor.history import History
from nastutor.pictures.figures import new_axes, number, say
from nastutor.pictures.style import INK, line_style, marks

if TYPE_CHECKING:
    import numpy
    from matplotlib.axes import Axes

Histories = Mapping[str, "History | Sequence[History]"]
POINTS = 400  # of a curve at most


def anytime(
    histories: Histories,
    *,
    metric: str = "error",
    x: str = "trials",
    optimum: float | None = None,
    regret: bool = False,
    band: float | None = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """The best so far: for each name the mean over its searches, with a band for the mean (Student's t over searches; none for one search).

    A curve begins where all searches of its name have found something and ends with the shortest of them.

    histories  name -> History, or several of them that differ in the seed
    x          trials | cost | seconds
    optimum    the best value there is: a dashed line
    regret     draw the distance to `optimum`, on a logarithmic axis
    band       its confidence; None draws none
    """
    if x not in XS:
        raise ValueError(f"`x` is {x!r}; allowed are {', '.join(XS)}")
    if band is not None and not 0 < band < 1:
        raise ValueError(f"`band` is {band!r}; allowed are None and numbers between 0 and 1")
    if regret and optimum is None:
        raise ValueError("`regret` needs `optimum`, the value that the distance is measured from")
    groups = by_name(histories, metric)
    axes = new_axes() if ax is None else ax
    shift = optimum if regret and optimum is not None else 0.0
    told, lowest, seen = [], [], []
    for index, (name, runs) in enumerate(groups.items()):
        grid, values = comparing.anytime(runs, metric, x=x, points=POINTS)  # (points,), (runs, points)
        mean, half = mean_and_band(values - shift, band)
        style = line_style(index)
        axes.plot(grid, mean, drawstyle="steps-post", label=name, markevery=marks(len(grid), index), **style._asdict())
        if half is not None:
            axes.fill_between(grid, mean - half, mean + half, step="post", color=style.color, alpha=0.18, linewidth=0)
        told.append(f"{name}: {number(mean[0])} at {number(grid[0])}, {number(mean[-1])} at {number(grid[-1])}")
        lowest += [value for value in mean.tolist() if value > 0]
        seen += [values.min(), values.max()]
    what = f"{'regret in' if regret else 'best'} {metric} so far"
    axes.set(xlabel=XS[x][0], ylabel=what)
    if regret:
        axes.set_yscale("symlog", linthresh=min(lowest, default=1.0))  # logarithmic down to the smallest mean, then linear down to 0
        axes.set_ylim(bottom=0)
    else:
        _limit(axes, seen if optimum is None else [*seen, optimum])
        if optimum is not None:
            axes.axhline(optimum, color=INK, linestyle=(0, (1, 1)), linewidth=1, label="optimum")
    axes.legend()
    axes.locator_params(axis="x", integer=x == "trials")
    extra = f" The optimum is {number(optimum)}." if optimum is not None else ""
    return say(axes, f"Line chart: {what} against {XS[x][0]}, {_over(groups, band)}. {'; '.join(told)}.{extra}")


def _limit(axes: Axes, seen: Sequence[float]) -> None:
    """What was seen fills the axis; a band that is wider, as one of three searches is, is cut off there."""
    low, high = min(seen), max(seen)
    if low < high and math.isfinite(high):
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))


def _over(groups: Mapping[str, Sequence[History]], band: float | None) -> str:
    counts = sorted({len(runs) for runs in groups.values()})
    if counts == [1]:
        return "one search each"
    spread = "" if band is None else f" with a {band:.0%} t-interval of the mean"
    return f"mean over {' or '.join(map(str, counts))} searches{spread}"


def regret(
    histories: Histories, table: Any, *, metric: str = "error", statistic: str = "mean", x: str = "trials", band: float | None = 0.95, ax: Axes | None = None
) -> Axes:
    """How far what each would recommend is from the best of the table, with a bootstrap band over its searches; the scale is logarithmic.

    A curve begins where all searches of its name have found something and ends with the shortest of them.

    histories  name -> History, or several of them that differ in the seed
    table      knows the best, and what a recommendation is worth (see `nt.comparing.regret`)
    statistic  mean | median | iqm, over searches
    x          trials | cost | seconds
    band       its confidence; None draws none
    """
    groups, called = by_name(histories, metric), {"iqm": "interquartile mean"}.get(statistic, statistic)
    axes = new_axes() if ax is None else ax
    told, positive = [], []
    best = table.best(metric).result.metrics[metric]
    for index, (name, runs) in enumerate(groups.items()):
        grid, values = comparing.anytime(runs, metric, x=x, table=table, points=POINTS)
        line, low, high = _banded(values - best, statistic, band)
        style = line_style(index)
        axes.plot(grid, line, drawstyle="steps-post", label=name, markevery=marks(len(grid), index), **style._asdict())
        if low is not None:
            axes.fill_between(grid, low, high, step="post", color=style.color, alpha=0.18, linewidth=0)
        ends = "" if low is None else f" [{number(low[-1])}, {number(high[-1])}]"
        told.append(f"{name}: {number(line[0])} at {number(grid[0])}, {number(line[-1])}{ends} at {number(grid[-1])}")
        positive += line[line > 0].tolist()
    axes.set(xlabel=XS[x][0], ylabel=f"{called} regret in {metric}")
    axes.set_yscale("symlog", linthresh=min(positive, default=1.0))  # logarithmic down to the smallest that is drawn, then linear down to 0
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="x", integer=x == "trials")
    axes.legend()
    counts = " or ".join(map(str, sorted({len(runs) for runs in groups.values()})))
    spread = "" if band is None else f" with a {band:.0%} bootstrap band"
    return say(axes, f"Line chart: {called} regret in {metric} against {XS[x][0]}, over {counts} searches{spread}. {'; '.join(told)}.")


def _banded(values: numpy.ndarray, statistic: str, band: float | None) -> tuple[Any, Any, Any]:
    """The statistic at each point, and the ends of its interval; None for one search or no `band`."""
    if band is None or len(values) < 2:
        return comparing.measure(statistic)(values, axis=0), None, None
    return comparing.interval(values, statistic, level=band)


def mean_and_band(values: numpy.ndarray, band: float | None) -> tuple[numpy.ndarray, numpy.ndarray | None]:
    """(runs, points) -> mean (points,) and half the width of its t-interval, None for one run or no `band`."""
    import numpy as np
    from scipy.stats import t

    mean = values.mean(axis=0)
    if band is None or len(values) < 2:
        return mean, None
    return mean, t.ppf((1 + band) / 2, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))


def by_name(histories: Histories, metric: str) -> dict[str, list[History]]:
    """Name -> searches; everything that could not be drawn is refused here."""
    if not isinstance(histories, Mapping) or not histories:
        raise ValueError(f"`histories` is {type(histories).__name__} {str(histories)[:60]}; allowed is a mapping from names to a History or several")
    groups = {str(name): [runs] if isinstance(runs, History) else list(runs) for name, runs in histories.items()}
    for name, runs in groups.items():
        if not runs or not all(isinstance(run, History) for run in runs):
            kinds = ", ".join(sorted({type(run).__name__ for run in runs})) or "nothing"
            raise ValueError(f"`histories` has for {name!r} a list of {kinds}; allowed are one History or more")
        for run in runs:
            run.best(metric)  # raises where nothing has finished, or the metric is unknown
    return groups
