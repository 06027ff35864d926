"""ASPP: weights counted by hand, every rate a window of its own, and the same outputs as by torch alone."""

import pytest

from nastutor.nets.graph import LayerGraph
from nastutor.rng import torch_rng
from nastutor.spaces.aspp import aspp

# Computed: 1x1, three 3x3, mean, projection; the last with separable convolutions.
WEIGHTS = {(320, "conv"): 2_703_360, (2048, "conv"): 15_532_032, (320, "sep_conv"): 745_920, (2048, "sep_conv"): 3_004_416}


def head(channels, size, rates, out, op="conv"):
    builder = LayerGraph.start((channels, *size))
    return builder.finish(aspp(builder, builder.input, rates, out, op=op))


@pytest.mark.parametrize("channels, op", WEIGHTS)
def test_weights(channels, op):
    graph = head(channels, (33, 33), (6, 12, 18), 256, op)
    assert sum(graph.cost(node)[0] for node in graph.nodes if node.op in ("conv", "sep_conv")) == WEIGHTS[channels, op]
    assert graph.counts().params == WEIGHTS[channels, op] + 6 * 2 * 256 and graph.node(graph.output).shape == (256, 33, 33)


def test_rates_are_dilations():
    graph = head(3, (9, 9), (1, 2), 4)
    assert graph.receptive_field("aspp rate 1").size == (3, 3) and graph.receptive_field("aspp rate 2").size == (5, 5)
    assert graph.receptive_field("aspp mean spread").size == (9, 9)


def test_by_hand():
    import torch
    from torch.nn.functional import conv2d

    graph = head(3, (5, 6), (1, 3), 4)
    net = graph.build(seed=0).double().eval()
    x = torch.randn(2, 3, 5, 6, generator=torch_rng(0, "aspp"), dtype=torch.float64)

    def unit(name, x, dilation=1):
        weight = net[f"aspp {name}"].weight
        return net[f"aspp {name} bn"](conv2d(x, weight, padding=dilation * (weight.shape[-1] // 2), dilation=dilation)).relu()

    mean = unit("of mean", x.mean((2, 3), keepdim=True)).expand(-1, -1, 5, 6)
    joined = torch.cat([unit("1x1", x), unit("rate 1", x), unit("rate 3", x, 3), mean], 1)
    assert torch.allclose(net(x), unit("out", joined))
