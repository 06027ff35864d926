"""Each rule has a space that breaks it, and is found out by that rule."""

import random
from itertools import product

import numpy as np
import pytest

import nastutor as nt
from nastutor.testing import check_space

ChoiceSpace = nt.spaces.ChoiceSpace


class Good(ChoiceSpace):
    def decide(self, choose):
        return [choose(f"width{i}", (4, 8, 16)) for i in range(choose("depth", (1, 2, 3)))]


class Restless(Good):
    def sample(self, rng):
        return super().sample(random.Random())


class Leaky(Good):
    def mutate(self, arch, rng):
        return nt.Arch((*arch.choices, ("more", 1)))


class Still(Good):
    def mutate(self, arch, rng):
        return arch


class Selfish(Good):
    def neighbours(self, arch):
        return [arch, *super().neighbours(arch)]


class Repeating(Good):
    def neighbours(self, arch):
        return super().neighbours(arch) * 2


class Twice(Good):
    def __iter__(self):
        return iter([*super().__iter__(), next(super().__iter__())])


class Miscounted(Good):
    @property
    def size(self):
        return 40


class Missing(Good):
    def __iter__(self):
        return iter([arch for arch in super().__iter__() if arch["depth"] < 3])

    @property
    def size(self):
        return 12


class Blind(Good):
    def encode(self, arch):
        return np.zeros(3)


class Wandering(Good):
    def canonical(self, arch):
        return self.neighbours(arch)[0]


class Backwards(Good):
    """The last of a class instead of the first."""

    def canonical(self, arch):
        return max((other for other in self if other["depth"] == arch["depth"]), key=list(self).index)


class Open(Good):
    def validate(self, arch):
        return None


class Rude(Good):
    def validate(self, arch):
        try:
            super().validate(arch)
        except ValueError:
            raise RuntimeError("no") from None


class Lossy:
    """Options that change their type on the way through JSON have no place in an Arch; here the Arch is made behind its back."""

    def sample(self, rng):
        arch = nt.Arch((("a", 1),))
        object.__setattr__(arch, "choices", (("a", [1]),))
        return arch

    def validate(self, arch):
        if arch.choices[0][0] != "a":
            raise ValueError("not mine")


class Narrow(Good):
    def graph(self, arch, task):
        from nastutor.nets.graph import LayerGraph

        builder = LayerGraph.start(task.shape)
        return builder.finish(builder.add("linear", builder.add("flatten", builder.input), units=3))


CAUGHT = {
    Restless: "same seed, same architectures",
    Leaky: "closed under its own methods",
    Still: "mutate changes something",
    Selfish: "neighbours are others, each once",
    Repeating: "neighbours are others, each once",
    Twice: "enumeration gives each architecture once",
    Miscounted: "enumeration gives each architecture once",
    Missing: "enumeration gives each architecture once",
    Blind: "encode tells architectures apart",
    Wandering: "canonical gives the first of the same",
    Backwards: "canonical gives the first of the same",
    Open: "architectures of other spaces are refused",
    Rude: "architectures of other spaces are refused",
    Narrow: "graphs can be built",
}


@pytest.mark.parametrize("cls", CAUGHT, ids=lambda cls: cls.__name__)
def test_who_breaks_a_rule_is_found_out_by_that_rule(cls):
    with pytest.raises(AssertionError) as error:
        check_space(cls())
    assert str(error.value).startswith(f"`{cls.__name__}` breaks the rule '{CAUGHT[cls]}'"), error.value


def test_types_lost_in_json_are_found():
    with pytest.raises(AssertionError, match="'JSON keeps architectures'"):
        check_space(Lossy(), samples=1)


def test_good_ones_pass():
    check_space(Good())
    check_space(ChoiceSpace.of({"only": (1,)}))


def test_a_space_may_offer_less():
    class Bare:
        """Two bits; nothing but what random search needs."""

        def sample(self, rng):
            rng = random.Random(rng) if isinstance(rng, int) else rng
            return nt.Arch((("a", rng.choice((0, 1))), ("b", rng.choice((0, 1)))))

        def validate(self, arch):
            if arch.choices not in [(("a", a), ("b", b)) for a, b in product((0, 1), repeat=2)]:
                raise ValueError(f"not mine: {arch}")

    check_space(Bare())
