"""A population while it lives: births, deaths and ages, the family of the best, and what another rule of removal does to them (chapter 8)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

from nastutor.history import History
from nastutor.inputs import whole
from nastutor.loop import search
from nastutor.pictures.evolution import ages, ancestors, lives
from nastutor.pictures.figures import alt, new_axes, to_png
from nastutor.pictures.style import figure
from nastutor.strategies.evolution import REMOVALS, Member, RegularizedEvolution
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import heading, line, rows
from nastutor.widgets.sliding import SlidingPanel, Stepped

ROWS = 6  # members in the table
LONGEST = 60  # letters of an architecture in it
PIXELS = 880  # width of the picture
WORDS = {"oldest": "the oldest leaves", "loser": "the worst of the tournament leaves", "worst": "the worst of all leaves", "random": "anybody leaves"}


class Lives(Stepped):
    """A search by `nt.RegularizedEvolution`, and its population after any birth; without ipywidgets, and in a saved notebook, the picture of one moment.

    >>> table = nt.estimators.Table("digits-tiny")
    >>> view = nt.widgets.Lives(table.space, table, trials=60)
    >>> view                                         # in a notebook: lives, family tree and ages, with sliders
    >>> view.go(25); view.set(remove="worst"); view.alt   # the same without

    space        of the architectures
    estimator    what answers: a table or a function, as each change of the settings asks it again
    trials       of the search, at least as many as the population has members
    at           the birth after which the population is shown first, from 1; default: the last
    population, sample, remove, seed   of the strategy
    """

    def __init__(
        self,
        space: Any,
        estimator: Any,
        trials: int = 60,
        *,
        at: int | None = None,
        population: int = 10,
        sample: int = 4,
        remove: str = "oldest",
        seed: int = 0,
    ) -> None:
        self.space, self.estimator, self.trials = space, estimator, whole("trials", trials, whole("population", population, 2))
        self.population, self.sample, self.remove, self.seed, self.at = population, sample, remove, seed, 1
        self.set(sample, remove)
        self.go(len(self.members) if at is None else at)

    def set(self, sample: int | None = None, remove: str | None = None) -> None:
        """Another search, with these settings; it is shown after as many births as the last one."""
        sample, remove = self.sample if sample is None else whole("sample", sample, 2), self.remove if remove is None else remove
        strategy = RegularizedEvolution(self.space, self.population, sample, remove=remove, seed=self.seed)
        history = search(strategy, self.estimator, trials=self.trials, progress=False)
        if not strategy.lives:
            raise ValueError("`estimator` gave no answer that can be learned from: every trial failed")
        self.sample, self.remove, self.members = sample, remove, strategy.lives
        self.history: History = history
        self.go(min(self.at, len(self.members)))

    def go(self, at: int) -> None:
        """To the population after so many births, from 1."""
        if whole("at", at) > len(self.members):
            raise ValueError(f"`at` is {at}; allowed are whole numbers from 1 to {len(self.members)}, the births of the search")
        self.at = at
        self.moved()

    def known(self) -> list[Member]:
        """All that were born by now, as they stand: who dies later is alive."""
        return [replace(member, death=None if (member.death or 0) >= self.at else member.death) for member in self.members[: self.at]]

    # how it is shown

    @property
    def settings(self) -> str:
        return f"{self.population} live, {self.sample} compete, {WORDS[self.remove]}"

    @property
    def alt(self) -> str:
        """The picture in words."""
        return f"After birth {self.at} of {len(self.members)}; {self.settings}. {alt(self.picture())}"

    def picture(self) -> Any:
        """The Axes of the lives; those of the ages stand beside them."""
        first = new_axes(width=9.6, height=3.5)
        first.set_position((0.07, 0.16, 0.58, 0.76))
        beside = first.figure.add_axes((0.73, 0.16, 0.26, 0.76))
        beside.grid(axis="y", alpha=0.25)
        beside.set_axisbelow(True)
        known = self.known()
        lives(known, ax=first)
        ages(known, ax=beside)
        return first

    def page(self) -> str:
        axes = self.picture()
        image = figure(f"data:image/png;base64,{b64encode(to_png(axes)).decode()}", self.alt, PIXELS)
        head = heading("A population", f"after birth {self.at} of {len(self.members)}; {self.settings}")
        return f'<div style="{FONT}">{head}{self._last()}{image}{self._family()}</div>'

    def _last(self) -> str:
        """Who was born last, of whom, and who left for it."""
        member = self.members[self.at - 1]
        said = f"Birth {member.birth + 1}, error {member.error:.4f}: "
        if member.parent is None:
            said += "drawn at random."
        else:
            parent = self.members[member.parent]
            said += f"a child of birth {parent.birth + 1}, which has {parent.error:.4f}."
        gone = [other for other in self.members[: self.at] if other.death == member.birth]
        for other in gone:
            said += f" Birth {other.birth + 1}, with {other.error:.4f}, has left for it, aged {member.birth - other.birth}."
        return line(said if gone else f"{said} Nobody had to leave.")

    def _family(self) -> str:
        """The best that was measured, and its line of parents."""
        known = self.known()
        line = ancestors(known, min(known, key=lambda member: member.error))
        cells: list[tuple[str, ...]] = [
            (str(one.birth + 1), f"{one.error:.4f}", "alive" if one.death is None else f"left at birth {one.death + 1}", str(one.arch)[:LONGEST])
            for one in line[:ROWS]
        ]
        more = f" {len(line) - ROWS} more are before them." if len(line) > ROWS else ""
        title = f'<div style="font-size:12.5px;margin-top:10px"><b>The best that was measured, and its parents.</b>{more}</div>'
        return title + rows(cells, ("birth", "error", "", "architecture"), 0)

    def controls(self) -> Any:
        return LivesPanel(self).box


class LivesPanel(SlidingPanel):
    """The sliders, and the rule of removal."""

    def __init__(self, owner: Lives) -> None:
        import ipywidgets as w

        wide = w.Layout(flex="1 1 280px")
        at = w.IntSlider(value=owner.at, min=1, max=len(owner.members), description="birth", layout=wide)
        self.sample = w.IntSlider(value=owner.sample, min=2, max=owner.population, description="compete", layout=wide)
        self.remove = w.Dropdown(value=owner.remove, options=[(WORDS[name], name) for name in REMOVALS], layout=w.Layout(width="270px"))
        super().__init__(owner, at, self.sample, self.remove)

    def restart(self) -> None:
        self.owner.set(self.sample.value, self.remove.value)

    def settings(self) -> list[tuple[Any, Any]]:
        return [(self.sample, self.owner.sample), (self.remove, self.owner.remove)]

    def last(self) -> int:
        return len(self.owner.members)
