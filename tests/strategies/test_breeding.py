import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.strategies.breeding import crossed, mutated, one_point
from nastutor.testing.strategy import Pyramid

BITS = nt.spaces.ChoiceSpace.of({f"d{i}": (0, 1) for i in range(8)})
ZEROS, ONES = (nt.Arch(tuple((f"d{i}", bit) for i in range(8))) for bit in (0, 1))


def text(arch):
    return "".join(str(value) for _, value in arch.choices)


@given(st.integers(0, 2**31))
def test_one_point_takes_the_head_from_one_and_the_tail_from_the_other(seed):
    child = text(one_point(BITS, ZEROS, ONES, random.Random(seed)))
    assert child in {"0" * cut + "1" * (8 - cut) for cut in range(1, 8)}


def test_every_cut_is_drawn_alike():
    rng = random.Random(0)
    cuts = Counter(text(one_point(BITS, ZEROS, ONES, rng)).index("1") for _ in range(7000))
    assert set(cuts) == set(range(1, 8)) and all(abs(count - 1000) < 150 for count in cuts.values())


def test_uniform_crossing_mixes_all_along():
    rng = random.Random(0)
    children = [text(crossed(BITS, ZEROS, ONES, "uniform", rng)) for _ in range(300)]
    assert sum("10" in child for child in children) > 200, "the tail of one and the head of the other, which no single cut gives"


@given(st.integers(0, 2**31), st.integers(0, 99), st.integers(0, 99))
def test_where_decisions_depend_on_others_children_are_of_the_space(seed, one, other):
    space, rng = Pyramid(), random.Random(seed)
    a, b = space.sample(one), space.sample(other)
    child = one_point(space, a, b, rng)
    space.validate(child)
    for name, value in child.choices:
        offers = [parent[name] for parent in (a, b) if name in parent]
        assert value in offers or not offers
    assert one_point(space, a, a, rng) == a


def test_a_mutant_is_an_architecture_in_open_ended_spaces_too():
    space = nt.spaces.EditSpace()
    assert mutated(space, space.start(), random.Random(0)) in space


@pytest.mark.parametrize("kind", [nt.RegularizedEvolution, nt.NSGA2])
def test_who_cannot_cross_says_so(kind):
    for wrong, error, words in (
        ({"crossover": 1.5}, ValueError, "`crossover` is 1.5; allowed are probabilities"),
        ({"crossover": True}, ValueError, "`crossover` is True"),
        ({"way": "two-point"}, ValueError, "`way` is 'two-point'; allowed are uniform, one-point"),
    ):
        with pytest.raises(error, match=words):
            kind(BITS, **wrong)
    for way, need in (("uniform", "crossover"), ("one-point", "walk")):
        with pytest.raises(TypeError, match=rf"`crossover` is 0.5, which needs a space with {need}\(\), which EditSpace"):
            kind(nt.spaces.EditSpace(), crossover=0.5, way=way)
