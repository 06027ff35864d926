"""Every strategy on every space, by the suites that students call on their own; each strategy once in a new process."""

import pytest

import nastutor as nt
from nastutor.testing import check_strategy
from nastutor.testing.compatible import package_strategies
from nastutor.testing.strategy import Pyramid

SPACES = {
    "choices": nt.spaces.ChoiceSpace.of({"width": (4, 8, 16), "rate": (0.1, 0.5), "skip": (False, True), "kernel": ((1, 3), (3, 3))}),
    "conditions": Pyramid(),
    "cells": nt.spaces.CellSpace(nodes=3),
    "chains": nt.spaces.ChainSpace((1, 2), widths=(4, 8)),
}
STRATEGIES = {
    "RandomSearch": (nt.RandomSearch, {}),
    "RegularizedEvolution": (nt.RegularizedEvolution, {"population": 6, "sample": 3}),
    "RegularizedEvolution, not aging, copies": (nt.RegularizedEvolution, {"population": 6, "sample": 3, "aging": False, "identity": 0.2}),
    "HillClimbing": (nt.HillClimbing, {}),
    "HillClimbing, best": (nt.HillClimbing, {"first": False}),
    "REINFORCE": (nt.REINFORCE, {"trials": 12}),
    "REINFORCE, in threes": (nt.REINFORCE, {"trials": 12, "per_update": 3, "power": 3, "hidden": 8}),
}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("strategy, arguments", STRATEGIES.values(), ids=STRATEGIES)
def test_keeps_the_rules(strategy, arguments, space):
    check_strategy(strategy, [space], process=False, **arguments)


@pytest.mark.parametrize("strategy, arguments", [pair for name, pair in STRATEGIES.items() if "in threes" not in name])
def test_asks_the_same_in_another_process(strategy, arguments):
    from functools import partial

    from nastutor.testing.drive import asked, asked_in_another_process, drive

    own = {name: value for name, value in arguments.items() if name != "trials"}
    makes = [partial(strategy, space, seed=5, **own) for space in SPACES.values()]
    assert asked_in_another_process(makes, 15) == [asked(drive(make(), 15)) for make in makes]


def test_no_strategy_of_the_package_is_left_out():
    assert {strategy for strategy, _ in STRATEGIES.values()} == set(package_strategies())
