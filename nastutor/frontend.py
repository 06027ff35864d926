"""Who is looking: a notebook, or a terminal."""

from __future__ import annotations

import sys
from typing import Any


def running_kernel() -> Any:
    """The notebook kernel that this code runs in, or None: a terminal, a script, a test."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else getattr(ipython.get_ipython(), "kernel", None)
