"""What a space says of a task whose inputs its networks cannot take: which images, and which strides and kernels on the maps that are left of them."""

from __future__ import annotations

from typing import Any


def check_images(task: Any, space: Any, given: tuple[str, ...] = (), *, multiple: int = 1, least: int = 1, why: str = "") -> None:
    """Refuses a task whose inputs are not images (C, H, W) of a size that the networks of `space` take.

    given     the settings of the space that ask for the size, by name
    multiple  H and W must be divisible by it
    least     H and W must be at least so many pixels
    why       what in the network asks for it, and what to do

    Every stride s has to find a map of s rows and columns or more, so an image has at least 2^n pixels a side where n layers halve it.
    """
    if len(task.shape) == 3 and all(size >= least and size % multiple == 0 for size in task.shape[1:]):
        return
    settings = " and ".join(f"`{name}`={getattr(space, name)!r}" for name in given)
    size = f" with H and W divisible by {multiple}" * (multiple > 1) + f" with H and W of at least {least} pixels" * (least > 1)
    raise ValueError(
        f"`task` {task.name!r} has inputs of {task.shape}; `{type(space).__name__}`{f' with {settings}' if given else ''} takes images (C, H, W){size}"
        + (f": {why}" if why else "")
    )


def check_fits(what: str, value: int, side: int, task: Any, size: tuple[int, int], *, padded: bool = False, hint: str = "") -> None:
    """Refuses a stride or a kernel that is too large for the map on which it has come to stand.

    A stride, and a kernel without padding, are at most the map's side. A kernel padded with half its size keeps the map, and may be larger: 3x3 on
    1x1, as in the coarsest places of a fabric (Saxena & Verbeek 2016), 5x5 on 2x2. It is refused where there would be more zeros than image
    on either side of a pixel, half the kernel being larger than the map.

    what    `decision 'down2'`, or the setting, that says so
    side    of the map in its direction, out of `size` (H, W)
    padded  a kernel with half its size of padding
    """
    most = 2 * side + 1 if padded else side
    if value > most:
        raise ValueError(
            f"{what} is {value}, but the image of `task` {task.name!r} {task.shape} has come down to {'x'.join(map(str, size))}; "
            f"allowed is at most {most}{hint and ': ' + hint}"
        )
