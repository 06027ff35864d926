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


def test_a_space_that_knows_its_size_is_not_listed_to_learn_that_it_is_large(monkeypatch):
    class Counted(ChoiceSpace):
        """A decision that needs two unusual ones together, and how many architectures there are."""

        size = 5

        def decide(self, choose):
            a, b = choose("a", (0, 1)), choose("b", (0, 1))
            return choose("both", ("x", "y")) if a and b else None

    class Otherwise(Counted):
        """Its size is that of the other."""

        def decide(self, choose):
            return choose("a", (0, 1)), choose("b", (0, 1)), choose("c", (0, 1))

    assert list(sites.find_sites(Counted())) == ["a", "b", "both"], "few are looked at, all of them"
    monkeypatch.setattr(sites, "ENUMERABLE", 4)
    listed, real = [], ChoiceSpace.__iter__
    monkeypatch.setattr(ChoiceSpace, "__iter__", lambda self: listed.append(type(self)) or real(self))
    assert list(sites.find_sites(Counted())) == ["a", "b"] and not listed
    assert list(sites.find_sites(Otherwise())) == ["a", "b", "c"] and listed == [Otherwise], "its own decisions are counted"


@pytest.mark.parametrize("space", FOUND.values(), ids=FOUND)
def test_sizes_that_are_known_and_small_are_true(space):
    """Where a size were too large, architectures would go unseen."""
    if sites._knows_its_size(type(space)) and space.size <= 500:
        assert space.size == sum(1 for _ in space)
