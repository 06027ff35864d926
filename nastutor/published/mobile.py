"""ProxylessNAS (Cai et al. 2019) and MnasNet (Tan et al. 2019) for ImageNet, networks of `MobileSpace`.

Architectures: mit-han-lab/proxylessnas's models as osmr/imgclsmob lists them (kernels, expansions, units without a residual branch);
tensorflow/tpu, models/official/mnasnet/mnasnet_models.py. ProxylessNAS's network for CIFAR-10
is a tree in a PyramidNet and no point of this space; MnasNet-small begins with a block that adds its input, which this space has not.
Figures: the logs of mit-han-lab/proxylessnas, the README beside mnasnet_models.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from nastutor.published.network import MOBILE, Maker, Published

if TYPE_CHECKING:
    from nastutor.spaces import MobileSpace
    from nastutor.values import Arch

DEPTHS, STRIDES = (4, 4, 4, 4, 4, 1), (2, 2, 2, 1, 2, 1)  # of ProxylessNAS's search


class PublishedMobile(NamedTuple):
    """A published network: the settings of its space, and its decisions stage by stage."""

    settings: dict[str, Any]
    stages: tuple[str, ...]

    def space(self, **settings: Any) -> MobileSpace:
        """The smallest space that holds it, or with other `settings` one like it."""
        from nastutor.spaces import MobileSpace

        return MobileSpace(**{**self.settings, **settings})

    def arch(self, space: MobileSpace) -> Arch:
        """The network as an architecture of its space."""
        words = iter(" ".join(self.stages).split())
        return space.walk(lambda name, options: int(next(words)) if name.startswith("depth") else next(words))


def _proxyless(stem: int, first: int, head: int, widths: tuple[int, ...], *stages: str) -> PublishedMobile:
    around = {"stem": stem, "first": first, "head": head, "stem_stride": 2, "activation": "relu6"}
    return PublishedMobile({"widths": widths, "depths": DEPTHS, "strides": STRIDES, "kernels": (3, 5, 7), "expansions": (3, 6), **around}, stages)


def _mnasnet(squeeze: bool, widths: tuple[int, ...], depths: tuple[int, ...], *stages: str) -> PublishedMobile:
    around = {"stem": 32, "first": 16, "head": 1280, "stem_stride": 2, "per": "stage"}
    return PublishedMobile(
        {"widths": widths, "depths": depths, "strides": STRIDES, "kernels": (3, 5), "expansions": (3, 6), "squeeze": squeeze, **around}, stages
    )


_MOBILE = (
    "k5e3 k3e3 none none", "k7e3 k3e3 k5e3 k5e3", "k7e6 k5e3 k5e3 k5e3", "k5e6 k5e3 k5e3 k5e3", "k7e6 k7e6 k7e3 k7e3", "k7e6",
)  # fmt: skip
PROXYLESS = {
    "ProxylessNAS mobile": _proxyless(32, 16, 1280, (32, 40, 80, 96, 192, 320), *_MOBILE),
    "ProxylessNAS mobile 1.4": _proxyless(48, 24, 1792, (40, 56, 112, 136, 256, 448), *_MOBILE),
    "ProxylessNAS CPU": _proxyless(
        40, 24, 1432, (32, 48, 88, 104, 216, 360),
        "k3e6 k3e3 k3e3 k3e3", "k3e6 k3e3 k3e3 k5e3", "k3e6 none none k3e3", "k5e6 k3e3 k3e3 k3e3", "k5e6 k5e3 k5e3 k3e3", "k5e6",
    ),
    "ProxylessNAS GPU": _proxyless(
        40, 24, 1728, (32, 56, 112, 128, 256, 432),
        "k5e3 none none none", "k7e3 none none k3e3", "k7e6 none none k5e3", "k5e6 none k3e3 k5e3", "k7e6 k7e6 k7e6 k5e6", "k7e6",
    ),
}  # fmt: skip
MNASNET = {
    "MnasNet-A1": _mnasnet(True, (24, 40, 80, 112, 160, 320), (3, 4, 4, 4, 4, 1), "k3e6 2", "k5e3se 3", "k3e6 4", "k3e6se 2", "k5e6se 3", "k3e6 1"),
    "MnasNet-B1": _mnasnet(False, (24, 40, 80, 96, 192, 320), (3, 4, 4, 4, 4, 1), "k3e3 3", "k5e3 3", "k5e6 3", "k3e6 2", "k5e6 4", "k3e6 1"),
}


def _of(network: PublishedMobile, paper: str, figures: Mapping[str, float]) -> Maker:
    def make(name: str) -> Published:
        space = network.space()
        return Published(name, space, network.arch(space), MOBILE, paper, figures)

    return make


FIGURES: dict[str, dict[str, float]] = {
    "ProxylessNAS mobile": {"params": 4.08, "mult_adds": 320.4, "error": 25.4},
    "ProxylessNAS CPU": {"params": 4.36, "mult_adds": 439.2, "error": 24.7},
    "ProxylessNAS GPU": {"params": 7.12, "mult_adds": 465.3, "error": 24.9},
    "MnasNet-A1": {"params": 3.9, "mult_adds": 312, "error": 24.8},
}
NETWORKS = {
    **{name: _of(network, "cai2019", FIGURES.get(name, {})) for name, network in PROXYLESS.items()},
    **{name: _of(network, "", FIGURES.get(name, {})) for name, network in MNASNET.items()},
}
