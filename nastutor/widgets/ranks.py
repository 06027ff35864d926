"""Does a cheap score rank architectures as the truth does, and when? A scatter for each moment of a training, and tau over all of them (chapter 13)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from itertools import combinations
from typing import Any

import numpy as np

from nastutor.comparing.taus import tau
from nastutor.inputs import require, whole
from nastutor.pictures.rank_view import WIDE, Line, rank_svg
from nastutor.pictures.style import line_style
from nastutor.widgets.panel import card
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import Shown, heading, svg_figure

STROKES = ("━━", "╍╍", "━ ╸", "┅┅")


class RankView(Shown):
    """Scores of architectures against their true errors, as a training goes on; without ipywidgets, and in a saved notebook, the picture of one moment.

    >>> view = nt.widgets.RankView({"shared weights": {0: untrained, 100: trained}}, truth)
    >>> view                                   # in a notebook: the scatter, with a slider
    >>> view.set(at=0, run=2); view.alt        # the same without

    scores  way to score -> moment of the training -> (n,), or (runs, n): smaller is better, as errors are
    truth   errors of stand-alone trainings, (n,) or (runs, n), whose mean is what is compared with
    repeats   of stand-alone trainings (runs, n), whose agreement is the dashed line; None: those of `truth`
    at, way, run, ranks   what is shown first: default the last moment, the first way, the mean over runs, errors and no ranks
    top     how many of the truly best stand out
    unit    of the moments
    note    a line above the picture: where the scores come from
    """

    def __init__(
        self,
        scores: Mapping[str, Mapping[int, Any]],
        truth: Any,
        *,
        at: int | None = None,
        way: str | None = None,
        run: int | None = None,
        ranks: bool = False,
        top: int = 10,
        repeats: Any = None,
        unit: str = "steps",
        note: str = "",
    ) -> None:
        runs = _runs("truth", truth)
        self.truth, count = runs.mean(0), runs.shape[1]
        require("scores", scores, lambda scores: len(scores) > 0 and all(map(len, scores.values())), "mappings from names to at least one moment each")
        self.scores = {
            name: {whole("moment", moment, 0): _runs(f"scores[{name!r}][{moment}]", own[moment], count) for moment in sorted(own)}
            for name, own in scores.items()
        }
        self.top, self.unit, self.note = whole("top", top), unit, note
        again = runs if repeats is None else _runs("repeats", repeats, count)
        self.ceiling = float(np.mean([tau(a, b) for a, b in combinations(again, 2)])) if len(again) > 1 else math.nan
        self.lines = [_line(name, own, self.truth) for name, own in self.scores.items()]
        self.way, self.run, self.ranks, self.at = next(iter(self.scores)), None, False, 0
        self.at = self.moments[-1]
        self.set(at, way, run, ranks)

    @property
    def moments(self) -> list[int]:
        """Those of the way that is shown."""
        return list(self.scores[self.way])

    def set(self, at: int | None = None, way: str | None = None, run: int | str | None = "as it is", ranks: bool | None = None) -> None:
        """What is shown: `at` a moment, `way` a name of `scores`, `run` a number from 0 or None for the mean, `ranks` in place of errors."""
        if way is not None:
            require("way", way, lambda way: way in self.scores, ", ".join(map(repr, self.scores)))
            self.way = way
            self.at = self.at if self.at in self.moments else self.moments[-1]
        if at is not None:
            require("at", at, lambda at: at in self.moments, ", ".join(map(str, self.moments)))
            self.at = at
        if run != "as it is":
            last = len(self.scores[self.way][self.at]) - 1
            require("run", run, lambda run: run is None or 0 <= whole("run", run, 0) <= last, f"None and whole numbers from 0 to {last}")
            self.run = run  # type: ignore[assignment]
        if ranks is not None:
            require("ranks", int(ranks) if isinstance(ranks, bool) else ranks, lambda own: own in (0, 1) and isinstance(ranks, bool), "True and False")
            self.ranks = ranks

    @property
    def shown(self) -> np.ndarray:
        """The scores in the scatter, (n,)."""
        runs = self.scores[self.way][self.at]
        return runs.mean(0) if self.run is None else runs[min(self.run, len(runs) - 1)]

    @property
    def tau(self) -> float:
        """Kendall's tau-b of what is shown; of the mean over runs it is the mean of their taus."""
        runs = self.scores[self.way][self.at]
        return float(np.mean([tau(own, self.truth) for own in (runs if self.run is None else [self.shown])]))

    # how it is shown

    @property
    def alt(self) -> str:
        first, best = int(self.shown.argmin()), float(self.truth.min())
        beaten = int((self.truth < self.truth[first]).sum())
        runs = len(self.scores[self.way][self.at])
        who = (f"the mean of {runs} runs" if runs > 1 else "one run") if self.run is None else f"run {self.run}"
        over = "; ".join(f"{line.name}: {', '.join(f'{tau:.2f} at {at}' for at, tau in zip(line.moments, line.tau, strict=True))}" for line in self.lines)
        said = f"{len(self.truth)} architectures by {self.way} after {self.at} {self.unit}, {who}: Kendall's tau with the truth is {self.tau:.2f}."
        said += f" It puts first one with a true error of {self.truth[first]:.3f}, which {beaten} others beat; the best has {best:.3f}."
        return f"{said} Tau over the {self.unit}: {over}."

    def page(self) -> str:
        small = f"after {self.at} {self.unit}: Kendall's tau {self.tau:.2f}"
        key = "".join(_named(number, line.name, line.name == self.way) for number, line in enumerate(self.lines))
        words = f"Squares: the truly best {self.top}. Ring: what {self.way} puts first. Right: mean tau of all runs, and the range of single runs."
        note = f'<div style="font-size:12.5px;margin:3px 0"><b>{escape(self.note)}</b></div>' if self.note else ""
        return (
            f'<div style="{FONT}">{heading(self.way, small)}{note}{self._picture()}<div style="font-size:13px;margin:4px 0">{key}</div>'
            f'<div style="font-size:12.5px">{escape(words)}</div></div>'
        )

    def _picture(self) -> str:
        spread = np.concatenate([own.ravel() for own in self.scores[self.way].values()])
        how: dict[str, Any] = {"way": self.way, "top": self.top, "ceiling": self.ceiling, "unit": self.unit, "ranks": self.ranks}
        return svg_figure(rank_svg(self.shown, self.truth, spread, self.lines, self.at, **how), self.alt, WIDE)

    def controls(self) -> Any:
        return RankPanel(self).box


