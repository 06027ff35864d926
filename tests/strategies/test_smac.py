"""What SMAC asks for, every option, bad input, and that it learns."""

import math

import numpy as np
import pytest
from scipy.stats import wilcoxon

import nastutor as nt
from nastutor.strategies import smac
from nastutor.testing.strategy import Pyramid

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple("abcde") for i in range(6)})
SMALL = nt.spaces.ChoiceSpace.of({"op": ("a", "b"), "width": (4, 8, 16)})


def smooth(arch):
    return sum(("abcde".index(value) - 2) ** 2 for _, value in arch.choices) / 24


def run(strategy, trials, error=smooth):
    """One at a time; the trials asked for."""
    asked = []
    for _ in range(trials):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], nt.Result({"error": error(asked[-1].arch)}))
    return asked


def told(count=30, **arguments):
    """A SMAC that knows so many random architectures."""
    strategy = nt.SMAC(SPACE, **{"interleave": 0, **arguments})
    for number in range(count):
        arch = SPACE.sample(number)
        strategy.tell(nt.Trial(arch), nt.Result({"error": smooth(arch)}))
    return strategy


class Counted(smac.Forest):
    made = 0
    given = []

    def __init__(self, *given):
        type(self).made, type(self).given = self.made + 1, given
        super().__init__(*given)


@pytest.fixture
def forests(monkeypatch):
    kind = type("Counted", (Counted,), {"made": 0})
    monkeypatch.setattr(smac, "Forest", kind)
    return kind


@pytest.mark.parametrize("start, interleave, made", [(10, 0, 10), (15, 0, 5), (10, 2, 5), (10, 5, 8), (10, 1, 0)])
def test_start_and_interleaved_challengers_are_random(start, interleave, made, forests):
    run(nt.SMAC(SPACE, start, interleave=interleave), 20)
    assert forests.made == made


def test_one_forest_serves_until_something_is_told(forests):
    strategy = told()
    asked = [strategy.ask() for _ in range(5)]
    assert forests.made == 1 and len({trial.arch for trial in asked}) == 5
    strategy.tell(asked[0], nt.Result({"error": 0.5}))
    strategy.ask()
    assert forests.made == 2


def test_the_forest_is_made_as_asked(forests):
    told(trees=4, features=0.5, least=7).ask()
    assert forests.given[:3] == (4, 0.5, 7)


def expected(strategy, archs):
    """Improvement by the forest that the strategy grows next."""
    seen = list(strategy.race.runs)
    forest = smac.Forest(strategy.trees, strategy.features, strategy.least, strategy.rng.getrandbits(31))
    mean, variance = forest.fit(strategy.columns.of(seen), strategy._targets(seen)).predict(strategy.columns.of(archs))
    return smac.expected_improvement(mean, np.sqrt(variance), min(smooth(arch) for arch in seen))


def test_what_it_asks_for_is_a_local_optimum_of_expected_improvement():
    asked = told(seed=3).ask().arch
    scores = dict(zip(SPACE, expected(told(seed=3), list(SPACE)), strict=True))
    assert scores[asked] >= max(scores[arch] for arch in SPACE.neighbours(asked) if arch not in told().race.runs) - 1e-12
    assert scores[asked] > np.quantile(list(scores.values()), 0.99)


def test_climbs_find_more_than_samples_alone():
    best = {climbs: [] for climbs in (0, 10)}
    for climbs, found in best.items():
        for seed in range(5):
            found.append(expected(told(seed=seed), [told(seed=seed, climbs=climbs, samples=20).ask().arch])[0])
    assert np.mean(best[10]) > np.mean(best[0]) * 1.1


@pytest.mark.parametrize("samples", [5, 60])
def test_samples_compete(samples, monkeypatch):
    strategy, drawn = told(samples=samples), []
    plain = type(SPACE).sample
    monkeypatch.setattr(type(SPACE), "sample", lambda self, rng: drawn.append(1) or plain(self, rng))
    strategy.ask()
    assert len(drawn) == samples


def test_the_logarithm_looks_at_orders_of_magnitude():
    """Two good options, one ten thousand times as good: in errors they are alike, in logarithms not."""
    errors = {"a": 1e-5, "b": 0.1, "c": 0.5, "d": 0.9, "e": 1.0}
    strategies = [nt.SMAC(SPACE, log=log, interleave=0, trees=30) for log in (False, True)]
    for strategy in strategies:
        for number in range(40):
            arch = SPACE.sample(number)
            strategy.tell(nt.Trial(arch), nt.Result({"error": errors[arch["d0"]] * (1 + number / 100)}))
    plain, log = (strategy._targets(list(strategy.race.runs)) for strategy in strategies)
    assert log == pytest.approx(np.log(plain)) and strategies[0]._rank()[-5:] != strategies[1]._rank()[-5:]
    strategies[1].tell(nt.Trial(SPACE.sample(99)), nt.Result({"error": 0.0}))
    assert strategies[1]._targets(list(strategies[1].race.runs)).min() == pytest.approx(math.log(1e-6))


def test_repeats_are_runs_of_the_incumbent_and_its_challengers():
    asked = {repeats: run(nt.SMAC(SPACE, 5, repeats=repeats), 30) for repeats in (1, 4)}
    assert {trial.repeat for trial in asked[1]} == {0} and len({trial.arch for trial in asked[1]}) == 30
    assert {trial.repeat for trial in asked[4]} == {0, 1, 2, 3} and len({trial.arch for trial in asked[4]}) < 28
    assert len({trial.key for trial in asked[4]}) == 30


