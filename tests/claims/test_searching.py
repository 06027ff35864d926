"""On a smooth landscape strategies that learn win, where first decisions mislead or say nothing they do not; settings are as stated."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import against_random, searching
from tests.claims.made_up import ARCHS, ROUGH, SMOOTH, MadeUp

TABLE = MadeUp(SMOOTH)
# The sum of all five decisions, modulo 4, decides, and whatever comes before the last says nothing; what is left is small and in no order.
HIDDEN = np.array([0.1 * (sum(value for _, value in arch.choices) % 4) for arch in ARCHS]) + ROUGH / 100

# The best, one in eight, are behind the first decision that is worst in the mean.
DECEPTIVE = np.array(
    [0.3 + error / 10 if arch["d0"] != 3 else 0.1 * error if number % 8 == 0 else 0.9 for number, (arch, error) in enumerate(zip(ARCHS, SMOOTH))]
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "key, other", [("negrinho2017-bisection", DECEPTIVE), ("wistuba2017-uct", DECEPTIVE), ("negrinho2017-ngrams", DECEPTIVE), ("baker2017a-epsilon", HIDDEN)]
)
def test_claims_can_go_either_way(key, other):
    smooth, misled = (nt.claims.claim(key).run(MadeUp(errors, noise=0.0), seeds=20) for errors in (SMOOTH, other))
    print(smooth, misled, sep="\n")
    assert smooth.supported and smooth.effect.high < 0 and not misled.supported


def test_as_many_trials_as_stated(monkeypatch):
    asked = []
    monkeypatch.setattr(
        against_random,
        "ends",
        lambda table, make, trials, seeds, first: asked.append((trials, make(table.space, seed=3))) or (np.linspace(0.1, 0.2, seeds),) * 2,
    )
    for find in (searching.bisection, searching.ngrams, searching.uct):
        find(TABLE, 10, 0)
    trials, made = zip(*asked, strict=True)
    assert trials == (64, 64, 64, 64, 64, 102, 102, 102), "a tenth of 1,024 networks, at most 64 and 200"
    assert [type(one).__name__ for one in made] == ["MCTS", "RandomSearch", "MCTS", "NGramSMBO", "RandomSearch", "MCTS", "RandomSearch", "MCTS"]
    assert [(made[place].bisection, made[place].scaled, made[place].exploration) for place in (0, 2, 5, 7)] == [
        (True, False, 0.5), (False, False, 0.5), (False, False, 0.5), (False, True, 0.5)
    ]  # fmt: skip
    assert (made[3].candidates, made[3].epsilon, made[3].longest, made[3].least, made[3].ridge) == (50, 0.25, 4, 3, 1000.0)


def test_levels_are_those_of_the_schedule():
    history = nt.History(nt.Record(nt.Trial(arch), nt.Result({"error": 0.5})) for arch in ARCHS[:6])
    true = {arch: float(number) for number, arch in enumerate(ARCHS[:5])}  # the last has diverged in each run
    assert searching.by_level(history, ((1.0, 3), (0.5, 1), (0.1, 2)), true) == [1.0, 3.0, 4.0]


@pytest.mark.parametrize("falls", [True, False])
def test_a_trend_needs_both_tests(monkeypatch, falls):
    levels = np.linspace(0.3, 0.2, 10) if falls else np.full(10, 0.25)
    rng = np.random.default_rng(0)
    monkeypatch.setattr(searching, "search", lambda *_, **__: None)
    monkeypatch.setattr(searching, "by_level", lambda *_: levels + rng.normal(0, 0.01, 10))
    finding = searching.epsilons(TABLE, 12, 0)
    assert (finding.p < 0.05) == falls and "270 models" in finding.said and "1: 0." in finding.said
