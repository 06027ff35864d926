"""The gradient of a mixture in first and second order, and that looking changes nothing."""

import numpy as np
import pytest
import torch

import nastutor as nt
from nastutor.estimators import fit_shared
from nastutor.nets.inherited import extracted
from nastutor.nets.ops import ReLU

SPACE = nt.spaces.CellSpace(nodes=3)
TASK = nt.tasks.digits(train_size=200)
MIXTURE = nt.Mixture({name: np.random.default_rng(0).dirichlet(np.ones(len(options))) for name, options in SPACE.mixture_sites().items()})


def shared(**more):
    return nt.estimators.SharedWeights(SPACE, TASK, **{"channels": 4, "batch_size": 20, "clip": None, "device": "cpu", **more})


def in_double(estimator, steps=3):
    """The training in float64, after some steps, and the mixture's way through it."""
    fit, route = estimator.fit, estimator.route(MIXTURE)
    fit.net.double()
    for batches in (fit.batches, fit.glances):
        batches.x = batches.x.double()
    route = route._replace(weights={name: own.double() for name, own in route.weights.items()})
    for _ in range(steps):
        fit.learn(route)
    return fit, route


@pytest.mark.parametrize("momentum", [0.9, 0.4])
def test_the_step_that_is_looked_ahead_is_that_of_the_optimiser(momentum):
    """Weight decay and momentum are in it."""
    fit, route = in_double(shared(weight_decay=0.1, lr=0.1, momentum=momentum))
    fit.net.train()
    x, y = fit.batches[fit.steps]
    slopes = torch.autograd.grad(torch.nn.functional.cross_entropy(fit.forward(x, route), y), fit.params, allow_unused=True)
    ahead = [p.detach().clone() if g is None else (p - fit.lr * fit._direction(p, g)).detach() for p, g in zip(fit.params, slopes)]
    for p, g in zip(fit.params, slopes):
        p.grad = None if g is None else g.clone()
    fit.optimizer.param_groups[0]["lr"] = fit.lr
    fit.optimizer.step()
    for one, other in zip(ahead, fit.params):
        torch.testing.assert_close(one, other.detach())


def vector(found):
    return torch.cat([found[name] for name in sorted(found)])


def test_the_first_order_is_the_gradient_of_the_loss():
    fit, route = in_double(shared())
    looks = fit.looks
    _, loss, found = fit.gradient(route)
    x, y = fit.glances[looks]

    def loss_at(name, k, step):
        moved = {n: w + step * torch.eye(len(w), dtype=w.dtype)[k] if n == name else w for n, w in route.weights.items()}
        with torch.no_grad():
            return float(torch.nn.functional.cross_entropy(fit.net(x, moved, route.active), y))

    assert loss == pytest.approx(loss_at("0->1", 0, 0.0))
    for name in found:
        slopes = [(loss_at(name, k, 1e-6) - loss_at(name, k, -1e-6)) / 2e-6 for k in range(5)]
        np.testing.assert_allclose(found[name], slopes, rtol=1e-4, atol=1e-6)


def test_differences_come_to_the_exact_second_order_as_their_radius_falls(monkeypatch):
    """Relative error of the second term, in float64. The network is smooth: at the kinks of ReLUs differences see jumps that no derivative has."""
    monkeypatch.setattr(ReLU, "build", lambda self, a, x: torch.nn.functional.softplus)
    exact = vector(in_double(shared(order="exact", xi=0.1))[0].gradient(in_double(shared(order="exact", xi=0.1))[1])[2])
    first = vector(in_double(shared(xi=0.1))[0].gradient(in_double(shared(xi=0.1))[1])[2])
    errors = []
    for radius in (1e-1, 1e-2, 1e-3):
        monkeypatch.setattr(fit_shared, "RADIUS", radius)
        fit, route = in_double(shared(order=2, xi=0.1))
        errors.append(float((vector(fit.gradient(route)[2]) - exact).norm() / (exact - first).norm()))
    assert errors[1] < 1e-2 and errors[0] > 50 * errors[1] > 500 * errors[2]
    assert (exact - first).norm() > 0.02 * exact.norm()


@pytest.mark.parametrize("order", [2, "exact"])
def test_a_step_of_no_length_gives_the_first_order(order):
    fit, route = in_double(shared())
    first = vector(fit.gradient(route)[2])
    fit, route = in_double(shared(order=order, xi=0.0))
    torch.testing.assert_close(vector(fit.gradient(route)[2]), first)


