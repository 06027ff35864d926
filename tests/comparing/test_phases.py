"""A policy against one random architecture, seed by seed."""

import math

import numpy as np
import pytest

import nastutor as nt
from nastutor.comparing import search_phase

SPACE = nt.spaces.ChoiceSpace.of({"width": (1, 2, 3, 4, 5, 6, 7, 8), "depth": (1, 2, 3, 4)})


def error(arch, seed):
    return 0.9 - arch["width"] / 10 + 0.001 * (seed % 7)


def test_a_search_that_finds_the_best_is_better_and_one_that_draws_is_not():
    best = search_phase(lambda seed: SPACE.walk(lambda name, options: options[-1]), SPACE, error)
    assert best.test.p < 0.01 and best.test.difference.high < 0 and best.found.shape == best.drawn.shape == (10,)
    drawn = search_phase(lambda seed: SPACE.sample(seed), SPACE, error, seeds=40)
    assert drawn.test.p > 0.01


def test_both_are_trained_with_the_same_seed():
    seen = []
    search_phase(SPACE.sample, SPACE, lambda arch, seed: seen.append(seed) or error(arch, seed), first=5, seeds=5)
    assert seen == [5, 5, 6, 6, 7, 7, 8, 8, 9, 9]


def test_a_training_that_failed_is_the_worst_and_not_left_out():
    outcome = search_phase(SPACE.sample, SPACE, lambda arch, seed: math.nan if seed == 2 else error(arch, seed), seeds=5)
    assert outcome.found[2] == outcome.drawn[2] == 1.0 and len(outcome.found) == 5


def test_networks_are_drawn_evenly_although_some_have_many_names():
    space = nt.spaces.CellSpace(nodes=3, ops=("none", "skip", "conv1"))
    archs = []
    search_phase(space.sample, space, lambda arch, seed: archs.append(arch) or 0.5 + seed / 1000, seeds=300, over="networks")
    drawn = archs[1::2]
    assert all(space.canonical(arch) == arch for arch in drawn)
    counts = [drawn.count(arch) for arch in set(map(space.canonical, space))]
    assert max(counts) < 5 * 300 / len(counts)


def test_how_many_seeds_a_difference_takes():
    """n = (2.49 * 0.13 / 0.10)^2, about 11."""
    differences = np.array([-0.13, 0.13] * 50) * np.sqrt(99 / 100)
    outcome = search_phase(SPACE.sample, SPACE, error)._replace(found=0.5 + differences, drawn=np.full(100, 0.5))
    assert outcome.seeds_for(0.10) == 11 and outcome.seeds_for(0.01) > 1_000
    assert "10 seeds" in str(search_phase(SPACE.sample, SPACE, error))


@pytest.mark.parametrize("more, words", [({"seeds": 4}, "`seeds` is 4"), ({"over": "names"}, "`over` is 'names'")])
def test_refusals(more, words):
    with pytest.raises(ValueError, match=words):
        search_phase(SPACE.sample, SPACE, error, **more)
