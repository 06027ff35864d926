"""Which tables a claim can be tested on: what a table must have, in words, and what it has instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nastutor.comparing.agreement import smaller_budgets

ASKED = ("archs", "network", "networks", "runs", "trained", "column", "rows", "best", "final")  # of a table, by a claim


class Need(NamedTuple):
    """What a table must have, and `lack`: table -> what it has instead, or "" where it has it."""

    says: str
    lack: Callable[[Any], str]


def _settings(table: Any) -> str:
    return "its space decides on settings of the training as well" if hasattr(table.space, "training") else ""


def _runs(table: Any) -> str:
    return f"it has {table.runs} run of each network" if table.runs < 2 else ""


def networks(least: int, why: str) -> Need:
    return Need(f"{least} different networks or more ({why})", lambda table: f"it has {table.networks}" if table.networks < least else "")


def budgets(least: int) -> Need:
    def lack(table: Any) -> str:
        count = len(smaller_budgets(table))
        return f"it was trained for {', '.join(map(str, table.trained))} epochs, which leaves {count} to compare" if count < least else ""

    return Need(f"{least} budget{'s' * (least > 1)} or more below the largest (trained for, or on the way to a single one)", lack)


ARCHITECTURES = Need("a space of architectures alone", _settings)
RUNS = Need("two runs or more of each network", _runs)


def not_a_table(table: Any) -> str:
    """Why `table` is none that a claim can read; "" where it is one."""
    missing = [name for name in ("space", *ASKED) if not hasattr(table, name)]
    if missing:
        return f"`table` is {type(table).__name__}, without {', '.join(missing)}; allowed are a Table, its name or its path"
    if table.seed != "mean" or table.default_budget != table.trained[-1]:
        told = f"seed={table.seed!r}, budget={table.default_budget}"
        return f"`table` was opened with {told}; allowed are the defaults: which runs and budgets count is stated in the claim's test"
    return ""
