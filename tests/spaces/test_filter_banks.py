"""`FilterBankSpace`: its size, its networks by hand, and how they are trained."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.spaces import ChoiceSpace, FilterBankSpace
from nastutor.testing import check_space

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)
SMALL = FilterBankSpace(((4,),), (8,), (3,), (2,), l2=(1e-4,))


def arch(space, **answers):
    return space.walk(lambda name, options: answers.get(name, options[0]))


def test_size_and_sites_are_what_enumeration_finds():
    archs = list(SMALL)
    assert SMALL.size == len(archs) == len(set(archs)) == (1 + 2 * 2 * 2) * (2 * 2 + 2 * 2 * 2 + 2 * 2 * 2 * 2)
    found = ChoiceSpace._sites.func(SMALL)
    assert {name: set(options) for name, options in found.items()} == {name: set(options) for name, options in SMALL.sites().items()}
    assert SMALL.codes(archs).shape == (len(archs), len(SMALL.sites()))


def test_networks_by_hand():
    """A grid of 2x2 reads answers of both signs, so 128 numbers are 16 filters; a pool of 2 by 2 leaves 4x4 pixels, so 8 filters."""
    space = FilterBankSpace()
    grid = space.graph(arch(space, exit="grid0"), DIGITS)
    assert grid.counts().params == 9 * 16 + 16 + 128 * 10 + 10
    answers = {"exit": "pool1", "layer1_norm": True, "layer1_stride": 2, "exit_stride": 2, "exit_pool_norm": True, "exit_order": "max"}
    pool = space.graph(arch(space, **answers), DIGITS)
    assert [node.op for node in pool.nodes] == ["input", "conv", "bn", "relu", "avg_pool", "conv", "relu", "max_pool", "bn", "flatten", "linear"]
    assert pool.counts().params == 9 * 8 + 2 * 8 + (9 * 8 * 32 + 32) + 2 * 32 + 128 * 10 + 10
    alpha = space.graph(arch(space, exit="alpha0", size=12), DIGITS)
    assert [node.op for node in alpha.nodes] == ["input", "bilinear", "conv", "relu", "scale", "relu", "concat", "avg_pool", "flatten", "linear"]


def test_its_l2_is_that_of_the_training():
    space = FilterBankSpace(((4,),), (8,), (3,), (2,), features=8)
    one = arch(space, exit="grid1", exit_l2=1e-2)
    assert space.training(one) == {"weight_decay": 1e-2}
    train = nt.estimators.Train(space, nt.tasks.digits(train_size=60), 1, weights=False)
    assert train.recipe_for(one).weight_decay == 1e-2 and train(nt.Trial(one)).status == "ok"


def test_it_keeps_the_rules():
    check_space(SMALL)


def test_tpe_and_smac_search_it():
    def loss(trial):
        return nt.Result({"error": len(trial.arch.choices) / 60})

    for strategy in (nt.TPE(SMALL, start=6), nt.SMAC(SMALL, start=6, climbs=1, samples=5, trees=2)):
        assert len(nt.search(strategy, loss, trials=9, progress=False)) == 9


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"kernels": (2,)}, "odd sizes"), ({"pools": (1,)}, "`pools` is"), ({"sizes": ()}, "at least one"), ({"layers": ((0,),)}, "`layers` is"),
        ({"features": 0}, "`features` is 0"), ({"l2": (-1.0,)}, "`l2` is"), ({"strides": (0,)}, "`strides` is"), ({"grids": (0,)}, "`grids` is"),
    ],
)  # fmt: skip
def test_refusals(settings, word):
    with pytest.raises(ValueError, match=word):
        FilterBankSpace(**settings)


def test_a_pool_that_does_not_fit_is_named():
    space = FilterBankSpace(((4,), (4,)), (2,), (3,), (2,), (2,))
    with pytest.raises(ValueError, match="the pool of layer 2 is 2, but the image"):
        space.graph(arch(space, exit="grid2"), DIGITS)
