"""The bar of a running search, on stderr, so that outputs stay the same from run to run."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from nastutor.frontend import running_kernel
from nastutor.history import History

PATIENCE = 1.0  # seconds that a search may take before a bar appears by itself
UNITS = {"trials": "trials", "cost": "epochs", "seconds": "s"}


class Progress:
    """A tqdm bar where somebody can see it: a terminal or a notebook, unless `show` says otherwise.

    limits  of the search: the bar counts trials up to their limit; without one cost up to its limit, or else seconds
    """

    def __init__(self, limits: Any, show: bool | None = None) -> None:
        self.bar: Any = None
        self.kind = next(name for name in UNITS if getattr(limits, name) is not None)
        self.total = getattr(limits, self.kind)
        self.delay = PATIENCE if show is None else 0.0
        self.show = (sys.stderr.isatty() or running_kernel() is not None) if show is None else show
        self.seen, self.failed, self.cost, self.best = 0, 0, 0.0, float("inf")

    def __enter__(self) -> Progress:
        if self.show:
            words = {"total": self.total, "desc": "search", "unit": f" {UNITS[self.kind]}", "leave": False, "delay": self.delay}
            self.bar = _bar()(file=sys.stderr, **words)
        return self

    def update(self, history: History) -> None:
        if self.bar is None:
            return
        for record in history[self.seen :]:
            self.cost += record.result.cost
            self.failed += record.result.status == "failed"
            if record.result.status == "ok":
                self.best = min(self.best, record.error)
        self.seen = len(history)
        words = f"best error {self.best:.4f}" + (f", {self.failed} failed" if self.failed else "")
        self.bar.set_postfix_str(words, refresh=False)
        # the last trials may end beyond the limit, and a bar beyond its end loses its shape
        self.bar.update(min(self._done(history), self.total) - self.bar.n)

    def _done(self, history: History) -> int:
        """How far the search is; whole epochs and seconds are enough for an eye."""
        return {"trials": len(history), "cost": int(self.cost), "seconds": int(history[-1].finished) if history else 0}[self.kind]

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def _bar() -> Any:
    """tqdm's bar; in a notebook the one made of widgets, which leaves nothing behind (text on stderr leaves a red box)."""
    if running_kernel() is not None and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm
    return tqdm
