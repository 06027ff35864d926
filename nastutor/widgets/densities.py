"""TPE's two densities while it searches: how often each option is taken among the good and among the others, and which is drawn next (chapter 5)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import Any

from nastutor.history import History
from nastutor.inputs import positive, whole
from nastutor.loop import search
from nastutor.pictures.density_bars import Decision, density_svg
from nastutor.rng import python_rng
from nastutor.strategies.tpe import TPE
from nastutor.values import Arch
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import heading, svg_figure
from nastutor.widgets.sliding import SlidingPanel, Stepped, stops

GAMMAS = (0.1, 0.25, 0.5, 1.0, 2.0)
MOST = 9  # decisions that are drawn


class Watched(TPE):
    """A TPE that remembers which candidates it offered when it was asked last: all that it passed over as known, and what it took."""

    def __init__(self, space: Any, start: int, *, gamma: float, distinct: bool, seed: int) -> None:
        super().__init__(space, start, gamma=gamma, distinct=distinct, seed=seed)
        self.rng = python_rng(seed, TPE.__name__)  # it draws what a TPE draws
        self.offered: tuple[Arch, ...] = ()

    def _candidates(self) -> Iterator[Arch]:
        self.offered = ()
        for arch in super()._candidates():
            self.offered = (*self.offered, arch)
            yield arch

    def told(self, asked: Any) -> str:
        """By which rule it asked; "" where nothing was learned from yet."""
        if not self.offered:
            return ""
        if asked is self.offered[0]:
            return f"the largest l / g of {self.candidates} draws from l" if len(self.offered) == 1 else "the best draw again, as nothing new was found"
        if asked is self.offered[-1]:
            return f"the largest l / g among new ones of {self.candidates} draws from l; {len(self.offered) - 1} before it were known"
        return f"drawn at random, as all {self.candidates} draws from l were known"


class Densities(Stepped):
    """A search by `nt.TPE`, and its densities l and g of each decision after any trial; in a saved notebook, of one moment.

    >>> table = nt.estimators.Table("digits-tiny")
    >>> view = nt.widgets.Densities(table.space, table, trials=40)
    >>> view                                             # in a notebook: bars, with sliders
    >>> view.go(25); view.set(gamma=1.0); view.alt       # the same without

    space      of decisions; of many those are drawn that a good architecture has, and whose densities differ most
    estimator  what answers: a table or a function
    trials     of the search
    at         the trial after which the densities are shown first; default: the last
    gamma, start, distinct, seed   of the strategy
    """

    def __init__(
        self, space: Any, estimator: Any, trials: int = 40, *, at: int | None = None, gamma: float = 0.25, start: int = 10, distinct: bool = True, seed: int = 0
    ) -> None:
        self.space, self.estimator, self.trials = space, estimator, whole("trials", trials)
        self.gamma, self.start, self.distinct, self.seed, self.at = gamma, start, distinct, seed, 0
        self.set()
        self.go(len(self.history) if at is None else at)

    def set(self, gamma: float | None = None, distinct: bool | None = None) -> None:
        """Another search, with these settings; it is shown after as many trials as the last one."""
        gamma, distinct = self.gamma if gamma is None else positive("gamma", gamma), self.distinct if distinct is None else distinct
        strategy = self._strategy(gamma, distinct)
        self.gamma, self.distinct, self.asked = gamma, distinct, list[str]()  # by which rule each trial was asked
        asked = lambda history: self.asked.append(strategy.told(history[-1].trial.arch))
        self.history: History = search(strategy, self.estimator, trials=self.trials, callbacks=[asked], progress=False)
        self.coming: Any = strategy.ask().arch  # what would be asked after the last
        self.asked.append(strategy.told(self.coming))
        self.go(min(self.at, len(self.history)))

    def go(self, at: int) -> None:
        """To the densities after so many trials, from 0."""
        if whole("at", at, 0) > len(self.history):
            raise ValueError(f"`at` is {at}; allowed are whole numbers from 0 to {len(self.history)}, the trials of the search")
        self.at, self.strategy = at, self._strategy(self.gamma, self.distinct)
        for record in self.history[:at]:  # told in this order its halves are those of the search
            self.strategy.tell(record.trial, record.result)
        self.next = self.history[at].trial.arch if at < len(self.history) else self.coming
        self.moved()

    def _strategy(self, gamma: float, distinct: bool) -> Watched:
        return Watched(self.space, self.start, gamma=gamma, distinct=distinct, seed=self.seed)

    @property
    def decisions(self) -> list[Decision]:
        """Those with the largest difference between l and g, in the order of the space; first of all those of good architectures."""
        good, others = self.strategy.split.good, self.strategy.split.bad
        found = []
        for name, options in self.space.sites().items():
            l, g = self.strategy.densities(name, options)
            active = tuple(sum(side.counts[name].values()) for side in (good, others))
            taken = dict(self.next.choices).get(name) if isinstance(self.next, Arch) else None
            found.append(Decision(name, tuple(options), l, g, active, taken))  # type: ignore[arg-type]
        chosen = sorted(found, key=_apart, reverse=True)[:MOST]
        return [decision for decision in found if decision in chosen]

    # how it is shown

    @property
    def random(self) -> bool:
        """Whether the next trial is drawn at random, as nothing is learned from yet."""
        return not self.asked[self.at]

    @property
    def rule(self) -> str:
        """How the next trial was chosen."""
        return self.asked[self.at] or "at random"

    @property
    def alt(self) -> str:
        """The picture in words."""
        good, others = (len(side.archs) for side in (self.strategy.split.good, self.strategy.split.bad))
        text = f"TPE's densities after {self.at} of {len(self.history)} trials, gamma {self.gamma:g}: {good} good, {others} others."
        parts = []
        for decision in self.decisions:
            ratios = [l / g for l, g in zip(decision.good, decision.others, strict=True)]
            best = max(range(len(ratios)), key=ratios.__getitem__)
            parts.append(f"{decision.name}: largest l / g {ratios[best]:.2f} at {decision.options[best]}")
        return f"{text} {'; '.join(parts)}. Next, {self.rule}: {self.next}."

    def page(self) -> str:
        repeats = "" if self.distinct else "; may repeat itself"
        small = f"after {self.at} of {len(self.history)} trials; gamma {self.gamma:g}{repeats}"
        svg, wide = density_svg(self.decisions, self.alt)
        count = len(self.strategy.split.good.archs)
        text = f"Blue: l, among the {count} good ones. Grey: g, among the others. Orange: what is asked next, {self.rule}."
        text += " No repeats: what is known is passed over, as asking again teaches nothing." if self.distinct else ""
        left = len(self.space.sites()) - len(self.decisions)
        text += f" {left} more decisions, with smaller differences, are not drawn." if left else ""
        said = f'<div style="font-size:13px;margin:3px 0 8px 0">{escape(text)}</div>'
        return f'<div style="{FONT}">{heading("Good and others", small)}{said}{svg_figure(svg, self.alt, wide)}</div>'

    def controls(self) -> Any:
        return DensityPanel(self).box


class DensityPanel(SlidingPanel):
    """The sliders."""

    def __init__(self, owner: Densities) -> None:
        import ipywidgets as w

        wide = w.Layout(flex="1 1 280px")
        at = w.IntSlider(value=owner.at, min=0, max=len(owner.history), description="trial", layout=wide)
        self.gamma = w.SelectionSlider(value=owner.gamma, options=stops([*GAMMAS, owner.gamma]), description="gamma", layout=wide)
        self.distinct = w.Checkbox(value=owner.distinct, description="no repeats", indent=False, layout=w.Layout(width="110px"))
        super().__init__(owner, at, self.gamma, self.distinct)

    def restart(self) -> None:
        self.owner.set(self.gamma.value, self.distinct.value)

    def settings(self) -> list[tuple[Any, Any]]:
        return [(self.gamma, self.owner.gamma), (self.distinct, self.owner.distinct)]


def _apart(decision: Decision) -> tuple[bool, float]:
    """Whether a good one has it, and how unlike the two densities are: the sum of l log(l / g)."""
    return decision.active[0] > 0, sum(l * math.log(l / g) for l, g in zip(decision.good, decision.others, strict=True))
