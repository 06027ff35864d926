import math
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import nastutor as nt
from nastutor.estimators.fit import Fit, Images, Recipe, cosine

RECIPE = Recipe(batch_size=32, lr=0.1, momentum=0.9, weight_decay=5e-4, device="cpu", precision=None)


@pytest.fixture(scope="module")
def images(task):
    return Images(task, "cpu")


def fresh(space, images, recipe=RECIPE, seed=7):
    return Fit(space.graph(space.sample(5), images.task).simplified().build(seed), images, recipe, seed)


def stands_alike(a, b):
    mine, theirs = a.state(), b.state()
    return mine.about == theirs.about and all(torch.equal(mine.tensors[name], theirs.tensors[name]) for name in mine.tensors | theirs.tensors)


def test_same_seed_same_bits_and_another_seed_others(space, images):
    a, b, c = fresh(space, images), fresh(space, images), fresh(space, images, seed=8)
    assert [fit.run(2) for fit in (a, b, c)] == ["ok"] * 3
    assert stands_alike(a, b) and not stands_alike(a, c) and len(a.curve) == 2


def test_restored_in_the_middle_it_ends_in_the_same_bits(space, images):
    """Momentum, batch-norm statistics, data order: all of it goes on."""
    whole, half = fresh(space, images), fresh(space, images)
    whole.run(3)
    half.run(3, stop=lambda curve: len(curve) == 1)
    assert half.epoch == 1
    resumed = fresh(space, images, seed=99).restore(half.state())
    resumed.run(3)
    assert stands_alike(resumed, whole)


@pytest.mark.parametrize("part", ["momentum", "module"])
def test_what_a_state_lacks_is_missed(space, images, part):
    whole, half = fresh(space, images), fresh(space, images)
    whole.run(2)
    half.run(2, stop=lambda curve: True)
    state = half.state()
    state.tensors = {name: tensor * (0.5 if name.startswith(part) and tensor.is_floating_point() else 1) for name, tensor in state.tensors.items()}
    resumed = fresh(space, images).restore(state)
    resumed.run(2)
    assert not stands_alike(resumed, whole)


def test_dropout_goes_on_too(images):
    """Its generators are placed anew at each epoch."""
    space = nt.spaces.ChoiceSpace.of({"p": (0.5,)})

    def graph():
        from nastutor.nets.graph import LayerGraph

        builder = LayerGraph.start((1, 8, 8))
        x = builder.add("linear", builder.add("flatten", builder.input), units=16)
        return builder.finish(builder.add("linear", builder.add("dropout", x, p=0.5), units=10))

    def fit(seed=7):
        return Fit(graph().build(seed), images, RECIPE, seed)

    assert space.size == 1
    whole, half = fit(), fit()
    whole.run(2)
    half.run(2, stop=lambda curve: True)
    resumed = fit(seed=99).restore(half.state())
    resumed.run(2)
    assert stands_alike(resumed, whole)


@pytest.mark.parametrize("change", [{"batch_size": 16}, {"lr": 0.05}, {"momentum": 0.0}, {"weight_decay": 0.1}])
def test_each_part_of_the_recipe_counts(space, images, change):
    settings = {name: getattr(RECIPE, name) for name in Recipe.__dataclass_fields__}
    other = Recipe(**{**settings, **change})
    a, b = fresh(space, images), fresh(space, images, other)
    a.run(1), b.run(1)
    assert not torch.equal(a.state().tensors["module/stem conv.weight"], b.state().tensors["module/stem conv.weight"])


def test_learning_rate_falls_as_a_cosine_to_zero(space, images):
    rates = []
    fit = fresh(space, images)
    step = fit.step
    fit.step = lambda x, y: (rates.append(fit.optimizer.param_groups[0]["lr"]), step(x, y))[1]
    fit.run(2)
    steps = 2 * math.ceil(200 / 32)
    assert rates == pytest.approx([cosine(0.1, number / steps) for number in range(steps)])
    assert cosine(0.1, 0) == 0.1 and cosine(0.1, 0.5) == pytest.approx(0.05) and cosine(0.1, 1) == 0


