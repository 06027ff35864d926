"""All recurrent cells at once. That one path is the stand-alone network is in tests/nets/test_supernet.py and test_mixed.py."""

import pytest
import torch

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.nets.mixed import MixedNet
from nastutor.nets.supernet import Supernet
from nastutor.spaces.recurrent_supernet import mixed_step

TASK = nt.tasks.digits(train_size=60)


@pytest.mark.parametrize("nodes, kind, ways", [(8, "darts", 36), (12, "enas", 66)])
def test_each_node_has_weights_for_each_node_that_it_may_read(nodes, kind, ways):
    """And none for each activation: as many matrices as there are pairs of nodes, and node 0's."""
    step = mixed_step(nt.spaces.RecurrentSpace(nodes, kind), 10)
    linear = [node for node in step.graph.nodes if node.op == "linear"]
    assert len(linear) == 1 + ways
    assert step.graph.counts().params == (10 + 16) * 32 + ways * 16 * 32


def test_what_is_averaged_follows_from_what_is_read():
    space = nt.spaces.RecurrentSpace(4, "enas")
    arch = space.cell(("relu", "tanh", "identity"), (0, 1, 1))
    found = space.chosen(arch)
    assert (found["out1"], found["out2"], found["outs"]) == (False, True, 2)


def test_one_mixture_holds_for_all_rows():
    """A step by hand, repeated."""
    space = nt.spaces.RecurrentSpace(2, units=3)
    net = MixedNet(space.supernet(TASK)).double()
    generator = torch.Generator().manual_seed(0)
    weights = {name: torch.rand(len(options), dtype=torch.float64, generator=generator) for name, options in space.mixture_sites().items()}
    x = torch.randn(2, 1, 8, 8, dtype=torch.float64, generator=generator)
    step, state = net["cell"].step, torch.zeros(2, 3, dtype=torch.float64)
    for row in range(8):
        state = step(torch.cat([x[:, 0, row], state], 1), weights)
    torch.testing.assert_close(net(x, weights), net["head linear"](state))


def test_the_search_learns():
    space = nt.spaces.RecurrentSpace(3, "enas", units=8)
    shared = nt.estimators.SharedWeights(space, TASK, batch_size=20, lr=0.2, device="cpu")
    strategy = nt.ENAS(space, 2, child_steps=20, updates=2, samples=2, final=3)
    history = nt.search(strategy, shared, trials=200, progress=False)
    losses = [record.result.metrics["loss"] for record in history if record.trial.budget is None]
    assert sum(losses[-5:]) < sum(losses[:5]) and space.validate(strategy.recommend(history)) is None


def test_a_supernet_inside_is_a_recurrent_node_with_known_decisions():
    b = LayerGraph.start((1, 4, 4))
    graph = b.finish(b.add("relu", "input", name="r"))
    step = mixed_step(nt.spaces.RecurrentSpace(2, units=3), 4)
    with pytest.raises(ValueError, match="`inside` has 'r', 'relu'"):
        Supernet(graph, {}, dict(step.sites), {"r": step})
