from types import SimpleNamespace

import pytest
import torch

import nastutor as nt
from nastutor.estimators import cost, measure_latency
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


class Spied:
    """In place of a graph: notes what each forward pass gets, and lets a clock of its own go on by the seconds given."""

    def __init__(self, monkeypatch, seconds=()):
        self.nodes, self.passes = (SimpleNamespace(shape=(2, 4, 4)),), []
        self.now, self.seconds = 0.0, iter(seconds)
        monkeypatch.setattr(cost, "time", SimpleNamespace(perf_counter=lambda: self.now))

    def build(self, seed, device):
        spied = self

        class Module(torch.nn.Module):
            def forward(self, x):
                spied.passes.append((tuple(x.shape), torch.get_num_threads(), self.training))
                spied.now += next(spied.seconds, 1.0)

        return Module()


def test_latency_is_the_median_behind_the_warm_up(monkeypatch):
    graph = Spied(monkeypatch, seconds=[100, 100, 3, 1, 50])
    assert measure_latency(graph, warm_up=2, repeats=3) == pytest.approx(3000) and len(graph.passes) == 5


def test_latency_by_another_clock(monkeypatch):
    assert measure_latency(Spied(monkeypatch, seconds=[1] * 5), warm_up=2, repeats=3, clock=iter(range(100)).__next__) == pytest.approx(1000)


@pytest.mark.parametrize("batch, threads", [(1, 1), (7, 1), (3, 2)])
def test_latency_is_of_the_batch_and_the_threads_that_are_asked_for(monkeypatch, batch, threads):
    graph, before = Spied(monkeypatch), torch.get_num_threads()
    measure_latency(graph, batch=batch, threads=threads, warm_up=1, repeats=2)
    assert graph.passes == [((batch, 2, 4, 4), threads, False)] * 3 and torch.get_num_threads() == before


def test_metrics_are_known_by_name():
    assert check_metrics(METRICS) == METRICS and check_metrics("params") == ("params",) and set(COUNTED) < set(METRICS)
    with pytest.raises(ValueError, match=r"`metrics` names 'flops'; allowed are params, mult_adds"):
        check_metrics(("params", "flops"))
    with pytest.raises(ValueError, match="final"):
        check_metrics(("test_error",))


@pytest.mark.parametrize(("device", "waits"), [("cpu", []), ("mps", ["mps"]), ("cuda:1", ["cuda:1"])])
def test_time_is_read_when_the_device_has_finished(monkeypatch, device, waits):
    told = []
    monkeypatch.setattr(torch.mps, "synchronize", lambda: told.append("mps"))
    monkeypatch.setattr(torch.cuda, "synchronize", told.append)
    cost.wait(device)
    assert told == waits