@pytest.mark.parametrize("statistics", ["batch", "running"])
@pytest.mark.parametrize("order", [1, 2, "exact"])
def test_looking_leaves_weights_statistics_and_momenta_as_they_are(order, statistics):
    estimator = shared(order=order, statistics=statistics)
    for _ in range(2):
        estimator(nt.Trial(MIXTURE))
    before = estimator.fit.state()
    kept = {name: tensor.clone() for name, tensor in before.tensors.items()}
    estimator.fit.gradient(estimator.route(MIXTURE))
    after = estimator.fit.state()
    assert kept.keys() == after.tensors.keys() and all(torch.equal(kept[name], own) for name, own in after.tensors.items())
    assert after.about["steps"] == before.about["steps"] and after.about["looks"] == before.about["looks"] + 1


def test_weights_on_no_path_do_not_move_neither_by_decay_nor_by_momentum():
    estimator = shared(weight_decay=0.1)
    conv, pool = (nt.Arch(tuple((name, op) for name in SPACE.sites())) for op in ("conv3", "avgpool3"))
    estimator(nt.Trial(conv))
    before = estimator.state()
    estimator(nt.Trial(pool))
    after = estimator.state()
    used = {node.name for node in extracted(estimator.supernet, SPACE.chosen(pool)).nodes}
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved and all(name.partition(".")[0] in used for name in moved)
    assert any("conv3" in name for name in before)


def test_batches_of_both_kinds_have_the_size_and_the_seed_that_is_asked_for():
    one, other = shared(batch_size=10).fit, shared(batch_size=10, seed=1).fit
    assert [len(own.batches[0][1]) for own in (one, other)] == [len(own.glances[0][1]) for own in (one, other)] == [10, 10]
    for mine, theirs in ((one.batches, other.batches), (one.glances, other.glances)):
        assert not torch.equal(mine[0][0], theirs[0][0])
    for name in one.net.state_dict():
        if name.endswith("weight") and one.net.state_dict()[name].dim() > 1:
            assert not torch.equal(one.net.state_dict()[name], other.net.state_dict()[name]), name


def test_images_that_train_are_augmented_anew_at_each_step_and_those_that_judge_are_not(monkeypatch):
    task = nt.tasks.from_arrays(TASK.train.x[:100], TASK.train.y[:100], augment=nt.tasks.Augment(crop=2))
    forward = fit_shared.FitShared.forward

    def images(seed):
        seen = []
        monkeypatch.setattr(fit_shared.FitShared, "forward", lambda self, x, *more, **how: seen.append(x.clone()) or forward(self, x, *more, **how))
        count = len(task.train)
        nt.estimators.SharedWeights(SPACE, task, 2, channels=4, batch_size=count, whole_split=True, seed=seed, device="cpu")(nt.Trial(SPACE.sample(0)))
        return [{image.numpy().tobytes() for image in x} for x in seen]

    first, second, judged = images(0)
    here, there = ({image.tobytes() for image in split.x} for split in (task.train, task.valid))
    assert first & here < first and first != second and judged == there, "all images of each split, those of training moved"
    assert images(0) == [first, second, judged] and images(1)[0] != first
    seeds = []
    monkeypatch.setattr(type(task), "augmented", lambda self, x, generator: seeds.append(generator.initial_seed()) or x)
    images(0), images(1)
    assert len(set(seeds)) == 4, "of each seed and each step"


@pytest.mark.parametrize("threads", [1, 3])
def test_it_computes_with_so_many_threads(threads, monkeypatch):
    seen, learn = [], fit_shared.FitShared.learn
    monkeypatch.setattr(fit_shared.FitShared, "learn", lambda self, route: seen.append(torch.get_num_threads()) or learn(self, route))
    shared(threads=threads)(nt.Trial(SPACE.sample(0)))
    assert seen == [threads]


def test_mixed_precision_computes_in_fewer_digits(monkeypatch):
    """On a CPU, where it has nothing to gain: that is refused for estimators, whose numerics are the same."""
    monkeypatch.setattr("nastutor.estimators.shared.resolve_precision", lambda amp, device: amp or None)
    losses = [shared(amp=amp, whole_split=True)(nt.Trial(SPACE.sample(0))).metrics["loss"] for amp in (False, "bfloat16")]
    assert losses[0] != losses[1] and losses[0] == pytest.approx(losses[1], rel=0.05)


