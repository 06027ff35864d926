"""The training of hypernetworks, step by step."""

import math

import pytest
import torch

import nastutor as nt
from nastutor.nets.graph import LayerGraph

TASK, SPACE = nt.tasks.digits(train_size=200), nt.spaces.CellSpace(nodes=3)


def fit(steps=8, **more):
    how = {"hidden": 8, "units": 8, "channels": 4, "kernel": 3, "batch_size": 20, "device": "cpu", **more}
    return nt.estimators.GHN(SPACE, TASK, steps, **how).fit


def test_each_step_draws_an_architecture_and_takes_the_next_batch(monkeypatch):
    own, drawn = fit(), []
    sample = type(SPACE).sample
    monkeypatch.setattr(type(SPACE), "sample", lambda self, rng: drawn.append(found := sample(self, rng)) or found)
    losses = [own.learn() for _ in range(8)]
    assert len(drawn) == 8 and len(set(drawn)) > 5 and own.steps == 8 and all(map(math.isfinite, losses))
    again = fit()
    assert [again.learn() for _ in range(8)] == losses and drawn[-8:] == drawn[:8]


def test_the_rate_falls_under_a_cosine_and_gradients_are_clipped():
    own, rates = fit(lr=0.5), []
    for _ in range(8):
        own.learn()
        rates.append(own.optimizer.param_groups[0]["lr"])
    assert rates == [pytest.approx(0.25 * (1 + math.cos(math.pi * step / 8))) for step in range(8)]
    clipped = fit(clip=1e-3)
    clipped.learn()
    norm = sum(part.grad.square().sum() for part in clipped.net.parameters() if part.grad is not None) ** 0.5
    assert norm <= 1.001e-3


def test_a_loss_that_is_no_number_moves_nothing(monkeypatch):
    own = fit()
    own.learn()
    before = own.state()
    write = own.write
    own.write = lambda *asked: {name: tensor * math.inf for name, tensor in write(*asked).items()}
    assert not math.isfinite(own.learn())
    after = own.state()
    assert own.skipped == 1 and own.steps == 2 and all(torch.equal(tensor, after.tensors[name]) for name, tensor in before.tensors.items())
    own.write = write
    assert math.isfinite(own.learn()) and own.skipped == 1


def test_architectures_without_weights_teach_nothing():
    b = LayerGraph.start(TASK.shape)
    bare = b.finish(b.add("slice", b.add("flatten", "input"), start=0, channels=10))
    own = fit()
    before = own.state()
    own.graph = lambda space, arch: bare
    assert math.isfinite(own.learn()) and all(torch.equal(tensor, own.state().tensors[name]) for name, tensor in before.tensors.items())


def test_it_learns_in_double_precision_what_finite_differences_say():
    """The gradient of one embedding, through messages, chunks and the network."""
    own = fit()
    own.net.double()
    x, y = own.batches[0]
    arch = nt.Arch((("0->1", "conv3"), ("0->2", "conv1"), ("1->2", "conv3")))

    def loss():
        return torch.nn.functional.cross_entropy(own.forward(x.double(), arch, SPACE, 0), y)

    loss().backward()
    embedding = own.net.ops["conv"]
    for place in range(3):
        sides = []
        for sign in (1, -1):
            with torch.no_grad():
                embedding[place] += sign * 1e-6
                sides.append(float(loss()))
                embedding[place] -= sign * 1e-6
        assert float(embedding.grad[place]) == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-4, abs=1e-8)


def test_a_state_is_a_copy_and_brings_everything_back():
    own, other = fit(), fit(seed=0)
    for _ in range(3):
        own.learn()
    state = own.state()
    rest = [own.learn() for _ in range(3)]
    other.restore(state)
    assert (other.steps, other.skipped) == (3, 0) and [other.learn() for _ in range(3)] == rest
    own.restore(state)
    assert [own.learn() for _ in range(3)] == rest, "what was learnt since is forgotten, and the state was not changed by it"


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("kind", ["GHN", "SMASH"])
def test_on_a_gpu_it_learns_and_judges_as_on_the_cpu(kind):
    space = SPACE if kind == "GHN" else nt.spaces.MemoryBankSpace()
    here, there = (getattr(nt.estimators, kind)(space, TASK, 5, batch_size=20, device=device) for device in ("cpu", "cuda"))
    first, second = (estimator(nt.Trial(space.sample(0))).metrics["loss"] for estimator in (here, there))
    assert first == pytest.approx(second, rel=1e-2)
    state = there.fit.state()
    losses = [there.fit.learn() for _ in range(3)]
    there.fit.restore(state)
    assert [there.fit.learn() for _ in range(3)] == losses
