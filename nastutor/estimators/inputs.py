"""Checks of what an estimator is given: each refusal names the argument, the value and what is allowed."""

from __future__ import annotations

from typing import Any

from nastutor.tasks.base import Task


def check_task(task: Any) -> None:
    """Refuses what is no Task (which checks its own shapes and labels), and one that there is nothing to learn from."""
    if not isinstance(task, Task):
        raise TypeError(f"`task` is a {type(task).__name__}; it must be a Task: nt.tasks.digits(), or nt.tasks.from_arrays(...) for images of yours")
    if len(task.train) < 2:
        raise ValueError(f"`task` is {task!r}; training needs 2 images or more")
