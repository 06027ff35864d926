"""AmoebaNet-A and -C (Real et al. 2019): tensorflow/tpu, models/experimental/amoeba_net/model_specs.py. Input 0 is the previous cell."""

from typing import Any

from nastutor.published.network import CIFAR10, LARGE, MOBILE, of_cells

AMOEBANET_A = """
normal: 0 avg3 + 0 max3 | 1 sep3 + 1 identity | 0 identity + 1 avg3 | 0 sep3 + 2 sep5 | 5 avg3 + 0 sep3 -> 1 3 4 6;
reduce: 1 sep3 + 0 avg3 | 0 max3 + 2 sep7 | 1 max3 + 0 max3 | 4 sep3 + 0 conv1x7-7x1 | 1 avg3 + 0 sep7 -> 2 3 4 5 6"""
AMOEBANET_C = """
normal: 0 avg3 + 0 sep3 | 0 identity + 0 sep3 | 2 avg3 + 1 sep3 | 0 identity + 1 sep3 | 3 avg3 + 0 sep3 -> 1 2 4 5 6;
reduce: 0 max3 + 0 max3 | 2 sep7 + 0 sep3 | 0 sep7 + 1 max3 | 4 sep5 + 4 sep5 | 1 max3 + 1 sep3 -> 0 2 3 4 5 6"""
NETWORK = "AmoebaNetSpace", AMOEBANET_A
STACK: dict[str, Any] = {"output": "chosen", "stem_channels": 32}
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
    "AmoebaNet-C mobile": of_cells(
        "AmoebaNetSpace", AMOEBANET_C, MOBILE, "real2019", {"params": 6.4, "mult_adds": 570, "error": 24.3},
        {"mult_adds": "not reached by the released cell, whose parameters agree"}, channels=50, cells=4, **ODD,
    ),
}  # fmt: skip
