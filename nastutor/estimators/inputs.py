"""Checks of what an estimator is given: each refusal names the argument, the value and what is allowed."""

from __future__ import annotations

import math
from typing import Any

from nastutor.tasks.base import Task


def whole(name: str, value: Any, least: int = 1) -> int:
    """A whole number from `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"`{name}` is {value!r}; allowed are whole numbers from {least}")
    return value


def positive(name: str, value: Any, zero: bool = False) -> float:
    """A finite number above 0, or from 0."""
    ok = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and (value > 0 or (zero and value == 0))
    if not ok:
        raise ValueError(f"`{name}` is {value!r}; allowed are numbers {'from' if zero else 'above'} 0")
    return float(value)


def share(name: str, value: Any) -> float:
    """A number from 0 to below 1."""
    if positive(name, value, zero=True) >= 1:
        raise ValueError(f"`{name}` is {value!r}; allowed are numbers from 0 to below 1")
    return float(value)


def check_task(task: Any) -> None:
    """Refuses what is no Task (which checks its own shapes and labels), and one that there is nothing to learn from."""
    if not isinstance(task, Task):
        raise TypeError(
            f"`task` is a {type(task).__name__}; it must be a Task: nt.tasks.digits(), or nt.tasks.from_arrays(...) for images of yours (chapter 2)"
        )
    if len(task.train) < 2:
        raise ValueError(f"`task` is {task!r}; training needs 2 images or more")
