"""DARTS (Liu et al. 2019b), first order (V1) and second order (V2): quark0/darts, cnn/genotypes.py and rnn/genotypes.py. Input 1 is the previous cell."""

from nastutor.published.network import CIFAR10, MOBILE, Maker, Published, PublishedCell, Text, of_cells

DARTS_V1 = """
normal: 1 sep3 + 0 sep3 | 0 identity + 1 sep3 | 0 identity + 1 sep3 | 0 sep3 + 2 identity -> 2 3 4 5;
reduce: 0 max3 + 1 max3 | 2 identity + 0 max3 | 0 max3 + 2 identity | 2 identity + 0 avg3 -> 2 3 4 5"""
DARTS_V2 = """
normal: 0 sep3 + 1 sep3 | 0 sep3 + 1 sep3 | 1 sep3 + 0 identity | 0 identity + 2 dilsep3 -> 2 3 4 5;
reduce: 0 max3 + 1 max3 | 2 identity + 1 max3 | 0 max3 + 2 identity | 2 identity + 1 max3 -> 2 3 4 5"""

# Activations of nodes 1 to 8, and the node that each reads.
DARTS_V1_RNN = ("relu", "relu", "tanh", "relu", "relu", "identity", "relu", "relu"), (0, 1, 2, 3, 4, 1, 5, 1)
DARTS_V2_RNN = ("sigmoid", "relu", "relu", "identity", "tanh", "sigmoid", "tanh", "relu"), (0, 1, 1, 1, 2, 5, 3, 5)
PTB = Text("Penn Treebank", 10_000, 850)
WT2 = Text("WikiText-2", 33_278, 700)


def _recurrent(cell: tuple[tuple[str, ...], tuple[int, ...]], text: Text, params: float, perplexity: float) -> Maker:
    def make(name: str) -> Published:
        from nastutor.spaces import RecurrentSpace

        space = RecurrentSpace(8, units=text.units)
        return PublishedCell(name, space, space.cell(*cell), text, "liu2019b", {"params": params, "perplexity": perplexity})

    return make


NETWORKS = {
    "DARTS_V1": of_cells(
        "DARTSSpace", DARTS_V1, CIFAR10, "liu2019b", {"params": 3.3, "error": 3.0},
        {"params": "an independent count of the released genotype gives 3,169,414 too"}, channels=36, cells=6, drop_path=0.2,
    ),
    "DARTS_V2": of_cells("DARTSSpace", DARTS_V2, CIFAR10, "liu2019b", {"params": 3.3, "error": 2.76}, channels=36, cells=6, drop_path=0.2),
    "DARTS_V2 ImageNet": of_cells(
        "DARTSSpace", DARTS_V2, MOBILE, "liu2019b", {"params": 4.7, "mult_adds": 574, "error": 26.7},
        {"mult_adds": "8 % more than those of convolutions and linear layers"}, channels=48, cells=4, stem="imagenet",
    ),
    "DARTS_V1 RNN": _recurrent(DARTS_V1_RNN, PTB, 23, 57.6),
    "DARTS_V2 RNN": _recurrent(DARTS_V2_RNN, PTB, 23, 55.7),
    "DARTS_V2 RNN WikiText-2": _recurrent(DARTS_V2_RNN, WT2, 33, 69.6),
}  # fmt: skip
