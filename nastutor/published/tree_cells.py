"""Tree-structured cells of path-level transformation (Cai et al. 2018b): han-cai/PathLevel-EAS, code/ImageNet/tree_cells.py and README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nastutor.published.network import CIFAR10, Maker, Published

TREE_CELL_A = """add[conv3: add[conv1: concat[avg3, sep7], max3: add[sep3, sep5]],
                     conv3: add[sep5: add[sep5, avg3, avg3], sep3: add[avg3, sep3]]]"""
TREE_CELL_B = "add[conv3: add[conv1: none[sep5], sep7: none[avg3]], conv3: add[avg3: add[sep7, conv1], sep7: none[avg3]]]"
# B is that of CondenseNet for ImageNet, a network which is not built here.


def _tree(figures: Mapping[str, float], **network: Any) -> Maker:
    """TreeCell-A; the release's last network was trained with dropped paths and cutout."""

    def make(name: str) -> Published:
        from nastutor.spaces import PathLevelSpace

        space = PathLevelSpace(3, stages=3, groups=2, **network)
        return Published(name, space, space.from_text(TREE_CELL_A), CIFAR10, "cai2018b", figures)

    return make


NETWORKS = {
    "TreeCell-A DenseNet": _tree({"params": 13.1, "error": 3.35}, base="dense", width=48, blocks=16),
    "TreeCell-A PyramidNet 84": _tree({"params": 5.7, "error": 3.14}, base="pyramid", width=84, blocks=18),
    "TreeCell-A PyramidNet 150": _tree({"params": 14.3, "error": 2.3}, base="pyramid", width=150, blocks=18),
}
