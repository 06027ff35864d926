"""NASNet-A (Zoph et al. 2018): tensorflow/models, research/slim/nets/nasnet, whose README has the figures for ImageNet. Input 0 is the previous cell."""

from nastutor.published.network import CIFAR10, LARGE, MOBILE, of_cells

NASNET_A = """
normal: 0 sep5 + 1 sep3 | 1 sep5 + 1 sep3 | 0 avg3 + 1 identity | 1 avg3 + 1 avg3 | 0 sep3 + 0 identity -> 1 2 3 4 5 6;
reduce: 0 sep5 + 1 sep7 | 0 max3 + 1 sep7 | 0 avg3 + 1 sep5 | 3 identity + 2 avg3 | 2 sep3 + 0 max3 -> 3 4 5 6"""
NETWORK = "NASNetSpace", NASNET_A

NETWORKS = {
    "NASNet-A CIFAR": of_cells(
        *NETWORK, CIFAR10, "zoph2018", {"params": 3.3, "error": 2.65},
        output="chosen", channels=32, cells=6, drop_path=0.4,
    ),
    "NASNet-A mobile": of_cells(
        *NETWORK, MOBILE, "zoph2018", {"params": 5.3, "mult_adds": 564, "error": 26.0},
        output="chosen", channels=44, cells=4, stem="imagenet", stem_channels=32, odd_halves=True,
    ),
    "NASNet-A large": of_cells(
        *NETWORK, LARGE, "zoph2018", {"params": 88.9, "mult_adds": 23_800, "error": 17.3},
        {"params": "an independent count of the released code gives 88,753,150 too"},
        output="chosen", channels=168, cells=6, stem="imagenet", stem_channels=96, skip_reduction_input=True, drop_path=0.3,
    ),
}  # fmt: skip
