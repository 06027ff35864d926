"""What the GPU is doing, where there is one and this process uses it."""

from __future__ import annotations

import sys
from typing import Any


def gpu_usage() -> str | None:
    """Such as "63 % busy, 2.1 of 79.6 GB"; None without a GPU, and until torch has started to use it. Loads nothing."""
    cuda: Any = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_available() or not cuda.is_initialized():
        return None
    free, total = cuda.mem_get_info()
    memory = f"{(total - free) / 1e9:.1f} of {total / 1e9:.1f} GB"
    try:
        return f"{cuda.utilization()} % busy, {memory}"
    except (ImportError, RuntimeError):  # it asks NVML, through a package of its own that need not be there
        return memory
