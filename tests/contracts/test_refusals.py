"""Every space answers bad input in words: codes of another length or another space, strangers, images of a wrong form."""

from types import SimpleNamespace

import numpy as np
import pytest

import nastutor as nt
from tests.contracts.parts import SPACES

STRANGERS = {"chains": nt.spaces.CellSpace(nodes=3).sample(0)}
spaces = pytest.mark.parametrize("name", SPACES)
networks = pytest.mark.parametrize("name", [name for name, space in SPACES.items() if hasattr(space, "graph")])


@spaces
def test_codes_of_another_form_are_refused(name):
    space = SPACES[name]
    decisions = len(space.sites())
    for wrong in (np.zeros((1, decisions + 1), int), np.zeros((2, decisions - 1), int), np.zeros(decisions, int), np.zeros((1, decisions)), ["abc"], None):
        with pytest.raises(ValueError, match=rf"`codes` are .*; allowed are whole numbers of shape \(n, {decisions}\)"):
            space.from_codes(wrong)
    first = next(iter(space.sites()))
    with pytest.raises(ValueError, match=f"`codes` hold 200 at .* for {first!r}; allowed are 0 to"):
        space.from_codes(np.full((1, decisions), 200))


@spaces
def test_strangers_are_refused(name):
    space, stranger = SPACES[name], STRANGERS.get(name, nt.spaces.ChainSpace((4,)).sample(0))
    asked = [space.validate, space.encode, space.canonical, space.plan, space.neighbours, lambda arch: space.codes([arch])]
    asked += [lambda arch: space.mutate(arch, 0), lambda arch: space.crossover(space.sample(0), arch, 0)]
    if hasattr(space, "graph"):
        asked.append(lambda arch: space.graph(arch, SimpleNamespace(name="digits", shape=(1, 8, 8), classes=10)))
    for ask in asked:
        with pytest.raises(ValueError, match=rf"`arch` is .*, which is none of {type(space).__name__}: "):
            ask(stranger)


@networks
@pytest.mark.parametrize("shape", [(8,), (1, 8, 8, 8)])
def test_what_is_no_image_is_refused(name, shape):
    space = SPACES[name]
    if isinstance(space, nt.spaces.AutoNetSpace) and len(shape) == 1:
        pytest.skip("it is for rows of numbers")
    with pytest.raises(ValueError, match="`task` 'odd' has inputs of|`shape` is"):
        space.graph(space.sample(0), SimpleNamespace(name="odd", shape=shape, classes=10))


@networks
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 2), (1, 3, 2), (3, 5, 7)])
def test_images_that_are_too_small_are_refused_with_the_decision_or_the_setting(name, shape):
    """Where an image vanishes in a pool, or cannot be halved evenly: no error that speaks of nodes alone."""
    space = SPACES[name]
    for seed in range(15):
        try:
            space.graph(space.sample(seed), SimpleNamespace(name="small", shape=shape, classes=10))
        except ValueError as error:
            assert "`task` 'small'" in str(error) and ("decision" in str(error) or "`=" in str(error)), str(error)
