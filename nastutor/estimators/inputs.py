"""Checks of what an estimator is given: each refusal names the argument, the value and what is allowed."""

from __future__ import annotations

from inspect import signature
from typing import Any

from nastutor.inputs import positive
from nastutor.tasks.augmentation import Augment
from nastutor.tasks.base import Task


def check_task(task: Any) -> None:
    """Refuses what is no Task (which checks its own shapes and labels), and one that there is nothing to learn from."""
    if not isinstance(task, Task):
        raise TypeError(f"`task` is a {type(task).__name__}; it must be a Task: nt.tasks.digits(), or nt.tasks.from_arrays(...) for images of yours")
    if len(task.train) < 2:
        raise ValueError(f"`task` is {task!r}; training needs 2 images or more")


def check_auxiliary(space: Any, task: Any, weight: float) -> float:
    """The weight of an auxiliary head's loss, above 0 only where the networks of `space` have such a head on the images of `task`."""
    weight = positive("auxiliary", weight, zero=True)
    if weight:
        if "auxiliary" not in signature(_of_networks(space).graph).parameters:
            raise ValueError(f"`auxiliary` is {weight}; {space!r} has no auxiliary heads, allowed is 0 (nt.spaces.NASNetSpace and DARTSSpace have them)")
        space.graph(space.sample(0), task, auxiliary=True)  # which says what is wrong with the size of the images or the number of stages
    return weight


def check_scheduled_drop_path(space: Any, scheduled: bool) -> bool:
    """Whether drop-path is scheduled, which only makes a difference where `space` drops paths."""
    if not isinstance(scheduled, bool):
        raise ValueError(f"`scheduled_drop_path` is {scheduled!r}; allowed are True and False (how often is the `drop_path` of the space)")
    if scheduled and not getattr(_of_networks(space), "drop_path", 0.0):
        raise ValueError(f"`scheduled_drop_path` is True, and {space!r} drops no paths; pass a space with `drop_path`, such as DARTSSpace(drop_path=0.2)")
    return scheduled


def check_cutout(space: Any, task: Any, size: int | None) -> int | None:
    """The side of the square that is erased, smaller than the images of `task`; likewise all among which `space` decides."""
    decided = space.sites()["cutout"] if "cutout" in getattr(space, "beyond", ()) else ()
    for given in (*decided, *(() if size is None else (size,))):
        how = Augment(cutout=given)
        if how.cutout:
            how.check(task.shape)
    return size


def _of_networks(space: Any) -> Any:
    """The space of architectures inside a `JointSpace`."""
    return getattr(space, "space", space)
