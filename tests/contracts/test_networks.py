"""Random architectures of every space are networks: they run forward and backward on two images, agree with their counts, and train an epoch."""

import pytest

import nastutor as nt
from nastutor.rng import python_rng, torch_rng
from nastutor.testing.networks import IMAGES
from tests.contracts.parts import OPEN, SPACES

torch = pytest.importorskip("torch")
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

NETWORKS = {name: space for name, space in (SPACES | OPEN).items() if hasattr(space, "graph")}


def agrees_with_its_counts(graph):
    """The network runs, has the parameters that were counted, and learns with all that is not dead."""
    net, images = graph.build().train(), torch.randn(2, *IMAGES.shape, generator=torch_rng(0, "images"))
    scores = net(images)
    scores.logsumexp(1).sum().backward()
    assert tuple(scores.shape) == (2, IMAGES.classes) and bool(scores.isfinite().all())
    assert sum(weight.numel() for weight in net.parameters()) == graph.counts().params
    alive = {node.name for node in graph.simplified().nodes}
    assert not {name for name, weight in net.named_parameters() if weight.grad is None and name.partition(".")[0] in alive}


def multiplies_as_often_as_counted(graph):
    """Torch's own counter sees two images, a multiplication and an addition each."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        graph.build().eval()(torch.zeros(2, *IMAGES.shape))
    assert counter.get_total_flops() == 2 * 2 * graph.counts().mult_adds


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("samples", [50, pytest.param(500, marks=pytest.mark.slow)])
def test_random_networks_run_and_agree_with_their_counts(name, samples):
    space, rng = NETWORKS[name], python_rng(samples, "networks")
    graphs = dict.fromkeys(space.graph(space.sample(rng), IMAGES) for _ in range(samples))
    for graph in graphs:
        agrees_with_its_counts(graph)
    for graph in list(graphs)[:: samples // 5]:
        multiplies_as_often_as_counted(graph)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_five_of_each_train_an_epoch(name):
    space = NETWORKS[name]
    train = nt.estimators.Train(space, nt.tasks.digits(), 1, weights=False)
    for seed in range(5):
        result = train(nt.Trial(space.sample(seed)))
        assert result.status == "ok" and 0 <= result.error <= 1 and result.cost == 1
