"""The reference solutions of chapter 0 against numbers known otherwise."""

import random

from nastutor.exercises.ch00 import OPTIONS, best_so_far, count_cells, mutate, random_search, toy_error
from nastutor.spaces import CellSpace


def test_best_so_far():
    assert best_so_far([0.5, 0.7, 0.2, 0.3]) == [0.5, 0.5, 0.2, 0.2]


def test_count_cells_agrees_with_the_spaces():
    assert count_cells(3, 5) == len(CellSpace(nodes=3)) == 125
    assert count_cells(4, 5) == len(CellSpace(nodes=4)) == 15_625


def test_mutations_are_the_neighbours():
    space = CellSpace(nodes=3)
    assert dict(space.sites()) == OPTIONS
    arch = space.sample(0)
    rng = random.Random(0)
    assert {mutate(arch, OPTIONS, rng) for _ in range(400)} == set(space.neighbours(arch))


def test_random_search_returns_the_first_best():
    space, rng = CellSpace(nodes=3), random.Random(0)
    drawn = []

    def sample(rng):
        drawn.append(space.sample(rng))
        return drawn[-1]

    arch, error = random_search(sample, lambda arch: round(toy_error(arch), 1), 50, rng)
    errors = [round(toy_error(a), 1) for a in drawn]
    assert len(drawn) == 50 and error == min(errors) and arch == drawn[errors.index(min(errors))]


def test_toy_errors_differ_from_cell_to_cell():
    assert len({toy_error(arch) for arch in CellSpace(nodes=3)}) == 125
