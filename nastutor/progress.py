"""The bar of a running search, on stderr, so that outputs stay the same from run to run."""

from __future__ import annotations

import sys
from typing import Any

from nastutor.history import History


class Progress:
    """A tqdm bar where somebody can see it: a terminal or a notebook, unless `show` says otherwise.

    limits  of the search: the bar counts trials, or else cost, or else seconds
    """

    def __init__(self, limits: Any, show: bool | None = None) -> None:
        self.bar: Any = None
        self.limits = limits
        self.show = (sys.stderr.isatty() or _in_a_notebook()) if show is None else show
        self.seen, self.failed, self.best = 0, 0, float("inf")

    def __enter__(self) -> Progress:
        if self.show:
            from tqdm import tqdm

            self.bar = tqdm(total=self.limits.trials, desc="search", unit=" trials", file=sys.stderr, leave=False)
        return self

    def update(self, history: History) -> None:
        if self.bar is None:
            return
        for record in history[self.seen :]:
            self.failed += record.result.status == "failed"
            if record.result.status == "ok":
                self.best = min(self.best, record.error)
        words = f"best error {self.best:.4f}" + (f", {self.failed} failed" if self.failed else "")
        self.bar.set_postfix_str(words, refresh=False)
        self.bar.update(len(history) - self.seen)
        self.seen = len(history)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def _in_a_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None
