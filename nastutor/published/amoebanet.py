"""AmoebaNet-A to -D (Real et al. 2019): tensorflow/tpu, models/experimental/amoeba_net/model_specs.py. Input 0 is the previous cell.

B and D come from searches with more operations than A's and C's eight (appendix D).
"""

from typing import Any

from nastutor.published.network import CIFAR10, LARGE, MOBILE, of_cells
from nastutor.spaces.nasnet import AMOEBANET_OPS

AMOEBANET_A = """
normal: 0 avg3 + 0 max3 | 1 sep3 + 1 identity | 0 identity + 1 avg3 | 0 sep3 + 2 sep5 | 5 avg3 + 0 sep3 -> 1 3 4 6;
reduce: 1 sep3 + 0 avg3 | 0 max3 + 2 sep7 | 1 max3 + 0 max3 | 4 sep3 + 0 conv1x7-7x1 | 1 avg3 + 0 sep7 -> 2 3 4 5 6"""
AMOEBANET_B = """
normal: 1 conv1 + 1 max3 | 1 identity + 0 sep3 | 1 conv1 + 0 sep3 | 2 conv1 + 2 identity | 1 avg3 + 5 conv1 -> 0 3 4 6;
reduce: 0 max2 + 0 max3 | 2 identity + 1 conv3 | 2 dilsep5 + 2 max3 | 3 identity + 1 sep3 | 4 avg3 + 3 conv1 -> 5 6"""
AMOEBANET_C = """
normal: 0 avg3 + 0 sep3 | 0 identity + 0 sep3 | 2 avg3 + 1 sep3 | 0 identity + 1 sep3 | 3 avg3 + 0 sep3 -> 1 2 4 5 6;
reduce: 0 max3 + 0 max3 | 2 sep7 + 0 sep3 | 0 sep7 + 1 max3 | 4 sep5 + 4 sep5 | 1 max3 + 1 sep3 -> 0 2 3 4 5 6"""
AMOEBANET_D = """
normal: 1 conv1 + 1 max3 | 1 identity + 0 conv1x7-7x1 | 0 conv1 + 0 conv1x7-7x1 | 2 max3 + 2 identity | 1 avg3 + 5 conv1 -> 0 3 4 6;
reduce: 0 max2 + 0 max3 | 2 identity + 1 conv3 | 2 conv1x7-7x1 + 2 max3 | 3 identity + 1 max2 | 2 avg3 + 3 conv1 -> 4 5 6"""
NETWORK = "AmoebaNetSpace", AMOEBANET_A
STACK: dict[str, Any] = {"output": "chosen", "stem_channels": 32}
MORE: dict[str, Any] = {"ops": (*AMOEBANET_OPS, "conv1", "conv3", "dilsep5", "max2"), "output": "chosen"}  # the stem of B has 3F channels
ODD: dict[str, Any] = {**STACK, "stem": "imagenet", "odd_halves": True}

NETWORKS = {
    "AmoebaNet-A CIFAR": of_cells(*NETWORK, CIFAR10, "real2019", {"params": 3.2, "error": 3.34}, channels=36, cells=6, **STACK),
    "AmoebaNet-A mobile": of_cells(*NETWORK, MOBILE, "real2019", {"params": 5.1, "mult_adds": 555, "error": 25.5}, channels=50, cells=4, **ODD),
    "AmoebaNet-A large": of_cells(*NETWORK, LARGE, "real2019", {"params": 86.7, "mult_adds": 23_100}, channels=190, cells=6, **ODD),
    "AmoebaNet-A 448": of_cells(
        *NETWORK, LARGE, "real2019", {"params": 469, "mult_adds": 104_000, "error": 16.1},
        {"params": "an independent count gives 468.2 M too",
         "mult_adds": "104 G are those of images of 299 px, with 103,887.7 M; the released network takes 331 px"},
        channels=448, cells=6, stem="imagenet", **STACK,
    ),
    "AmoebaNet-B CIFAR": of_cells("AmoebaNetSpace", AMOEBANET_B, CIFAR10, "real2019", {"params": 2.8, "error": 2.55}, channels=36, cells=6, **MORE),
    "AmoebaNet-B CIFAR 128": of_cells("AmoebaNetSpace", AMOEBANET_B, CIFAR10, "real2019", {"params": 34.9, "error": 2.13}, channels=128, cells=6, **MORE),
    "AmoebaNet-B mobile": of_cells(
        "AmoebaNetSpace", AMOEBANET_B, MOBILE, "real2019", {"params": 5.3, "mult_adds": 555, "error": 26.0}, channels=62, cells=3, **MORE | ODD
    ),
    "AmoebaNet-D CIFAR": of_cells("AmoebaNetSpace", AMOEBANET_D, CIFAR10, "real2019", {}, channels=36, cells=6, **MORE),
    "AmoebaNet-C mobile": of_cells(
        "AmoebaNetSpace", AMOEBANET_C, MOBILE, "real2019", {"params": 6.4, "mult_adds": 570, "error": 24.3},
        {"mult_adds": "not reached by the released cell, whose parameters agree"}, channels=50, cells=4, **ODD,
    ),
}  # fmt: skip
