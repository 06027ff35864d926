"""What edits of a `Network` have in common."""

from __future__ import annotations

from typing import Any

from nastutor.edits.network import IMAGE, OUTPUT, WIDE, Layer, Network
from nastutor.values import Arch, Edit


class NetworkEdit(Edit):
    """An edit of a network of layers: a frozen dataclass whose `edited` says what becomes of a `Network`.

    Layers that stay keep their numbers, new ones get higher numbers than any that the parent has. Fields name layers by number. What cannot
    be done to a network is refused by ValueError; whether the child is within the limits of a space is for the space to say.
    `seed` is for what chance decides about the weights of the child; it changes nothing about its architecture.
    """

    def __call__(self, arch: Arch) -> Arch:
        return self.child(Network.of(arch)).arch()

    def child(self, network: Network) -> Network:
        """What becomes of `network`; ValueError where that is none."""
        child = self.edited(network)
        try:
            child.check()
        except ValueError as error:
            raise ValueError(f"{self} leaves no network of layers: {error}") from None
        return child

    def edited(self, network: Network) -> Network:
        """The layers and links of the child; `child` looks whether they are a network."""
        raise TypeError(f"{type(self).__name__} does not say what it does to a network: define edited(self, network)")


def refuse(name: str, value: Any, allowed: str) -> ValueError:
    """The error that names the field of an edit, what it is and what it may be."""
    return ValueError(f"`{name}` is {value!r}; allowed are {allowed}")


def layer_of(network: Network, number: int, kinds: tuple[str, ...], name: str = "layer") -> Layer:
    """The layer of this number, which must be of one of these kinds."""
    layer = network.layers.get(number)
    if type(number) is not int or layer is None or layer.kind not in kinds:
        fitting = [other for other in sorted(network.layers) if network.layers[other].kind in kinds]
        raise refuse(name, number, f"{', '.join(map(str, fitting)) or 'none here'} ({', '.join(kinds)})")
    return layer


def wide_layer(network: Network, number: int) -> Layer:
    """The layer of this number, which must have a width."""
    return layer_of(network, number, WIDE)


def readers_of(network: Network, number: int, reader: int | None) -> tuple[int, ...]:
    """Who is to read the new layer behind `number`: this reader, or all of them."""
    readers = network.readers.get(number, ())
    if (number != IMAGE and number not in network.layers) or type(number) is not int:
        raise refuse("layer", number, ", ".join(map(str, sorted(network.layers))))
    if reader is None:
        return readers
    if type(reader) is not int or reader not in readers:
        raise refuse("reader", reader, f"None and the readers of {number}: {', '.join(map(str, readers))} ({OUTPUT} is the output)")
    return (reader,)
