"""Operators: what can be done to a network by name, as lists of edits; spaces choose among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from nastutor.edits.depth import AddPool, Deepen, RemoveLayer
from nastutor.edits.kinds import ChangeKernel, SwapLayer
from nastutor.edits.links import AddSkip, Branch, RemoveSkip, path_to
from nastutor.edits.network import CONVS, IMAGE, MERGES, OUTPUT, POOLS, WIDE, Network
from nastutor.edits.several import Several
from nastutor.edits.widths import Narrow, Widen
from nastutor.values import Edit


@dataclass(frozen=True)
class Reach:
    """How far operators go.

    kernels  of new convolutions, and of changed ones
    grow     a layer becomes so many times as wide
    shrink   which share of its channels a layer loses
    kinds    of new and swapped layers with weights
    pools    of new and swapped pools
    merges   of skips and branches
    longest  so many layers has a path that is copied at most
    """

    kernels: tuple[int, ...] = (3, 5)
    grow: tuple[float, ...] = (2.0,)
    shrink: tuple[float, ...] = (0.5,)
    kinds: tuple[str, ...] = ("conv", "sep")
    pools: tuple[str, ...] = ("max",)
    merges: tuple[str, ...] = MERGES
    longest: int = 2


Operator = Callable[[Network, Reach, Random], Iterator[Edit]]


def _wide(network: Network) -> list[tuple[int, int]]:
    """(number, width) of each layer that has a width."""
    return [(number, layer.width) for number in network.order if (layer := network.layers[number]).width is not None]


def widen(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """Each layer by each factor."""
    return (Widen(number, extra, _seed(rng)) for number, width in _wide(network) for extra in _more(width, reach))


def narrow(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """Each layer by each share."""
    return (Narrow(number, fewer, _seed(rng)) for number, width in _wide(network) for fewer in _less(width, reach))


def widen_many(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """All layers, and half of them drawn at random, by each factor (NASBOT's changes en masse: Kandasamy et al. 2018, Table 1)."""
    for number in range(len(reach.grow)):
        for chosen in _crowds(network, rng):
            yield Several(tuple(Widen(layer, _more(width, reach)[number], _seed(rng)) for layer, width in chosen))


def narrow_many(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """The same the other way, for layers that can be made narrower."""
    for number in range(len(reach.shrink)):
        for chosen in _crowds(network, rng):
            if edits := tuple(Narrow(layer, _less(width, reach)[number], _seed(rng)) for layer, width in chosen if width > 1):
                yield Several(edits)


def deepen(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """A layer of each kind and kernel behind each one that allows it; dense ones behind dense ones."""
    for number in network.order:
        if network.positive(number) and network.channels(number) is not None:
            if network.flat(number):
                yield from (Deepen(number, None, kind, seed=_seed(rng)) for kind in reach.kinds if kind not in CONVS)
            else:
                yield from (Deepen(number, kernel, kind, seed=_seed(rng)) for kind in reach.kinds if kind in CONVS for kernel in reach.kernels)


def pool(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """A pool behind each layer that gives an image, and is no pool."""
    images = [number for number in network.order if not network.flat(number) and network.layers[number].kind not in POOLS]
    return (AddPool(number, kind, seed=_seed(rng)) for number in images for kind in reach.pools)


def skip(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """From each layer, and the image, to each that depends on it and is not linked with it."""
    for target in (*network.order, OUTPUT):
        (read, *others) = network.reads(target)
        if not others and read != IMAGE:
            linked = {read, *(network.layers[read].reads if network.layers[read].kind in MERGES else ())}
            for source in (IMAGE, *sorted(network.above(target))):
                if source not in linked and network.flat(source) <= network.flat(read):
                    yield from (AddSkip(source, target, merge, _seed(rng)) for merge in reach.merges)


def unskip(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """Each link to a merge but the first."""
    merges = [number for number in network.order if network.layers[number].kind in MERGES]
    return (RemoveSkip(number, source, _seed(rng)) for number in merges for source in network.layers[number].reads[1:])


def branch(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """Each path with weights, up to the longest."""
    for last in network.order:
        path = path_to(network, last)[-reach.longest :]
        for place, first in enumerate(path):
            if any(network.layers[number].kind in WIDE for number in path[place:]):
                yield from (Branch(first, last, merge, _seed(rng)) for merge in reach.merges)


def remove(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """Each layer that is no merge, but the last one with weights, and what makes flat what has to be so."""
    for number in network.order:
        if network.layers[number].kind not in MERGES and _can_go(network, number):
            yield RemoveLayer(number, _seed(rng))


def _can_go(network: Network, number: int) -> bool:
    try:
        RemoveLayer(number).child(network)
    except ValueError:
        return False
    return True


def swap(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """Each convolution and each pool for the other kind."""
    for number in network.order:
        kind = network.layers[number].kind
        others = reach.kinds if kind in CONVS else reach.pools if kind in POOLS else ()
        family = CONVS if kind in CONVS else POOLS
        yield from (SwapLayer(number, other, _seed(rng)) for other in others if other in family and other != kind)


def kernel(network: Network, reach: Reach, rng: Random) -> Iterator[Edit]:
    """Each convolution to each other kernel."""
    for number in network.order:
        if (old := network.layers[number].kernel) is not None:
            yield from (ChangeKernel(number, new, _seed(rng)) for new in reach.kernels if new != old)


OPERATORS: dict[str, Operator] = {
    "widen": widen, "narrow": narrow, "widen many": widen_many, "narrow many": narrow_many, "deepen": deepen, "pool": pool,
    "skip": skip, "unskip": unskip, "branch": branch, "remove": remove, "swap": swap, "kernel": kernel,
}  # fmt: skip


def _seed(rng: Random) -> int:
    return rng.getrandbits(32)


def _more(width: int, reach: Reach) -> list[int]:
    return [max(1, round(width * (factor - 1))) for factor in reach.grow]


def _less(width: int, reach: Reach) -> list[int]:
    return [min(width - 1, max(1, round(width * share))) for share in reach.shrink] if width > 1 else []


def _crowds(network: Network, rng: Random) -> Iterator[list[tuple[int, int]]]:
    """All layers with a width, and half of them."""
    wide = _wide(network)
    yield wide
    if len(wide) > 2:
        drawn = {number for number, _ in rng.sample(wide, len(wide) // 2)}
        yield [(number, width) for number, width in wide if number in drawn]
