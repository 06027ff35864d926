"""Auto-DeepLab (Liu et al. 2019a): tensorflow/models, research/deeplab/core/nas_network.py; figures: Table 2 of the paper."""

from nastutor.published.network import Images, Maker, Published

LEVELS = (0, 0, 0, 1, 2, 1, 2, 2, 3, 3, 2, 1)
BLOCKS = ((1, "atrous5", 0, "sep3"), (1, "sep3", 0, "atrous3"), (3, "sep3", 1, "sep3"), (4, "sep5", 2, "sep5"), (3, "sep5", 5, "atrous5"))
CITYSCAPES = Images("Cityscapes, 1024x2048 px", (3, 1024, 2048), 19)


def _of(filters: int, params: float, mult_adds: float) -> Maker:
    """The network with three dilations behind it, without the decoder, which joins an early layer and is not part of the space."""

    def make(name: str) -> Published:
        from nastutor.spaces import TrellisSpace

        space = TrellisSpace(12, 5, 4, filters, stem=4, width=64, head="aspp3")
        figures = {"params": params, "mult_adds": mult_adds}
        notes = {"params": "here without the decoder, of 1.30 M parameters", "mult_adds": "nor its mult-adds, and counted otherwise"}
        return Published(name, space, space.arch(LEVELS, BLOCKS), CITYSCAPES, "liu2019a", figures, notes)

    return make


NETWORKS = {"Auto-DeepLab-S": _of(20, 10.15, 333_250), "Auto-DeepLab-M": _of(32, 21.62, 460_930), "Auto-DeepLab-L": _of(48, 44.42, 695_030)}
