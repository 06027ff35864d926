"""The one knob: how much to compute. It sets defaults and never changes what was asked for explicitly."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

SCALES = ("smoke", "cpu", "gpu", "paper")  # from the smallest to the largest


def scale(**values: Any) -> Any:
    """The scale in force, or the one of `values` that belongs to it.

    The scale is read from NASTUTOR_SCALE at each call; unset, it is `gpu` where there is one, else `cpu`.
    With values, a scale that is not given takes that of the next smaller one.

    >>> epochs = scale(smoke=1, cpu=12, gpu=50)
    """
    now = os.environ.get("NASTUTOR_SCALE") or ("gpu" if _has_gpu() else "cpu")
    if now not in SCALES:
        raise ValueError(f"`NASTUTOR_SCALE` is {now!r}; allowed are {', '.join(SCALES)}")
    if not values:
        return now
    if unknown := set(values) - set(SCALES):
        raise ValueError(f"`scale` got {sorted(unknown)}; allowed are {', '.join(SCALES)}")
    for name in reversed(SCALES[: SCALES.index(now) + 1]):
        if name in values:
            return values[name]
    raise ValueError(f"`scale` got values for {sorted(values)} and the scale is {now!r}: give one for `smoke`, the smallest")


def _has_gpu() -> bool:
    """Asks torch only where a driver is to be seen, so that a table search never imports it."""
    if not (shutil.which("nvidia-smi") or Path("/proc/driver/nvidia/version").exists()):
        return False
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()
