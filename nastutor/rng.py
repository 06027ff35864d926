"""Seeds and generators. Every random thing takes its own; the global ones are never touched."""

from __future__ import annotations

import json
import random
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    import torch


def child_seed(seed: int, *key: object) -> int:
    """A 32-bit seed for the thing called `key`, the same on every machine (crc32 of the JSON of both).

    >>> child_seed(0, "shuffle", 3) == child_seed(0, "shuffle", 3) != child_seed(1, "shuffle", 3)
    True
    """
    return zlib.crc32(json.dumps([seed, *key]).encode())


def python_rng(seed: int, *key: object) -> random.Random:
    """A generator of Python's `random`, of its own."""
    return random.Random(child_seed(seed, *key))


def numpy_rng(seed: int, *key: object) -> numpy.random.Generator:
    """A generator of numpy, of its own."""
    import numpy

    return numpy.random.default_rng(child_seed(seed, *key))


def torch_rng(seed: int, *key: object, device: str = "cpu") -> torch.Generator:
    """A generator of torch, of its own, on `device`."""
    import torch

    return torch.Generator(device).manual_seed(child_seed(seed, *key))


def as_rng(rng: random.Random | int) -> random.Random:
    """A generator as it is; an int as the seed of a new one."""
    if isinstance(rng, random.Random):
        return rng
    if isinstance(rng, int) and not isinstance(rng, bool):
        return random.Random(rng)
    raise TypeError(f"`rng` must be a random.Random or an int seed, got {rng!r}")
