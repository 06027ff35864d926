"""The quick-facts box of a chapter: what the code says about a method, as a table."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from nastutor.sources import Source


@dataclass(frozen=True)
class Facts:
    """A table that a notebook shows as Markdown and a terminal as text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def _repr_markdown_(self) -> str:
        lines = [self.head, tuple("---" for _ in self.head), *self.rows]
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

    def __repr__(self) -> str:
        widths = [max(len(line[i]) for line in (self.head, *self.rows)) for i in range(len(self.head))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in (self.head, *self.rows))


def quick_facts(*strategies: Any) -> Facts:
    """One row a strategy: its idea, what it asks of the space and the estimator, its settings, its length."""
    head = ("strategy", "the idea", "needs of the space", "wants of the estimator", "settings", "lines")
    return Facts(head, tuple(_row(strategy) for strategy in strategies))


def _row(strategy: Any) -> tuple[str, ...]:
    idea = (inspect.getdoc(strategy) or "").strip().splitlines()[0]
    settings = [f"`{name}={p.default!r}`" for name, p in inspect.signature(strategy).parameters.items() if p.default is not p.empty and name != "seed"]
    names = [", ".join(f"`{name}`" for name in parts) or "nothing" for parts in (strategy.needs, strategy.wants or ("error",))]
    return strategy.__name__, idea, *names, ", ".join(settings) or "none", str(Source.of(strategy, docstring=False).lines)
