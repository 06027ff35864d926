"""ENAS (Pham et al. 2018): melodyguan/enas, scripts/cifar10_micro_final.sh, cifar10_macro_final.sh and ptb_final.sh. Input 1 is the previous cell."""

from nastutor.published.network import CIFAR10, Published, PublishedCell, Text, of_cells

ENAS_MICRO = """
normal: 0 avg3 + 0 sep3 | 0 identity + 0 sep5 | 0 identity + 1 sep5 | 1 sep3 + 0 sep5 | 0 avg3 + 1 sep5 -> 2 3 4 5 6;
reduce: 1 sep3 + 1 sep3 | 0 max3 + 0 avg3 | 1 sep5 + 3 sep5 | 1 sep3 + 0 identity | 0 max3 + 1 sep5 -> 2 4 5 6"""
# Layer by layer: operation, then skips.
ENAS_MACRO = (
    "0", "3 0", "0 1 0", "2 0 0 1", "2 0 0 0 0", "3 1 1 0 1 0", "2 0 0 0 0 0 1", "2 0 1 1 0 1 1 1", "1 0 1 1 1 0 1 0 1", "0 0 0 0 0 0 0 0 0 0",
    "2 0 0 0 0 0 1 0 0 0 0", "0 1 0 0 1 1 0 0 0 0 1 1", "2 0 1 0 0 0 0 0 1 0 1 1 0", "1 0 0 1 0 0 0 1 1 1 0 1 0 1",
    "0 1 1 0 1 0 1 0 0 0 0 0 1 0 0", "2 0 0 1 0 0 0 0 0 0 0 1 0 1 0 1", "2 0 1 0 0 0 1 0 0 1 1 1 1 0 0 1 0", "2 0 0 0 0 1 0 1 0 1 0 0 1 0 1 0 0 1",
    "3 0 1 1 0 1 0 0 0 0 0 1 0 1 0 1 0 0 0", "3 0 1 1 0 0 0 0 0 0 0 0 0 1 1 0 0 0 0 1", "0 1 0 0 1 0 1 1 0 0 0 1 0 0 0 0 0 1 1 0 0",
    "3 0 1 0 1 1 0 0 1 0 1 1 0 1 1 0 1 0 0 1 0 0", "0 1 0 1 0 1 0 0 0 0 0 0 0 0 1 0 1 0 0 1 0 0 0",
    "0 1 1 0 0 0 1 1 1 0 1 0 0 0 1 0 1 0 0 1 1 0 0 0",
)  # fmt: skip
ENAS_RNN = "0 0 0 1 1 2 1 2 0 2 0 5 1 1 0 6 1 8 1 8 1 8 1"
PTB = Text("Penn Treebank", 10_000, 748)


def _macro(name: str) -> Published:
    """As the release builds it: its separable convolutions become plain ones in the final network."""
    from nastutor.spaces import MacroSpace

    space = MacroSpace(24, channels=96, plain=True)
    return Published(name, space, space.from_numbers(" ".join(ENAS_MACRO)), CIFAR10, "pham2018")


def _recurrent(name: str) -> Published:
    from nastutor.spaces.recurrent import RecurrentSpace, from_enas

    note = {"params": "how the paper comes to 24 M is not known"}
    return PublishedCell(name, RecurrentSpace(12, "enas", units=PTB.units), from_enas(ENAS_RNN), PTB, "pham2018", {"params": 24, "perplexity": 55.8}, note)


NETWORKS = {
    "ENAS micro": of_cells(
        "ENASMicroSpace", ENAS_MICRO, CIFAR10, "pham2018", {"params": 4.6, "error": 2.89},
        {"params": "an independent count of the released code gives 3,894,372 too"}, channels=36, cells=5, drop_path=0.4,
    ),
    "ENAS macro": _macro,
    "ENAS RNN": _recurrent,
}  # fmt: skip
