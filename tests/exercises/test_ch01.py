"""The reference solutions of chapter 1 against the library's own interpreters."""

from random import Random

import numpy as np
import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises import ch01
from nastutor.exercises.ch01 import SPACES, chance, decide, one_hot, sample


class Fitting(nt.spaces.ChoiceSpace):
    """The space of the exercise, at one size of image."""

    def __init__(self, image, depths=(1, 2, 3)):
        self.image, self.depths = image, depths

    def decide(self, choose):
        return decide(choose, self.image, self.depths)


@pytest.mark.parametrize("image, size", [(1, 2 + 4 + 8), (2, 3 + (2 * 3 + 2) + (2 * 2 * 3 + 2 * 2 + 4)), (3, 31), (8, 3 + 9 + 27)])
def test_pools_fit(image, size):
    space = Fitting(image)
    assert len(list(space)) == size
    for arch in space:
        left = image
        for kind, _ in space.plan(arch):
            left //= 2 if kind == "pool" else 1
        assert left >= 1


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_the_references_are_the_librarys_interpreters(space):
    for seed in range(30):
        arch = space.sample(seed)
        assert sample(space.decide, Random(seed)) == space.sample(Random(seed))
        assert np.array_equal(one_hot(space.sites(), arch), space.encode(arch))
    assert sum(chance(space.decide, arch) for arch in space) == pytest.approx(1)


def test_a_chance_by_hand():
    arch = nt.Arch((("depth", 2), ("width0", 4), ("width1", 16)))
    assert chance(ch01.Pyramid().decide, arch) == pytest.approx(1 / 27)
    assert chance(ch01.Pyramid().decide, nt.Arch((("depth", 1), ("width0", 4)))) == pytest.approx(1 / 9), "shallow ones are drawn more often"


def always_a_pool(choose, image, depths):
    layers = []
    for i in range(choose("depth", depths)):
        if choose(f"kind{i + 1}", ("conv", "pool")) == "pool":
            layers.append(("pool", 2))
        else:
            layers.append(("conv", choose(f"width{i + 1}", (4, 8))))
    return layers


def rounds_up(choose, image, depths):
    layers = []
    for i in range(choose("depth", depths)):
        if choose(f"kind{i + 1}", ("conv", "pool") if image > 1 else ("conv",)) == "pool":
            layers.append(("pool", 2))
            image = (image + 1) // 2
        else:
            layers.append(("conv", choose(f"width{i + 1}", (4, 8))))
    return layers


def silent_where_nothing_fits(choose, image, depths):
    """Does not ask for the kind where only a convolution fits: a decision with one option is a decision as well."""
    layers = []
    for i in range(choose("depth", depths)):
        if image > 1 and choose(f"kind{i + 1}", ("conv", "pool")) == "pool":
            layers.append(("pool", 2))
            image //= 2
        else:
            layers.append(("conv", choose(f"width{i + 1}", (4, 8))))
    return layers


def uniform(decide, arch):
    return 1 / len(list(decide.__self__))


def by_rng_choice(decide, rng):
    choices = []

    def choose(name, options):
        choices.append((name, rng.choice(options)))
        return choices[-1][1]

    decide(choose)
    return nt.Arch(tuple(choices))


def short_code(sites, arch):
    return [int(option == value) for name, value in arch.choices for option in sites[name]]


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("decide", always_a_pool, "even where it does not fit"),
        ("decide", rounds_up, "3 pixels become 1"),
        ("sample", by_rng_choice, "agrees with it on a seed"),
        ("chance", uniform, "1 / size is right only"),
        ("one_hot", short_code, "gets shorter"),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch01.{name}"), wrong)
    assert words in dict(outcome.lines)["likely"], str(outcome)


def test_what_is_wrong_with_a_space_is_said_architecture_by_architecture():
    outcome = judge(find_check("ch01.decide"), silent_where_nothing_fits)
    lines = dict(outcome.lines)
    assert (lines["image"], lines["depths"]) == ("1", "(1,)")
    assert "not of this space: depth=1 width1=4 is [('conv', 4)]" in lines["yours"] and "one option" in lines["often"]


def test_a_space_without_an_end_is_cut_off():
    def endless(choose, image, depths):
        return [choose(f"width{i}", tuple(range(30))) for i in range(10)]

    assert not judge(find_check("ch01.decide"), endless).passed


@pytest.mark.parametrize("name", ["decide", "sample", "chance", "count", "reads", "one_hot"])
def test_each_known_mistake_is_wrong(name):
    exercise = find_check(f"ch01.{name}")
    for wrong, sentence in exercise.mistakes:
        outcome = judge(exercise, wrong)
        assert not outcome.passed and sentence in str(outcome), sentence
