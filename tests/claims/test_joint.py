"""Joint claims: only tables of joint spaces suit, both can go either way, and searches in turn are what their statement says."""

import numpy as np

import nastutor as nt
from nastutor.claims import joint
from tests.claims.made_up import SMOOTH, MadeUp

SPACE = nt.spaces.JointSpace(nt.spaces.ChainSpace((1, 2), ("conv",), (4, 8), (1, 3)), {"lr": (0.01, 0.1, 1.0), "batch_size": (16, 32)})
ARCHS = list(SPACE)
CELLS = {arch: place for place, arch in enumerate(SPACE.space)}


class Joint(MadeUp):
    """Tables over a joint space."""

    networks = len(ARCHS)

    def __init__(self, errors, noise=0.0):
        self.space, self.archs, self.network = SPACE, ARCHS, np.arange(len(ARCHS))
        rng = np.random.default_rng(1)
        self.errors = {budget: errors[:, None] + share * noise * rng.normal(size=(len(ARCHS), 3)) for budget, share in ((1, 3), (3, 1), (9, 0.1))}
        self.places = {arch: row for row, arch in enumerate(ARCHS)}

    def best(self, metric="error"):
        trial = nt.Trial(ARCHS[int(self.column().argmin())])
        return nt.Record(trial, self(trial))


def made(error):
    """Errors by (number of the architecture, learning rate, batch size)."""
    return np.array([error(CELLS[SPACE.inner(arch)], arch["lr"], arch["batch_size"]) for arch in ARCHS])


SLOPE = made(lambda number, lr, size: 0.1 + number / len(CELLS) / 2 + 0.01 * (lr != 0.1))


def test_tables_of_architectures_alone_do_not_suit():
    for claim in joint.CLAIMS:
        assert f"its space is ProductSpace, and {claim.key} needs a space of architectures with settings" in claim.lacks(MadeUp(SMOOTH))
        assert not claim.lacks(Joint(SLOPE)) and "its space is CellSpace" in claim.lacks(nt.estimators.Table("digits-tiny"))


def test_the_correlation_rises_where_less_noise_comes_with_a_larger_budget_and_not_where_there_is_none():
    rises, level = (nt.claims.claim("zela2018-budgets").run(Joint(SLOPE, noise), seeds=10) for noise in (0.3, 0.0))
    assert rises.supported and rises.effect.low > 0 and "Spearman's correlation with 9 epochs after 1: 0." in rises.said and not level.supported


def test_in_turn_asks_for_architectures_first_then_for_their_settings():
    history = joint.in_turn(Joint(SLOPE), 31, 0)
    first, second = history[:15], history[15:]
    assert len(second) == 16 and {(one.trial.arch["lr"], one.trial.arch["batch_size"]) for one in first} == {(0.1, 16)}
    best = min(first, key=lambda one: one.error).trial.arch
    assert {SPACE.inner(one.trial.arch) for one in second} == {SPACE.inner(best)} and len({one.trial.arch for one in second}) > 3


def test_both_ways(monkeypatch):
    """Where one training tells the best architecture from others, in turn is as good; where each wants its own, it is misled."""
    monkeypatch.setattr(joint, "trials_of", lambda table, most: 40)
    misleading = made(lambda number, lr, size: (0.3 + number / 1000 if lr == 0.1 else 0.1 + number / 100) if number < 8 else 0.2 if lr == 0.1 else 0.5)
    told = joint.at_once(Joint(misleading), 10, 0), joint.at_once(Joint(SLOPE), 10, 0)
    assert told[0].p < 0.05 < told[1].p and told[0].effect.high < 0 and "after 40 trials: validation regret" in told[0].said
