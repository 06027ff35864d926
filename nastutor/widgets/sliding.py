"""What the searches that one steps through have in common: a slider over their moments, controls that begin anew, and both show what a programme has set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nastutor.widgets.panel import card
from nastutor.widgets.shown import Shown


class Stepped(Shown):
    """Has `at`, `go(at)` and what begins its search anew; each of these ends with `moved()`."""

    panels: tuple[SlidingPanel, ...] = ()

    def moved(self) -> None:
        """Brings the controls into step, whoever has moved it."""
        for panel in self.panels:
            panel.follow()


class SlidingPanel:
    """A slider over moments, and others beside it; subclasses make them, call this, and say in `restart` and `settings` what they are for.

    owner   what one steps through
    at      the slider over moments
    others  that restart the search with other settings, all of which are looked at
    shown   whether the others are to be seen
    """

    def __init__(self, owner: Any, at: Any, *others: Any, shown: bool = True) -> None:
        import ipywidgets as w

        self.owner, self.at, self.updating = owner, at, False
        self.page = w.HTML(layout=w.Layout(margin="0", width="100%"))
        for control in (at, *others):
            control.observe(self._changed, names="value")
        row = w.HBox([at, *(others if shown else ())], layout=w.Layout(flex_flow="row wrap", width="100%"))
        self.box = card([row, self.page])
        self.page.value = owner.page()
        owner.panels = (*owner.panels, self)

    def restart(self) -> None:
        """Begins the owner's search anew, as the other controls say."""
        raise TypeError(f"{type(self).__name__} does not say what its controls do: define restart")

    def settings(self) -> list[tuple[Any, Any]]:
        """Each of the other controls, and what it is to show."""
        raise TypeError(f"{type(self).__name__} does not say what its controls show: define settings")

    def last(self) -> int:
        """The largest moment."""
        return len(self.owner.history)

    def follow(self) -> None:
        """Shows where the owner stands."""
        self.updating = True  # what is set here must not answer
        self.at.max = self.last()
        self.at.value = self.owner.at
        for control, value in self.settings():
            _make_room(control, value)
            control.value = value
        self.updating = False
        self.page.value = self.owner.page()

    def _changed(self, change: Any) -> None:
        if self.updating:
            return
        if change["owner"] is self.at:
            self.owner.go(self.at.value)
        else:
            self.restart()


def stops(values: Iterable[float]) -> list[tuple[str, float]]:
    """Options of a slider over some numbers, the least first.

    >>> stops([2.0, 0.25, 2])
    [('0.25', 0.25), ('2', 2.0)]
    """
    return [(f"{value:g}", value) for value in sorted(set(values))]


def _make_room(control: Any, value: Any) -> None:
    """A slider that has not the value yet takes it in."""
    import ipywidgets as w

    if isinstance(control, w.SelectionSlider):
        known = [each for _, each in control.options]
        if value not in known:
            control.options = stops([*known, value])
    elif isinstance(control, w.IntSlider):
        control.max = max(control.max, value)
