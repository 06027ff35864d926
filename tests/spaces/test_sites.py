"""Decisions are found in order, with all their options, also where they depend on each other."""

import pytest

from nastutor.spaces import sites
from nastutor.spaces.base import ChoiceSpace
from nastutor.testing.strategy import Pyramid
from tests.contracts.parts import SPACES

FOUND = {name: space for name, space in SPACES.items() if type(space)._sites is ChoiceSpace._sites and type(space).sites is ChoiceSpace.sites}


@pytest.mark.parametrize("space", FOUND.values(), ids=FOUND)
def test_every_decision_of_a_sample_is_found(space):
    found = sites.find_sites(space)
    for seed in range(50):
        assert all(value in found[name] for name, value in space.sample(seed).choices)


def test_few_are_enumerated_and_many_are_tried(monkeypatch):
    class Unusual(ChoiceSpace):
        """A decision that needs two unusual ones together."""

        def decide(self, choose):
            a, b = choose("a", (0, 1)), choose("b", (0, 1))
            return choose("both", ("x", "y")) if a and b else None

    assert sites.find_sites(Unusual()) == {"a": (0, 1), "b": (0, 1), "both": ("x", "y")}
    monkeypatch.setattr(sites, "ENUMERABLE", 4)
    assert sites.find_sites(Unusual()) == {"a": (0, 1), "b": (0, 1)}, "as `ChoiceSpace.sites` warns"
    assert list(sites.find_sites(Pyramid())) == list(Pyramid().sites())
