"""What the spaces of multi-branch networks need of graphs: in how many ways layers can read each other, and the first order of the layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import comb
from typing import Any


def wirings(depth: int, merges: int = 1) -> int:
    """In how many ways `depth` layers and a classifier can read the image and each other.

    Each reads a set of earlier outputs, not an empty one, every output is read, and sets of two and more are merged in one of `merges` ways.
    With one merge these are the upper triangular matrices of zeros and ones without a zero row or column (OEIS A005321).

    >>> [wirings(depth) for depth in range(5)]
    [1, 2, 10, 122, 3346]
    """
    ways = {1: 1}  # how many outputs nobody has read so far -> in how many ways it comes to that
    for outputs in range(1, depth + 1):
        after: dict[int, int] = {}
        for unread, count in ways.items():
            for taken in range(unread + 1):
                left = unread - taken + 1
                after[left] = after.get(left, 0) + count * comb(unread, taken) * _sets(taken, outputs - unread, merges)
        ways = after
    return sum(count * _sets(unread, depth + 1 - unread, merges) for unread, count in ways.items())


def _sets(sure: int, free: int, merges: int) -> int:
    """The sets, with their merges, of `sure` given outputs and any of `free` others; the empty one is none."""
    if sure == 0:
        return merges * (2**free - 1 - free) + free
    return merges * 2**free - (merges - 1) * (sure == 1)


class Layers:
    """Layers that read each other, to be put in order. Layer 0 is the image.

    reads  of each layer from 1 on, the outputs that it reads
    keys   of each layer from 1 on, two parts: what its description begins and ends with; what it reads stands between them
    head   the outputs that the classifier reads, the end of the description
    """

    def __init__(self, reads: Sequence[Sequence[int]], keys: Sequence[tuple[Any, Any]], head: Sequence[int]) -> None:
        self.reads, self.keys, self.head = [frozenset(), *map(frozenset, reads)], [((), 0), *keys], frozenset(head)
        self.readers = [[reader for reader, sources in enumerate(self.reads) if layer in sources] for layer in range(len(self.reads))]

    def first_order(self) -> dict[int, int]:
        """Old number -> new number, in the order whose description is the first of all in which a layer comes after what it reads.

        What is read is described by a False or True for each earlier output, by its new number. Orders that are equal so far are followed
        side by side, unless the layers that make the difference are proven to be interchangeable.

        >>> Layers([(0,), (1,), (0,)], [((1,), 0), ((1,), 0), ((0,), 0)], (2, 3)).first_order()
        {0: 0, 3: 1, 1: 2, 2: 3}
        """
        orders = [{0: 0}]
        for _ in self.reads[1:]:
            codes = [(self._code(layer, new), layer, new) for new in orders for layer in self._ready(new)]
            least = min(code for code, _, _ in codes)
            kept: list[tuple[int, dict[int, int]]] = []
            for code, layer, new in codes:
                if code == least and not any(new is own and self._interchangeable(layer, other, new) for other, own in kept):
                    kept.append((layer, new))
            orders = [{**new, layer: len(new)} for layer, new in kept]
        return min(orders, key=lambda new: _bits(self.head, new))

    def _ready(self, new: Mapping[int, int]) -> list[int]:
        return [layer for layer, sources in enumerate(self.reads) if layer not in new and all(source in new for source in sources)]

    def _code(self, layer: int, new: Mapping[int, int]) -> tuple[Any, list[bool], Any]:
        before, behind = self.keys[layer]
        return before, _bits(self.reads[layer], new), behind

    def _interchangeable(self, one: int, other: int, new: Mapping[int, int]) -> bool:
        """Whether all that is not yet placed can be renamed so that `one` becomes `other` and everything stays as it is.

        Colours that depend on the neighbours' colours (Weisfeiler & Lehman 1968), in which one more layer is marked until all are
        different, propose a renaming; it is tried. True is proven, False may be too cautious.
        """
        a, b = (
            self._colours([(new.get(layer, -1), key, layer in self.head, layer == marked) for layer, key in enumerate(self.keys)]) for marked in (one, other)
        )
        while sorted(a) == sorted(b) and len(set(a)) < len(a):
            shared = next(colour for colour in a if a.count(colour) > 1)
            for colours in (a, b):
                colours[colours.index(shared)] = -1
            a, b = self._colours(a), self._colours(b)
        if sorted(a) != sorted(b):
            return False
        renamed = [b.index(colour) for colour in a]
        if renamed[one] != other or any(renamed[layer] != layer for layer in new) or {renamed[layer] for layer in self.head} != self.head:
            return False
        return all(self._same(layer, to, renamed) for layer, to in enumerate(renamed))

    def _same(self, layer: int, to: int, renamed: Sequence[int]) -> bool:
        return self.keys[layer] == self.keys[to] and {renamed[source] for source in self.reads[layer]} == self.reads[to]

    def _colours(self, colours: Sequence[Any]) -> list[int]:
        """Colour by own colour and those of what is read and of the readers, until that tells no more layers apart."""
        while True:
            seen = [
                (own, sorted(colours[source] for source in sources), sorted(colours[reader] for reader in readers))
                for own, sources, readers in zip(colours, self.reads, self.readers, strict=True)
            ]
            different = sorted({repr(one): one for one in seen}.values())
            refined = [different.index(one) for one in seen]
            if len(different) == len(set(colours)):
                return refined
            colours = refined


def _bits(sources: Iterable[int], new: Mapping[int, int]) -> list[bool]:
    numbers = {new[source] for source in sources}
    return [number in numbers for number in range(len(new))]
