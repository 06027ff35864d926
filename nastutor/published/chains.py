"""Chains: MetaQNN (Baker et al. 2017a) and NAS-RL (Zoph & Le 2017)."""

from __future__ import annotations

from typing import Any

from nastutor.published.network import CIFAR10, CROPPED, Maker, Published

# The options of MetaQNN's space, `MetaQNNSpace(12, 32, **METAQNN)`.
METAQNN: dict[str, Any] = {"widths": (64, 128, 256, 512), "kernels": (1, 3, 5), "pools": ((5, 3), (3, 2), (2, 2)), "dense": (512, 256, 128)}

# Table A2, for CIFAR-10: the network, test error in percent, parameters in millions as printed: those of images 3x28x28.
METAQNN_CIFAR10 = (
    ("[C(512,5,1), C(256,3,1), C(256,5,1), C(256,3,1), P(5,3), C(512,3,1), C(512,5,1), P(2,2), SM(10)]", 6.92, 11.26),
    ("[C(128,1,1), C(512,3,1), C(64,1,1), C(128,3,1), P(2,2), C(256,3,1), P(2,2), C(512,3,1), P(3,2), SM(10)]", 8.78, 2.2),
    ("[C(128,3,1), C(128,1,1), C(512,5,1), P(2,2), C(128,3,1), P(2,2), C(64,3,1), C(64,5,1), SM(10)]", 8.88, 2.46),
    ("[C(256,3,1), C(256,3,1), P(5,3), C(256,1,1), C(128,3,1), P(2,2), C(128,3,1), SM(10)]", 9.24, 1.13),
    ("[C(64,3,1), C(128,3,1), P(5,3), C(256,3,1), P(3,2), FC(512), FC(128), SM(10)]", 9.48, 1.62),
)

# Zoph & Le 2017, Figure 7: height, width, filters, layers read. As a public re-implementation of the figure lists it;
# that it has the 4.2 million parameters of the paper's Table 1 speaks for the list; the figure itself was not at hand.
FIGURE_7 = (
    ((3, 3), 36, ()), ((3, 3), 48, (1,)), ((3, 3), 36, (1, 2)), ((5, 5), 36, (1, 2, 3)), ((3, 7), 48, (3, 4)), ((7, 7), 48, (2, 3, 4, 5)),
    ((7, 7), 48, (2, 3, 4, 5, 6)), ((7, 3), 36, (1, 6, 7)), ((7, 1), 36, (1, 5, 6, 8)), ((7, 7), 36, (1, 3, 4, 5, 6, 7, 8, 9)),
    ((5, 7), 36, (1, 2, 5, 6, 7, 8, 9, 10)), ((7, 7), 48, (1, 2, 3, 4, 6, 11)), ((7, 5), 48, (1, 3, 6, 7, 8, 9, 10, 11, 12)),
    ((7, 5), 48, (3, 7, 12, 13)), ((7, 5), 48, (6, 7, 11, 12, 13, 14)),
)  # fmt: skip


def _metaqnn(number: int) -> Maker:
    def make(name: str) -> Published:
        from nastutor.spaces import MetaQNNSpace

        text, error, params = METAQNN_CIFAR10[number]
        space = MetaQNNSpace(12, 32, **METAQNN)
        return Published(name, space, space.from_text(text), CROPPED, "baker2017a", {"params": params, "error": error})

    return make


def _nasrl(name: str) -> Published:
    """The network without strides and pools (v1 of Table 1), in the paper's space at 15 layers."""
    from nastutor.spaces.nasrl import Layer, NASRLSpace

    space = NASRLSpace((15,), (1, 3, 5, 7), (1, 3, 5, 7), (24, 36, 48, 64), pools=())
    arch = space.arch([Layer(size, (1, 1), channels, reads) for size, channels, reads in FIGURE_7])
    return Published(name, space, arch, CIFAR10, "zoph2017", {"params": 4.2, "error": 5.5})


NETWORKS = {"MetaQNN": _metaqnn(0), **{f"MetaQNN {number}": _metaqnn(number - 1) for number in range(2, 1 + len(METAQNN_CIFAR10))}, "NAS-RL": _nasrl}
