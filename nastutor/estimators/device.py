"""Where a network is trained, and with what arithmetic: devices by name, threads, mixed precision."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

PRECISIONS = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def devices() -> tuple[str, ...]:
    """The names that `device` may take on this machine."""
    cuda = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return ("auto", "cpu", *(["cuda", *cuda] if cuda else []), *mps)


def resolve_device(device: str) -> str:
    """`device`, or for "auto" the best there is."""
    allowed = devices()
    if device not in allowed:
        raise ValueError(f"`device` is {device!r}; allowed on this machine are {', '.join(allowed)}")
    if device != "auto":
        return device
    return "cuda" if "cuda" in allowed else "mps" if "mps" in allowed else "cpu"


def resolve_precision(amp: bool | str, device: str) -> str | None:
    """The type of mixed precision, or None for float32 throughout; only GPUs have tensor cores to gain from it."""
    if amp is False:
        return None
    name = "float16" if amp is True else amp
    if name not in PRECISIONS:
        raise ValueError(f"`amp` is {amp!r}; allowed are False, True (float16) and {', '.join(PRECISIONS)}")
    if not device.startswith("cuda"):
        raise ValueError(f"`amp` is {amp!r} and `device` {device!r}; mixed precision is for CUDA devices, allowed here is False")
    return name


@dataclass
class _InForce:
    """The settings of this process that trainings in other threads are using now."""

    threads: int = 0
    users: int = 0
    before: tuple[int, bool, bool] = (1, False, False)


_gate, _in_force = threading.Condition(), _InForce()


@contextmanager
def numerics(threads: int) -> Iterator[None]:
    """Runs its body with this number of threads and deterministic kernels, and leaves the process as it was.

    torch keeps both per process, so trainings in several Python threads share them: those that want the same number run side by side,
    one that wants another waits, and the last to leave restores what the first has found (OpenMP's own count of a thread that left before
    stays what it was set to: only that thread could change it, and that would disturb the others).
    """
    with _gate:
        while _in_force.users and _in_force.threads != threads:
            _gate.wait()
        if not _in_force.users:
            cudnn = torch.backends.cudnn
            _in_force.before = (torch.get_num_threads(), cudnn.deterministic, cudnn.benchmark)
            _in_force.threads, cudnn.deterministic, cudnn.benchmark = threads, True, False
        _in_force.users += 1
        torch.set_num_threads(threads)  # OpenMP counts per calling thread: each one has to say it
    try:
        yield
    finally:
        with _gate:
            _in_force.users -= 1
            if not _in_force.users:
                count, torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = _in_force.before
                torch.set_num_threads(count)
                _gate.notify_all()


@contextmanager
def kept_memory() -> Iterator[None]:
    """Runs its body with freed memory kept for the next step, where the C library is glibc; elsewhere it changes nothing.

    glibc gives large blocks back to the system when they are freed and asks for them again a moment later. Where each step of a training
    needs 100 MB and more, that takes a third of its time. Afterwards the limits are the highest that glibc takes by itself.
    """
    keep, low, high = _glibc(), 32 << 20, 2**31 - 1
    if keep is None:
        yield
        return
    keep.mallopt(_MMAP_THRESHOLD, low), keep.mallopt(_TRIM_THRESHOLD, high)
    try:
        yield
    finally:
        keep.mallopt(_TRIM_THRESHOLD, 2 * low)
        keep.malloc_trim(0)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h


def _glibc() -> Any:
    """The C library, if it has glibc's switches."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") and hasattr(library, "gnu_get_libc_version") else None
