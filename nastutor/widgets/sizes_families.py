"""How many cells there are: each family of spaces with its formula, its settings and the size that was published."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nastutor import spaces
from nastutor.spaces.cell import OPS as CELL_OPS
from nastutor.spaces.darts import DARTS_OPS
from nastutor.spaces.nasnet import AMOEBANET_OPS, ENAS_OPS, NASNET_OPS, PNAS_OPS


@dataclass(frozen=True)
class Family:
    """A space with two knobs.

    step       what the first one counts
    make       (steps, operations) -> the space
    cells      how many cells an architecture of the space has: 2 where a normal and a reduction cell are chosen
    least, most  of the first one
    ops        the largest number of operations; the space takes the first so many of its list
    fixed_ops  whether they cannot be changed
    formula    of the number of cells, with n for the steps and k for the operations
    published  (steps, operations) of the paper
    different  how many different networks its architectures are, where that has been counted
    """

    step: str
    make: Callable[[int, int], Any]
    cells: int
    least: int
    most: int
    ops: int
    formula: str
    published: tuple[int, int]
    fixed_ops: bool = False
    different: int | None = None


FAMILIES = {
    "NASNet": Family("blocks", lambda n, k: spaces.NASNetSpace(n, NASNET_OPS[:k]), 2, 1, 7, 13, "∏ (b+1)² · k² · 2, b = 1 … n", (5, 13)),
    "AmoebaNet": Family("blocks", lambda n, k: spaces.AmoebaNetSpace(n, AMOEBANET_OPS[:k]), 2, 1, 7, 8, "∏ (b+1)² · k², b = 1 … n", (5, 8)),
    "PNAS": Family("blocks", lambda n, k: spaces.PNASSpace(n, PNAS_OPS[:k]), 1, 1, 7, 8, "∏ (b+1)² · k², b = 1 … n", (5, 8)),
    "ENAS micro": Family("blocks", lambda n, k: spaces.ENASMicroSpace(n, ENAS_OPS[:k]), 2, 1, 7, 5, "∏ (b+1)² · k², b = 1 … n", (5, 5)),
    "DARTS": Family("nodes", lambda n, k: spaces.DARTSSpace(n, DARTS_OPS[:k]), 2, 1, 7, 7, "∏ (b+1) b / 2 · k², b = 1 … n", (4, 7)),
    "NAS-Bench-201": Family("nodes", lambda n, k: spaces.CellSpace(n, CELL_OPS[:k]), 1, 2, 6, 5, "k to the power n (n–1) / 2", (4, 5), different=5_044),
    "NAS-Bench-101": Family(
        "vertices",
        lambda n, _: spaces.NASBench101(n),
        1,
        2,
        7,
        3,
        "no closed form: graphs of at most 9 edges, counted one by one, times 3^(n–2)",
        (7, 3),
        True,
        423_624,
    ),
    "BlockQNN": Family(
        "layers", lambda n, _: spaces.BlockQNNSpace(n), 1, 2, 23, 7, "∑ ∏ (i² + 7i), i = 1 … m, over blocks of m = 1 … n–1 layers", (23, 7), True
    ),
}


@lru_cache(maxsize=4096)
def size(family: str, steps: int, ops: int) -> int:
    """Exact: what the space itself says.

    >>> size("DARTS", 4, 7) == (180 * 49**4) ** 2, size("NAS-Bench-201", 4, 5)
    (True, 15625)
    """
    return int(FAMILIES[family].make(steps, ops).size)


def cells(family: str, steps: int, ops: int) -> int:
    """How many different codes one cell has: where a space chooses two, the root of its size.

    >>> cells("DARTS", 4, 7) == 180 * 49**4, cells("PNAS", 1, 8)
    (True, 256)
    """
    whole = size(family, steps, ops)
    return math.isqrt(whole) if FAMILIES[family].cells == 2 else whole


def said(number: int) -> str:
    """A size in a few letters: all digits up to a thousand millions, then as a power.

    >>> said(15625), said(1_077_189_494_400_000_000)
    ('15,625', '1.08·10^18')
    """
    if number < 10**9:
        return f"{number:,}"
    power = len(str(number)) - 1
    return f"{number / 10**power:.2f}·10^{power}" if power < 300 else f"10^{math.log10(number):.1f}"
