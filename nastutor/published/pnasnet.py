"""PNASNet-5 (Liu et al. 2018a): tensorflow/models, research/slim/nets/nasnet. Input 0 is the previous cell; both cells are one."""

from nastutor.published.network import CIFAR10, LARGE, MOBILE, of_cells

CELL = "1 sep5 + 1 max3 | 0 sep7 + 0 max3 | 0 sep5 + 0 sep3 | 4 sep3 + 0 max3 | 1 sep3 + 0 identity -> 2 3 4 5 6"
PNASNET_5 = f"normal: {CELL}; reduce: {CELL}"
NETWORK = "PNASSpace", PNASNET_5

NETWORKS = {
    "PNASNet-5 CIFAR": of_cells(*NETWORK, CIFAR10, "liu2018a", {"params": 3.2, "error": 3.41}, channels=48, cells=3),
    "PNASNet-5 mobile": of_cells(
        *NETWORK, MOBILE, "liu2018a", {"params": 5.1, "mult_adds": 588, "error": 25.8}, {"mult_adds": "0.1 % less are counted here"},
        channels=54, cells=3, stem="imagenet", stem_channels=32, odd_halves=True,
    ),
    "PNASNet-5 large": of_cells(
        *NETWORK, LARGE, "liu2018a", {"params": 86.1, "mult_adds": 25_000, "error": 17.1},
        channels=216, cells=4, stem="imagenet", stem_channels=96, drop_path=0.4,
    ),
}  # fmt: skip
