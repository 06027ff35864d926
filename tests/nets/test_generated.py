"""Networks with weights from elsewhere: none of their own, gradients into what made them, and the same as the network built around them."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.nets.bundle import DRAWING
from nastutor.nets.generated import filled, places, run, shell
from nastutor.nets.ops import OPS
from tests.nets.graphs import graphs

STILL = tuple(op for op in OPS if op not in ("input", *DRAWING))


@settings(deadline=None, max_examples=30)
@given(graphs(ops=STILL, units=3), st.integers(0, 99))
def test_it_computes_what_the_network_with_these_weights_computes_and_its_gradients(graph, seed):
    net = graph.build(seed=seed).double()
    x = torch.randn(4, *graph.nodes[0].shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    weights = {name: own.detach().clone().requires_grad_() for name, own in net.named_parameters()}
    hollow = shell(graph)
    assert places(hollow) == {name: tuple(own.shape) for name, own in weights.items()}
    assert all(own.device.type == "meta" for own in hollow.parameters()) and not list(hollow.buffers())
    expected, found = net.train()(x), run(hollow.eval(), weights, x)
    assert torch.equal(expected, found), "by the statistics of the batch, in evaluation as well"
    expected.square().sum().backward(), found.square().sum().backward()
    for name, own in net.named_parameters():
        assert (own.grad is None) == (weights[name].grad is None) and (own.grad is None or torch.equal(own.grad, weights[name].grad))


@settings(deadline=None, max_examples=30)
@given(graphs(ops=STILL, units=3))
def test_a_filled_network_starts_from_these_weights(graph):
    weights = {name: torch.full(shape, 0.5) for name, shape in places(shell(graph)).items()}
    net = filled(graph, weights)
    assert all(torch.equal(own, weights[name]) and own.requires_grad for name, own in net.named_parameters())


def test_weights_that_are_not_asked_for_are_refused():
    from nastutor.nets.graph import LayerGraph

    b = LayerGraph.start((2, 4, 4))
    graph = b.finish(b.add("conv", "input", name="c", channels=2, kernel=1))
    with pytest.raises(RuntimeError, match="nothing"):
        run(shell(graph), {"c.weight": torch.ones(2, 2, 1, 1), "nothing": torch.ones(1)}, torch.ones(1, 2, 4, 4))