def test_agrees_with_a_loop_by_hand(space, task, images):
    """The same steps with torch's plain optimiser, in the order that the generators give: equal to rounding."""
    from nastutor.rng import torch_rng

    fit = fresh(space, images)
    model = space.graph(space.sample(5), task).simplified().build(7)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    x, y = torch.tensor(task.train.x), torch.tensor(task.train.y)
    batches = torch.randperm(200, generator=torch_rng(7, "order", 0)).split(32)
    for number, rows in enumerate(batches):
        optimizer.param_groups[0]["lr"] = cosine(0.1, number / len(batches))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    fit.run(1)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(fit.module.state_dict()[name], tensor, rtol=2e-3, atol=2e-4)


def test_evaluation_is_exact_and_changes_nothing(space, images, task):
    fit = fresh(space, images)
    fit.run(1)
    before = fit.state()
    error, loss = fit.evaluate("test")
    logits = fit.module(torch.tensor(task.test.x))
    assert error == (logits.argmax(1) != torch.tensor(task.test.y)).sum().item() / 400
    assert loss == pytest.approx(torch.nn.functional.cross_entropy(logits, torch.tensor(task.test.y)).item(), rel=1e-4)
    assert all(torch.equal(before.tensors[name], tensor) for name, tensor in fit.state().tensors.items())


def test_augmentation_is_used(space, task, images):
    import copy

    changed = copy.copy(task)
    changed.augment = nt.tasks.Augment(crop=2)
    a, b, c = fresh(space, images), fresh(space, Images(changed, "cpu")), fresh(space, Images(changed, "cpu"))
    a.run(1), b.run(1), c.run(1)
    assert not stands_alike(a, b) and stands_alike(b, c)


def test_a_single_image_left_over_is_left_out(space):
    fit = fresh(space, Images(nt.tasks.digits(train_size=65), "cpu"))
    assert fit.run(1) == "ok" and [len(y) for _, y in spied(fit)] == [32, 32]


def spied(fit, epochs=1):
    """The batches that another run of the same training sees."""
    batches, step = [], fit.step
    fit.epoch, fit.step = 0, lambda x, y: (batches.append((x, y)), step(x, y))[1]
    fit.run(epochs)
    return batches


def test_each_epoch_has_an_order_of_its_own_and_every_image(space, images, task):
    batches = [y for _, y in spied(fresh(space, images), 2)]
    first, second = torch.cat(batches[:7]), torch.cat(batches[7:])
    assert not torch.equal(first, second) and torch.equal(first.sort().values, second.sort().values)
    assert torch.equal(first.sort().values, torch.tensor(task.train.y).sort().values)


def test_divergence_is_noticed(space, images):
    fit = fresh(space, images, Recipe(32, 1e7, 0.9, 0.0, "cpu", None))
    assert fit.run(5) == "diverged" and not fit.finite and fit.epoch < 5


class NoFloat64(TorchDispatchMode):
    """As on Apple's GPUs: no tensor of 64-bit floats."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        answer = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(answer):
            assert not (isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float64), f"{func} makes float64"
        return answer


def test_a_training_needs_no_float64(space, task):
    with NoFloat64():
        fit = fresh(space, Images(task, "cpu"))
        assert fit.run(1) == "ok" and fit.state().tensors
        with pytest.raises(AssertionError, match="float64"):
            torch.zeros(1, dtype=torch.float64)


def test_on_apples_gpu_the_step_is_not_fused_and_nothing_is_scaled(space, images):
    """torch had no fused step there for long; the rest of a training cannot be tried without the machine."""
    fit, here = fresh(space, images, replace(RECIPE, device="mps")), fresh(space, images)
    assert (fit.optimizer.defaults["fused"], here.optimizer.defaults["fused"]) == (False, True) and not fit.scaler.is_enabled()
