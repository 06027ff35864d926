"""What a proposal costs and what a strategy keeps: at most in proportion to the trials it knows; dictionaries take room in steps.

Python calls and bytes are counted, those of numpy too, so that a busy machine says the same. What numpy computes without taking memory only a clock
sees: processor time, a median and a wide bound, with --slow. `benchmarks/proposals.py` times proposals up to 10,000 trials.
"""

import statistics
import sys
import time
import tracemalloc

import numpy as np
import pytest

import nastutor as nt
from nastutor.testing.drive import answer
from tests.contracts.parts import STRATEGIES, Part

SPACE = nt.spaces.ChoiceSpace.of({f"d{number}": tuple(range(5)) for number in range(6)})
FEW, MANY, PROPOSALS = 60, 600, 6
EARLY, LATE = 200, 2_000  # trials known where processor time is compared


def tell(strategy, known):
    """Of so many random architectures."""
    for seed in range(known):
        trial = nt.Trial(SPACE.sample(seed))
        strategy.tell(trial, answer(trial, strategy.wants))


def propose(strategy):
    trial = strategy.ask()
    strategy.tell(trial, answer(trial, strategy.wants))


def calls_of(strategy):
    """Python calls for some proposals."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        for _ in range(PROPOSALS):
            propose(strategy)
    finally:
        sys.setprofile(None)
    return calls


def bytes_of(strategy):
    """(taken at most within one proposal, kept by some of them)."""
    most = 0
    tracemalloc.start()
    try:
        for _ in range(PROPOSALS):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            propose(strategy)
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
        return most, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def measured(part, known):
    """(calls for some proposals, bytes kept of what was told, bytes taken within a proposal, bytes kept of some proposals)."""
    strategy = part(SPACE)
    tracemalloc.start()
    tell(strategy, known)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    for _ in range(2):  # libraries load on first use
        propose(strategy)
    return calls_of(strategy), kept, *bytes_of(strategy)


def check_growth(part):
    (calls, *bytes_few), (more_calls, *bytes_many) = (measured(part, known) for known in (FEW, MANY))
    times = MANY / FEW
    assert more_calls <= times * calls, f"{calls:,} calls for {PROPOSALS} proposals at {FEW} trials, {more_calls:,} at {MANY}"
    for what, few, many, floor in zip(("told", "taken", "proposed"), bytes_few, bytes_many, (100_000, 100_000, 10_000), strict=True):
        assert many <= 1.5 * times * max(few, floor), f"{what}: {few:,} bytes at {FEW} trials, {many:,} at {MANY}"


@pytest.mark.parametrize("part", STRATEGIES.values(), ids=STRATEGIES)
def test_grows_at_most_in_proportion(part):
    check_growth(part)


def seconds_of(part, known):
    """Processor time for a proposal, the mean of twelve in a row, as some fit a model and others do not; of three rounds the median."""
    strategy, means = part(SPACE), []
    tell(strategy, known)
    for _ in range(2):  # libraries load on first use
        propose(strategy)
    for _ in range(3):
        began = time.process_time()
        for _ in range(12):
            propose(strategy)
        means.append((time.process_time() - began) / 12)
    return statistics.median(means)


def check_time(part):
    early, late = (seconds_of(part, known) for known in (EARLY, LATE))
    assert late <= 2 * LATE / EARLY * max(early, 1e-4), f"{1e3 * early:.2f} ms for a proposal at {EARLY} trials, {1e3 * late:.2f} ms at {LATE}"


@pytest.mark.slow
@pytest.mark.parametrize("part", STRATEGIES.values(), ids=STRATEGIES)
def test_time_grows_at_most_in_proportion(part):
    check_time(part)


class Matrix(nt.RandomSearch):
    """Takes a matrix of all it knows, and gives it back."""

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.known, self.kept = 0, []

    def tell(self, trial, result):
        self.known += 1

    def ask(self):
        np.ones((self.known, self.known))
        return super().ask()


class Hoard(Matrix):
    """Keeps a matrix of all it knows, at each question another one."""

    def ask(self):
        self.kept.append(np.ones((self.known, self.known), dtype=np.int8))
        return super(Matrix, self).ask()


class Sums(Matrix):
    """Adds up all pairs of what it knows, in place."""

    block = np.ones((LATE + 20, LATE + 20), dtype=np.float32)

    def ask(self):
        for _ in range(20):
            self.block[: self.known, : self.known].sum()
        return super(Matrix, self).ask()


@pytest.mark.parametrize(("kind", "words"), [(Matrix, "taken: .* bytes"), (Hoard, "(taken|proposed): .* bytes")])
def test_memory_of_numpy_is_seen(kind, words):
    with pytest.raises(AssertionError, match=words):
        check_growth(Part(kind))


def test_what_is_kept_of_questions_is_seen():
    strategies = [Hoard(SPACE) for _ in range(2)]
    for strategy, known in zip(strategies, (FEW, MANY), strict=True):
        tell(strategy, known)
    few, many = (bytes_of(strategy)[1] for strategy in strategies)
    assert many > 1.5 * MANY / FEW * max(few, 10_000)


@pytest.mark.slow
def test_time_within_numpy_is_seen():
    with pytest.raises(AssertionError, match="ms for a proposal at 200 trials"):
        check_time(Part(Sums))
