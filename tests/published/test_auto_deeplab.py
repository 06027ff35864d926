"""Auto-DeepLab: the network that was found, and its printed parameters, the decoder by hand."""

import pytest

from nastutor.published import zoo


def decoder(channels):
    """DeepLabv3+'s: 1x1 to 48 on what an early layer of `channels` gives, joined with the 256 behind the dilations; two 3x3 to 256; batch norms."""
    return (channels + 2) * 48 + 9 * (48 + 256) * 256 + 9 * 256 * 256 + 2 * 2 * 256


@pytest.mark.parametrize("name, filters", [("Auto-DeepLab-S", 20), ("Auto-DeepLab-M", 32), ("Auto-DeepLab-L", 48)])
def test_with_the_decoder_they_have_the_printed_parameters(name, filters):
    """10.15, 21.62 and 44.42 M (Table 2); a cell at stride 4 gives five blocks of F channels. So the rest is right, to the last digit that is printed."""
    net = zoo[name]
    assert round((net.counts().params + decoder(5 * filters)) / 1e6, 2) == net.figures["params"]
    assert net.notes["params"] == f"here without the decoder, of {decoder(5 * filters) / 1e6:.2f} M parameters"


def test_the_network_that_was_found():
    net = zoo["Auto-DeepLab-S"]
    graph = net.space.graph(net.arch, net.task._replace(shape=(3, 64, 128)))
    sides = [graph.node(f"cell {number}").shape for number in range(1, 13)]
    assert [shape[1] for shape in sides] == [16 // 2**level for level in (0, 0, 0, 1, 2, 1, 2, 2, 3, 3, 2, 1)]
    assert all(channels == 5 * 20 * 16 // height for channels, height, _ in sides), "five blocks of F filters, doubled at each level"
    assert graph.node(graph.output).shape == (19, 64, 128)
    atrous = [node for node in graph.nodes if node.op == "conv" and node["kernel"] == 5]
    assert {node["dilation"] for node in atrous} == {1, 2} and all(node.op != "zero" for node in graph.nodes)