def test_it_recommends_what_is_best_by_all_its_runs():
    strategy, rng = nt.SMAC(SMALL, 3, repeats=6, seed=0), np.random.default_rng(0)
    history = nt.search(strategy, lambda trial: nt.Result({"error": trial.arch["width"] / 32 + rng.normal(0, 0.2)}), trials=40, progress=False)
    best = strategy.recommend(history)
    board = strategy.eligible(history)
    assert {(record.trial.arch, record.trial.repeat) for record in board} == {(best, repeat) for repeat in range(6)}
    assert best == strategy.race.incumbent and len(strategy.race.runs[best]) == 6
    assert best["width"] == 4 and history.best().error < strategy.race.mean(best), "luck of a single run is lower"


def test_failures_are_as_bad_as_the_worst_for_the_forest_and_never_win():
    strategy = nt.SMAC(SMALL, 2)
    archs = list(SMALL)
    for arch, result in zip(archs, (nt.Result.failed("planted"), nt.Result({"error": 0.2}), nt.Result({"error": 0.7}), nt.Result({"error": math.nan}))):
        strategy.tell(nt.Trial(arch), result)
    assert strategy._targets(archs[:4]).tolist() == [0.7, 0.2, 0.7, 0.7] and strategy.race.incumbent == archs[1]
    broken = nt.SMAC(SMALL, 2)
    history = nt.search(broken, lambda trial: nt.Result.failed("planted"), trials=5, progress=False)
    with pytest.raises(ValueError, match="planted"):
        broken.recommend(history)


def test_no_network_is_asked_for_twice_until_nothing_new_is_left():
    space = nt.spaces.CellSpace(nodes=3)
    asked = [space.canonical(trial.arch) for trial in run(nt.SMAC(space, 5), 30, lambda arch: len(str(arch)) / 100)]
    assert len(set(asked)) == 30
    every = run(nt.SMAC(SMALL, 3, interleave=0), 10, lambda arch: arch["width"])
    assert len({trial.arch for trial in every[:6]}) == 6 and all(trial.arch in SMALL for trial in every)
    single = nt.spaces.ChoiceSpace.of({"only": (1,)})
    assert {trial.arch for trial in run(nt.SMAC(single, 1), 4, lambda arch: 0.1)} == {single.sample(0)}


def test_answers_of_another_kind_teach_nothing():
    strategy = nt.SMAC(SMALL)
    strategy.tell(nt.Trial(SMALL.sample(0), budget=3), nt.Result({"error": 0.0}))
    strategy.tell(nt.Trial(nt.Mixture({"op": [1, 0]})), nt.Result({"error": 0.0}))
    assert not strategy.race.runs and not strategy.known
    assert nt.SMAC(SMALL, 1).ask().arch in SMALL, "with nothing told"


@pytest.mark.parametrize("arguments", [{}, {"log": True}])
def test_it_learns(arguments):
    """10 paired seeds, the last 10 of 25 trials against random search's mean; a small forest, to be quick."""
    small = {"trees": 5, "climbs": 2, "samples": 20, "interleave": 0, **arguments}
    learned = [np.mean([smooth(trial.arch) for trial in run(nt.SMAC(SPACE, seed=seed, **small), 25)[-10:]]) for seed in range(10)]
    drawn = [np.mean([smooth(trial.arch) for trial in run(nt.RandomSearch(SPACE, seed=seed), 25)]) for seed in range(10)]
    assert wilcoxon(learned, drawn, alternative="less").pvalue < 0.01


def test_on_conditions_it_learns_too():
    space, seeds = Pyramid(), range(10)
    deep = [[trial.arch["depth"] for trial in run(nt.SMAC(space, 5, seed=seed), 16, lambda arch: 1 / len(arch.choices))] for seed in seeds]
    assert np.mean([depths[5:] for depths in deep]) > np.mean([depths[:5] for depths in deep]) + 0.3


@pytest.mark.parametrize(
    "argument, value",
    [("start", 0), ("trees", 0), ("features", 0), ("features", 1.5), ("least", 1), ("interleave", -1), ("climbs", -1), ("samples", 0), ("log", 1)]
    + [("repeats", 0)],
)
def test_bad_arguments_are_refused_in_words(argument, value):
    with pytest.raises(ValueError) as error:
        nt.SMAC(SPACE, **{argument: value})
    assert f"`{argument}` is {value!r}" in str(error.value)


@pytest.mark.parametrize("workers", [1, 4])
def test_what_is_asked_for_again_leaves_the_race_in_order(workers):
    """Once all networks of a small table are known; those whose count of runs in flight went below 0 were never judged again."""
    table, noise = nt.estimators.Table("digits-tiny"), np.random.default_rng(0)
    strategy, flying = nt.SMAC(table.space, 5, repeats=4, climbs=1, samples=10, trees=2, interleave=1, seed=0), []
    for _ in range(160):
        flying.append(strategy.ask())
        if len(flying) == workers:
            trial = flying.pop(0)
            strategy.tell(trial, nt.Result({"error": table(trial).error + noise.normal(0, 0.2)}))
        assert min(strategy.race.waiting.values()) >= 0
    for trial in [*flying, *(strategy._send(*run) for run in iter(strategy.race.next, None))]:
        strategy.tell(trial, nt.Result({"error": table(trial).error}))
    while (run := strategy.race.next()) is not None:
        trial = strategy._send(*run)
        strategy.tell(trial, nt.Result({"error": table(trial).error}))
    assert not strategy.race.racing, "each challenger is judged"
