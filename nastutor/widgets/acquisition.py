"""What a Gaussian process believes of a whole space while it searches: mean, uncertainty and acquisition on a map, trial by trial (chapter 5)."""

from __future__ import annotations

import math
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from nastutor.history import History
from nastutor.inputs import positive, require, whole
from nastutor.kernels import Kernel
from nastutor.loop import search
from nastutor.pictures.space_map import BLUE, GREEN, ORANGE, Grid, Marks, Panel, map_svg
from nastutor.strategies.acquisition import Floats, expected_improvement
from nastutor.strategies.gaussian_process import GaussianProcess
from nastutor.strategies.gp import Process, Settings
from nastutor.values import Arch
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import heading, line, rows, svg_figure
from nastutor.widgets.sliding import SlidingPanel, Stepped, stops

ACQUISITIONS = {"ei": "expected improvement", "ucb": "lower bound"}
BETAS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
LARGEST = 20_000  # architectures of a space that is drawn
BEST = 5  # rows of the table
LOOKS = 20  # random architectures by which decisions under conditions are found


class AcquisitionMap(Stepped):
    """A search by `nt.GaussianProcess`, and what its model says of every architecture after any trial; in a saved notebook, of one moment.

    >>> table = nt.estimators.Table("digits-tiny")
    >>> view = nt.widgets.AcquisitionMap(table.space, table, trials=30)
    >>> view                                             # in a notebook: four maps, with sliders
    >>> view.go(12); view.set(acquisition="ucb", beta=8.0); view.alt   # the same without

    space        each of whose architectures answers every decision; at most 20,000 architectures
    estimator    what answers: a table or a function. A table's own means are the fourth map
    trials       of the search
    at           the trial after which the maps are shown first, from `start`; default: the last
    acquisition  "ei" or "ucb"; beta of the latter
    start, kernel, seed   of the strategy
    """

    def __init__(
        self,
        space: Any,
        estimator: Any,
        trials: int = 30,
        *,
        at: int | None = None,
        acquisition: str = "ei",
        beta: float = 2.0,
        start: int = 10,
        kernel: Kernel | None = None,
        seed: int = 0,
    ) -> None:
        _check(space)
        self.space, self.estimator, self.kernel, self.seed = space, estimator, kernel, seed
        self.start, self.trials = whole("start", start), whole("trials", trials, start)
        self.grid = Grid(space.sites())
        self.archs = self.grid.archs()
        self.at = self.trials
        self.acquisition, self.beta = acquisition, beta
        self.set()
        self.go(self.last if at is None else at)

    def set(self, acquisition: str | None = None, beta: float | None = None) -> None:
        """Another search, with these settings; it is shown after as many trials as the last one."""
        acquisition = self.acquisition if acquisition is None else acquisition
        require("acquisition", acquisition, lambda name: name in ACQUISITIONS, ", ".join(map(repr, ACQUISITIONS)))
        self.acquisition, self.beta = acquisition, self.beta if beta is None else positive("beta", beta, zero=True)
        self.strategy = GaussianProcess(
            self.space, self.start, kernel=self.kernel, acquisition=self.acquisition, beta=self.beta, most=self.trials + 1, seed=self.seed
        )
        self.fitted: list[Settings | None] = []  # with which each trial was asked
        self.history: History = search(self.strategy, self.estimator, trials=self.trials, callbacks=[self._note], progress=False)
        self.coming: Any = self.strategy.ask().arch  # what would be asked after the last
        self.fitted.append(self.strategy.fitted)
        self.rows = self.strategy.held.rows_of(self.archs) if self.strategy.held.archs else np.zeros((1, len(self.archs), 0))
        self.go(min(self.at, self.last))

    def _note(self, _: History) -> None:
        self.fitted.append(self.strategy.fitted)

    @property
    def last(self) -> int:
        return len(self.history)

    def go(self, at: int) -> None:
        """To what the model says after so many trials, from `start`."""
        if whole("at", at, 0) > self.last or at < self.start:
            raise ValueError(f"`at` is {at}; allowed are whole numbers from {self.start}, the random start, to {self.last}, the trials of the search")
        self.at = at
        self.model = self._model()
        self.next: Any = self.history[at].trial.arch if at < self.last else self.coming
        self.mean, self.std, self.promise = self._promised()
        self.moved()

    def _model(self) -> Process | None:
        """The process by which trial number `at` + 1 was asked; None where nothing could be learned."""
        errors: dict[Arch, list[float]] = {}
        for record in self.history[: self.at]:
            errors.setdefault(record.trial.arch, []).append(record.error if record.result.usable else math.inf)  # type: ignore[arg-type]
        targets = np.array([np.mean(found) for found in errors.values()])
        known = np.isfinite(targets)
        if not known.any() or self.fitted[self.at] is None:
            return None
        targets[~known] = targets[known].max()
        count = len(targets)
        return Process(self.strategy.held.kernel, self.strategy.held.matrix[:, :count, :count], targets, self.fitted[self.at])

    def _promised(self) -> tuple[Floats, Floats, Floats]:
        """Mean, standard deviation and acquisition of every architecture: (n,) each."""
        if self.model is None:
            return (np.full(len(self.archs), math.nan),) * 3
        mean, std = self.model.predict(self.rows[:, :, : len(self.model.targets)])
        return mean, std, expected_improvement(mean, std, float(self.model.means.min())) if self.acquisition == "ei" else self.beta * std - mean

    @cached_property
    def truth(self) -> Floats | None:
        """The errors of a table, in the order of the map."""
        if not hasattr(self.estimator, "column"):
            return None
        known = dict(zip(self.estimator.archs, np.asarray(self.estimator.column(), dtype=float).tolist(), strict=True))
        return np.array([known.get(arch, math.nan) for arch in self.archs])

    # how it is shown

    @property
    def tried(self) -> list[Arch]:
        return [record.trial.arch for record in self.history[: self.at]]  # type: ignore[misc]

    @property
    def alt(self) -> str:
        """The maps in words."""
        text = f"Maps of {len(self.archs)} architectures after {self.at} of {self.last} trials, {self._named()}."
        if self.model is None:
            return f"{text} Nothing is known yet."
        low, doubt, place = int(np.argmin(self.mean)), int(np.argmax(self.std)), self.archs.index(self.next)
        text += f" Mean from {self.mean.min():.3f} at {self.archs[low]} to {self.mean.max():.3f};"
        text += f" standard deviation from {self.std.min():.3f} to {self.std.max():.3f} at {self.archs[doubt]}."
        return f"{text} Next is {self.next}: mean {self.mean[place]:.3f}, standard deviation {self.std[place]:.3f}, acquisition {self.promise[place]:.3g}."

    def _named(self) -> str:
        return ACQUISITIONS[self.acquisition] + (f", beta {self.beta:g}" if self.acquisition == "ucb" else "")

    def page(self) -> str:
        small = f"after {self.at} of {self.last} trials; {self._named()}"
        svg, wide = map_svg(self.grid, self._panels(), Marks(self.tried, self.tried[-1], self.next), self.alt)
        text = "White dots: tried. Ring: the last of them. Diamond: what is asked next. Shades are by rank."
        return f'<div style="{FONT}">{heading("What the model believes", small)}{line(text)}{svg_figure(svg, self.alt, wide)}{self._table()}</div>'

    def _panels(self) -> list[Panel]:
        def span(values: Floats) -> str:
            known = values[np.isfinite(values)]
            return f"{known.min():.3g} to {known.max():.3g}" if len(known) else "nothing known yet"

        panels = [
            Panel("mean", f"{span(self.mean)}; dark: small", self.mean, BLUE[::-1], True),
            Panel("standard deviation", f"{span(self.std)}; dark: large", self.std, ORANGE, True),
            Panel("acquisition", f"{span(self.promise)}; dark: large", self.promise, GREEN, True),
        ]
        return panels if self.truth is None else [*panels, Panel("truth", f"{span(self.truth)}; dark: small", self.truth, BLUE[::-1], True)]

    def _table(self) -> str:
        """The architectures of the largest acquisition."""
        if self.model is None:
            return ""
        tried = set(self.tried)
        lines: list[tuple[str, ...]] = []
        for place in np.argsort(-self.promise, kind="stable")[:BEST].tolist():
            arch = self.archs[place]
            state = "tried" if arch in tried else "next" if arch == self.next else ""
            lines.append((str(arch), f"{self.mean[place]:.4f}", f"{self.std[place]:.4f}", f"{self.promise[place]:.4g}", state))
        return rows(lines, ("largest acquisition", "mean", "std", "acquisition", ""), next((n for n, line in enumerate(lines) if line[-1] == "next"), None))

    def controls(self) -> Any:
        return MapPanel(self).box


