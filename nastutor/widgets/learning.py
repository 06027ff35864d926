"""What a strategy learns while it searches: its Q-table or its policy as a heat map, trial by trial (chapter 7)."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from nastutor.core import Strategy
from nastutor.history import History
from nastutor.inputs import whole
from nastutor.loop import search
from nastutor.pictures.figures import alt, figure_html
from nastutor.pictures.learned import Row, heat_map, learned, span_of
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import heading, line
from nastutor.widgets.sliding import SlidingPanel, Stepped

LATEST = 20  # trials whose mean error is told


class Learning(Stepped):
    """Searches, and what the strategy thinks of its options after any trial; without ipywidgets, and in a saved notebook, the picture of one moment.

    >>> table = nt.estimators.Table("digits-tiny")
    >>> view = nt.widgets.Learning(nt.QLearning(table.space, models=60), table, trials=60)
    >>> view                          # in a notebook: the heat map, with a slider
    >>> view.go(7); view.alt          # the same without

    strategies  a fresh QLearning, REINFORCE or PPO; or several, as a dictionary from names to fresh ones, to choose from
    estimator   what answers: a table or a function, as each of them searches when it is chosen first
    trials      of each search
    at          the trial after which it is shown first, from 1; default: the last
    """

    def __init__(self, strategies: Strategy | Mapping[str, Strategy], estimator: Any, trials: int = 60, *, at: int | None = None) -> None:
        self.strategies = dict(strategies) if isinstance(strategies, Mapping) else {type(strategies).__name__: strategies}
        if not self.strategies:
            raise ValueError("`strategies` is empty; allowed are a strategy, or names with a strategy each (chapter 7)")
        for strategy in self.strategies.values():
            learned_from(strategy)
        self.estimator, self.trials, self.at = estimator, whole("trials", trials), 0
        self.histories: dict[str, History] = {}
        self.moments: dict[str, list[tuple[Row, ...]]] = {}
        self.pictures: dict[tuple[str, int], tuple[str, str]] = {}  # name, trial -> the text of the heat map, and the heat map
        self.name = ""
        self.choose(next(iter(self.strategies)))
        self.go(len(self.history) if at is None else at)

    def choose(self, name: str) -> None:
        """Another of the strategies, after as many trials as the last one."""
        if name not in self.strategies:
            raise ValueError(f"`name` is {name!r}; allowed are {', '.join(self.strategies)}")
        if name not in self.histories:
            strategy, moments = self.strategies[name], list[tuple[Row, ...]]()
            self.histories[name] = search(
                strategy, self.estimator, trials=self.trials, progress=False, callbacks=[lambda history: moments.append(learned(strategy))]
            )
            self.moments[name] = moments
        self.name = name
        self.go(max(1, min(self.at, len(self.history))))

    def go(self, at: int) -> None:
        """To the moment after so many trials, from 1."""
        if whole("at", at) > len(self.history):
            raise ValueError(f"`at` is {at}; allowed are whole numbers from 1 to {len(self.history)}, the trials of the search")
        self.at = at
        self.moved()

    @property
    def history(self) -> History:
        return self.histories[self.name]

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is known at this moment."""
        return self.moments[self.name][self.at - 1]

    # how it is shown

    @property
    def alt(self) -> str:
        """The picture in words."""
        return f"{self.name} after {self.at} of {len(self.history)} trials. {self._picture()[0]}"

    def page(self) -> str:
        small = f"after {self.at} of {len(self.history)} trials"
        return f'<div style="{FONT}">{heading(self.name, small)}{line(self._last())}{self._picture()[1]}{line(self._sampled())}</div>'

    def _picture(self) -> tuple[str, str]:
        """The heat map in words and in HTML, drawn once."""
        if not self.rows:
            return "Nothing is known yet.", line("Nothing is known yet.")
        if (key := (self.name, self.at)) not in self.pictures:
            axes = heat_map(self.rows, span=span_of(self.strategies[self.name], self.moments[self.name]))
            self.pictures[key] = alt(axes), figure_html(axes)
        return self.pictures[key]

    def _last(self) -> str:
        record = self.history[self.at - 1]
        end = f"error {record.error:.4f}" if record.result.usable else record.result.status
        return f"Trial {self.at}, {record.trial.arch}: {end}."

    def _sampled(self) -> str:
        """The mean error of what was asked for lately."""
        errors = [record.error for record in self.history[max(0, self.at - LATEST) : self.at] if record.result.usable]
        return f"Framed: the way that it thinks best. Mean error of the last {len(errors)} trials: {fmean(errors):.4f}." if errors else ""

    def controls(self) -> Any:
        return LearningPanel(self).box


class LearningPanel(SlidingPanel):
    """The slider over trials, and which of several strategies."""

    def __init__(self, owner: Learning) -> None:
        import ipywidgets as w

        at = w.IntSlider(value=owner.at, min=1, max=len(owner.history), description="trial", layout=w.Layout(flex="1 1 320px"))
        self.name = w.Dropdown(options=list(owner.strategies), value=owner.name, description="strategy")
        super().__init__(owner, at, self.name, shown=len(owner.strategies) > 1)

    def restart(self) -> None:
        self.owner.choose(self.name.value)

    def settings(self) -> list[tuple[Any, Any]]:
        return [(self.name, self.owner.name)]


def learned_from(strategy: Any) -> None:
    """Refuses what has nothing to show, and what has searched already."""
    learned(strategy)
    if strategy.asked:
        raise ValueError(f"`strategies` has a {type(strategy).__name__} that was asked {strategy.asked} times; allowed are fresh ones (chapter 7)")
