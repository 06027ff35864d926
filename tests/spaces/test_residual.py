"""`ResidualSpace`: its size, its networks by hand, and its training decided with it."""

from types import SimpleNamespace

import pytest
import torch

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
    assert len(published.sites()) == 11 and len(JointSpace(published, ZELA_TRAINING).sites()) == 17
    assert published.size == 5 * ((5 * 4 * 4) ** 3 + 4 * ((5 * 5 * 4) ** 3 - (5 * 4 * 4) ** 3)), "a rate where some group has lone branches"


def test_a_network_by_hand():
    """Filters 4; a block of 4 with one branch; two blocks of 8 with two branches, the first on half the image."""
    space = ResidualSpace()
    graph = space.graph(arch(space, factor1=1.0, blocks2=2, branches2=2, factor2=2.0), DIGITS)
    first = 2 * (9 * 4 * 4 + 8)
    second = 2 * (9 * 4 * 8 + 16 + 9 * 8 * 8 + 16) + (4 * 8 + 16)
    third = 2 * 2 * (9 * 8 * 8 + 16)
    assert graph.counts().params == 9 * 4 + 8 + first + second + third + 8 * 10 + 10
    assert graph.node("group 2 block 1 sum").shape == (8, 4, 4) and graph.node("group 1 block 1 sum").shape == (4, 8, 8)


SHAKEN = ResidualSpace((4,), (1, 2), (1, 3), (1.0, 2.0), death_rates=(0.0, 0.3))


def test_a_rate_is_decided_where_there_is_a_lone_branch():
    archs = list(SHAKEN)
    assert SHAKEN.size == len(archs) == len(set(archs)) == 4 * 4 + 2 * (8 * 8 - 4 * 4)
    for one in archs:
        lone = 1 in (one["branches1"], one["branches2"])
        assert ("death_rate" in dict(one.choices)) == lone and (SHAKEN.plan(one)[2] is not None) == lone
    assert "death_rate" not in ResidualSpace(branches=(2, 3), death_rates=(0.1,)).sites()


def test_what_is_shaken():
    mixed = arch(SHAKEN, blocks1=2, branches2=3, death_rate=0.3)
    graph, plain = SHAKEN.graph(mixed, DIGITS), ResidualSpace((4,), (1, 2), (1, 3), (1.0, 2.0)).graph(nt.Arch(mixed.choices[:-1]), DIGITS)
    shaken = {node.name: dict(node.attrs) for node in graph.nodes if node.op in ("shake", "shake_drop")}
    assert shaken == {"group 1 block 1 drop": {"p": 0.3}, "group 1 block 2 drop": {"p": 0.3}, "group 2 block 1 mean": {"draw": "softmax"}}
    assert graph.counts().params == plain.counts().params and not any(node.op.startswith("shake") for node in plain.nodes)
    x, net = torch.randn(2, 1, 8, 8), graph.build(seed=3)
    assert not torch.equal(net(x), net(x)), "shaken anew"
    still = arch(SHAKEN, branches1=3, branches2=3)
    same = ResidualSpace((4,), (1, 2), (1, 3), (1.0, 2.0)).graph(still, DIGITS)
    assert torch.allclose(SHAKEN.graph(still, DIGITS).build(seed=3).eval()(x), same.build(seed=3).eval()(x), atol=1e-5), (
        "in evaluation the mean of the branches"
    )


def test_shaken_networks_train_alone_and_together():
    task = nt.tasks.digits(train_size=60)
    for estimator in (nt.estimators.Train, nt.estimators.Population):
        many = estimator(SHAKEN, task, 1, weights=False)
        trials = [nt.Trial(arch(SHAKEN, branches2=3, death_rate=0.3)), nt.Trial(arch(SHAKEN, branches1=3, branches2=3))]
        answers = many.many(trials) if estimator is nt.estimators.Population else [many(trial) for trial in trials]
        assert [answer.status for answer in answers] == ["ok", "ok"]


def test_it_is_searched_with_its_training():
    space = JointSpace(
        ResidualSpace((4,), (1, 2), (1, 2), (1.0,)),
        {"lr": (0.05, 0.1), "momentum": (0.5, 0.9), "weight_decay": (1e-4, 1e-3), "mixup": (0.0, 1.0), "cutout": (0, 3)},
    )
    train = nt.estimators.Train(space, nt.tasks.digits(train_size=60), 1, weights=False)
    for strategy in (nt.TPE(space, start=1), nt.SMAC(space, start=1, climbs=1, samples=3, trees=2)):
        history = nt.search(strategy, train, trials=2, progress=False)
        assert [record.result.status for record in history] == ["ok", "ok"]


def test_it_keeps_the_rules():
    check_space(ResidualSpace((4,), (1, 2), (1, 2), (0.5, 1.0), groups=2))
    check_space(SHAKEN)


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"filters": (0,)}, "`filters` is"), ({"blocks": ()}, "at least one"), ({"branches": (1.5,)}, "`branches` is"), ({"factors": (0,)}, "`factors` is"),
     ({"groups": 0}, "`groups` is 0"), ({"death_rates": (0.1, 1.0)}, "`death_rates` is 1.0; allowed are numbers from 0 to below 1")],
)  # fmt: skip
def test_refusals(settings, word):
    with pytest.raises(ValueError, match=word):
        ResidualSpace(**settings)


def test_an_image_that_is_too_small_is_named():
    with pytest.raises(ValueError, match="each group but the first halves the image"):
        ResidualSpace(groups=5).graph(ResidualSpace(groups=5).sample(0), DIGITS)
