"""Points for what has only distances."""

import math

import numpy as np

from nastutor.kernels.bourgain import Embedding


def test_sets_are_as_many_and_as_large_as_the_paper_says():
    embedding = Embedding(range(25), lambda a, all: abs(a - np.array(all)))
    sizes = [len(members) for members in embedding.sets]
    assert len(sizes) == (math.ceil(math.log2(25) - 1) + 1) * math.ceil(math.log(25)) and sorted(set(sizes)) == [1, 2, 4, 8, 16]
    assert len(Embedding(range(2), lambda a, all: abs(a - np.array(all))).sets) == 1


def test_coordinates_are_distances_to_sets():
    embedding = Embedding((0, 10, 20, 30), lambda a, all: abs(a - np.array(all)), seed=1)
    by_hand = [min(abs(7 - 10 * member) for member in members) for members in embedding.sets]
    np.testing.assert_allclose(embedding(7) * math.sqrt(len(embedding.sets)), by_hand)
    assert np.linalg.norm(embedding(7) - embedding(9)) <= 2
