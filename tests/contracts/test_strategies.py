"""Every strategy on every space, by the suites that students call on their own; each strategy once in a new process."""

from functools import partial

import pytest

from nastutor.testing import check_strategy
from nastutor.testing.drive import asked, asked_in_another_process, drive
from tests.contracts.parts import SPACES, STRATEGIES


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("part", STRATEGIES.values(), ids=STRATEGIES)
def test_keeps_the_rules(part, space):
    check_strategy(part.kind, [space], trials=part.trials, process=False, **part.arguments)


@pytest.mark.parametrize("part", STRATEGIES.values(), ids=STRATEGIES)
def test_asks_the_same_in_another_process(part):
    makes = [partial(part, space, seed=5) for space in SPACES.values()]
    assert asked_in_another_process(makes, 15) == [asked(drive(make(), 15)) for make in makes]
