"""Figures of searches and tables. Every function returns matplotlib Axes that show themselves in a notebook, with a text that says what they show.

The figures live outside pyplot and change none of its settings: nothing is shown twice and nothing stays in memory. The last line of a cell
without a semicolon shows its figure, `display(axes)` does so anywhere; `axes.figure.savefig(path)` writes it. `ax=` draws into Axes of your
own, which pyplot shows without the text: `nt.plot.show(axes)` shows them with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nastutor.history import History, nan_last
from nastutor.inputs import whole
from nastutor.pictures.curves import anytime, mean_and_band, regret
from nastutor.pictures.evolution import archive, lives
from nastutor.pictures.figures import alt, figure_html, new_axes, number, say, show, to_png
from nastutor.pictures.gradients import concrete, gates, tradeoff
from nastutor.pictures.learned import heat_map, heat_over_trials, learned
from nastutor.pictures.matching import matching
from nastutor.pictures.proxies import rank_changes, rankings, score_and_truth
from nastutor.pictures.ranks import critical_difference
from nastutor.pictures.style import QUARTERS, QUIET, line_style
from nastutor.pictures.tables import budgets, distribution, random_walk, seeds
from nastutor.values import Arch, Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "alt",
    "anytime",
    "archive",
    "budgets",
    "choices",
    "concrete",
    "critical_difference",
    "distribution",
    "figure_html",
    "gates",
    "heat_map",
    "heat_over_trials",
    "learned",
    "learning_curves",
    "lives",
    "matching",
    "mean_and_band",
    "new_axes",
    "pareto",
    "random_walk",
    "rank_changes",
    "rankings",
    "regret",
    "samples",
    "say",
    "score_and_truth",
    "seeds",
    "show",
    "to_png",
    "tradeoff",
]


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
    text += f"the last errors go from {number(min(last))} to {number(max(last))}."
    if chosen is not None and chosen.result.curve:
        label = "best" if highlight == "best" else "highlighted"
        axes.plot(_units(chosen), chosen.result.curve, linewidth=2.2, label=label, **line_style(0)._asdict())
        axes.legend()
        text += f" The {label} one goes from {number(chosen.result.curve[0])} to {number(chosen.result.curve[-1])}."
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
    points = "; ".join(f"{number(a)} {second} with {first} {number(b)}" for a, b in corner[:8])
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
    return say(axes, f"{text} The best, {number(best.result.metrics[metric])}: {best.trial.arch}.")


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


# --- parts of the figures


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
