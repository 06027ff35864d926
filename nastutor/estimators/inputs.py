"""Checks of what an estimator is given: each refusal names the argument, the value and what is allowed."""

from __future__ import annotations

import math
from typing import Any


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
    """Refuses a task whose images are not those that it announces."""
    lacking = [name for name in ("shape", "classes", "train", "valid", "test") if not hasattr(task, name)]
    if lacking:
        raise TypeError(f"`task` is {task!r}, which lacks {', '.join(lacking)}; nt.tasks.digits() is one, nt.tasks.from_arrays(...) makes one of yours (chapter 2)")
    shape = tuple(task.shape)
    for name in ("train", "valid", "test"):
        x, y = getattr(task, name).x, getattr(task, name).y
        if tuple(x.shape[1:]) != shape or str(x.dtype) != "float32":
            raise ValueError(f"`task`: images of {name} are {x.dtype} {tuple(x.shape)}; with shape={shape} allowed is float32 (N, {', '.join(map(str, shape))})")
        if len(x) < 2 or tuple(y.shape) != (len(x),) or str(y.dtype) != "int64":
            raise ValueError(f"`task`: labels of {name} are {y.dtype} {tuple(y.shape)} for {len(x)} images; allowed is one int64 for each, and 2 images or more")
        if y.min() < 0 or y.max() >= task.classes:
            raise ValueError(f"`task`: labels of {name} go from {y.min()} to {y.max()}; with classes={task.classes} allowed are 0 to {task.classes - 1}")
