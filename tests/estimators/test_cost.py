import pytest

import nastutor as nt
from nastutor.estimators import measure_latency
from nastutor.estimators.cost import COUNTED, METRICS, check_metrics, count


def test_counts_are_the_graphs(space, task):
    graph = space.graph(space.sample(5), task)
    counts = graph.counts()
    assert count(graph) == {"params": counts.params, "mult_adds": counts.mult_adds, "activation_mb": counts.activation_mb}
    assert list(count(graph, ("mult_adds", "latency_ms"))) == ["mult_adds"]


def test_latency_grows_with_the_work(space, task):
    small = space.graph(space.sample(5), task)
    large = nt.spaces.CellSpace(nodes=3, channels=32, cells=3).graph(space.sample(5), task)
    assert 0 < measure_latency(small, repeats=5) < measure_latency(large, batch=64, repeats=5)


def test_metrics_are_known_by_name():
    assert check_metrics(METRICS) == METRICS and check_metrics("params") == ("params",) and set(COUNTED) < set(METRICS)
    with pytest.raises(ValueError, match=r"`metrics` names 'flops'; allowed are params, mult_adds"):
        check_metrics(("params", "flops"))
    with pytest.raises(ValueError, match="final"):
        check_metrics(("test_error",))
