"""Receptive fields agree with gradients: what a network built with positive weights depends on, pixel by pixel."""

import pytest
from hypothesis import HealthCheck, given, settings

torch = pytest.importorskip("torch")

from nastutor.nets.graph import LayerGraph  # noqa: E402
from nastutor.nets.receptive import receptive_fields  # noqa: E402
from tests.nets.graphs import graphs  # noqa: E402

# A maximum passes its gradient to one pixel, a slice may leave nothing but zeros, a minus sign may cancel: those are tried by hand.
OPS = ("conv", "dw_conv", "sep_conv", "bn", "relu", "identity", "zero", "avg_pool", "global_avg_pool", "flatten", "linear", "pad", "resize", "bilinear")
OPS += ("unpool", "add", "concat")


def hull(used):
    rows, columns = (torch.nonzero(used.any(axis)).flatten().tolist() for axis in (1, 0))
    return (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)) if rows else (slice(0), slice(0))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(graph=graphs(max_nodes=5, ops=OPS))
def test_against_gradients(graph):
    shape = graph.nodes[0].shape
    x = (torch.rand(1, *shape, dtype=torch.float64) + 0.5).requires_grad_()
    net = graph.build().double().eval()
    for weight in net.parameters():
        weight.data = weight.data.abs() + 0.1
    out = {node.name: value for node, value in net.trace(x)}[graph.output]
    field = receptive_fields(graph)[graph.output]
    values = out.sum(1)[0] if out.dim() == 4 else out.sum(1).view(1, 1)
    for row in {0, len(values) // 2, len(values) - 1}:
        for column in {0, values.shape[1] // 2, values.shape[1] - 1}:
            grad = torch.autograd.grad(values[row, column], x, retain_graph=True, allow_unused=True)[0] if values.requires_grad else None
            used = torch.zeros(1, 1) if grad is None else grad[0].abs().reshape(shape[0], *(*shape[1:], 1, 1)[:2]).sum(0) > 0
            assert field.at(row, column) == hull(used != 0), (row, column)


def chain(shape, *layers):
    b = LayerGraph.start(shape)
    x = "input"
    for op, attrs in layers:
        x = b.add(op, x, **attrs)
    return b.finish(x)


@pytest.mark.parametrize(
    "layers, size",
    [
        ([("conv", {"channels": 1, "kernel": 3})] * 3, (7, 7)),
        ([("conv", {"channels": 1, "kernel": 3, "dilation": 2}), ("conv", {"channels": 1, "kernel": (1, 5)})], (5, 9)),
        ([("max_pool", {"kernel": 2, "stride": 2}), ("conv", {"channels": 1, "kernel": 3})], (6, 6)),
        ([("conv", {"channels": 1, "kernel": 7, "stride": 2}), ("max_pool", {"kernel": 3, "stride": 2})], (11, 11)),  # the stem of a ResNet
        ([("global_avg_pool", {})], (32, 32)),
        ([("zero", {})], (0, 0)),
        ([("unpool", {"stride": 2}), ("conv", {"channels": 1, "kernel": 3})], (2, 2)),
    ],
)
def test_sizes_by_hand(layers, size):
    graph = chain((1, 32, 32), *layers)
    assert receptive_fields(graph)[graph.output].size == size


def test_at_the_border_the_field_ends():
    field = receptive_fields(chain((1, 8, 8), ("conv", {"channels": 1, "kernel": 5})))["conv0"]
    assert field.at(0, 4) == (slice(0, 3), slice(2, 7)) and field.at(7, 7) == (slice(5, 8), slice(5, 8)) and field.box.shape == (8, 8, 4)


def test_a_flat_network():
    assert receptive_fields(chain((5,), ("linear", {"units": 2})))["linear0"].size == (1, 1)


def test_a_graph_is_asked_for_a_node_or_its_last_image():
    graph = chain(
        (1, 32, 32), ("conv", {"channels": 1, "kernel": 3}), ("max_pool", {"kernel": 2, "stride": 2}), ("global_avg_pool", {}), ("linear", {"units": 2})
    )
    assert graph.receptive_field().size == (4, 4) and graph.receptive_field("conv0").size == (3, 3) and graph.receptive_field("linear0").size == (32, 32)
    assert chain((5,), ("linear", {"units": 2})).receptive_field().size == (1, 1)
    with pytest.raises(KeyError, match="`name` is 'conv9'; the nodes are input, conv0"):
        graph.receptive_field("conv9")
