"""Figures of a search. Every function returns matplotlib Axes that show themselves in a notebook, with a text that says what they show.

The figures live outside pyplot and change none of its settings: nothing is shown twice and nothing stays in memory. The last line of a cell
without a semicolon shows its figure, `display(axes)` does so anywhere; `axes.figure.savefig(path)` writes it. `ax=` draws into Axes of your
own, which pyplot shows without the text: `nt.plot.show(axes)` shows them with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nastutor.history import History, nan_last
from nastutor.inputs import whole
from nastutor.pictures.figures import alt, figure_html, new_axes, say, show, to_png
from nastutor.pictures.style import INK, QUARTERS, QUIET, line_style
from nastutor.values import Arch, Record

if TYPE_CHECKING:
    import numpy
    from matplotlib.axes import Axes

__all__ = ["alt", "anytime", "choices", "figure_html", "learning_curves", "mean_and_band", "new_axes", "pareto", "samples", "say", "show", "to_png"]

Histories = Mapping[str, "History | Sequence[History]"]
XS: dict[str, tuple[str, Callable[[History], list[float]]]] = {
    "trials": ("trials", lambda history: [float(i + 1) for i in range(len(history))]),
    "cost": ("cost in epochs of the full task", lambda history: _running([r.result.cost for r in history], sum_up=True)),
    "seconds": ("seconds", lambda history: _running([r.finished for r in history], sum_up=False)),
}
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
    groups = _groups(histories, metric)
    axes = new_axes() if ax is None else ax
    shift = optimum if regret and optimum is not None else 0.0
    told, lowest, seen = [], [], []
    for index, (name, runs) in enumerate(groups.items()):
        grid, values = _steps(name, runs, metric, XS[x][1])  # (points,), (runs, points)
        mean, half = mean_and_band(values - shift, band)
        style = line_style(index)
        axes.plot(grid, mean, drawstyle="steps-post", label=name, markevery=_marks(len(grid), index), **style._asdict())
        if half is not None:
            axes.fill_between(grid, mean - half, mean + half, step="post", color=style.color, alpha=0.18, linewidth=0)
        told.append(f"{name}: {_number(mean[0])} at {_number(grid[0])}, {_number(mean[-1])} at {_number(grid[-1])}")
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
    extra = f" The optimum is {_number(optimum)}." if optimum is not None else ""
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


def mean_and_band(values: numpy.ndarray, band: float | None) -> tuple[numpy.ndarray, numpy.ndarray | None]:
    """(runs, points) -> mean (points,) and half the width of its t-interval, None for one run or no `band`."""
    import numpy as np
    from scipy.stats import t

    mean = values.mean(axis=0)
    if band is None or len(values) < 2:
        return mean, None
    return mean, t.ppf((1 + band) / 2, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))


def learning_curves(history: History, *, highlight: str | int | Record | None = "best", ax: Axes | None = None) -> Axes:
    """The validation error after each unit of budget, a line a trial; those stopped early are dotted.

    highlight  which one stands out: "best", a number of the history (from 0), a Record or None
    """
    records = [r for r in history if r.result.curve]
    if not records:
        raise ValueError(f"`history` has no learning curves: {len(history)} records, none with a `curve`; a `Train` estimator gives them")
    chosen = _highlighted(history, highlight)
    axes = new_axes() if ax is None else ax
    for record in records:
        if record is not chosen:
            dotted = record.result.status == "stopped"
            axes.plot(_units(record), record.result.curve, color=QUIET, linestyle=":" if dotted else "-", linewidth=0.9, alpha=0.6)
    last = [r.result.curve[-1] for r in records]
    text = f"Line chart: validation error after each unit of budget, {len(records)} trials; "
    text += f"the last errors go from {_number(min(last))} to {_number(max(last))}."
    if chosen is not None and chosen.result.curve:
        label = "best" if highlight == "best" else "highlighted"
        axes.plot(_units(chosen), chosen.result.curve, linewidth=2.2, label=label, **line_style(0)._asdict())
        axes.legend()
        text += f" The {label} one goes from {_number(chosen.result.curve[0])} to {_number(chosen.result.curve[-1])}."
    axes.set(xlabel="budget (epochs)", ylabel="validation error")
    axes.locator_params(axis="x", integer=True)
    return say(axes, text)


def pareto(history: History, first: str = "error", second: str = "params", *, ax: Axes | None = None) -> Axes:
    """Every finished trial by two metrics, and the front: those that no other beats in both. `first` is up, `second` to the right."""
    front = history.pareto(first, second)
    both = [r.result.metrics for r in history.finished() if first in r.result.metrics and second in r.result.metrics]
    axes = new_axes() if ax is None else ax
    axes.plot([m[second] for m in both], [m[first] for m in both], linestyle="none", marker=".", color=QUIET, alpha=0.6, label="finished trials")
    corner = sorted((r.result.metrics[second], r.result.metrics[first]) for r in front)
    axes.plot([a for a, _ in corner], [b for _, b in corner], drawstyle="steps-post", linewidth=1.6, label="Pareto front", **line_style(0)._asdict())
    axes.set(xlabel=second, ylabel=first)
    axes.legend()
    points = "; ".join(f"{_number(a)} {second} with {first} {_number(b)}" for a, b in corner[:8])
    more = f" and {len(corner) - 8} more" if len(corner) > 8 else ""
    return say(axes, f"Scatter chart: {first} against {second} of {len(both)} trials; {len(corner)} are on the Pareto front: {points}{more}.")


def choices(history: History, *, metric: str = "error", ax: Axes | None = None) -> Axes:
    """The decisions side by side, a line a trial, from the best quarter by `metric` (dark, solid) to the worst (light, dotted)."""
    best = history.best(metric)
    records = sorted((r for r in history.finished() if metric in r.result.metrics), key=lambda r: nan_last(r.result.metrics[metric]))
    values = _values(records)
    axes = new_axes(width=max(6.4, 0.9 * len(values))) if ax is None else ax
    quarters = [min(3, 4 * i // len(records)) for i in range(len(records))]
    for i in reversed(range(len(records))):  # the best on top
        heights = [_height(options, _value(records[i], name), i, len(records)) for name, options in values.items()]
        quarter = quarters[i]
        style: dict[str, Any] = {"color": QUARTERS[quarter], "linestyle": ("-", "--", "-.", ":")[quarter], "linewidth": (1.8, 1.2, 1.0, 0.8)[quarter]}
        label = ("best quarter", "second", "third", "worst quarter")[quarter] if quarters.index(quarter) == i else None
        axes.plot(range(len(values)), heights, label=label, **style)
    for column, options in enumerate(values.values()):
        axes.axvline(column, color=QUIET, linewidth=0.6)
        for option in options:
            box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
            axes.text(column + 0.04, _middle(options, option), str(option), fontsize=8, va="center", bbox=box)
    axes.set_xticks(range(len(values)), list(values), rotation=30 if len(values) > 6 else 0)
    axes.set(yticks=[], ylim=(-0.02, 1.02), xlim=(-0.2, len(values) - 0.4))
    axes.spines[:].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, title=f"by {metric}")
    text = f"Parallel coordinates: {len(values)} decisions of {len(records)} trials, coloured by {metric}."
    return say(axes, f"{text} The best, {_number(best.result.metrics[metric])}: {best.trial.arch}.")


def samples(task: Any, *, columns: int = 8, ax: Axes | None = None) -> Axes:
    """Training images of a task, a row a class, the first `columns` of each in the order of the split."""
    import numpy as np

    whole("columns", columns)
    images, labels = np.asarray(task.train.x), np.asarray(task.train.y)  # (N, C, H, W), (N,)
    if images.ndim != 4:
        raise ValueError(f"`task` has inputs of shape {images.shape[1:]}; only images, (C, H, W), can be shown")
    axes = new_axes(width=0.55 * columns + 1, height=0.55 * task.classes + 0.6) if ax is None else ax
    sheet = _sheet(images, labels, task.classes, columns)
    axes.imshow(sheet, cmap="gray" if sheet.ndim == 2 else None)
    step = images.shape[2] + 1
    axes.set_yticks([step * k + images.shape[2] / 2 for k in range(task.classes)], [str(k) for k in range(task.classes)])
    axes.set(xticks=[], ylabel="class", title=task.name)
    axes.grid(visible=False)
    counts = np.bincount(labels, minlength=task.classes)
    shape = "×".join(map(str, images.shape[1:]))
    text = f"Images of the task {task.name}: {columns} of each of {task.classes} classes, {shape} each;"
    return say(axes, f"{text} {counts.min()} to {counts.max()} training images a class.")


# --- searches as steps


def _groups(histories: Histories, metric: str) -> dict[str, list[History]]:
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


def _steps(name: str, runs: Sequence[History], metric: str, position: Callable[[History], list[float]]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The common grid (points,) of several searches, and the best so far of each at each point (runs, points)."""
    import numpy as np

    curves = [(np.array(position(run)), np.array(run.incumbent(metric))) for run in runs]
    curves = [(xs[~np.isnan(ys)], ys[~np.isnan(ys)]) for xs, ys in curves]
    start, end = max(xs[0] for xs, _ in curves), min(xs[-1] for xs, _ in curves)
    if start > end:
        raise ValueError(f"the searches of {name!r} do not overlap: one ends at {_number(end)}, another finds its first at {_number(start)}")
    grid = np.unique(np.concatenate([xs for xs, _ in curves]))
    grid = grid[(grid >= start) & (grid <= end)]
    if len(grid) > POINTS:
        grid = grid[np.unique(np.linspace(0, len(grid) - 1, POINTS).round().astype(int))]
    return grid, np.stack([ys[np.searchsorted(xs, grid, side="right") - 1] for xs, ys in curves])


