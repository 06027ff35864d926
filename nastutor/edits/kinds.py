"""Another kind of layer in the same place."""

from __future__ import annotations

from dataclasses import dataclass

from nastutor.edits.base import NetworkEdit, layer_of, refuse
from nastutor.edits.network import CONVS, POOLS, Network
from nastutor.inputs import is_whole


@dataclass(frozen=True)
class SwapLayer(NetworkEdit):
    """A convolution in place of a depthwise separable one and the other way, a maximum in place of a mean and the other way.

    The separable convolution in place of a full one is among LEMONADE's approximate operators (Elsken et al. 2019).
    """

    layer: int
    kind: str
    seed: int = 0

    def edited(self, network: Network) -> Network:
        old = layer_of(network, self.layer, (*CONVS, *POOLS))
        others = [kind for kind in (CONVS if old.kind in CONVS else POOLS) if kind != old.kind]
        if self.kind not in others:
            raise refuse("kind", self.kind, f"{', '.join(others)} in place of {old.kind}")
        return network.put(self.layer, old._replace(kind=self.kind))


@dataclass(frozen=True)
class ChangeKernel(NetworkEdit):
    """Another odd side of the window: a larger one may begin with zeros around the old one (Wei et al. 2016), a smaller one cuts off."""

    layer: int
    kernel: int
    seed: int = 0

    def edited(self, network: Network) -> Network:
        old = layer_of(network, self.layer, CONVS)
        if not is_whole(self.kernel, 1) or self.kernel % 2 == 0 or self.kernel == old.kernel:
            raise refuse("kernel", self.kernel, f"1, 3, 5 and so on, but {old.kernel}, which layer {self.layer} has")
        return network.put(self.layer, old._replace(kernel=self.kernel))
