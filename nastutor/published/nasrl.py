"""NAS with reinforcement learning (Zoph & Le 2017): the recurrent cell for Penn Treebank, as TensorFlow has it (`tf.contrib.rnn.NASCell`)."""

from nastutor.published.network import Published, PublishedCell, Text

LEAVES = ("add sigmoid", "add relu", "add sigmoid", "mul relu", "add tanh", "add sigmoid", "add tanh", "add sigmoid")
ABOVE = ("mul tanh", "add tanh", "mul tanh", "add sigmoid", "mul identity", "add tanh", "mul tanh")
# The paper prints parameters of models of two layers (25 M and 54 M) and not how wide they are; here the width of Zaremba's medium model.
PTB = Text("Penn Treebank", 10_000, 650)


def _cell(name: str) -> Published:
    from nastutor.spaces import RecurrentTreeSpace

    space = RecurrentTreeSpace(8, units=PTB.units)
    return PublishedCell(name, space, space.cell((*LEAVES, *ABOVE), "add tanh", gives=12, takes=8), PTB, "zoph2017", {"perplexity": 62.4})


NETWORKS = {"NASCell": _cell}