class MapPanel(SlidingPanel):
    """The sliders."""

    def __init__(self, owner: AcquisitionMap) -> None:
        import ipywidgets as w

        wide = w.Layout(flex="1 1 260px")
        at = w.IntSlider(value=owner.at, min=owner.start, max=owner.last, description="trial", layout=wide)
        self.acquisition = w.Dropdown(
            value=owner.acquisition, options=[(text, name) for name, text in ACQUISITIONS.items()], description="asks by", layout=wide
        )
        beta = stops([*BETAS, owner.beta])
        self.beta = w.SelectionSlider(value=owner.beta, options=beta, description="beta", layout=wide, disabled=owner.acquisition != "ucb")
        super().__init__(owner, at, self.acquisition, self.beta)

    def restart(self) -> None:
        self.owner.set(self.acquisition.value, self.beta.value)

    def settings(self) -> list[tuple[Any, Any]]:
        return [(self.acquisition, self.owner.acquisition), (self.beta, self.owner.beta)]

    def follow(self) -> None:
        super().follow()
        self.beta.disabled = self.owner.acquisition != "ucb"

    def last(self) -> int:
        return self.owner.last  # type: ignore[no-any-return]


def _check(space: Any) -> None:
    """Refuses spaces of which there is no map."""
    if not hasattr(space, "sites") or not hasattr(space, "size"):
        raise TypeError(f"`space` is {space!r}; allowed are spaces of decisions, such as nt.spaces.CellSpace() (chapter 5)")
    if space.size > LARGEST:
        raise ValueError(f"`space` has {space.size:,} architectures; a map has room for {LARGEST:,} (chapter 5)")
    sites = space.sites()
    if space.size != prod(map(len, sites.values())) or any(len(space.sample(number).choices) < len(sites) for number in range(LOOKS)):
        raise ValueError(f"`space` is {space!r}, which asks some decisions under conditions; allowed on a map are those that always ask all (chapter 5)")
