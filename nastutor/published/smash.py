"""SMASH (Brock et al. 2018): the options of its space, `MemoryBankSpace(**SMASH)`, by the defaults of ajbrock/SMASH, train.py; it prints no network."""

from typing import Any

SMASH: dict[str, Any] = {"channels": 8, "largest": 64, "depth": 12, "width": 4, "groups": (1, 2, 4, 8)}
