"""Rows of numbers, and a forest whose uncertainty is that of its leaves, by hand."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.rng import numpy_rng
from nastutor.strategies.forest import Columns, Forest
from nastutor.testing.strategy import Pyramid


def test_numbers_are_ranks_options_are_one_hot_and_what_is_not_there_is_minus_one():
    columns = Columns({"op": ("a", "b", None), "width": (32, 4, 8), "rate": (0.5, 0.1), "flag": (False, True)})
    arch = nt.Arch((("op", "b"), ("width", 32), ("rate", 0.1)))
    assert columns.of([arch]).tolist() == [[0, 1, 0, 2, 0, -1, -1]] and columns.of([arch]).dtype == np.float32
    pyramid = Columns(Pyramid().sites())
    assert pyramid.of([nt.Arch((("depth", 1), ("width0", 8)))]).tolist() == [[0, 1, -1, -1]]
    assert Columns({}).of([nt.Arch(())]).shape == (1, 1)


def test_different_architectures_have_different_rows():
    space = nt.spaces.ChainSpace((1, 2), widths=(4, 8))
    rows = Columns(space.sites()).of(list(space))
    assert len(np.unique(rows, axis=0)) == space.size


def data(count=80):
    rng = numpy_rng(0, "forest")
    rows = rng.integers(0, 3, (count, 5)).astype(np.float32)
    return rows, rows[:, 0] + 0.5 * rows[:, 1] + rng.normal(0, 0.1, count)


def test_mean_and_variance_are_those_of_the_leaves():
    """Leaf by leaf, from the observations that fell there, as often as they were drawn."""
    rows, targets = data()
    forest = Forest(3, 1.0, 10, seed=1).fit(rows, targets)
    rng, means, variances = numpy_rng(1, "forest"), [], []
    for tree, _, _ in forest.leaves:
        often = np.bincount(rng.integers(80, size=80), minlength=80)
        rng.integers(2**31)
        here = tree.apply(rows) == tree.apply(rows[:1])[0]
        drawn = np.repeat(targets[here], often[here])
        means.append(drawn.mean())
        variances.append(drawn.var())
    mean, variance = forest.predict(rows[:1])
    assert mean[0] == pytest.approx(np.mean(means)) and variance[0] == pytest.approx(np.mean(variances) + np.var(means))
    assert np.mean(variances) > 0.001 and np.var(means) > 1e-6


def test_trees_are_as_many_and_as_large_as_asked():
    rows, targets = data()
    assert len(Forest(7, 1.0, 3, 0).fit(rows, targets).leaves) == 7
    fine, coarse = (sum(tree.node_count for tree, _, _ in Forest(5, 1.0, least, 0).fit(rows, targets).leaves) for least in (2, 40))
    assert fine > 2 * coarse
    first = [[tree.feature[0] for tree, _, _ in Forest(40, share, 3, 0).fit(rows, targets).leaves] for share in (1.0, 0.2)]
    assert set(first[0]) == {0} < set(first[1]), "with one column in five to look at, others are split first"


def test_equal_seeds_give_equal_forests():
    rows, targets = data()
    one, two, other = (Forest(5, 0.8, 3, seed).fit(rows, targets).predict(rows) for seed in (0, 0, 1))
    assert (one[0] == two[0]).all() and (one[1] == two[1]).all() and (one[0] != other[0]).any() and (one[1] >= 0).all()


def test_one_observation_or_equal_ones_leave_no_doubt():
    for count in (1, 20):
        mean, variance = Forest(5, 0.8, 3, 0).fit(data()[0][:count], np.full(count, 0.3)).predict(data()[0])
        assert mean == pytest.approx(np.full(80, 0.3)) and variance == pytest.approx(np.zeros(80), abs=1e-12)
