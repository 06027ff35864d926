"""Every strategy by the suites that students call on their own, on a third of the spaces, and with --slow on all; each once in a new process.

test_compatible.py searches every space by every strategy in the fast tier too, if only for some trials.
"""

from functools import partial

import pytest

from nastutor.testing import check_strategy
from nastutor.testing.drive import asked, drive
from tests.contracts.parts import SPACES, STRATEGIES, a_third, by_thirds


@pytest.mark.parametrize(("part", "space"), a_third(STRATEGIES, SPACES))
def test_keeps_the_rules(part, space):
    check_strategy(part.kind, [space], trials=part.trials, process=False, **part.arguments)


@pytest.mark.parametrize(("part", "spaces"), by_thirds(STRATEGIES, SPACES))
def test_asks_the_same_in_another_process(part, spaces, elsewhere):
    makes = [partial(part, space, seed=5) for space in spaces]
    assert elsewhere.asked(makes, 15) == [asked(drive(make(), 15)) for make in makes]
