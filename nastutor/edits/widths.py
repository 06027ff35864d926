"""More and fewer channels of a layer."""

from __future__ import annotations

from dataclasses import dataclass

from nastutor.edits.base import NetworkEdit, refuse, wide_layer
from nastutor.edits.network import Network
from nastutor.inputs import is_whole, whole


@dataclass(frozen=True)
class Widen(NetworkEdit):
    """`extra` more channels of a convolution, or units of a dense layer (Net2Wider: Chen et al. 2016; type II of Elsken et al. 2017).

    All that read the layer take what it gives: merges that add fit their other parts to the first one.

    >>> arch = Network.chain([("conv", 8, 3), ("max",)]).arch()
    >>> Widen(1, extra=8)(arch)["layer 1"]
    ('conv', 16, 3, (0,))
    """

    layer: int
    extra: int
    seed: int = 0

    def edited(self, network: Network) -> Network:
        old = wide_layer(network, self.layer)
        return network.put(self.layer, old._replace(width=old.width + whole("extra", self.extra)))  # type: ignore[operator]


@dataclass(frozen=True)
class Narrow(NetworkEdit):
    """`fewer` channels or units less; at least one stays (the pruning of filters among LEMONADE's approximate operators: Elsken et al. 2019)."""

    layer: int
    fewer: int
    seed: int = 0

    def edited(self, network: Network) -> Network:
        old = wide_layer(network, self.layer)
        width: int = old.width  # type: ignore[assignment]
        if not is_whole(self.fewer, 1) or self.fewer >= width:
            raise refuse("fewer", self.fewer, f"whole numbers from 1 to {width - 1}, as layer {self.layer} has a width of {width}")
        return network.put(self.layer, old._replace(width=width - self.fewer))
