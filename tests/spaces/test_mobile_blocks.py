"""The inverted residual block, layer by layer."""

import pytest

from nastutor.nets.graph import LayerGraph
from nastutor.spaces.mobile_blocks import add_block, add_conv


def test_the_layers_of_a_block():
    builder = LayerGraph.start((4, 6, 6))
    graph = builder.finish(add_block(builder, "input", "block", "relu6", width=4, kernel=5, expansion=3, squeeze=True))
    assert [(node.op, node.shape[0]) for node in graph.nodes[1:]] == [
        ("conv", 12), ("bn", 12), ("relu6", 12), ("dw_conv", 12), ("bn", 12), ("relu6", 12), ("squeeze_excite", 12), ("conv", 4), ("bn", 4), ("add", 4),
    ]  # fmt: skip
    assert graph.node("block squeeze")["units"] == 1 and graph.nodes[-1].inputs == ("input", "block project bn")


def test_without_expansion_nothing_is_expanded():
    builder = LayerGraph.start((4, 6, 6))
    graph = builder.finish(add_block(builder, "input", "block", "relu", width=7, kernel=3, stride=2, residual=False))
    assert [node.op for node in graph.nodes[1:]] == ["dw_conv", "bn", "relu", "conv", "bn"] and graph.nodes[-1].shape == (7, 3, 3)


def test_a_sum_needs_equal_shapes():
    builder = LayerGraph.start((4, 6, 6))
    with pytest.raises(ValueError, match="it adds inputs of one shape"):
        add_block(builder, "input", "block", "relu", width=8, kernel=3)


def test_a_convolution_without_activation_ends_with_batch_norm():
    builder = LayerGraph.start((4, 6, 6))
    assert builder.nodes[add_conv(builder, "input", "one", "group", channels=3, kernel=1)].op == "bn"
