"""Local searches: they end where no neighbour is better, and tell of everything that they looked at."""

import numpy as np

import nastutor as nt
from nastutor.strategies.local_search import climb

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(3)})


def score(archs):
    return np.array([-sum((value - 2) ** 2 for _, value in arch.choices) for arch in archs], dtype=float)


def test_it_ends_at_the_best_and_knows_its_neighbours():
    start, scores = SPACE.sample(0), {}
    climb(SPACE, {start: float(score([start])[0])}, score, scores)
    top = nt.Arch((("d0", 2), ("d1", 2), ("d2", 2)))
    assert max(scores, key=scores.__getitem__) == top and set(SPACE.neighbours(top)) <= scores.keys()
    assert all(value == score([arch])[0] for arch, value in scores.items())


def test_it_stays_where_all_are_equal_and_scores_nothing_twice():
    seen = []

    def flat(archs):
        seen.extend(archs)
        return np.zeros(len(archs))

    start, scores = SPACE.sample(1), {}
    climb(SPACE, {start: 0.0}, flat, scores)
    assert scores.keys() == set(SPACE.neighbours(start)) and len(seen) == len(set(seen))


def test_without_a_start_there_is_nothing_to_do():
    scores = {}
    climb(SPACE, {}, score, scores)
    assert not scores
