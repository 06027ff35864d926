"""What a space says of a task whose inputs its networks cannot take."""

from __future__ import annotations

from typing import Any


def check_images(task: Any, space: Any, given: tuple[str, ...] = (), *, multiple: int = 1, least: int = 1, why: str = "") -> None:
    """Refuses a task whose inputs are not images (C, H, W) of a size that the networks of `space` take.

    given     the settings of the space that ask for the size, by name
    multiple  H and W must be divisible by it
    least     H and W must be at least so many pixels
    why       what in the network asks for it, and what to do

    Networks that halve by convolutions with a stride take images of any size, as these leave out no row and no column and end at one pixel.
    """
    if len(task.shape) == 3 and all(size >= least and size % multiple == 0 for size in task.shape[1:]):
        return
    settings = " and ".join(f"`{name}`={getattr(space, name)!r}" for name in given)
    size = f" with H and W divisible by {multiple}" * (multiple > 1) + f" with H and W of at least {least} pixels" * (least > 1)
    raise ValueError(
        f"`task` {task.name!r} has inputs of {task.shape}; `{type(space).__name__}`{f' with {settings}' if given else ''} takes images (C, H, W){size}"
        + (f": {why}" if why else "")
    )
