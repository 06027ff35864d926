"""A Pareto front while it grows: what was evaluated, the archive, the density from which it breeds, and who is to be a parent (chapters 8 and 17)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import cached_property
from typing import Any

from nastutor.history import History
from nastutor.inputs import whole
from nastutor.loop import search
from nastutor.pictures.evolution import archive, cheap_name
from nastutor.pictures.figures import alt, new_axes, number, to_png
from nastutor.pictures.style import COLOURS, QUIET, figure
from nastutor.strategies.lemonade import LEMONADE, Kept
from nastutor.values import Arch
from nastutor.widgets.parts import FONT
from nastutor.widgets.shown import heading, line, rows
from nastutor.widgets.sliding import SlidingPanel, Stepped

ROWS = 8  # of the table below the front
PIXELS = 620  # width of the picture
WORDS = {"population": "by the archive's density", "children": "by the archive's density, children by their own", None: "uniformly"}


class ParetoFront(Stepped):
    """A search by `nt.LEMONADE`, and its archive after any of its trials; without ipywidgets, and in a saved notebook, the picture of one moment.

    >>> table = nt.estimators.Table("digits-tiny")
    >>> view = nt.widgets.ParetoFront(table.space, table, trials=40)
    >>> view                                          # in a notebook: the front over its density, with a slider
    >>> view.go(20); view.set(density=None); view.alt   # the same without

    space      of the architectures
    estimator  what answers: a table or a function, as the search by each of the densities asks it
    trials     of the search
    cheap      the objectives that cost nothing, as `nt.LEMONADE` takes them; drawn is the first
    at         the trial after which the front is shown first, from 1; default: the last
    density, start, children, accepted, seed   of the strategy
    """

    def __init__(
        self,
        space: Any,
        estimator: Any,
        trials: int = 60,
        cheap: Callable[[Arch], Any] | None = None,
        *,
        at: int | None = None,
        density: str | None = "population",
        start: int = 5,
        children: int = 20,
        accepted: int = 4,
        seed: int = 0,
    ) -> None:
        self.space, self.estimator, self.trials, self.cheap, self.at = space, estimator, whole("trials", trials), cheap, 1
        self.density = density
        self.histories: dict[str | None, History] = {}
        self.settings = {"start": start, "children": children, "accepted": accepted, "seed": seed}
        self.set(density)
        self.go(len(self.history) if at is None else at)

    def set(self, density: str | None) -> None:
        """The search with another density; it is shown after as many trials as the last one."""
        self._search(density)
        self.density = density
        self.go(min(self.at, len(self.history)))

    def go(self, at: int) -> None:
        """To the archive after so many trials, from 1."""
        if whole("at", at) > len(self.history):
            raise ValueError(f"`at` is {at}; allowed are whole numbers from 1 to {len(self.history)}, the trials of the search")
        self.at, self.strategy = at, self._strategy(self.density)
        self.seen: list[Kept] = []  # everyone with an answer that can be learned from
        for record in self.history[:at]:  # asked and told in this order a fresh one comes to stand where it stood in the search
            self.strategy.ask()
            before = len(self.strategy.fresh)
            self.strategy.tell(record.trial, record.result)
            self.seen += self.strategy.fresh[before:]
        self.newest = list(self.strategy.fresh)
        self.strategy._update()  # as at the end of a generation
        self.moved()

    @property
    def history(self) -> History:
        return self.histories[self.density]

    def _search(self, density: str | None) -> History:
        if density not in self.histories:
            self.histories[density] = search(self._strategy(density), self.estimator, trials=self.trials, progress=False)
        return self.histories[density]

    def _strategy(self, density: str | None) -> LEMONADE:
        return LEMONADE(self.space, self.cheap, density=density, **self.settings)  # type: ignore[arg-type]

    @cached_property
    def limits(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The least and the largest of the first cheap objective and of the measured one, over the whole search by each of the densities."""
        told = [record for density in WORDS for record in self._search(density) if record.result.usable]
        cheap = [self.strategy.costs(record.trial.arch)[0] for record in told]  # type: ignore[arg-type]
        measured = [record.error for record in told]
        return (min(cheap), max(cheap)), (min(measured), max(measured))

    # how it is shown

    @property
    def said(self) -> str:
        return f"after {self.at} of {len(self.history)} trials; drawn {WORDS[self.density]}"

    @property
    def alt(self) -> str:
        """The picture in words."""
        if not self.seen:
            return f"Pareto front {self.said}: nothing was answered yet that can be learned from."
        return f"Pareto front {self.said}; {_count(len(self.seen), 'point')}, {len(self.newest)} of them of this generation. {alt(self.picture())}"

    def picture(self) -> Any:
        """The Axes of the archive, with all that was evaluated behind it."""
        axes = new_axes(width=6.6, height=3.7)
        old = [one for one in self.seen if one not in self.newest]
        for points, style in (
            (old, {"color": QUIET, "alpha": 0.6, "markersize": 4}),
            (self.newest, {"color": COLOURS[1], "markersize": 9, "fillstyle": "none", "zorder": 5}),
        ):
            label = "evaluated" if points is old else "this generation"
            at = [one.cheap[0] for one in points], [one.measured[0] for one in points]
            axes.plot(*at, linestyle="none", marker="o", label=label, **style)  # type: ignore[arg-type]
        span, (low, high) = self.limits
        room = 0.05 * (high - low) or 0.05
        archive(self.strategy, span=span, ax=axes)
        axes.set_ylim(low - room, high + room)
        return axes

    def page(self) -> str:
        head = heading("A Pareto front", self.said)
        if not self.seen:
            return f'<div style="{FONT}">{head}{line(self.alt)}</div>'
        image = figure(f"data:image/png;base64,{b64encode(to_png(self.picture())).decode()}", self.alt, PIXELS)
        return f'<div style="{FONT}">{head}{self._stages()}{image}{self._parents()}</div>'

    def _stages(self) -> str:
        """What the two stages have saved so far."""
        made, asked = self.strategy.made, self.strategy.asked
        spared = f"Of {made} children made so far {asked} were accepted" if made else "The first ones are random"
        kept = len(self.strategy.archive)
        return line(f"{spared}; {_count(kept, 'network')} {'is' if kept == 1 else 'are'} in the archive, and {self._of_newest()} of this generation.")

    def _of_newest(self) -> int:
        """How many of this generation are in the archive."""
        return sum(one in self.newest for one in self.strategy.archive)

    def _parents(self) -> str:
        """Who would be drawn as the next parent, and how likely: the likeliest first."""
        kept = self.strategy.archive
        weights = self.strategy.weights([one.cheap for one in kept], [one.cheap for one in kept])
        order = sorted(range(len(kept)), key=lambda number: (-weights[number], number))
        lines: list[tuple[str, ...]] = [(number(kept[n].cheap[0]), f"{kept[n].measured[0]:.4f}", f"{weights[n] / sum(weights):.0%}") for n in order[:ROWS]]
        more = f" {len(kept) - ROWS} more {'is' if len(kept) == ROWS + 1 else 'are'} in the archive." if len(kept) > ROWS else ""
        title = f'<div style="font-size:12.5px;margin-top:10px"><b>Chances to be the next parent.</b>{more}</div>'
        return title + rows(lines, (cheap_name(self.strategy), self.strategy.objectives[0], "chance"), 0 if max(weights) > min(weights) else None)

    def controls(self) -> Any:
        return FrontPanel(self).box


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


class FrontPanel(SlidingPanel):
    """The slider, and the density; of a menu with the value None nothing would be chosen."""

    def __init__(self, owner: ParetoFront) -> None:
        import ipywidgets as w

        at = w.IntSlider(value=owner.at, min=1, max=len(owner.history), description="trial", layout=w.Layout(flex="1 1 300px"))
        self.density = w.Dropdown(value=owner.density or "", options=[(text, kind or "") for kind, text in WORDS.items()], layout=w.Layout(width="330px"))
        super().__init__(owner, at, self.density)

    def restart(self) -> None:
        self.owner.set(self.density.value or None)

    def settings(self) -> list[tuple[Any, Any]]:
        return [(self.density, self.owner.density or "")]
