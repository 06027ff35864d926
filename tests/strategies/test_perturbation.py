"""Random architectures, perturbations of the best, a climb by perturbations."""

from random import Random

import pytest

import nastutor as nt
from nastutor.strategies.perturbation import perturbed
from tests.contracts.parts import SPACES

BITS = nt.spaces.ChoiceSpace.of({f"bit{n}": (0, 1) for n in range(16)})


def ones(trial):
    return nt.Result({"error": 1 - sum(value for _, value in trial.arch.choices) / 16})


def distance(one, other):
    return sum(a != b for a, b in zip(one.choices, other.choices, strict=True))


def test_its_three_stages():
    history = nt.search(nt.Perturbation(BITS, 40, 30, 20, p=0.1), ones, trials=1000, progress=False)
    archs, errors = [record.trial.arch for record in history], [record.result.error for record in history]
    assert len(archs) == 90 == len(set(archs))
    centre = archs[errors.index(min(errors[:40]))]
    near = [distance(arch, centre) for arch in archs[40:70]]
    assert max(near) < 7 and sum(near) / 30 < 2.5, "around the best of the random ones, which are 8 apart"
    for step in range(70, 90):
        best = archs[errors.index(min(errors[:step]))]
        assert distance(archs[step], best) < 7, "the climb goes on from the best so far"
    assert min(errors) < min(errors[:40])


def test_the_seed_is_of_all_three_stages():
    one, same, other = (
        [record.trial.arch for record in nt.search(nt.Perturbation(BITS, 5, 4, 3, seed=seed), ones, trials=99, progress=False)] for seed in (0, 0, 1)
    )
    assert one == same and not set(one) & set(other)


def test_perturbing_finds_better_ones_than_drawing_on():
    better = [0, 0]
    for seed in range(10):
        found = min(record.result.error for record in nt.search(nt.Perturbation(BITS, 20, 20, 20, seed=seed), ones, trials=60, progress=False))
        drawn = min(record.result.error for record in nt.search(nt.RandomSearch(BITS, seed=seed), ones, trials=60, progress=False))
        better[found > drawn] += found != drawn
    assert better[0] >= 8 and better[1] == 0


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_a_perturbation_is_an_architecture_and_near(space):
    arch = space.sample(3)
    drawn = [perturbed(space, arch, Random(seed), 0.02) for seed in range(10)]
    assert all(space.validate(other) is None for other in drawn) and arch in drawn


def test_how_many_decisions_are_drawn_anew():
    """Of 16 bits p = 0.5 draws 8 anew, of which half come out as they were."""
    start = BITS.sample(0)
    changed = [distance(perturbed(BITS, start, Random(seed), 0.5), start) for seed in range(300)]
    assert sum(changed) / 300 == pytest.approx(4, abs=0.3)


def test_the_odds_of_a_space_are_used_where_it_has_some(monkeypatch):
    space = nt.spaces.MemoryBankSpace()
    monkeypatch.setattr(type(space), "perturbed", lambda self, arch, rng, p: (arch, p))
    assert perturbed(space, "arch", Random(0), 0.25) == ("arch", 0.25)


def test_where_nothing_can_be_judged_it_draws_on():
    history = nt.search(nt.Perturbation(BITS, 3, 2, 2), lambda trial: nt.Result.failed("planted"), trials=50, progress=False)
    assert len(history) == 7


def test_a_space_smaller_than_its_stages_is_asked_again():
    space = nt.spaces.ChoiceSpace.of({"a": (1, 2)})
    assert len(nt.search(nt.Perturbation(space, 4, 2, 2), lambda trial: nt.Result({"error": 1 / trial.arch["a"]}), trials=50, progress=False)) == 8


def test_what_it_was_told_without_asking_counts():
    best = nt.Arch(tuple((f"bit{n}", 1) for n in range(16)))
    history = nt.search(nt.Perturbation(BITS, 5, 10, 0, p=0.05), ones, trials=16, first=[best], progress=False)
    assert sum(distance(record.trial.arch, best) < 5 for record in history) >= 11


def test_with_smash_from_the_first_draw_to_the_training_alone():
    """The way of the paper: a hypernetwork learns, ranks, its best is perturbed, and the best of all is trained."""
    space, task = nt.spaces.MemoryBankSpace(2, 4, blocks=2, kernels=(1, 3), groups=(1, 2), compression=1, budget=(0.2, 0.4)), nt.tasks.digits(train_size=100)
    estimator = nt.estimators.SMASH(space, task, 5, layers=(1,), growth=2, batch_size=20, device="cpu")
    strategy = nt.Perturbation(space, 4, 3, 2)
    history = nt.search(strategy, estimator, trials=20, progress=False)
    assert len(history) == 9 and history.cost == 1.0
    assert 0 <= nt.estimators.Train(space, task, 1, device="cpu", weights=False).final(strategy.recommend(history)) <= 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"random": 0}, "`random` is 0"), ({"around": -1}, "`around`"), ({"climb": 1.5}, "`climb`"), ({"p": 0}, "`p` is 0"), ({"p": 1}, "`p` is 1")],
)
def test_refusals(arguments, words):
    with pytest.raises(ValueError, match=words):
        nt.Perturbation(BITS, **arguments)
