"""A fabric trained as a whole: what is trained, what its parts and paths are worth, pruning."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import nastutor as nt

TASK, SPACE = nt.tasks.digits(train_size=200), nt.spaces.FabricSpace(3, 3, 4)


def made(steps=8, space=SPACE, **more):
    return nt.estimators.Fabric(space, TASK, steps, **{"batch_size": 20, "device": "cpu", **more})


@pytest.mark.parametrize("sparse", [False, True])
def test_all_edges_are_trained_at_once_by_plain_sgd(sparse):
    """Two steps against torch's own SGD on the whole graph."""
    space = nt.spaces.FabricSpace(3, 3, 4, sparse=sparse)
    estimator, net = made(2, space, momentum=0.5, weight_decay=0.01), space.fabric(TASK).build()
    optimizer, batches = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5, weight_decay=0.01), estimator.fit.batches
    for step, rate in enumerate((0.1, 0.05)):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        x, y = batches[step]
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    estimator.error()
    free = estimator.fit.net.free
    for name, own in net.named_parameters():
        assert torch.allclose(free[name.replace(".", " : ")], own, atol=1e-6), name
        assert (own.grad is not None and (own.grad != 0).any()) or " to " not in name


@pytest.mark.parametrize("sparse", [False, True])
def test_a_path_is_the_whole_with_all_other_weights_zero(sparse):
    """The chain of an architecture, exactly, in double precision."""
    estimator = made(space=nt.spaces.FabricSpace(3, 3, 4, sparse=sparse))
    estimator.error()
    net, space = estimator.fit.net.double(), estimator.space
    x = torch.tensor(TASK.valid.x[:50]).double()
    kept = {name: own.detach().clone() for name, own in net.free.items()}
    for arch in list(space)[::3]:
        wanted = {f"{s},{k} to {t},{m} " for (s, k), (t, m) in space.edges(arch)}
        with torch.no_grad():
            alone = estimator.fit.forward(x, arch, space)
            for name, own in net.free.items():
                if " to " in name and not any(name.startswith(start) for start in wanted):
                    own.zero_()
            whole = estimator.fit.forward(x, estimator._drawn, space)
            for name, own in net.free.items():
                own.copy_(kept[name])
        assert torch.allclose(alone, whole, atol=1e-10)


def test_a_path_by_its_edges_and_as_an_architecture_is_worth_the_same():
    estimator = made()
    for seed in range(5):
        arch = SPACE.canonical(SPACE.sample(seed))
        assert estimator.error(SPACE.edges(arch)) == estimator(nt.Trial(arch)).error
    assert estimator.error(SPACE.edges()) == estimator.error()


def test_the_whole_learns_and_its_parts_come_from_it():
    estimator = made(60, nt.spaces.FabricSpace(3, 4, 4))
    assert estimator.error(budget=0) > 0.7 > estimator.error() and estimator.error(split="train") < 0.5
    assert 0 <= estimator.error(split="test") <= 1 and estimator.error(budget=0, split="test") > 0.7
    strengths = estimator.strengths()
    assert list(strengths) == estimator.space.edges() and strengths != estimator.strengths(budget=0)
    part = estimator.pruned(0.3)
    assert set(estimator.space.edges()) - set(part) == set(sorted(strengths, key=strengths.get)[: len(strengths) - len(part)])
    other, again = estimator.pruned(0.3, seed=1), estimator.pruned(0.3, seed=1)
    assert other == again != part and len(other) == len(part) and other != estimator.pruned(0.3, seed=2)
    chain = estimator.pruned(1.0)
    assert estimator.space.edges(estimator.space.path(chain)) == chain


@pytest.mark.slow
def test_leaving_out_the_weakest_costs_less_than_leaving_out_random_ones():
    """A third of the convolutions; Wilcoxon's signed-rank test over ten paired seeds, one-sided, 5 %."""
    task, space, errors = nt.tasks.digits(train_size=500), nt.spaces.FabricSpace(4, 3, 8), []
    for seed in range(10):
        estimator = nt.estimators.Fabric(space, task, 80, seed=seed, device="cpu")
        errors.append((estimator.error(), estimator.error(estimator.pruned(1 / 3)), estimator.error(estimator.pruned(1 / 3, seed=seed))))
    whole, weakest, random = np.array(errors).T
    found = nt.comparing.wilcoxon(weakest, random, "less")
    print(f"whole {whole.mean():.3f}, without the weakest {weakest.mean():.3f}, without random ones {random.mean():.3f}, p = {found.p:.2g}")
    assert found.p < 0.05


def test_strengths_are_those_of_the_trained_weights():
    estimator = made()
    edge = ((1, 1), (2, 2))
    strength = estimator.strengths()[edge]
    assert strength == pytest.approx(float(estimator.fit.net.free["1,1 to 2,2 conv : weight"].abs().mean().detach()))


@pytest.mark.parametrize("option", [{"momentum": 0.5}, {"weight_decay": 0.5}, {"batch_size": 10}, {"clip": 0.01}, {"lr": 0.01}], ids=str)
def test_options_change_what_is_answered(option):
    arch = SPACE.sample(0)
    assert made(**option)(nt.Trial(arch)).metrics["loss"] != made()(nt.Trial(arch)).metrics["loss"]


def test_going_on_keeps_the_momentum():
    one, other = made(), made()
    one.error()
    state = one.fit.state()
    assert any(name.startswith("momentum_buffer/") for name in state.tensors)
    more = [one.fit.learn() for _ in range(2)]
    other.fit.restore(state)
    assert [other.fit.learn() for _ in range(2)] == more


def test_refusals():
    with pytest.raises(TypeError, match=r"`Fabric` needs a space with fabric\(\), which CellSpace does not have \(chapter 13\)"):
        nt.estimators.Fabric(nt.spaces.CellSpace(nodes=3), TASK)
    with pytest.raises(ValueError, match="whose fabric scores each pixel; allowed is head='classes'"):
        made(space=nt.spaces.FabricSpace(3, 3, head="pixels"))
    with pytest.raises(ValueError, match="`momentum` is 1"):
        made(momentum=1)
    with pytest.raises(ValueError, match="`split` is 'all'; allowed are 'train', 'valid' and 'test'"):
        made().error(split="all")
    with pytest.raises(ValueError, match="`edges` hold no path"):
        made().error([((1, 1), (2, 1))])
    with pytest.raises(ValueError, match=r"`edges` hold \(\(1, 1\), \(3, 1\)\)"):
        made().error([((1, 1), (3, 1))])
