"""A layer more, a layer less."""

from __future__ import annotations

from dataclasses import dataclass

from nastutor.edits.base import NetworkEdit, layer_of, readers_of, refuse
from nastutor.edits.network import CONVS, POOLS, WIDE, Layer, Network
from nastutor.inputs import is_whole


@dataclass(frozen=True)
class Deepen(NetworkEdit):
    """A new layer behind `layer`, as wide as what comes out of it (Net2Deeper: Chen et al. 2016; types I and III of Elsken et al. 2017).

    It ends with ReLU, so that it can begin as an identity only where nothing negative comes: behind the image, and behind a concat through
    which the image comes, it is refused.

    kernel  odd side of the window of conv and sep, 3 where none is said; dense has none
    kind    conv, sep or dense
    reader  the one that reads the new layer (-1: the output), while the others go on to read `layer`; None: all of them

    >>> print(Network.of(Deepen(1, kernel=5)(Network.chain([("conv", 8, 3), ("max",)]).arch())))
    1: conv 8 3 <- 0
    3: conv 8 5 <- 1
    2: max <- 3
    output <- 2
    """

    layer: int
    kernel: int | None = None
    kind: str = "conv"
    reader: int | None = None
    seed: int = 0

    def edited(self, network: Network) -> Network:
        readers = readers_of(network, self.layer, self.reader)
        if self.kind not in WIDE:
            raise refuse("kind", self.kind, ", ".join(WIDE))
        conv = self.kind in CONVS
        if self.kernel is not None and not (conv and is_whole(self.kernel, 1) and self.kernel % 2):
            raise refuse("kernel", self.kernel, "None, 1, 3, 5 and so on" if conv else f"None alone, for a layer of kind {self.kind}")
        if not network.positive(self.layer) or network.channels(self.layer) is None:
            raise refuse("layer", self.layer, "layers that give nothing negative, and as many channels for every task: not the image, nor what it came through")
        kernel = (self.kernel or 3) if conv else None
        return _inserted(network, self.layer, readers, Layer(self.kind, network.channels(self.layer), kernel, (self.layer,)))


@dataclass(frozen=True)
class AddPool(NetworkEdit):
    """A pool behind `layer` that halves the image: it cannot keep what the network computes.

    kind    max or avg
    reader  as of Deepen
    """

    layer: int
    kind: str = "max"
    reader: int | None = None
    seed: int = 0

    def edited(self, network: Network) -> Network:
        readers = readers_of(network, self.layer, self.reader)
        if self.kind not in POOLS:
            raise refuse("kind", self.kind, ", ".join(POOLS))
        return _inserted(network, self.layer, readers, Layer(self.kind, None, None, (self.layer,)))


@dataclass(frozen=True)
class RemoveLayer(NetworkEdit):
    """Without `layer`: what read it reads what it read. Merges are left with fewer links by `RemoveSkip`; some layer with weights has to stay."""

    layer: int
    seed: int = 0

    def edited(self, network: Network) -> Network:
        (read,) = layer_of(network, self.layer, (*WIDE, *POOLS, "flatten")).reads
        child = network.redirected(self.layer, read)
        child = Network({number: layer for number, layer in child.layers.items() if number != self.layer}, child.output)
        if not any(layer.kind in WIDE for layer in child.layers.values()):
            raise refuse("layer", self.layer, "all but the last one with weights")
        return child.tidied()


def _inserted(network: Network, number: int, readers: tuple[int, ...], layer: Layer) -> Network:
    """With `layer` between `number` and its `readers`."""
    return network.put(network.fresh, layer).redirected(number, network.fresh, readers)
