import random

import numpy as np
import pytest
import torch

from nastutor.testing.rules import RULES, broken, generators_untouched, kept


def test_first_line_names_the_rule_and_how_to_keep_it():
    rule = "same seed, same trials"
    with pytest.raises(AssertionError) as error:
        broken(rule, "`Mine`", "trial 3 differs")
    first, second = str(error.value).splitlines()
    assert first == f"`Mine` breaks the rule '{rule}': {RULES[rule]}" and second == "trial 3 differs"


def test_kept_turns_any_exception_into_a_broken_rule_and_lets_others_through():
    with pytest.raises(AssertionError, match=r"tell\(x\) raised KeyError: 'x'") as error, kept("answers in any order", "`Mine`", "tell(x)"):
        raise KeyError("x")
    assert isinstance(error.value.__cause__, KeyError)
    with pytest.raises(AssertionError, match="inner"), kept("answers in any order", "`Mine`", "tell"):
        raise AssertionError("inner")


def reseeded_and_put_back():
    state = random.getstate()
    random.seed(0)
    random.setstate(state)


def forked():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)


TOUCHES = {
    "random": random.random,
    "numpy": lambda: np.random.rand(),
    "torch": lambda: torch.rand(1),
    "seeding": lambda: np.random.seed(np.random.get_state()[1][0]),
    "put back": reseeded_and_put_back,
    "forked": forked,
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_touching_a_global_generator_is_found_even_if_it_is_put_back(touch):
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        with pytest.raises(AssertionError, match="global generators stay untouched"), generators_untouched("`Mine`"):
            touch()
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def test_own_generators_are_fine_and_the_watch_ends():
    seed = random.seed
    with generators_untouched("`Mine`"):
        random.Random(0).random()
        np.random.default_rng(0).random()
        torch.rand(1, generator=torch.Generator().manual_seed(0))
    assert random.seed == seed
