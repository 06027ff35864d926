"""Alpha as a moving picture: what share each option has had at every moment of a gradient search, and what would be derived then (chapter 9)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nastutor.history import History
from nastutor.inputs import whole
from nastutor.pictures.alphas import Shares, alphas_svg, largest
from nastutor.values import Arch, Mixture, Trial
from nastutor.widgets.panel import card
from nastutor.widgets.parts import FONT, picture
from nastutor.widgets.shown import Shown, heading

WORDS = 8  # decisions that the text of the picture names
ROOM = (220, 300)  # for the architecture, CSS pixels
INTERVAL = 250  # milliseconds from a look to the next, while it plays


class Alphas(Shown):
    """Looks at alpha while a search runs, and plays afterwards what it saw; a saved notebook keeps the picture of one moment.

    >>> space, task = nt.spaces.CellSpace(nodes=3), nt.tasks.digits()
    >>> strategy, shared = nt.DARTS(space, lr=0.05), nt.estimators.SharedWeights(space, task)
    >>> alphas = nt.widgets.Alphas(strategy, every=5)
    >>> nt.search(strategy, shared, trials=100, callbacks=[alphas.look])
    >>> alphas                       # in a notebook: the map and the cell, with a slider and a button that plays
    >>> alphas.go(40); alphas.alt    # the same without

    strategy  one with shares of options, such as nt.DARTS
    every     answers between two looks
    truth     what says the error of the architecture that would be derived, if anything does: a table
    """

    def __init__(self, strategy: Any, every: int = 1, *, truth: Any = None) -> None:
        if not hasattr(strategy, "probabilities") or not hasattr(strategy, "space"):
            raise TypeError(f"`strategy` is {type(strategy).__name__}, which has no shares of options; allowed are those such as nt.DARTS (chapter 9)")
        self.space, self.title, self.every, self.truth = strategy.space, type(strategy).__name__, whole("every", every), truth
        self.strategy, self.mixtures, self.answers = strategy, [strategy.probabilities], [0]
        self.archs: list[Arch] = [self.space.discretize(Mixture(strategy.probabilities))]
        self.at = 0

    @classmethod
    def of(cls, space: Any, mixtures: Sequence[Mapping[str, Any]], answers: Sequence[int], title: str, *, truth: Any = None) -> Alphas:
        """The same of shares that were seen earlier: at each look decision -> (options,), after so many answers."""
        if not mixtures or len(mixtures) != len(answers):
            raise ValueError(f"`mixtures` are {len(mixtures)} and `answers` {len(answers)}; allowed are as many each, 1 or more")
        own = cls.__new__(cls)
        own.space, own.title, own.every, own.truth, own.strategy = space, title, 1, truth, None
        own.mixtures, own.answers, own.at = [dict(one) for one in mixtures], list(answers), len(answers) - 1
        own.archs = [space.discretize(Mixture(one)) for one in mixtures]
        return own

    def look(self, history: History) -> bool:
        """A callback of `nt.search`, which it never stops."""
        if len(history) % self.every == 0:
            self.mixtures.append(self.strategy.probabilities)
            self.answers.append(len(history))
            self.archs.append(self.strategy.recommend(history))
            self.at, self._box = len(self.answers) - 1, None
        return False

    def go(self, answers: int) -> None:
        """To the last look that was taken after no more than so many answers."""
        whole("answers", answers, least=0)
        self.at = max((number for number, seen in enumerate(self.answers) if seen <= answers), default=0)

    @property
    def arch(self) -> Arch:
        """What would be derived at this look."""
        return self.archs[self.at]

    @property
    def shares(self) -> Shares:
        sites = {name: tuple(map(str, options)) for name, options in self.space.mixture_sites().items()}
        return Shares(sites, self.answers, [[float(share) for name in sites for share in own[name]] for own in self.mixtures])

    # how it is shown

    @property
    def alt(self) -> str:
        """The picture in words."""
        now = self.shares.at(self.at)
        said = [f"{name} {best} {own[best]:.2f}" for name, own in list(now.items())[:WORDS] for best in [largest(own)]]
        more = f" and {len(now) - WORDS} more decisions" if len(now) > WORDS else ""
        changed = sum(before != after for before, after in zip(self.archs, self.archs[1:], strict=False))
        text = f"{self.title} after {self.answers[self.at]} of {self.answers[-1]} answers. Largest shares: {', '.join(said)}{more}. "
        times = "once" if changed == 1 else f"{changed} times" if changed else "never"
        return f"{text}What would be derived changed {times} in {len(self.archs)} looks."

    def page(self) -> str:
        svg, wide = alphas_svg(self.shares, self.at, self.alt)
        source = b64encode(svg.encode()).decode()
        image = f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{source}" style="display:block;max-width:none;width:{wide}px">'
        drawn = f'<div style="overflow:hidden">{picture(self.arch, room=ROOM)}</div>'
        cell = f'<div style="font-size:12.5px;margin-bottom:6px"><b>would be derived now</b>{escape(self._told())}</div>{drawn}'
        both = f'<div style="overflow-x:auto;min-width:0;max-width:100%">{image}</div><div style="width:{ROOM[0]}px">{cell}</div>'
        title = heading(f"Alpha of {self.title}", f"after {self.answers[self.at]} of {self.answers[-1]} answers")
        return f'<div style="{FONT}">{title}<div style="display:flex;flex-wrap:wrap;gap:14px">{both}</div></div>'

    def _told(self) -> str:
        if self.truth is None:
            return ""
        result = self.truth(Trial(self.arch))
        return f": error {result.error:.3f}, trained alone" if result.usable else f": {result.status}"

    def controls(self) -> Any:
        return AlphasPanel(self).box


class AlphasPanel:
    """The slider, and the button that moves it."""

    def __init__(self, owner: Alphas) -> None:
        import ipywidgets as w

        self.owner, last = owner, len(owner.answers) - 1
        options = [(f"{seen:,}", number) for number, seen in enumerate(owner.answers)]
        self.play = w.Play(value=owner.at, min=0, max=last, interval=INTERVAL, layout=w.Layout(flex="0 0 auto"))
        self.at = w.SelectionSlider(value=owner.at, options=options, description="answers", layout=w.Layout(flex="1 1 300px"))
        self.page = w.HTML(owner.page(), layout=w.Layout(margin="0", width="100%"))
        self.play.observe(lambda change: setattr(self.at, "value", change["new"]), names="value")
        self.at.observe(self._moved, names="value")
        self.box = card([w.HBox([self.play, self.at], layout=w.Layout(flex_flow="row wrap", width="100%")), self.page])

    def _moved(self, change: Any) -> None:
        self.owner.at = self.play.value = change["new"]
        self.page.value = self.owner.page()
