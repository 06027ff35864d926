import time
from dataclasses import replace

import numpy as np
import pytest

from nastutor.estimators.fit import Fit
from nastutor.tables import recording
from nastutor.tables.plan import Plan
from nastutor.tables.recording import Recording
from nastutor.tables.timing import NAMES, check_machine, measure, time_shard


@pytest.fixture
def timed(monkeypatch):
    """The architectures that were timed; each takes as many seconds as were timed before it, and 1."""
    seen = []

    def fake(self, arch):
        if "stop" in seen:
            raise KeyboardInterrupt
        seen.append(arch)
        return {"train_seconds": 1.0, "look_seconds": 0.5, "latency_ms": 0.1}

    monkeypatch.setattr(Recording, "timed", fake)
    return seen


def test_each_network_is_timed_once(recipe, tmp_path, timed):
    plan = Plan(recipe)
    shard = measure(plan, time_shard(plan, tmp_path))
    assert timed == plan.networks and shard.done.all() and set(shard.arrays) == set(NAMES)
    assert measure(plan, time_shard(plan, tmp_path)).arrays["look_seconds"].tolist() == [0.5] * len(plan.networks) and timed == plan.networks
    other = Plan(replace(recipe, budgets=(7,), runs=5, chunk=2))
    assert time_shard(other, tmp_path).done.all(), "times belong to the networks alone"
    with pytest.raises(ValueError, match="other settings"):
        time_shard(Plan(replace(recipe, train={})), tmp_path)


def test_it_goes_on_where_it_stood(recipe, tmp_path, timed):
    plan = Plan(recipe)
    timed.append("stop")
    with pytest.raises(KeyboardInterrupt):
        measure(plan, time_shard(plan, tmp_path))
    shard = time_shard(plan, tmp_path)
    assert not shard.done.any()
    shard.put([1], [{"train_seconds": 1.0, "look_seconds": 0.5, "latency_ms": 0.1}])
    shard.write()
    timed.clear()
    measure(plan, time_shard(plan, tmp_path))
    assert timed == [plan.networks[1], *(arch for number, arch in enumerate(plan.networks) if number != 1)], "one is timed again to know the machine by"


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.2, 1.3])
def test_times_of_another_machine_do_not_mix(recipe, tmp_path, factor):
    shard = time_shard(Plan(recipe), tmp_path)
    count = len(shard.done)
    shard.put(range(count), [dict.fromkeys(NAMES, 1.0 + number) for number in range(count)])
    if 0.8 < factor < 1.25:
        check_machine(shard, lambda number: (1 + number) * factor)
    else:
        with pytest.raises(ValueError, match=f"takes {factor:.2f} s here, allowed is up to 1.25"):
            check_machine(shard, lambda number: (1 + number) * factor)


def test_an_epoch_is_so_many_steps_and_a_look(recipe, monkeypatch):
    now, steps = [0.0], iter([*[100] * 3, *[5, 6, 7], *[1, 1, 1], *[2, 2, 2]])  # a round that does not count, and three

    def passing(seconds):
        now[0] += seconds

    monkeypatch.setattr(recording.time, "process_time", lambda: now[0])
    monkeypatch.setattr(Fit, "step", lambda self, x, y: passing(next(steps)))
    monkeypatch.setattr(Fit, "evaluate", lambda self, name: passing(10 + now[0] / 1000))
    monkeypatch.setattr(recording, "measure_latency", lambda *_, **__: 0.5)
    timed = Plan(recipe).alone.timed(Plan(recipe).networks[-1])
    assert timed["train_seconds"] == 2 * 2 and 10.3 < timed["look_seconds"] < 10.4 and timed["latency_ms"] == 0.5, "two batches of 50"


def test_what_is_timed_is_the_training(recipe):
    """Against the training itself: CPU time of the steps and of the looking, within what a busy machine does to both."""
    alone = Plan(recipe).alone
    arch = Plan(recipe).networks[-1]
    fit = alone._fit(alone.effective(alone_trial(arch)))
    fit.run(1)
    began = time.process_time()
    fit.run(7)
    epoch = (time.process_time() - began) / 6
    timed = alone.timed(arch)
    look = timed["look_seconds"] * 2  # the training looked at the test images too
    assert 0.3 < (timed["train_seconds"] + look) / epoch < 3 and 0 < timed["latency_ms"] < 50 and np.isfinite(list(timed.values())).all()


def alone_trial(arch):
    from nastutor.values import Trial

    return Trial(arch, 7)
