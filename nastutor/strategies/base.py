"""What strategies share: refusing an argument in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def require(name: str, value: Any, good: Callable[[Any], Any], allowed: str) -> None:
    """Raises ValueError where `good(value)` is false, or fails because the value is of no fitting type.

    >>> require("decay", 0.9, lambda decay: 0 <= decay < 1, "numbers from 0 to below 1")
    """
    try:
        fits = bool(good(value)) and not isinstance(value, bool)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(f"`{name}` is {value!r}; allowed are {allowed}")


def whole(least: int) -> Callable[[Any], bool]:
    """The test for a whole number from `least`."""
    return lambda value: isinstance(value, int) and value >= least
