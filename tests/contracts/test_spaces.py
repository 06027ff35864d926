"""Every space keeps the rules."""

import pytest

from nastutor.testing import check_space
from tests.contracts.parts import SPACES


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_keeps_the_rules(space):
    check_space(space)
