"""Weights from codes of memory banks as an estimator: its options, its noise, its control."""

import pytest
import torch

import nastutor as nt

TASK = nt.tasks.digits(train_size=200)
SPACE = nt.spaces.MemoryBankSpace(2, 4, blocks=2, kernels=(1, 3), groups=(1, 2), compression=1, budget=(0.2, 0.4))


def made(steps=3, **more):
    return nt.estimators.SMASH(SPACE, TASK, steps, **{"layers": (1, 1), "growth": 4, "batch_size": 20, "device": "cpu", **more})


def loss(**more):
    return made(**more)(nt.Trial(SPACE.sample(1))).metrics["loss"]


@pytest.mark.parametrize("option", [{"layers": (2, 1)}, {"growth": 5}, {"blind": True}, {"weight_decay": 0.5}], ids=str)
def test_options_change_what_is_answered(option):
    assert loss(**option) != loss()


def test_decay_is_of_the_free_weights_alone():
    groups = made(weight_decay=0.1).fit.optimizer.param_groups
    assert [group["weight_decay"] for group in groups] == [0.0, 0.1]
    assert len(groups[0]["params"]) == len(made().fit.net.hyper) and len(groups[1]["params"]) == len(made().fit.net.free)


def test_noise_is_new_at_each_step_and_the_same_for_all_that_are_judged(monkeypatch):
    estimator, seen = made(), []
    forward = type(estimator.fit.net).forward
    monkeypatch.setattr(type(estimator.fit.net), "forward", lambda self, arch, places, z: seen.append(z) or forward(self, arch, places, z))
    estimator(nt.Trial(SPACE.sample(0)))
    estimator(nt.Trial(SPACE.sample(1)))
    assert len(seen) == 5 and torch.equal(seen[3], seen[4])
    assert not any(torch.equal(seen[a], seen[b]) for a in range(4) for b in range(a))


def test_noise_comes_from_the_seed(monkeypatch):
    """The same hypernetwork writes other weights with the noise of another seed."""
    one, other, arch = made(), made(seed=1), SPACE.sample(0)
    other.fit.net.load_state_dict(one.fit.net.state_dict())
    mine, theirs = one.written(arch, 0), other.written(arch, 0)
    assert any(not torch.equal(own, theirs[name]) for name, own in mine.items()) and any(torch.equal(own, theirs[name]) for name, own in mine.items())


def test_spaces_without_a_code_are_refused():
    with pytest.raises(TypeError, match=r"`SMASH` needs a space with code\(\), which CellSpace does not have \(chapter 13\)"):
        nt.estimators.SMASH(nt.spaces.CellSpace(nodes=3), TASK)
    with pytest.raises(TypeError, match=r"`SMASH` reads codes of memory banks; BlockQNNSpace has another code\(\) \(chapter 13\)"):
        nt.estimators.SMASH(nt.spaces.BlockQNNSpace(3, channels=4), TASK)
