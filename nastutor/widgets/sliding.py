"""What the panels of searches that one steps through have in common: a slider over their moments, and controls that begin the search anew."""

from __future__ import annotations

from typing import Any

from nastutor.widgets.panel import card


class SlidingPanel:
    """A slider over moments, and others beside it; subclasses make them, call this, and say what a changed one does in `restart`.

    owner   has `at`, `go(at)` and `page()`
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

    def restart(self) -> None:
        """Begins the owner's search anew, as the other controls say."""
        raise TypeError(f"{type(self).__name__} does not say what its controls do: define restart")

    def last(self) -> int:
        """The largest moment."""
        return len(self.owner.history)

    def _changed(self, change: Any) -> None:
        if self.updating:
            return
        if change["owner"] is self.at:
            self.owner.go(self.at.value)
        else:
            self.restart()
            self.updating = True  # the slider that is set here must not answer
            self.at.max = self.last()
            self.at.value = self.owner.at
            self.updating = False
        self.page.value = self.owner.page()
