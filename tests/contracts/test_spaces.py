"""Every space keeps the rules."""

import pytest

import nastutor as nt
from nastutor.testing import check_space
from nastutor.testing.strategy import Pyramid

SPACES = {
    "choices": nt.spaces.ChoiceSpace.of({"width": (4, 8), "rate": (0.1, 0.5), "skip": (False, True), "kernel": ((1, 3), None)}),
    "conditions": Pyramid(),
    "cells of 3": nt.spaces.CellSpace(nodes=3),
    "cells of 4": nt.spaces.CellSpace(nodes=4),
    "cells, three operations": nt.spaces.CellSpace(nodes=4, ops=("none", "skip", "conv3"), cells=2, stages=1),
    "chains": nt.spaces.ChainSpace(),
    "chains with skips": nt.spaces.ChainSpace((1, 3), widths=(4,), skips=True),
}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_keeps_the_rules(space):
    check_space(space)
