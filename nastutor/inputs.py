"""Checks of arguments: each refusal names the argument, the value received and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def is_whole(value: Any, least: float = -math.inf) -> bool:
    """Whether `value` is a whole number from `least`; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_number(value: Any) -> bool:
    """Whether `value` is a finite int or float; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def whole(name: str, value: Any, least: int = 1) -> int:
    """A whole number from `least`."""
    require(name, value, lambda v: is_whole(v, least), f"whole numbers from {least}")
    return value  # type: ignore[no-any-return]


def positive(name: str, value: Any, zero: bool = False) -> float:
    """A finite number above 0, or from 0."""
    require(name, value, lambda v: is_number(v) and (v > 0 or (zero and v == 0)), f"numbers {'from' if zero else 'above'} 0")
    return float(value)


def share(name: str, value: Any) -> float:
    """A number from 0 to below 1."""
    require(name, value, lambda v: is_number(v) and 0 <= v < 1, "numbers from 0 to below 1")
    return float(value)


def require(name: str, value: Any, good: Callable[[Any], Any], allowed: str) -> None:
    """Raises ValueError where `good(value)` is false, or fails because the value is of no fitting type.

    >>> require("sample", 25, lambda sample: 1 <= sample <= 100, "numbers from 1 to the `population` of 100")
    """
    try:
        fits = bool(good(value)) and not isinstance(value, bool)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(f"`{name}` is {value!r}; allowed are {allowed}")
