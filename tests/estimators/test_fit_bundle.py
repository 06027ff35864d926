"""Training together is training alone, step for step, in double precision."""

import math

import pytest
import torch

import nastutor as nt
from nastutor.estimators.fit import Fit, Images, Recipe
from nastutor.estimators.fit_bundle import FitBundle

PLAIN = Recipe(32, 0.05, 0.9, 5e-4, "cpu", None)
CLOSE = {"rtol": 1e-7, "atol": 1e-9}


class Double(Images):
    def __getitem__(self, name):
        x, y = super().__getitem__(name)
        return x.double(), y


def networks(space, task, count=4):
    return [space.graph(space.sample(seed), task).simplified() for seed in range(count)]


def both(space, task, recipes, epochs=2, stop=None):
    """(all together, one by one), trained in double precision."""
    graphs, images = networks(space, task, len(recipes)), Double(task, "cpu")
    bundle = FitBundle(graphs, images, recipes, [7 + k for k in range(len(graphs))], ("valid", "test"), torch.float64)
    bundle.run(epochs, stop)
    alone = []
    for number, (graph, recipe) in enumerate(zip(graphs, recipes, strict=True)):
        fit = Fit(graph.build(seed=7 + number).double(), images, recipe, 7 + number, ("valid", "test"))
        fit.status = fit.run(epochs, stop)
        alone.append(fit)
    return bundle, alone


def assert_alike(bundle, alone):
    for member, state, fit in zip(bundle.members, bundle.states(), alone, strict=True):
        theirs = fit.state()
        assert member.curves == fit.curves and (member.epoch, member.status) == (fit.epoch, fit.status)
        assert math.isclose(member.loss, fit.loss, rel_tol=1e-7) and math.isclose(member.train_loss, fit.train_loss, rel_tol=1e-6)
        missing = state.tensors.keys() - theirs.tensors.keys()
        assert missing == set() or (fit.recipe.momentum == 0 and all(name.startswith("momentum/") for name in missing))
        assert state.about["seed"] == theirs.about["seed"]
        for name, tensor in theirs.tensors.items():
            torch.testing.assert_close(state.tensors[name], tensor, **(CLOSE if tensor.is_floating_point() else {}))


def test_the_same_recipe_for_all(space, task):
    assert_alike(*both(space, task, [PLAIN] * 4))


def test_a_recipe_for_each(space, task):
    recipes = [PLAIN, Recipe(32, 0.2, 0.9, 5e-4, "cpu", None), Recipe(32, 0.05, 0.0, 5e-4, "cpu", None), Recipe(32, 0.05, 0.9, 0.0, "cpu", None)]
    assert_alike(*both(space, task, recipes))


def test_augmented_images_and_dropout(task):
    x, y = task.train.x, task.train.y
    moved = nt.tasks.from_arrays(x, y, augment=nt.tasks.Augment(crop=1, flip=True, cutout=2))
    assert_alike(*both(Dropping(), moved, [PLAIN] * 3))


class Dropping(nt.spaces.CellSpace):
    """Cells with dropout before the last layer."""

    def __init__(self):
        super().__init__(nodes=3, channels=4)

    def graph(self, arch, task):
        graph = super().graph(arch, task)
        builder = type(graph).start(task.shape)
        for node in graph.nodes[1:-1]:
            builder.add(node.op, *node.inputs, name=node.name, **dict(node.attrs))
        dropped = builder.add("dropout", graph.nodes[-2].name, p=0.3, name="drop")
        return builder.finish(builder.add("linear", dropped, units=task.classes, name="head"))


def test_one_that_diverges_fails_alone(space, task):
    hot = Recipe(32, 1e12, 0.9, 5e-4, "cpu", None)
    graphs = networks(space, task, 3)
    images = Images(task, "cpu")
    members = FitBundle(graphs, images, [PLAIN, hot, PLAIN], [0, 1, 2]).run(3)
    without = FitBundle(graphs[::2], images, [PLAIN, PLAIN], [0, 2]).run(3)
    assert [member.status for member in members] == ["ok", "diverged", "ok"] and members[1].epoch == 1
    for member, other in zip(members[::2], without, strict=True):
        assert member.loss == pytest.approx(other.loss, rel=1e-3)


def test_one_that_is_stopped_keeps_what_it_had(space, task):
    bundle, alone = both(space, task, [PLAIN] * 3, epochs=3, stop=lambda curve: round(1000 * curve[0]) % 2 == 1)
    assert_alike(bundle, alone)
    assert {member.status for member in bundle.members} == {"ok", "stopped"}


def test_the_same_again_bit_for_bit(space, task):
    one, two = (FitBundle(networks(space, task), Images(task, "cpu"), [PLAIN] * 4, range(4)) for _ in range(2))
    one.run(2), two.run(2)
    assert torch.equal(one.nets.params, two.nets.params) and [m.loss for m in one.members] == [m.loss for m in two.members]
