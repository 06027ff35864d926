"""Numbers that say nothing: two networks that differ by the numbers of their layers, and by the order of what is added, become one.

Colours are refined until they settle, as in the test of Weisfeiler & Lehman (1968) on directed graphs; where layers of one colour are left, one after
the other is told apart (individualisation and refinement: McKay 1981), and the smallest network of all wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nastutor.edits.network import IMAGE, OUTPUT, Layer, Network

Colours = Mapping[int, int]  # number of a layer -> a number that does not depend on how layers are numbered


def relabelled(network: Network) -> Network:
    """The same network, numbered from 1 in an order that depends on what its layers are and how they are linked alone."""
    return _smallest(network, _refined(network, dict.fromkeys(network.layers, 0)))


def renumbered(network: Network, numbers: Mapping[int, int]) -> Network:
    """With other numbers: old -> new, of every layer."""
    new = {**numbers, IMAGE: IMAGE}
    layers = {new[number]: layer._replace(reads=tuple(new[read] for read in layer.reads)) for number, layer in network.layers.items()}
    return Network(layers, new[network.output])


def _smallest(network: Network, colours: Colours) -> Network:
    """The network with the smallest spelling of those that telling equal colours apart, one member after the other, leads to."""
    if not (alike := _first_alike(colours)):
        return _numbered(network, colours)
    best: Network | None = None
    met: set[Any] = set()
    for number in alike:
        apart = _refined(network, {**colours, number: -1})
        first = _spelling(_greedy(network, apart))
        if first in met:  # there is an automorphism that takes a member that was tried to this one
            continue
        met.add(first)
        found = _smallest(network, apart)
        if best is None or _spelling(found) < _spelling(best):
            best = found
    assert best is not None
    return best


def _greedy(network: Network, colours: Colours) -> Network:
    """The network that comes of telling always the first member apart."""
    while alike := _first_alike(colours):
        colours = _refined(network, {**colours, alike[0]: -1})
    return _numbered(network, colours)


def _first_alike(colours: Colours) -> list[int]:
    """The layers of the first colour that several have."""
    classes: dict[int, list[int]] = {}
    for number, colour in colours.items():
        classes.setdefault(colour, []).append(number)
    return next((members for _, members in sorted(classes.items()) if len(members) > 1), [])


def _refined(network: Network, colours: Colours) -> Colours:
    """Colours that tell apart what layers are, what they read and what reads them, as far as that goes."""
    count = 0
    while len(set(colours.values())) > count:
        count = len(set(colours.values()))
        signs = {number: (colours[number], *_sign(network, number, colours)) for number in network.layers}
        rank = {sign: place for place, sign in enumerate(sorted(set(signs.values())))}
        colours = {number: rank[sign] for number, sign in signs.items()}
    return colours


def _sign(network: Network, number: int, colours: Colours) -> tuple[Any, ...]:
    kind, width, kernel, _ = layer = network.layers[number]
    readers = sorted((-1, 0) if reader == OUTPUT else (colours[reader], _place(network.layers[reader], number)) for reader in network.readers[number])
    return (kind, width or 0, kernel or 0), _reads(layer, colours), tuple(readers)


def _reads(layer: Layer, colours: Colours) -> tuple[int, ...]:
    """The colours of what a layer reads; of what is added to the first part of `add` in rising order."""
    first, *others = (-1 if read == IMAGE else colours[read] for read in layer.reads)
    return (first, *(sorted(others) if layer.kind == "add" else others))


def _place(layer: Layer, read: int) -> int:
    """In which place a layer reads another; what is added to the first part has one place."""
    place = layer.reads.index(read)
    return min(place, 1) if layer.kind == "add" else place


def _numbered(network: Network, colours: Colours) -> Network:
    """With numbers in the order in which layers can be listed, by colour; what is added to the first part in rising order."""
    by_colour = renumbered(network, {number: colour + 1 for number, colour in colours.items()})
    final = renumbered(network, {number: by_colour.order.index(colour + 1) + 1 for number, colour in colours.items()})
    layers = {n: layer._replace(reads=(layer.reads[0], *sorted(layer.reads[1:]))) if layer.kind == "add" else layer for n, layer in final.layers.items()}
    return Network(layers, final.output)


def _spelling(network: Network) -> Any:
    """What networks are compared by."""
    return tuple((kind, width or 0, kernel or 0, reads) for kind, width, kernel, reads in (network.layers[n] for n in sorted(network.layers))), network.output