def _running(values: Sequence[float], sum_up: bool) -> list[float]:
    """Sums, or maxima, up to each value."""
    line, now = [], 0.0
    for value in values:
        now = now + value if sum_up else max(now, value)
        line.append(now)
    return line


def _marks(points: int, index: int) -> tuple[int, int]:
    """Some eight markers a line, at other places for each line."""
    step = max(1, points // 8)
    return (index * step // 3) % step, step


# --- parts of the other figures


def _highlighted(history: History, highlight: str | int | Record | None) -> Record | None:
    if highlight is None or isinstance(highlight, Record):
        return highlight
    if highlight == "best":
        return history.best()
    if type(highlight) is int and 0 <= highlight < len(history):
        return history[highlight]
    raise ValueError(f"`highlight` is {highlight!r}; allowed are 'best', None, a Record and numbers from 0 to {len(history) - 1}")


def _units(record: Record) -> range:
    return range(1, len(record.result.curve) + 1)


def _values(records: Sequence[Record]) -> dict[str, list[Any]]:
    """Decision -> its values as they come; "-" where an architecture does not have it."""
    names = dict.fromkeys(name for r in records if isinstance(r.trial.arch, Arch) for name, _ in r.trial.arch.choices)
    return {name: sorted({_value(r, name) for r in records}, key=_numbers_first) for name in names}


def _numbers_first(value: Any) -> tuple[bool, float, str]:
    number = isinstance(value, (int, float))
    return not number, float(value) if number else 0.0, str(value)


def _value(record: Record, name: str) -> Any:
    arch = record.trial.arch
    return arch[name] if isinstance(arch, Arch) and name in arch else "-"


def _middle(options: Sequence[Any], value: Any) -> float:
    return (options.index(value) + 0.5) / len(options)


def _height(options: Sequence[Any], value: Any, rank: int, count: int) -> float:
    """In the middle of its option, moved a little by its rank, so that equal lines lie side by side."""
    return _middle(options, value) + (rank / max(1, count - 1) - 0.5) * 0.5 / len(options)


def _sheet(images: Any, labels: Any, classes: int, columns: int) -> Any:
    """One picture of all: (rows, columns) grey or (rows, columns, 3), each image scaled to 0 ... 1."""
    import numpy as np

    _, channels, height, width = images.shape
    colours = 3 if channels == 3 else 1
    sheet = np.ones((classes * (height + 1) - 1, columns * (width + 1) - 1, colours), dtype=np.float32)
    for k in range(classes):
        for column, image in enumerate(images[labels == k][:columns]):  # (C, H, W)
            low, high = image.min(), image.max()
            tile = (image[:colours] - low) / (high - low if high > low else 1.0)
            sheet[k * (height + 1) :, column * (width + 1) :][:height, :width] = tile.transpose(1, 2, 0)
    return sheet if colours == 3 else sheet[..., 0]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
