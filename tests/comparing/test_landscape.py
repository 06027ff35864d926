"""Walks walk, and their autocorrelation is the one that can be computed exactly; chance correlates where networks repeat, and nothing more."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

import nastutor as nt
from nastutor import comparing
from nastutor.rng import numpy_rng


def of_values(values, decisions, network=None):
    """A table over independent decisions of equally many options, with these values in the order of enumeration."""
    options = round(len(values) ** (1 / decisions))
    space = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(options)) for i in range(decisions)})
    archs = list(space)
    places = {arch: row for row, arch in enumerate(archs)}
    network = np.arange(len(archs)) if network is None else network
    return SimpleNamespace(
        space=space, archs=archs, network=network, column=lambda metric: np.array(values, dtype=float), rows=lambda some: np.array([places[a] for a in some])
    )


def exact(values, decisions, lags):
    """The autocorrelation of an endless walk: <f, P^k f> by P, the mean over all single mutations."""
    side = round(len(values) ** (1 / decisions))
    start = np.array(values, dtype=float).reshape((side,) * decisions)
    start, found = start - start.mean(), []
    now = start
    for _ in range(lags + 1):
        found.append((start * now).mean() / start.var())
        now = sum((now.sum(axis=i, keepdims=True) - now) / (side - 1) for i in range(decisions)) / decisions
    return np.array(found)


def test_each_step_of_a_walk_is_one_mutation(tiny):
    rows = comparing.random_walk(tiny, steps=20, walks=7, seed=1)
    assert rows.shape == (7, 21)
    for walk in rows:
        archs = [tiny.archs[row] for row in walk]
        assert all(sum(x != y for x, y in zip(a.choices, b.choices)) == 1 for a, b in pairwise(archs))
    assert (rows == comparing.random_walk(tiny, steps=20, walks=7, seed=1)).all() and (rows != comparing.random_walk(tiny, steps=20, walks=7, seed=2)).any()
    assert (rows[:3] == comparing.random_walk(tiny, steps=20, walks=3, seed=1)).all(), "each walk has a seed of its own"


def test_autocorrelation_by_hand():
    assert comparing.autocorrelation([[1, -1, 1, -1, 1, -1]], 2) == pytest.approx([1, -1, 1])
    assert comparing.autocorrelation([[1, 1, np.nan, -1, -1]], 1)[1] == pytest.approx(1), "two pairs are left, both equal"


@pytest.mark.parametrize("kind", ["sum", "noise", "error"])
def test_the_walk_finds_what_an_endless_one_would(tiny, kind):
    values = {"sum": [a + b + c for a in range(5) for b in range(5) for c in range(5)], "noise": numpy_rng(4).random(125), "error": tiny.column("error")}[kind]
    found = comparing.autocorrelation(np.asarray(values)[comparing.random_walk(of_values(values, 3), 400, walks=40)], 4)
    assert found == pytest.approx(exact(values, 3, 4), abs=0.05)


def test_the_length_is_that_of_an_exponential():
    rho = np.exp(-np.arange(5) / 3.0)
    assert comparing.correlation_length(rho) == pytest.approx(3.0)
    assert comparing.correlation_length([1.0, -0.1]) == 0 and comparing.correlation_length([1.0, 1.0]) == np.inf


def test_a_smooth_landscape_is_local_and_noise_is_not():
    values = [a + b + c + d for a in range(4) for b in range(4) for c in range(4) for d in range(4)]
    smooth, rough = comparing.locality(of_values(values, 4), shuffles=99), comparing.locality(of_values(numpy_rng(1).random(256), 4), shuffles=99)
    assert (smooth.p[1:3] == 0.01).all() and (smooth.low[1:3] > smooth.chance[1:3]).all() and smooth.length > 1
    assert rough.p[1] > 0.05 and rough.low[1] < smooth.low[1] - 0.3
    assert smooth.correlation.shape == smooth.low.shape == smooth.high.shape == smooth.chance.shape == (11,)
    assert (smooth.low <= smooth.correlation + 1e-12).all() and (smooth.correlation <= smooth.high + 1e-12).all()


def test_steps_within_a_network_are_no_locality():
    """Random errors, but every decision after the first changes nothing: neighbours are alike, and by chance alone."""
    network = np.repeat(np.arange(4), 64)
    found = comparing.locality(of_values(numpy_rng(2).random(4)[network], 4, network), shuffles=199)
    assert found.correlation[1] > 0.5 and found.chance[1] > 0.5 and found.p[1] > 0.05


def test_distance_to_the_best_and_its_correlation():
    values = [abs(a - 2) + abs(b - 1) + abs(c - 2) for a in range(4) for b in range(4) for c in range(4)]
    found = comparing.fitness_distance(of_values(values, 3))
    assert found.distance.shape == (64,) and found.distance[values.index(0)] == 0 and found.distance.max() == 3
    assert found.pearson == pytest.approx(np.corrcoef(found.distance, found.value)[0, 1]) and found.pearson > 0.5 and found.spearman > 0.5


def test_the_nearest_name_of_the_best_network_counts(tiny):
    found = comparing.fitness_distance(tiny, "params")
    best = tiny.network == tiny.network[np.argmin(tiny.column("params"))]
    assert best.sum() > 1 and (found.distance[best] == 0).all() and (found.distance[~best] > 0).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: comparing.random_walk(t, 0), "`steps` is 0"),
        (lambda t: comparing.random_walk(t, walks=0), "`walks` is 0"),
        (lambda t: comparing.autocorrelation([1, 2, 3]), r"`values` are of shape \(3,\)"),
        (lambda t: comparing.autocorrelation([[1, 2, 3]], 3), "more steps than the 3 `lags`"),
        (lambda t: comparing.locality(of_values([1.0] * 16, 2)), "`metric` 'error' is 1.0 throughout"),
        (lambda t: comparing.locality(t, "test_error"), "`metric` is 'test_error'"),
    ],
)
def test_bad_arguments_are_refused_in_words(tiny, call, words):
    with pytest.raises(ValueError, match=words):
        call(tiny)
