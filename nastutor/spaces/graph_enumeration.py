"""All graphs of NAS-Bench-101, and which are the same up to the order of their vertices: exact, in arrays, without hashing.

A graph of V vertices is two numbers. Its *mask* has bit i + j (j - 1) / 2 for each edge i -> j (the layout of the benchmark's own generator,
Ying et al. 2019, generate_graphs.py). Its *code* spells the operations of the interior vertices in base 3, vertex 1 first. Vertices that are
not on a way from input to output are dead. Of all graphs that differ in the order of their vertices and in dead parts, the one with the least
mask, and then the least code, is canonical: its dead vertices have no edges and stand last. The benchmark stores the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from nastutor.spaces.graph_forms import PUBLISHED

MOST_VERTICES, MOST_EDGES = 7, 9  # the benchmark's limits
IMPOSSIBLE = 2.0**40  # larger than every mask: the mark of an edge that would run backwards

Ints = NDArray[np.int64]


def pairs(vertices: int) -> list[tuple[int, int]]:
    """(i, j) for each possible edge i -> j, by the bit that it has in a mask."""
    return [(i, j) for j in range(1, vertices) for i in range(j)]


@dataclass(frozen=True, eq=False)
class Graphs:
    """The G labelled graphs with so many vertices and edges in which the input reaches the output; R of them have no dead edges.

    mask   (G,) in rising order
    row    (G,) which of the R graphs is left without dead edges
    least  (R,) the mask of its canonical graph
    code   (R, 3^(V - 2)) operations as given -> operations of the canonical graph
    """

    mask: NDArray[np.int32]
    row: NDArray[np.int32]
    least: NDArray[np.int32]
    code: NDArray[np.uint8]

    def canonical(self, mask: Ints, code: Ints) -> tuple[Ints, Ints]:
        """(masks, codes) of the canonical graphs, each (N,); KeyError with the first mask that is none of these."""
        place = np.minimum(self.mask.searchsorted(mask.astype(np.int32)), len(self.mask) - 1)
        if (unknown := np.flatnonzero(self.mask[place] != mask)).size:
            raise KeyError(int(mask[unknown[0]]))
        row = self.row[place]
        return self.least[row].astype(np.int64), self.code[row, code].astype(np.int64)

    def first(self, mask: int, code: int) -> tuple[int, int]:
        """The same for one graph."""
        row = self.row[self._place(mask)]
        return int(self.least[row]), int(self.code[row, code])

    def holds(self, mask: int) -> bool:
        """Whether there is a graph with this mask."""
        return 0 < mask <= self.mask[-1] and bool(self.mask[self._place(mask)] == mask)

    def _place(self, mask: int) -> int:
        return int(self.mask.searchsorted(np.int32(mask)))  # of the array's own type, or all of it would be converted

    def unique(self) -> tuple[Ints, Ints]:
        """(masks, codes) of all canonical graphs, each (U,), by mask and then by code."""
        own = np.unique(self.least)
        row = self.row[self.mask.searchsorted(own)]
        which, code = np.nonzero(self.code[row] == np.arange(self.code.shape[1]))
        return own[which].astype(np.int64), code


@lru_cache(maxsize=8)
def graphs(vertices: int, edges: int) -> Graphs:
    """All graphs of at most `edges` edges, dead ones included."""
    mask = _masks(vertices, edges)
    live = _live(mask, vertices)
    mask, live = mask[live > 0], live[live > 0]
    kept, row = np.unique(mask & _within(vertices)[live], return_inverse=True)
    live = live[np.searchsorted(mask, kept)]
    least, orders = _least(kept, vertices)
    return Graphs(mask, row.astype(np.int32), least, _codes(orders, live, vertices))


def _masks(vertices: int, edges: int) -> NDArray[np.int32]:
    """All masks of at most `edges` bits."""
    bits = len(pairs(vertices))
    low, high = (np.array([number.bit_count() for number in range(2**part)]) for part in (bits // 2, bits - bits // 2))
    return np.flatnonzero(np.add.outer(high, low).ravel() <= edges).astype(np.int32)


def _live(mask: NDArray[np.int32], vertices: int) -> NDArray[np.int32]:
    """The vertices that lie on ways from input to output, as bits, (N,); 0 where there is no such way."""
    into = [(mask >> (j * (j - 1) // 2)) & (2**j - 1) for j in range(vertices)]  # the predecessors of each vertex, as bits
    reached, reaching = np.ones_like(mask), np.full_like(mask, 2 ** (vertices - 1))
    for j in range(1, vertices):
        reached |= ((into[j] & reached) != 0).astype(np.int32) << j
    for j in range(vertices - 1, 0, -1):
        reaching |= np.where(reaching >> j & 1, into[j], 0)
    return np.where(reaching & 1, reached & reaching, 0)


def _within(vertices: int) -> NDArray[np.int32]:
    """The mask of all edges between the vertices of each set, (2^V,)."""
    sets = np.arange(2**vertices)
    return sum((((sets >> i) & (sets >> j) & 1) << bit for bit, (i, j) in enumerate(pairs(vertices))), np.zeros_like(sets)).astype(np.int32)


def _orders(vertices: int) -> list[tuple[int, ...]]:
    """Every order of the interior vertices: the new number of each vertex, input and output where they are."""
    return [(0, *order, vertices - 1) for order in permutations(range(1, vertices - 1))]


def _least(kept: NDArray[np.int32], vertices: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The least mask that any order gives, (R,), and which orders give it, (R, orders)."""
    weights = np.full((len(pairs(vertices)), len(_orders(vertices))), IMPOSSIBLE)
    for column, new in enumerate(_orders(vertices)):
        for bit, (i, j) in enumerate(pairs(vertices)):
            if new[i] < new[j]:
                weights[bit, column] = 2 ** (new[i] + new[j] * (new[j] - 1) // 2)
    present = (kept[:, None] >> np.arange(len(weights)) & 1).astype(np.float64)
    masks = present @ weights  # whole numbers far below 2^53: exact
    least = masks.min(axis=1)
    return least.astype(np.int32), masks == least[:, None]


def _codes(orders: NDArray[np.bool_], live: NDArray[np.int32], vertices: int) -> NDArray[np.uint8]:
    """The least code that the orders of each graph give, (R, 3^(V - 2)), with the first operation in dead vertices."""
    choices = len(PUBLISHED)
    ops = np.array(list(product(range(choices), repeat=vertices - 2)), dtype=np.int64).reshape(choices ** (vertices - 2), vertices - 2)
    weights = choices ** np.arange(vertices - 3, -1, -1)
    codes = np.full((len(orders), len(ops)), len(ops) - 1, dtype=np.uint8)
    for column, new in enumerate(_orders(vertices)):
        here = np.flatnonzero(orders[:, column])
        codes[here] = np.minimum(codes[here], (ops @ weights[np.array(new[1:-1], dtype=int) - 1]).astype(np.uint8))
    for vertex_set in np.unique(live):
        alive = vertex_set >> np.arange(1, vertices - 1) & 1
        here = np.flatnonzero(live == vertex_set)
        codes[here] = codes[here][:, (ops * alive) @ weights]
    return codes
