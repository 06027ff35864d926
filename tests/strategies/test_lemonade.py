"""Elsken et al. 2019, Algorithm 1: the archive, the two draws by density, and what children cost."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wilcoxon

import nastutor as nt
from nastutor.journal import read_events
from nastutor.pareto import hypervolume
from nastutor.rng import python_rng
from nastutor.strategies.lemonade import Counted, Kept
from nastutor.testing import check_strategy
from tests.test_journal import copy_until

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})
TABLE = nt.estimators.Table("digits-tiny")


def size(arch):
    return sum(value for _, value in arch.choices)


def answer(trial):
    return nt.Result({"error": 1 / (1 + size(trial.arch)) + (size(trial.arch) * 7 % 5) / 100})


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 99), st.sampled_from(["population", "children", None]))
def test_the_archive_is_a_front_made_of_what_was_evaluated(children, accepted, seed, density):
    accepted = min(children, accepted)
    strategy = nt.LEMONADE(SPACE, size, start=3, children=children, accepted=accepted, density=density, seed=seed)
    seen, covered = set(), []
    for _ in range(40):
        trial = strategy.ask()
        result = answer(trial)
        strategy.tell(trial, result)
        before = {one.point for one in strategy.archive}
        seen.add((result.error, float(size(trial.arch))))
        assert before <= seen and len(before) == len(strategy.archive), "of equal points one is kept"
        assert not any(all(x <= y for x, y in zip(a, b)) for a in before for b in before if a != b)
        covered.append(hypervolume(before, (2.0, 30.0)))
    assert covered == sorted(covered), "what was covered stays covered"


def test_rejected_children_cost_no_training():
    told = []
    strategy = nt.LEMONADE(SPACE, size, start=4, children=20, accepted=3, seed=0)
    nt.search(strategy, lambda trial: told.append(trial) or answer(trial), trials=34, progress=False)
    assert strategy.made == 20 * 10 and strategy.asked == 3 * 10 and len(told) == 4 + 30


def test_with_as_many_accepted_as_made_the_second_stage_is_off():
    strategy = nt.LEMONADE(SPACE, size, start=4, children=6, accepted=6, seed=0)
    strategy.archive = [Kept(SPACE.sample(seed), (0.1 * seed,), (float(seed),)) for seed in range(3)]
    children = strategy._offspring()
    assert sorted(map(str, strategy._accepted(children))) == sorted(map(str, children))


def test_parents_are_drawn_where_the_archive_is_thin():
    strategy = nt.LEMONADE(SPACE, size, children=4000, accepted=1, log=False, seed=0)
    crowd = [Kept(nt.Arch(tuple((f"d{i}", 0) for i in range(6))), (0.5,), (x,)) for x in (1.0, 1.1, 1.2, 1.3)]
    alone = Kept(nt.Arch(tuple((f"d{i}", 4) for i in range(6))), (0.1,), (9.0,))
    strategy.archive = [*crowd, alone]
    weights = strategy.weights([one.cheap for one in strategy.archive], [one.cheap for one in strategy.archive])
    share = sum(size(child) >= 20 for child in strategy._offspring()) / 4000
    assert abs(share - weights[-1] / sum(weights)) < 0.03 and share > 0.4
    strategy.density = None
    assert abs(sum(size(child) >= 20 for child in strategy._offspring()) / 4000 - 0.2) < 0.03


def test_whose_density_accepts():
    """Children beyond all of the archive: rare for it, and a heap of their own."""
    found = {}
    for density in ("population", "children"):
        strategy = nt.LEMONADE(SPACE, size, density=density, log=False, seed=0)
        strategy.archive = [Kept(SPACE.sample(seed), (0.5,), (x,)) for seed, x in enumerate((0.0, 1.0, 2.0, 3.0, 4.0, 5.0))]
        large = [nt.Arch((*((f"d{i}", 2) for i in range(5)), ("d5", 2))), nt.Arch((*((f"d{i}", 2) for i in range(5)), ("d5", 3)))]
        low = nt.Arch(tuple((f"d{i}", 0) for i in range(6)))
        drawn = []
        strategy.accepted = 1
        for _ in range(400):
            drawn += strategy._accepted([*large, low])
        found[density] = drawn.count(low) / 400
    assert found["population"] < 0.2 and found["children"] > 0.4


def test_strangers_and_what_is_known_join_the_archive():
    strategy = nt.LEMONADE(SPACE, size, start=2, children=4, accepted=2, seed=0)
    best = nt.Arch(tuple((f"d{i}", 0) for i in range(6)))
    nt.search(strategy, lambda trial: nt.Result({"error": 0.0 if trial.arch == best else 0.5}), trials=8, first=[best], progress=False)
    assert [one.arch for one in strategy.archive] == [best], "nothing is smaller, nothing is better"


def test_failures_and_missing_objectives_stay_out():
    strategy = nt.LEMONADE(SPACE, size, ("error", "latency_ms"), start=2, seed=0)
    assert strategy.wants == ("latency_ms",)
    for result in (nt.Result.failed("planted"), nt.Result({"error": 0.1}), nt.Result({"error": 0.1, "latency_ms": math.nan})):
        strategy.tell(nt.Trial(SPACE.sample(0)), result)
    assert not strategy.fresh
    failing = nt.LEMONADE(SPACE, size, start=2, children=4, accepted=2, seed=0)
    history = nt.search(failing, lambda trial: nt.Result.failed("planted"), trials=20, progress=False)
    assert len(history) == 20 and not failing.archive


def test_open_ended_networks_by_their_parameters():
    space = nt.spaces.EditSpace()
    strategy = nt.LEMONADE(space, start=3, children=6, accepted=2, seed=0)
    assert strategy.ask().arch == space.start()
    strategy = nt.LEMONADE(space, start=3, children=6, accepted=2, seed=0)
    history = nt.search(strategy, lambda trial: nt.Result({"error": 1 / strategy.costs(trial.arch)[0]}), trials=15, progress=False)
    assert all(one.cheap == (Counted(space)(one.arch)["params"],) for one in strategy.archive) and len(history) == 15


def test_what_is_counted_is_what_the_table_says():
    counted = Counted(TABLE.space, SimpleNamespace(shape=(1, 8, 8), classes=10), ("params", "mult_adds", "depth"))
    for seed in range(5):
        arch = TABLE.space.sample(seed)
        found, graph = counted(arch), TABLE.space.graph(arch, counted.task)
        assert found == {"params": graph.counts().params, "mult_adds": graph.counts().mult_adds, "depth": graph.depth()}
    assert nt.LEMONADE(TABLE.space).fingerprint == nt.LEMONADE(TABLE.space).fingerprint


def test_it_goes_on_from_a_journal_with_several_in_flight(tmp_path):
    """Cut after every fifth event: with none or some of a generation told, and others out."""

    def search(journal):
        strategy = nt.LEMONADE(TABLE.space, start=3, children=8, accepted=3, seed=2)
        return nt.search(strategy, TABLE, trials=25, executor=nt.simulate(2), journal=tmp_path / journal, progress=False)

    whole = search("whole")
    assert any(one.started < other.finished < one.finished for one in whole for other in whole), "two at a time"
    for number, last in enumerate(read_events(tmp_path / "whole")[1::5]):
        copy_until(tmp_path / "whole", tmp_path / f"{number}", lambda kind, trial, last=last: (kind, trial) == (last.kind, last.trial))
        assert [(r.trial, r.result) for r in search(f"{number}")] == [(r.trial, r.result) for r in whole], f"cut after {last.kind} {last.trial}"


def test_it_keeps_the_rules_with_two_measured_objectives():
    check_strategy(nt.LEMONADE, [SPACE], process=False, cheap=size, objectives=("error", "latency_ms"), start=3, children=5, accepted=2)


class Widths:
    """A surrogate: six layers of width 2^w, w from 0 to 8; a mutation moves one of them by 1. It starts with small ones."""

    def sample(self, rng):
        return self._arch([rng.randint(0, 2) for _ in range(6)])

    def mutate(self, arch, rng):
        widths, place = list(arch["widths"]), rng.randrange(6)
        step = rng.choice([step for step in (-1, 1) if 0 <= widths[place] + step <= 8])
        widths[place] += step
        return self._arch(widths)

    @staticmethod
    def _arch(widths):
        return nt.Arch((("widths", tuple(widths)),))


def logsize(arch):
    return math.log10(sum(4**w for w in arch["widths"]))


def surrogate(seed, density):
    """(hypervolume, spread of the log-sizes) of the archive after 15 generations."""
    rng = np.random.Generator(np.random.PCG64(123))
    v, noise = rng.normal(size=6), python_rng(seed, "noise of the surrogate")
    strategy = nt.LEMONADE(Widths(), logsize, start=3, children=20, accepted=4, density=density, log=False, seed=seed)

    def evaluate(trial):
        w = np.array(trial.arch["widths"], dtype=float)
        quality = 1 + 0.5 * math.tanh(float((w - w.mean()) @ v) / 3)
        return nt.Result({"error": 0.5 * math.exp(-logsize(trial.arch) / 2) * quality + noise.gauss(0, 0.002)})

    nt.search(strategy, evaluate, trials=3 + 15 * 4, progress=False)
    strategy._update()
    sizes = [one.cheap[0] for one in strategy.archive]
    return hypervolume([(one.cheap[0], one.measured[0]) for one in strategy.archive], (6.0, 0.6)), max(sizes) - min(sizes)


def test_claim_draws_by_density_spread_the_front():
    """Hypervolume 2.465 against 2.370, spread 2.80 against 1.10, 40 seeds; 12 of them here."""
    thin, uniform = (np.array([surrogate(seed, density) for seed in range(12)]) for density in ("population", None))
    print("by density", thin.mean(axis=0), "uniform", uniform.mean(axis=0))
    for column in (0, 1):
        assert wilcoxon(thin[:, column], uniform[:, column], alternative="greater").pvalue < 0.01


@pytest.mark.parametrize(
    "wrong, error, words",
    [
        ({"accepted": 30}, ValueError, "`accepted` is 30; allowed are whole numbers from 1 to the `children`, 20"),
        ({"accepted": 0}, ValueError, "`accepted` is 0"),
        ({"children": 0, "accepted": 0}, ValueError, "`children` is 0"),
        ({"start": 0}, ValueError, "`start` is 0"),
        ({"density": "none"}, ValueError, "`density` is 'none'; allowed are 'population', 'children' and None"),
        ({"log": 1}, ValueError, "`log` is 1; allowed are True and False"),
        ({"cheap": 3}, TypeError, "`cheap` is 3; allowed are None and functions"),
        ({"cheap": lambda arch: ()}, ValueError, r"`cheap` gives \(\) for .*; allowed are finite numbers from 0, at least one"),
        ({"cheap": lambda arch: math.nan}, ValueError, "`cheap` gives nan"),
        ({"cheap": lambda arch: -1.0}, ValueError, "`cheap` gives -1.0"),
        ({"cheap": None}, TypeError, r"`cheap` is to be counted, which needs a space with graph\(\), which ProductSpace does not have"),
        ({"objectives": ()}, ValueError, "`objectives` is"),
    ],
)
def test_refusals(wrong, error, words):
    with pytest.raises(error, match=words):
        nt.LEMONADE(SPACE, **{"cheap": size, **wrong})
    with pytest.raises(ValueError, match="`counts` is"):
        Counted(TABLE.space, counts=("watts",))
