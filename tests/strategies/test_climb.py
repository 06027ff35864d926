import itertools
import random

import pytest

import nastutor as nt

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(4)})


def bowl(arch):
    return sum((value - 2) ** 2 for _, value in arch.choices) / 16


def two_hills(arch):
    """Two local optima: all 0 (the better) and all 4."""
    total = sum(value for _, value in arch.choices)
    return min(total / 16, (16 - total) / 16 + 0.1)


def run(strategy, trials, error=bowl):
    asked = []
    for _ in range(trials):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], nt.Result({"error": error(asked[-1].arch)}))
    return asked


@pytest.mark.parametrize("first", [True, False])
def test_climbs_by_neighbours_to_the_optimum_and_restarts_there(first):
    strategy = nt.HillClimbing(SPACE, first=first, seed=0)
    centres = []
    for _ in range(150):
        run(strategy, 1)
        if strategy.centre is not None and (not centres or centres[-1] != strategy.centre):
            centres.append(strategy.centre)
    climb = centres[: next(n for n, arch in enumerate(centres) if bowl(arch) == 0) + 1]
    assert all(b in SPACE.neighbours(a) and bowl(b) < bowl(a) for a, b in itertools.pairwise(climb))
    assert len(centres) > len(climb), "there it restarts"


def test_first_moves_at_once_and_best_looks_at_all():
    for first in (True, False):
        strategy = nt.HillClimbing(SPACE, first=first, seed=1)
        (start,) = run(strategy, 1)
        improving = sorted(bowl(arch) for arch in SPACE.neighbours(start.arch) if bowl(arch) < bowl(start.arch))
        assert len(set(improving)) > 1
        asked = 0
        while strategy.centre == start.arch:
            run(strategy, 1)
            asked += 1
        if first:
            assert asked < 16 and bowl(strategy.centre) in improving
        else:
            assert asked == 16 and bowl(strategy.centre) == improving[0]


def test_the_best_neighbour_is_known_when_the_last_answer_is_in():
    strategy = nt.HillClimbing(SPACE, first=False, seed=1)
    (start,) = run(strategy, 1, lambda arch: 1.0)
    flying = [strategy.ask() for _ in range(16)]
    for number, trial in enumerate(flying):
        assert strategy.centre == start.arch and strategy.ask() is None
        strategy.tell(trial, nt.Result({"error": abs(number - 7) / 20}))
    assert strategy.centre == flying[7].arch


def test_nothing_is_asked_twice_in_a_climb():
    strategy = nt.HillClimbing(SPACE, seed=2)
    climb = set()
    for _ in range(200):
        (trial,) = run(strategy, 1)
        if len(strategy.seen) == 1:
            climb = set()
        assert trial.arch not in climb
        climb.add(trial.arch)


def test_restarts_find_the_better_of_two_hills():
    strategy = nt.HillClimbing(SPACE, seed=3)
    assert min(two_hills(trial.arch) for trial in run(strategy, 400, two_hills)) == 0


def test_neighbours_come_in_random_order():
    places = set()
    for seed in range(8):
        strategy = nt.HillClimbing(SPACE, seed=seed)
        start, neighbour = run(strategy, 2)
        places.add(SPACE.neighbours(start.arch).index(neighbour.arch))
    assert len(places) > 3


@pytest.mark.parametrize("first", [True, False])
def test_several_in_flight_told_in_any_order_still_reach_the_optimum(first):
    for seed in range(5):
        strategy, rng, flying, best = nt.HillClimbing(SPACE, first=first, seed=seed), random.Random(seed), [], 1.0
        for _ in range(300):
            trial = strategy.ask() if len(flying) < 5 else None
            if trial is not None:
                flying.append(trial)
            else:
                told = flying.pop(rng.randrange(len(flying)))
                best = min(best, bowl(told.arch))
                strategy.tell(told, nt.Result({"error": bowl(told.arch)}))
        assert best == 0


def test_waits_for_its_start_and_asks_again_when_that_fails():
    strategy = nt.HillClimbing(SPACE, seed=0)
    start = strategy.ask()
    assert strategy.ask() is None and strategy.ask() is None
    strategy.tell(start, nt.Result.failed("planted"))
    assert strategy.centre is None and strategy.ask() is not None


def test_a_known_architecture_told_first_is_where_it_starts():
    strategy = nt.HillClimbing(SPACE, seed=0)
    known = SPACE.sample(5)
    strategy.tell(nt.Trial(known), nt.Result({"error": bowl(known)}))
    assert strategy.ask().arch in SPACE.neighbours(known)


def test_a_space_without_neighbours_is_refused():
    class Bare:
        def sample(self, rng):
            return nt.Arch(())

    with pytest.raises(TypeError, match=r"needs a space with neighbours\(\)"):
        nt.HillClimbing(Bare())


def test_failed_answers_teach_nothing_even_with_an_error_and_stopped_ones_count():
    strategy = nt.HillClimbing(SPACE, seed=0)
    start = strategy.ask()
    strategy.tell(start, nt.Result({"error": 0.5}))
    strategy.tell(strategy.ask(), nt.Result({"error": 0.1}, status="failed", info={"reason": "planted"}))
    assert strategy.centre == start.arch and strategy.best == (0.5, start.arch)
    stopped = strategy.ask()
    strategy.tell(stopped, nt.Result({"error": 0.4}, status="stopped"))
    assert strategy.centre == stopped.arch and strategy.best == (0.4, stopped.arch)


@pytest.mark.parametrize("first", ["nope", 1, None])
def test_first_is_true_or_false(first):
    with pytest.raises(ValueError, match=rf"`first` is {first!r}; allowed are True and False"):
        nt.HillClimbing(SPACE, first=first)
