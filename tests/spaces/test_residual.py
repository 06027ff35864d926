"""`ResidualSpace`: its size, its networks by hand, and its training decided with it."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.published.residual import ZELA, ZELA_TRAINING
from nastutor.spaces import JointSpace, ResidualSpace
from nastutor.testing import check_space

DIGITS = SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)


def arch(space, **answers):
    return space.walk(lambda name, options: answers.get(name, options[0]))


def test_size_and_decisions():
    space = ResidualSpace()
    assert space.size == 2 * 27**2 == len(list(space)) and len(space.sites()) == 7
    published = ResidualSpace(**ZELA)
    assert len(published.sites()) == 10 and published.size == 5 * (5 * 5 * 4) ** 3
    assert len(JointSpace(published, ZELA_TRAINING).sites()) == 14


def test_a_network_by_hand():
    """Filters 4; a block of 4 with one branch; two blocks of 8 with two branches, the first on half the image."""
    space = ResidualSpace()
    graph = space.graph(arch(space, factor1=1.0, blocks2=2, branches2=2, factor2=2.0), DIGITS)
    first = 2 * (9 * 4 * 4 + 8)
    second = 2 * (9 * 4 * 8 + 16 + 9 * 8 * 8 + 16) + (4 * 8 + 16)
    third = 2 * 2 * (9 * 8 * 8 + 16)
    assert graph.counts().params == 9 * 4 + 8 + first + second + third + 8 * 10 + 10
    assert graph.node("group 2 block 1 sum").shape == (8, 4, 4) and graph.node("group 1 block 1 sum").shape == (4, 8, 8)


def test_it_is_searched_with_its_training():
    space = JointSpace(ResidualSpace((4,), (1, 2), (1, 2), (1.0,)), {"lr": (0.05, 0.1), "momentum": (0.5, 0.9), "weight_decay": (1e-4, 1e-3)})
    train = nt.estimators.Train(space, nt.tasks.digits(train_size=60), 1, weights=False)
    for strategy in (nt.TPE(space, start=1), nt.SMAC(space, start=1, climbs=1, samples=3, trees=2)):
        history = nt.search(strategy, train, trials=2, progress=False)
        assert [record.result.status for record in history] == ["ok", "ok"]


def test_it_keeps_the_rules():
    check_space(ResidualSpace((4,), (1, 2), (1, 2), (0.5, 1.0), groups=2))


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"filters": (0,)}, "`filters` is"), ({"blocks": ()}, "at least one"), ({"branches": (1.5,)}, "`branches` is"), ({"factors": (0,)}, "`factors` is"),
     ({"groups": 0}, "`groups` is 0")],
)  # fmt: skip
def test_refusals(settings, word):
    with pytest.raises(ValueError, match=word):
        ResidualSpace(**settings)


def test_an_image_that_is_too_small_is_named():
    with pytest.raises(ValueError, match="each group but the first halves the image"):
        ResidualSpace(groups=5).graph(ResidualSpace(groups=5).sample(0), DIGITS)
