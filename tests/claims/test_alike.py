"""Each test can go either way: errors that follow from the network, and the same errors dealt out at random."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import alike
from nastutor.kernels.layers import Inputs
from nastutor.rng import numpy_rng
from tests.claims.made_up import MadeUp

SPACE = nt.spaces.CellSpace(nodes=3, ops=("skip", "conv1", "conv3", "avgpool3"))
ARCHS = list(SPACE)
LARGE = -np.log([SPACE.graph(arch, Inputs()).simplified().counts().params for arch in ARCHS])  # larger networks are better
DEALT = numpy_rng(3, "dealt").permutation(LARGE)


class Cells(MadeUp):
    """A made-up table of cells."""

    networks = len({SPACE.canonical(arch) for arch in ARCHS})

    def __init__(self, errors):
        self.space, self.archs = SPACE, ARCHS
        names = list(dict.fromkeys(map(SPACE.canonical, ARCHS)))
        self.network = np.array([names.index(SPACE.canonical(arch)) for arch in ARCHS])
        self.values = errors

    def column(self, metric="error", budget=None, seed=None):
        return self.values


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(alike, "POOL", 30)
    monkeypatch.setattr(alike, "SHUFFLES", 199)
    monkeypatch.setattr(alike, "REFITTED", 39)


@pytest.mark.parametrize("claim", [alike.distance, alike.edits])
def test_what_is_near_is_alike_where_errors_follow_from_the_network(claim):
    follow, dealt = (claim(Cells(errors), 10, 0) for errors in (LARGE, DEALT))
    assert follow.p < 0.05 < dealt.p and follow.effect.low > 0 and follow.effect.low <= follow.effect.value <= follow.effect.high


def test_rankings_are_compared_with_those_of_one_hot_codes(monkeypatch):
    table = Cells(LARGE)
    found = alike.ranking(table, 10, 0)
    assert 0 < found.p <= 1 and found.effect.low <= found.effect.value <= found.effect.high and "30 networks" in found.said
    errors = alike.pool(table, 0)[1]
    vague = errors + np.random.default_rng(0).normal(size=30)
    foreseen = iter([errors, vague, vague, errors])
    monkeypatch.setattr(alike, "left_out", lambda *arguments: next(foreseen))
    assert alike.ranking(table, 10, 0).p < 0.01 < 0.9 < alike.ranking(table, 10, 0).p


def test_what_is_foreseen_of_a_network_does_not_know_it():
    from nastutor.kernels import OneHot
    from nastutor.strategies.gp import Process

    archs, errors = alike.pool(Cells(LARGE), 0)
    compared = OneHot().matrix(SPACE, archs)
    model, foreseen = Process(OneHot(), compared, errors).fit(starts=1), alike.left_out(OneHot(), compared, errors)
    others = np.arange(1, 30)
    alone = Process(OneHot(), compared[:, 1:, 1:], errors[1:], model.settings)
    mean = model.middle + model.scale * (model.covariance(compared[:, :1, others]) @ np.linalg.solve(alone.factor @ alone.factor.T, model._y[1:]))
    assert foreseen[0] == pytest.approx(float(mean[0]))


def test_a_pool_holds_each_network_once_and_spaces_without_networks_are_refused():
    archs, errors = alike.pool(Cells(LARGE), 0)
    assert len(archs) == 30 == len({SPACE.canonical(arch) for arch in archs}) and len(errors) == 30
    assert archs != alike.pool(Cells(LARGE), 1)[0]
    assert alike.GRAPHS.lack(MadeUp(np.zeros(1024))) and not alike.GRAPHS.lack(Cells(LARGE))