def test_batches_go_through_all_images_in_ever_new_orders():
    x, y = torch.arange(10.0)[:, None], torch.arange(10)
    batches = fit_shared.Batches((x, y), 5, 0, "learnt")
    epochs = [torch.cat([batches[2 * e][1], batches[2 * e + 1][1]]).tolist() for e in range(3)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs) and epochs[0] != epochs[1] != epochs[2]
    assert fit_shared.Batches((x, y), 5, 0, "learnt")[3][1].tolist() == batches[3][1].tolist()
    assert fit_shared.Batches((x, y), 5, 0, "judged")[0][1].tolist() != batches[0][1].tolist()
    assert len(fit_shared.Batches((x, y), 50, 0, "learnt")[7][1]) == 10


def test_the_rate_falls_over_the_horizon_and_stays():
    fit, route = in_double(shared(lr=0.1, last_lr=0.02, horizon=4), steps=0)
    rates = []
    for _ in range(6):
        rates.append(fit.lr)
        fit.learn(route)
    assert rates[0] == pytest.approx(0.1) and rates[2] == pytest.approx(0.06) and rates[4:] == [0.02, 0.02]
    assert in_double(shared(lr=0.1))[0].lr == 0.1


def test_recalibrated_statistics_are_those_of_the_path_alone():
    """However the supernet was trained before, and so is its error."""
    arch = SPACE.sample(3)
    errors = []
    for before in ([], [SPACE.sample(1)] * 3):
        estimator = shared(statistics="recalibrated", whole_split=True, lr=1e-12)
        for other in before:
            estimator(nt.Trial(other))
        errors.append(estimator(nt.Trial(arch, budget=0)).metrics["loss"])
    assert errors[0] == pytest.approx(errors[1], rel=1e-4)
    running = shared(statistics="running", whole_split=True, lr=1e-12)
    assert running(nt.Trial(arch, budget=0)).metrics["loss"] != pytest.approx(errors[0], rel=1e-4)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
def test_on_a_gpu_a_step_comes_to_the_same():
    estimators = [shared(device=device, order=2) for device in ("cpu", "cuda")]
    one, two = ([estimator(nt.Trial(MIXTURE)) for _ in range(2)][-1] for estimator in estimators)
    assert one.metrics["loss"] == pytest.approx(two.metrics["loss"], rel=1e-3)
    for name in one.grad.weights:
        np.testing.assert_allclose(one.grad[name], two.grad[name], rtol=0.05, atol=1e-3)


def test_two_batches_with_a_mask_each_make_one_step():
    """The gradient is the mean over ghost batches, each with its own paths and its own statistics; what is in neither does not move."""
    archs = [nt.Trial(SPACE.sample(seed)) for seed in (1, 2)]
    both, apart = shared(accumulate=2, momentum=0.0, weight_decay=0.0, lr=0.1), shared(momentum=0.0, weight_decay=0.0, lr=1e-30)
    before = both.state()
    both(archs[0])
    assert all(torch.equal(before[name], own) for name, own in both.state().items()), "the step comes with the second batch"
    both(archs[1])
    grads = {name: torch.zeros_like(own) for name, own in apart.fit.net.named_parameters()}
    for trial in archs:
        apart(trial)
        for name, own in apart.fit.net.named_parameters():
            grads[name] += 0 if own.grad is None else own.grad / 2
    after = both.state()
    for name, own in grads.items():
        torch.testing.assert_close(after[name], before[name] - 0.1 * own, rtol=1e-4, atol=1e-6)
    assert any(torch.equal(after[name], before[name]) for name in grads) and any(not torch.equal(after[name], before[name]) for name in grads)


def test_a_search_goes_on_between_two_batches_of_one_step(tmp_path):
    """The gradient that waits for its second batch is kept."""
    trials = [nt.Trial(SPACE.sample(seed)) for seed in range(5)]
    whole, cut = (shared(accumulate=2, weights=tmp_path / name, checkpoint=3) for name in ("whole", "cut"))
    for trial in trials:
        whole(trial)
    answers = [cut(trial) for trial in trials[:3]]
    again = shared(accumulate=2, weights=tmp_path / "cut", checkpoint=3)
    for trial, result in zip(trials, answers, strict=False):
        again.recall(trial, result)
    for trial in trials[3:]:
        again(trial)
    assert all(torch.equal(own, again.state()[name]) for name, own in whole.state().items())
