"""How well cheap scores rank architectures, seen: tau with its interval and the ceiling, score against truth, and who moves where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nastutor import comparing
from nastutor.inputs import whole
from nastutor.pictures.figures import new_axes, say
from nastutor.pictures.style import INK, QUIET, line_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nastutor.comparing.proxies import Ranking


def rankings(found: Ranking, *, ax: Axes | None = None) -> Axes:
    """Kendall's tau of each way to score, with its 95 % interval; the dashed line is the ceiling, tau between two runs of the truth.

    found  what `nt.comparing.ranking` gives
    """
    if not isinstance(found, comparing.Ranking) or not found:
        raise TypeError(f"`found` is {found!r}; allowed is what nt.comparing.ranking gives (chapter 13)")
    axes = new_axes(height=1.4 + 0.4 * len(found)) if ax is None else ax
    for place, row in enumerate(found):
        style = line_style(place)
        axes.plot([row.low, row.high], [place, place], color=style.color, linestyle=style.linestyle, linewidth=2)
        axes.plot([row.kendall], [place], color=style.color, marker=style.marker, markersize=7, linestyle="none")
    axes.axvline(0, color=QUIET, linewidth=0.8)
    if found.ceiling == found.ceiling:
        axes.axvline(found.ceiling, color=INK, linestyle="--", linewidth=1.2)
    axes.set_yticks(range(len(found)), [row.name for row in found])
    axes.set(xlabel="Kendall's tau against the truth", ylim=(len(found) - 0.5, -0.5))
    axes.set_title("How well each score ranks architectures", fontsize=11)
    told = "; ".join(f"{row.name} {row.kendall:.2f} (from {row.low:.2f} to {row.high:.2f})" for row in found)
    ceiling = f" Two runs of the truth agree with {found.ceiling:.2f}." if found.ceiling == found.ceiling else ""
    return say(axes, f"Kendall's tau of each score against the truth, with 95 % intervals: {told}.{ceiling}")


def score_and_truth(scores: Any, truth: Any, *, name: str = "score", ax: Axes | None = None) -> Axes:
    """A point an architecture: its score against its true error, with a line over the runs of each where there are several.

    scores, truth  (n,) or (runs, n), smaller is better
    """
    one, other = _runs("scores", scores), _runs("truth", truth)
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"`scores` are of {one.shape[1]} architectures, `truth` of {other.shape[1]}; allowed are those of the same ones")
    axes, style = new_axes() if ax is None else ax, line_style(0)
    x, y = one.mean(0), other.mean(0)
    axes.hlines(y, one.min(0), one.max(0), color=QUIET, linewidth=0.8)
    axes.vlines(x, other.min(0), other.max(0), color=QUIET, linewidth=0.8)
    axes.plot(x, y, color=style.color, marker=style.marker, linestyle="none", markersize=5)
    tau = comparing.rank_agreement(x, y).kendall
    axes.set(xlabel=name, ylabel="true error", title=f"{len(x)} architectures, Kendall's tau {tau:.2f}")
    first, best = int(x.argmin()), int(y.argmin())
    told = f"The one that {name} puts first has a true error of {y[first]:.3f}; the best has {y[best]:.3f}."
    return say(axes, f"True error against {name} for {len(x)} architectures: Kendall's tau is {tau:.2f}. {told}")


def rank_changes(scores: Mapping[str, Any], *, top: int = 10, ax: Axes | None = None) -> Axes:
    """A line an architecture from its rank by one way to score to its rank by the next; the best `top` of the last way stand out.

    scores  name -> (n,) or (runs, n), whose mean counts; in the order in which they are drawn, the truth last
    """
    runs = {name: _runs(f"scores[{name!r}]", own).mean(0) for name, own in scores.items()}
    sizes = {len(own) for own in runs.values()}
    if len(runs) < 2 or len(sizes) > 1:
        raise ValueError(f"`scores` are {len(runs)} ways for {sorted(sizes)} architectures; allowed are two ways or more to score the same ones")
    (count,) = sizes
    whole("top", top)
    ranks = np.array([1 + np.argsort(np.argsort(own, kind="stable"), kind="stable") for own in runs.values()])  # (ways, n)
    axes = new_axes(width=1.8 + 1.8 * len(runs), height=4.6) if ax is None else ax
    for ways in ranks.T:
        if ways[-1] > top:
            axes.plot(range(len(runs)), ways, color=QUIET, linewidth=0.6, alpha=0.5)
    for number, ways in enumerate(ranks.T[np.argsort(ranks[-1])][:top]):
        style = line_style(number)
        axes.plot(range(len(runs)), ways, color=style.color, linestyle=style.linestyle, marker=style.marker, linewidth=1.5, markersize=4)
    axes.set_xticks(range(len(runs)), list(runs))
    axes.set(ylabel="rank (1 is the best)", ylim=(count + 0.5, 0.5))
    kept = int(((ranks[0] <= top) & (ranks[-1] <= top)).sum())
    first, *_, last = runs
    return say(axes, f"Ranks of {count} architectures by {', '.join(runs)}: of the best {top} by {last}, {kept} are among the best {top} by {first}.")


def _runs(name: str, values: Any) -> np.ndarray:
    """(runs, n), finite."""
    runs = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if runs.ndim != 2 or runs.shape[1] < 2 or not np.isfinite(runs).all():
        raise ValueError(f"`{name}` has shape {np.shape(values)}; allowed are finite numbers, (n,) or (runs, n), of two architectures or more")
    return runs
