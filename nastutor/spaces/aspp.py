"""The head of DeepLab: atrous spatial pyramid pooling, which looks at a map through windows of several widths at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.nets.graph import GraphBuilder


def aspp(builder: GraphBuilder, x: str, rates: Sequence[int], channels: int = 256, *, op: str = "conv") -> str:
    """Joins a 1x1 convolution, one of 3x3 for each dilation in `rates`, and the mean of the whole map; a 1x1 convolution mixes them.

    Chen et al. 2017 (DeepLabv3), section 3.3: rates 6, 12, 18 at a sixteenth of the image. Each convolution has batch norm and ReLU. With
    `op` "sep_conv" the 3x3 ones are depthwise separable. In training the mean needs more than one image, as every batch norm of one number does.

    >>> from nastutor.nets.graph import LayerGraph
    >>> b = LayerGraph.start((320, 33, 33))
    >>> graph = b.finish(aspp(b, b.input, (6, 12, 18)))
    >>> sum(graph.cost(node)[0] for node in graph.nodes if node.op == "conv")
    2703360
    """
    height, width = builder.shape(x)[1:]

    def conv(x: str, name: str, kind: str = "conv", **how: Any) -> str:
        x = builder.add(kind, x, name=f"aspp {name}", group="aspp", channels=channels, **how)
        return builder.add("relu", builder.add("bn", x, name=f"aspp {name} bn", group="aspp"), name=f"aspp {name} relu", group="aspp")

    branches = [conv(x, "1x1", kernel=1), *(conv(x, f"rate {rate}", op, kernel=3, dilation=rate) for rate in rates)]
    mean = conv(builder.add("avg_pool", x, name="aspp mean", group="aspp", kernel=(height, width), padding=0), "of mean", kernel=1)
    branches.append(builder.add("bilinear", mean, name="aspp mean spread", group="aspp", size=(height, width)))
    return conv(builder.add("concat", *branches, name="aspp join", group="aspp"), "out", kernel=1)
