"""Whom `RegularizedEvolution` removes, of whom children come, and who their parents are."""

import numpy as np
import pytest
from scipy.stats import wilcoxon

import nastutor as nt
from nastutor.testing.drive import asked, drive, replay
from tests.strategies.landscapes import SPACE, distance, error_of, run, true_fitness_at_the_end


def test_each_way_of_removing_by_hand():
    for remove, left in (("oldest", {0.9, 0.1, 0.5}), ("worst", {0.2, 0.1, 0.5})):
        strategy = nt.RegularizedEvolution(SPACE, 3, 2, remove=remove, seed=0)
        for error in (0.2, 0.9, 0.1, 0.5):
            strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result({"error": error}))
        assert {member.error for member in strategy.population} == left, remove


def test_random_removal_looks_neither_at_age_nor_at_error():
    gone = []
    for seed in range(600):
        strategy = nt.RegularizedEvolution(SPACE, 3, 2, remove="random", seed=seed)
        for error in (0.2, 0.9, 0.1, 0.5):
            strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result({"error": error}))
        gone += [member.birth for member in strategy.lives if member.death is not None]
    assert len(gone) == 600 and all(abs(gone.count(birth) - 200) < 60 for birth in range(3))


def test_the_loser_goes_where_aging_is_off():
    asked = [[trial.key for trial in run(nt.RegularizedEvolution(SPACE, 6, 3, seed=1, **how), 80)] for how in ({"aging": False}, {"remove": "loser"}, {})]
    assert asked[0] == asked[1] != asked[2]
    assert nt.RegularizedEvolution(SPACE).fingerprint == nt.RegularizedEvolution(SPACE, crossover=0.0).fingerprint
    assert "remove" not in nt.RegularizedEvolution(SPACE).fingerprint, "journals of before go on"


@pytest.mark.parametrize("way", ["uniform", "one-point"])
def test_children_of_two_lie_between_living_ones_but_for_one_decision(way):
    strategy = nt.RegularizedEvolution(SPACE, 8, 3, crossover=1.0, way=way, seed=2)
    run(strategy, 8)
    far = 0
    for _ in range(100):
        living = [member.arch for member in strategy.population]
        (trial,) = run(strategy, 1)
        foreign = min(sum(value not in (a[name], b[name]) for name, value in trial.arch.choices) for a in living for b in living)
        assert foreign <= 1
        far += min(distance(trial.arch, arch) for arch in living) > 1
    assert far > 5, "mutation alone stays within one decision of a parent"


def test_children_of_two_repeat_in_any_order_of_answers():
    make = lambda: nt.RegularizedEvolution(SPACE, 5, 3, crossover=0.7, way="one-point", remove="loser", seed=3)
    events = drive(make(), 60, flight=5, failures=0.2, strangers=0.2)
    replay(make(), events, "the same events, the same next trial")
    assert len(asked(events)) == 60


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"remove": "youngest"}, "`remove` is 'youngest' and `aging` True; allowed are None"),
        ({"remove": "oldest", "aging": False}, "`remove` is 'oldest' and `aging` False"),
    ],
)
def test_removals_that_are_none_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        nt.RegularizedEvolution(SPACE, **wrong)


@pytest.mark.slow
def test_claim_under_noise_aging_beats_plain_tournaments_on_paired_seeds():
    """As above, against removing the worst of all: 12 paired seeds, signed-rank test, 1,200 evaluations.

    0.731 with aging, 0.668 where the worst goes; 0.706 where anyone goes: what helps is that nobody stays for ever.
    """
    ends = {}
    for remove in ("oldest", "worst", "random"):
        ends[remove] = [true_fitness_at_the_end(100, 0.05, 1200, True, seed, remove=remove) for seed in range(12)]
    print({name: round(float(np.mean(values)), 3) for name, values in ends.items()})
    assert wilcoxon(ends["oldest"], ends["worst"], alternative="greater").pvalue < 0.01


@pytest.mark.parametrize("remove", ["oldest", "loser"])
def test_everyone_knows_its_parent(remove):
    strategy = nt.RegularizedEvolution(SPACE, 6, 3, remove=remove, seed=1)
    flying = [strategy.ask() for _ in range(4)]
    for number in range(80):
        trial = flying.pop(number % len(flying))
        strategy.tell(trial, nt.Result.failed("planted") if number % 9 == 0 else nt.Result({"error": error_of(trial.arch)}))
        flying += [strategy.ask() for _ in range(4 - len(flying))]
    assert sum(len(births) for births in strategy.parents.values()) == 4, "those in flight, and no other"
    children = [member for member in strategy.lives if member.parent is not None]
    assert len(children) > 50 and all(member.parent < member.birth for member in children)
    assert all(distance(strategy.lives[member.parent].arch, member.arch) == 1 for member in children)
    strategy.tell(nt.Trial(SPACE.sample(0)), nt.Result({"error": 0.5}))
    assert strategy.lives[-1].parent is None, "a stranger"
