"""Membership and identity, which follow from `plan` and the settings."""

import pytest

import nastutor as nt
from nastutor.spaces.space import Space


class Single(Space):
    def __init__(self, width=4):
        self.width = width

    def plan(self, arch):
        if arch.choices != (("width", self.width),):
            raise ValueError("none of Single")
        return self.width


def test_membership_is_what_plan_says():
    space, inside = Single(), nt.Arch((("width", 4),))
    assert inside in space and nt.Arch((("width", 8),)) not in space and space.validate(inside) is None
    with pytest.raises(ValueError, match="none of Single"):
        space.validate(nt.Arch(()))
    with pytest.raises(TypeError, match="Space does not say what an architecture spells out"):
        Space().validate(inside)


def test_equal_are_those_of_equal_class_and_settings():
    class Other(Single):
        pass

    assert Single() == Single(4) and hash(Single()) == hash(Single(4)) and repr(Single(8)) == "Single(width=8)"
    assert Single() != Single(8) and Single() != Other() and Single() != "Single(width=4)"
    assert nt.spaces.EditSpace() == nt.spaces.EditSpace() != nt.spaces.EditSpace(walk=3) != nt.spaces.ChainSpace()
