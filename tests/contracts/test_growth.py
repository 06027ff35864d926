"""What a proposal costs, in Python calls, and what a strategy keeps: at most in proportion to the trials it knows; dictionaries take room in steps.

Calls are counted and not timed, so that a busy machine says the same; `benchmarks/proposals.py` times proposals up to 10,000 trials.
"""

import sys
import tracemalloc

import pytest

import nastutor as nt
from nastutor.testing.drive import answer
from tests.contracts.parts import STRATEGIES

SPACE = nt.spaces.ChoiceSpace.of({f"d{number}": tuple(range(5)) for number in range(6)})
FEW, MANY, PROPOSALS = 60, 600, 6


def measured(part, known):
    """(calls for some proposals, bytes kept) of a strategy that was told of so many random architectures, and answered a few questions."""
    strategy = part(SPACE)
    tracemalloc.start()
    for seed in range(known):
        trial = nt.Trial(SPACE.sample(seed))
        strategy.tell(trial, answer(trial, strategy.wants))
    kept, calls = tracemalloc.get_traced_memory()[0], 0
    tracemalloc.stop()

    def proposals(count):
        for _ in range(count):
            trial = strategy.ask()
            strategy.tell(trial, answer(trial, strategy.wants))

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    proposals(2)  # libraries load on first use
    sys.setprofile(count)
    try:
        proposals(PROPOSALS)
    finally:
        sys.setprofile(None)
    return calls, kept


@pytest.mark.parametrize("part", STRATEGIES.values(), ids=STRATEGIES)
def test_grows_at_most_in_proportion(part):
    (calls, kept), (more_calls, more_kept) = (measured(part, known) for known in (FEW, MANY))
    times = MANY / FEW
    assert more_calls <= times * calls, f"{calls:,} calls for {PROPOSALS} proposals at {FEW} trials, {more_calls:,} at {MANY}"
    assert more_kept <= 1.5 * times * max(kept, 100_000), f"{kept:,} bytes at {FEW} trials, {more_kept:,} at {MANY}"
