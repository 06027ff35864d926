"""What the GPU is doing, where there is one and this process uses it."""

from __future__ import annotations

import sys
from typing import Any


def gpu_usage() -> str | None:
    """Such as "63 % busy, 2.1 of 79.6 GB"; None without a GPU, and until torch has started to use it. Loads nothing.

    On Apple's GPUs, which tell no utilisation: the memory that this process holds, of what Metal recommends as the most.
    """
    torch = sys.modules.get("torch")
    return _cuda(getattr(torch, "cuda", None)) or _mps(torch)


def _cuda(cuda: Any) -> str | None:
    if cuda is None or not cuda.is_available() or not cuda.is_initialized():
        return None
    free, total = cuda.mem_get_info()
    memory = _of(total - free, total)
    try:
        return f"{cuda.utilization()} % busy, {memory}"
    except (ImportError, RuntimeError):  # it asks NVML, through a package of its own that need not be there
        return memory


def _mps(torch: Any) -> str | None:
    backends: Any = getattr(torch, "backends", None)
    mps: Any = getattr(torch, "mps", None)
    if mps is None or not hasattr(backends, "mps") or not backends.mps.is_available() or not mps.current_allocated_memory():
        return None
    return _of(mps.driver_allocated_memory(), mps.recommended_max_memory())


def _of(used: float, total: float) -> str:
    return f"{used / 1e9:.1f} of {total / 1e9:.1f} GB"
