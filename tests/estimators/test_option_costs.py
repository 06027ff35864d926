"""What options cost: sums over a supernet, and by themselves."""

from importlib import import_module

import pytest

import nastutor as nt

TASK = nt.tasks.digits()


@pytest.mark.parametrize("metric", ["params", "mult_adds"])
@pytest.mark.parametrize("seed", range(4))
def test_the_difference_between_two_architectures_is_that_of_their_options(metric, seed):
    space = nt.spaces.CellSpace(nodes=4, channels=4, cells=2)
    costs, one, two = nt.estimators.option_costs(space, TASK, metric), space.sample(seed), space.sample(seed + 100)

    def total(arch):
        return sum(costs[name][space.ops.index(arch[name])] for name in costs)

    def counted(arch):
        return getattr(space.graph(arch, TASK).counts(), metric)

    assert total(one) - total(two) == counted(one) - counted(two)


def test_by_hand():
    """4 channels at 8x8: conv1 has 4 x 4 weights and 8 of batch norm, conv3 nine times as many and 8; none and skip nothing."""
    space = nt.spaces.CellSpace(nodes=2, channels=4, stages=1)
    assert nt.estimators.option_costs(space, TASK, "params")["0->1"].tolist() == [0, 0, 24, 152, 0]
    assert nt.estimators.option_costs(space, TASK)["0->1"].tolist() == [0, 0, 1024, 9216, 0]
    assert nt.estimators.option_costs(space, TASK, "params", channels=8)["0->1"].tolist() == [0, 0, 80, 592, 0]
    assert nt.estimators.option_costs(space, TASK, "activation_mb")["0->1"].tolist() == pytest.approx([0, 0, 0.002048, 0.002048, 0.001024])


def test_latencies_are_measured_and_rank_operations_plausibly():
    costs = nt.estimators.option_costs(nt.spaces.CellSpace(nodes=2, channels=32, stages=1), TASK, "latency_ms")["0->1"]
    assert costs[0] == costs[1] == 0 and costs[3] > 0 and costs[2] > 0


def test_latencies_are_of_the_device_and_threads_that_are_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(import_module("nastutor.estimators.option_costs"), "measure_latency", lambda graph, **how: asked.append(how) or 2.0)
    costs = nt.estimators.option_costs(nt.spaces.CellSpace(nodes=2, stages=1), TASK, "latency_ms", device="some", threads=3)
    assert asked and all(how == {"device": "some", "threads": 3} for how in asked) and costs["0->1"][3] > 0


def test_refusals():
    with pytest.raises(ValueError, match="`metric` is 'error'"):
        nt.estimators.option_costs(nt.spaces.CellSpace(), TASK, "error")
    with pytest.raises(TypeError, match="has no supernet"):
        nt.estimators.option_costs(nt.spaces.FabricSpace(), TASK)


def test_owners_are_the_nodes_that_serve_one_option():
    supernet = nt.spaces.CellSpace(nodes=3, channels=4, stages=1).supernet(TASK)
    owners = import_module("nastutor.estimators.option_costs").owners(supernet)
    assert owners["cell 1 0->1 conv3 conv"] == ("0->1", 3) and owners["cell 1 0->1 conv3 bn"] == ("0->1", 3)
    assert "stem bn relu" not in owners and "stem conv" not in owners, "several options read the ReLU, and all of them the stem"
    assert not any(name.startswith("head") for name in owners)
