"""Each rule about what lies near an architecture has a space that breaks it."""

import random
from dataclasses import dataclass

import pytest

import nastutor as nt
from nastutor.edits import Narrow, Network, Several, Widen
from nastutor.rng import python_rng
from nastutor.testing import check_space
from nastutor.testing.strategy import Pyramid
from nastutor.testing.variation import check_variation, options_of


class Redrawing(Pyramid):
    def mutate(self, arch, rng):
        return next(other for other in iter(lambda: self.sample(rng), None) if other != arch)


class Redrawn(Pyramid):
    """Changes one decision, and draws anew what could have stayed."""

    def mutate(self, arch, rng):
        arch = super().mutate(arch, rng)
        return nt.Arch((arch.choices[0], *((name, rng.choice((4, 8, 16))) for name, _ in arch.choices[1:])))


class Stuck(Pyramid):
    def mutate(self, arch, rng):
        return super().mutate(arch, 0)


class Restless(Pyramid):
    def mutate(self, arch, rng):
        return super().mutate(arch, random.Random())


class Hermit(Pyramid):
    def neighbours(self, arch):
        return []


class Jumping(Pyramid):
    def neighbours(self, arch):
        near = super().neighbours(arch)
        return [*near, next(far for far in self if far != arch and far not in near and far["depth"] == 3)] if arch["depth"] == 3 else near


class Shortsighted(Pyramid):
    """Mutants reach more than its neighbours."""

    def neighbours(self, arch):
        return super().neighbours(arch)[:3]


class Firstborn(Pyramid):
    def crossover(self, a, b, rng):
        return a


class Secondborn(Pyramid):
    def crossover(self, a, b, rng):
        return b


class Foundling(Pyramid):
    def crossover(self, a, b, rng):
        return self.sample(rng)


class Moody(Pyramid):
    def crossover(self, a, b, rng):
        return super().crossover(a, b, random.Random())


CAUGHT = {
    Redrawing: "mutate changes one decision",
    Redrawn: "mutate changes one decision",
    Stuck: "mutate draws from its rng",
    Restless: "same seed, same architectures",
    Hermit: "neighbours are one step away",
    Jumping: "neighbours are one step away",
    Shortsighted: "neighbours are one step away",
    Firstborn: "crossover takes from both parents",
    Secondborn: "crossover takes from both parents",
    Foundling: "crossover takes from both parents",
    Moody: "same seed, same architectures",
}


@pytest.mark.parametrize("cls", CAUGHT, ids=lambda cls: cls.__name__)
def test_who_breaks_a_rule_is_found_out_by_that_rule(cls):
    with pytest.raises(AssertionError) as error:
        check_space(cls())
    assert str(error.value).startswith(f"`{cls.__name__}` breaks the rule '{CAUGHT[cls]}'"), error.value


class Bits:
    """Three bits without a `decide`."""

    def sample(self, rng):
        return nt.Arch(tuple((f"bit{k}", python_rng(rng).randrange(2) if isinstance(rng, int) else rng.randrange(2)) for k in range(3)))

    def validate(self, arch):
        if [name for name, _ in arch.choices] != ["bit0", "bit1", "bit2"]:
            raise ValueError(f"not mine: {arch}")

    def neighbours(self, arch):
        return [nt.Arch(tuple((name, value ^ (name == flipped)) for name, value in arch.choices)) for flipped, _ in arch.choices]

    def mutate(self, arch, rng):
        return rng.choice(self.neighbours(arch))


class LonelyBits(Bits):
    mutate = None

    def neighbours(self, arch):
        return []


class StuckBits(Bits):
    def mutate(self, arch, rng):
        return self.neighbours(arch)[0]


def test_a_space_that_is_no_program_is_looked_at_from_outside():
    check_space(Bits())
    with pytest.raises(AssertionError, match="'neighbours are one step away'"):
        check_space(LonelyBits())
    with pytest.raises(AssertionError, match="'mutate draws from its rng'"):
        check_space(StuckBits())


def test_neighbours_may_leave_out_what_is_the_same_network():
    class Other(nt.spaces.CellSpace):
        def neighbours(self, arch):
            return [other for other in super().neighbours(arch) if self.canonical(other) != self.canonical(arch)]

    check_space(Other(nodes=3))


SPACES = {
    "one decision": nt.spaces.ChoiceSpace.of({"width": (4, 8)}),
    "mixed": nt.spaces.ChoiceSpace.of({"width": (4, 8), "skip": (False, True), "kernel": ((1, 3), None)}),
    "conditions": Pyramid(),
    "cells": nt.spaces.CellSpace(4),
    "chains": nt.spaces.ChainSpace(),
    "chains with skips": nt.spaces.ChainSpace(skips=True),
    "chains of pools": nt.spaces.ChainSpace((1, 2, 3), pools=(2, 4), max_pools=2),
}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_no_false_alarm(space):
    check_variation(space, [space.sample(seed) for seed in range(100)])


def test_options_are_those_on_the_way_to_the_architecture():
    arch = nt.Arch((("depth", 1), ("width0", 16)))
    assert options_of(Pyramid(), arch) == {"depth": (1, 2, 3), "width0": (4, 8, 16)}


class Silent(nt.spaces.EditSpace):
    def mutate(self, arch, rng):
        return super().mutate(arch, rng)[0]


class Misleading(nt.spaces.EditSpace):
    def mutate(self, arch, rng):
        child, _ = super().mutate(arch, rng)
        return child, Widen(1, 1)


@dataclass(frozen=True)
class Nameless(nt.Edit):
    layer: object = object()

    def __call__(self, arch):
        return Widen(1, 1)(arch)


class Unwritable(nt.spaces.EditSpace):
    def mutate(self, arch, rng):
        return Widen(1, 1)(arch), Nameless()


class Homeless(nt.spaces.EditSpace):
    def start(self):
        return Network.chain([("dense", 4)]).arch()


class Outbound(nt.spaces.EditSpace):
    def edits(self, arch, rng):
        return [*super().edits(arch, rng), Widen(1, 1000)]


class Idle(nt.spaces.EditSpace):
    def edits(self, arch, rng):
        return [*super().edits(arch, rng), Several((Widen(1, 1), Narrow(1, 1)))]


class Impossible(nt.spaces.EditSpace):
    def edits(self, arch, rng):
        return [*super().edits(arch, rng), Widen(99, 1)]


class Drifting(nt.spaces.EditSpace):
    def edits(self, arch, rng):
        return super().edits(arch, random.Random())


@pytest.mark.parametrize(
    "kind, rule",
    [
        (Silent, "mutate tells its edit"),
        (Misleading, "mutate tells its edit"),
        (Unwritable, "mutate tells its edit"),
        (Homeless, "closed under its own methods"),
        (Outbound, "closed under its own methods"),
        (Idle, "edits lead to other architectures"),
        (Impossible, "edits lead to other architectures"),
        (Drifting, "same seed, same architectures"),
    ],
)
def test_each_rule_of_open_ended_spaces_is_found_broken(kind, rule):
    with pytest.raises(AssertionError, match=f"`{kind.__name__}` breaks the rule '{rule}'"):
        check_space(kind([("conv", 4, 3), ("conv", 4, 3)], ("widen", "kernel", "deepen"), walk=3, max_layers=5), samples=10)