class RankPanel:
    """Slider, and what is to be seen."""

    def __init__(self, owner: RankView) -> None:
        import ipywidgets as w

        self.owner, self.updating = owner, False
        self.at = w.SelectionSlider(value=owner.at, options=owner.moments, description=owner.unit, layout=w.Layout(flex="1 1 300px"))
        self.way = w.Dropdown(value=owner.way, options=list(owner.scores), description="scores", layout=w.Layout(width="230px"))
        self.run = w.Dropdown(value=owner.run, options=self._runs(), description="run", layout=w.Layout(width="170px"))
        self.ranks = w.Checkbox(value=owner.ranks, description="ranks", indent=False, layout=w.Layout(width="80px"))
        self.page = w.HTML(layout=w.Layout(margin="0", width="100%"))
        for control in (self.at, self.way, self.run, self.ranks):
            control.observe(self._changed, names="value")
        row = w.HBox([self.at, self.way, self.run, self.ranks], layout=w.Layout(flex_flow="row wrap", width="100%"))
        self.box = card([row, self.page])
        self.page.value = owner.page()

    def _runs(self) -> list[tuple[str, int | None]]:
        return [("mean", None), *((str(number), number) for number in range(len(self.owner.scores[self.owner.way][self.owner.at])))]

    def _changed(self, change: Any) -> None:
        if self.updating:
            return
        if change["owner"] is self.way:
            self.owner.set(way=self.way.value, run=None)
            self.updating = True  # the slider that is set here must not answer
            self.at.options, self.at.value = self.owner.moments, self.owner.at
            self.run.options, self.run.value = self._runs(), None
            self.updating = False
        else:
            self.owner.set(at=self.at.value, run=self.run.value, ranks=self.ranks.value)
        self.page.value = self.owner.page()


def _named(number: int, name: str, bold: bool) -> str:
    """A line of the right plot in the legend."""
    style = f"margin-right:16px;color:{line_style(number).color};font-weight:{650 if bold else 400}"
    return f'<span style="{style}">{STROKES[number % 4]} {escape(name)}</span>'


def _line(name: str, scores: Mapping[int, np.ndarray], truth: np.ndarray) -> Line:
    taus = [[tau(run, truth) for run in runs] for runs in scores.values()]
    return Line(name, list(scores), [float(np.mean(own)) for own in taus], [min(own) for own in taus], [max(own) for own in taus])


def _runs(name: str, values: Any, count: int | None = None) -> np.ndarray:
    """(runs, n), finite."""
    runs = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if runs.ndim != 2 or runs.shape[1] < 2 or not np.isfinite(runs).all() or (count is not None and runs.shape[1] != count):
        allowed = "two architectures or more" if count is None else f"the {count} architectures of `truth`"
        raise ValueError(f"`{name}` has shape {np.shape(values)}; allowed are finite numbers, (n,) or (runs, n), of {allowed}")
    return runs
