"""The tests of the comparison with other libraries, on made-up regrets whose answer is known, both ways."""

import pytest

SEEDS = range(10)
RANDOM = dict.fromkeys(SEEDS, 0.2)  # so the margin is 0.02
THEIRS = {seed: 0.01 * (seed % 4) for seed in SEEDS}


def worse_by(*steps):
    """Theirs and a step more, each of another size, so that the signed-rank test is exact."""
    return {seed: THEIRS[seed] + steps[seed % len(steps)] + 1e-5 * seed for seed in SEEDS}


@pytest.fixture(scope="module")
def verdicts(benchmark):
    return benchmark("against.verdicts")


@pytest.mark.parametrize(
    ("by", "p"),
    [
        ((0.019,), 2**-10),  # worse with every seed, by less than the margin
        ((0.0,), 2**-10),
        ((-0.05,), 2**-10),
        ((0.021,), 1.0),  # by more
        ((0.5, -0.001), None),  # on the whole far more
    ],
)
def test_not_worse_is_within_the_margin(verdicts, by, p):
    verdict = verdicts.non_inferior(("TPE", "Optuna TPE"), worse_by(*by), THEIRS, RANDOM)
    assert verdict.p == pytest.approx(p) if p is not None else verdict.p > 0.05
    assert verdict.holds == (verdict.p < 0.05) and verdict.seeds == 10
    assert verdict.claim == "TPE not worse than Optuna TPE by 2.0000 points"


def test_the_margin_is_a_tenth_of_random_searchs_regret(verdicts):
    ours = worse_by(0.03)
    assert not verdicts.non_inferior(("a", "b"), ours, THEIRS, RANDOM).holds
    assert verdicts.non_inferior(("a", "b"), ours, THEIRS, {0: 0.2, 1: 0.6}).holds, "0.04"
    assert "no margin" in verdicts.non_inferior(("a", "b"), ours, THEIRS, dict.fromkeys(SEEDS, 0.0))


@pytest.mark.parametrize(("by", "p"), [((-0.001,), 2**-10), ((0.001,), 1.0)])
def test_better_is_below_with_nearly_every_seed(verdicts, by, p):
    verdict = verdicts.better(("ours", "theirs"), worse_by(*by) | {3: THEIRS[3] + 2 * by[0]}, THEIRS)
    assert verdict.p == pytest.approx(p) and verdict.holds == (p < 0.05)
    assert ("holds" in str(verdict)) == verdict.holds and ("not shown" in str(verdict)) != verdict.holds


def test_equal_is_not_better_and_not_worse(verdicts):
    assert verdicts.better(("a", "b"), THEIRS, THEIRS).p == 1
    assert verdicts.non_inferior(("a", "b"), THEIRS, THEIRS, RANDOM).holds


def test_seeds_are_paired_by_their_number(verdicts):
    ours, theirs = verdicts.paired({3: 0.3, 1: 0.1, 7: 0.7}, {1: 1.0, 2: 2.0, 3: 3.0})
    assert ours.tolist() == [0.1, 0.3] and theirs.tolist() == [1.0, 3.0]
    few = {seed: THEIRS[seed] for seed in range(4)}
    for said in (verdicts.better(("a", "b"), few, THEIRS), verdicts.non_inferior(("a", "b"), THEIRS, few, RANDOM)):
        assert said == "a and b share 4 seeds: too few for a test, which takes 5"


def test_the_champion_is_the_lowest_as_a_share_of_random_search(verdicts):
    early = {"random": {0: 1.0, 1: 3.0}, "one": {0: 1.0, 1: 1.0}, "two": {0: 1.2, 1: 1.2}}  # shares 0.5 and 0.6
    late = {"random": {0: 0.2, 1: 0.2}, "one": {0: 0.1, 1: 0.1}, "two": {0: 0.06, 1: 0.06}}  # 0.5 and 0.3
    assert verdicts.champion([early], "random") == "one" and verdicts.champion([early, late], "random") == "two"
    assert verdicts.champion([early, {name: own for name, own in late.items() if name != "two"}], "random") == "one", "two is not known there"
    assert verdicts.champion([early, late | {"two": {0: 0.06}}], "random") == "one", "nor with all seeds"


def test_a_champion_needs_something_to_be_better_than(verdicts):
    equal = {"random": {0: 0.1}, "one": {0: 0.1}, "two": {0: 0.1}}
    assert verdicts.champion([equal], "random") == "one", "of equal ones the first"
    assert verdicts.champion([{"random": {0: 0.1}}], "random") is None and verdicts.champion([], "random") is None
    assert verdicts.champion([{"random": {0: 0.0}, "one": {0: 0.0}}], "random") is None, "random search found the best: nothing tells them apart"
