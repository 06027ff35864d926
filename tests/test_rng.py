"""Seeds and generators: golden values that hold on every machine, and generators of their own."""

import random

import numpy as np
import pytest
import torch

from nastutor.rng import as_rng, child_seed, numpy_rng, python_rng, torch_rng
from nastutor.testing.rules import generators_untouched

MAKERS = {
    "python": lambda *key: python_rng(*key).random(),
    "numpy": lambda *key: numpy_rng(*key).random(),
    "torch": lambda *key: torch.rand(1, generator=torch_rng(*key)).item(),
}


def test_child_seeds_are_the_same_on_every_machine():
    assert child_seed(0) == 1429472249 and child_seed(0, "shuffle", 3) == 410299493
    assert python_rng(7, "a").random() == 0.7366902599662979


def test_a_child_seed_depends_on_the_seed_and_on_every_part_of_the_key():
    keys = [(0,), (1,), (0, "a"), (0, "b"), (0, "a", 1), (0, 1, "a"), (0, "a1"), (0, "1"), (0, 1)]
    assert len({child_seed(*key) for key in keys}) == len(keys)
    assert all(0 <= child_seed(*key) < 2**32 for key in keys)


@pytest.mark.parametrize("draw", MAKERS.values(), ids=MAKERS)
def test_generators_repeat_themselves_and_leave_the_global_ones_alone(draw):
    with generators_untouched("a generator"):
        first = draw(3, "x")
        draw(4, "x")
        assert draw(3, "x") == first != draw(3, "y")


def test_as_rng_keeps_a_generator_and_makes_one_of_a_seed():
    rng = random.Random(0)
    assert as_rng(rng) is rng and as_rng(5).random() == random.Random(5).random()


@pytest.mark.parametrize("bad", [None, True, 1.0, "0", np.random.default_rng(0), random])
def test_as_rng_refuses_what_is_neither(bad):
    with pytest.raises(TypeError, match="`rng` must be a random.Random or an int seed"):
        as_rng(bad)
