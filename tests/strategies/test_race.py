"""The invariants of intensification, with any number of challengers in flight, and a race by hand."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.strategies.race import Race


def named(number):
    return nt.Arch((("number", number),))


def play(seed, challengers, repeats, flight, strangers=0.0, failures=0.0):
    """Every run is asked and told once, in any order; yields the race after each answer, with the incumbent and its runs before it."""
    rng = Random(seed)
    race, flying, entered = Race(repeats, rng), [], 0
    while entered < challengers or flying or race.queue:
        if rng.random() < strangers:
            race.tell(named(1000 + rng.randrange(5)), rng.randrange(repeats), rng.random(), asked=False)
        if race.queue and len(flying) < flight:
            flying.append(race.next())
        elif entered < challengers and len(flying) < flight:
            race.enter(named(entered))
            entered += 1
        else:
            before = race.incumbent, dict(race.runs.get(race.incumbent, {}))
            arch, repeat = flying.pop(rng.randrange(len(flying)))
            error = math.inf if rng.random() < failures else arch["number"] % 7 / 7 + rng.gauss(0, 0.3)
            race.tell(arch, repeat, error, asked=True)
            yield race, before


ANY = {"seed": st.integers(0, 10_000), "challengers": st.integers(1, 12), "repeats": st.integers(1, 9), "flight": st.integers(1, 5)}


@settings(max_examples=80, deadline=None)
@given(**ANY, failures=st.sampled_from([0, 0.3]))
def test_invariants(seed, challengers, repeats, flight, failures):
    for race, (before, runs) in play(seed, challengers, repeats, flight, failures=failures):
        own = race.runs[race.incumbent] if race.incumbent else {}
        assert all(len(race.runs[arch]) <= len(own) for arch in race.dropped), "an incumbent never has fewer runs than a dropped challenger"
        if race.incumbent != before and before is not None:
            assert own.keys() >= runs.keys(), "a change is supported by as many paired runs"
            assert race.mean(race.incumbent, set(runs)) <= race.mean(before, set(runs)), "and by their mean"
        assert race.incumbent not in race.racing and not race.dropped & race.racing.keys()
        assert all(0 <= repeat < repeats for some in race.runs.values() for repeat in some)
    assert not race.racing and not race.queue and not any(race.waiting.values()), "every race comes to its end"
    assert len(race.dropped) + 1 <= challengers


@settings(max_examples=40, deadline=None)
@given(**ANY)
def test_strangers_race_as_well(seed, challengers, repeats, flight):
    for race, _ in play(seed, challengers, repeats, flight, strangers=0.3):
        assert race.incumbent is None or race.incumbent not in race.dropped
    assert not race.racing and not any(race.waiting.values())


def told(race, *errors):
    """Answers the next runs; what they were."""
    runs = []
    for error in errors:
        runs.append(race.next())
        race.tell(*runs[-1], error, asked=True)
    return [(arch["number"], repeat) for arch, repeat in runs]


def test_a_race_by_hand():
    race = Race(4, Random(0))
    race.enter(named(0))
    assert told(race, 0.5) == [(0, 0)] and race.incumbent == named(0) and race.next() is None
    race.enter(named(1))
    assert told(race, 0.5, 0.9) == [(0, 1), (1, 0)], "the incumbent gets a run more, the challenger one that the incumbent has"
    assert race.incumbent == named(0) and named(1) in race.dropped and race.next() is None
    for number in (2, 3):
        race.enter(named(number))
        told(race, 0.5, 0.9)
    assert sorted(race.runs[named(0)]) == [0, 1, 2, 3] and all(len(race.runs[named(number)]) == 1 for number in (1, 2, 3))
    race.enter(named(4))
    queued = []
    while race.queue:
        queued.append(len(race.queue))
        told(race, *[0.4] * len(race.queue))
    assert queued == [1, 2, 1], "1, 2 and the last of four; the incumbent has all it may have"
    assert race.incumbent == named(4) and len(race.runs[named(4)]) == 4 and named(0) not in race.dropped


def test_it_is_dropped_as_soon_as_its_mean_is_worse():
    race = Race(8, Random(0))
    race.incumbent, race.runs[named(0)] = named(0), dict.fromkeys(range(8), 0.5)
    race.enter(named(1))
    told(race, 0.4, 0.5, 0.8)
    assert named(1) in race.dropped and race.next() is None and len(race.runs[named(1)]) == 3


def test_only_runs_that_both_have_are_compared():
    race = Race(3, Random(0))
    race.tell(named(0), 0, 0.5, asked=False)
    race.racing[named(1)], race.runs[named(1)] = 1, {2: 0.9}
    race.tell(named(1), 0, 0.4, asked=False)
    assert race.incumbent == named(1), "0.4 against 0.5; its other run is bad, and the incumbent has none like it"


@pytest.mark.parametrize("repeats", [1, 3])
def test_repeats_bound_the_runs(repeats):
    *_, (race, _) = play(1, 12, repeats, 1)
    assert max(map(len, race.runs.values())) == repeats
