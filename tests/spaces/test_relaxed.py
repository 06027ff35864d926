"""Mixtures and architectures: one-hot there and back, the strongest edges, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from tests.relaxed_spaces import RELAXED, TASK


@pytest.mark.parametrize("name", RELAXED)
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_an_architecture_is_a_one_hot_mixture_and_comes_back(name, seed):
    space = RELAXED[name]
    arch = space.sample(seed)
    mixture = space.one_hot(arch)
    assert list(mixture.weights) == list(space.mixture_sites())
    assert all(own.sum() == 1 and own.max() == 1 for own in mixture.weights.values())
    assert space.canonical(space.discretize(mixture)) == space.canonical(arch)


@pytest.mark.parametrize("name", RELAXED)
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_every_mixture_stands_for_an_architecture(name, seed):
    space, rng = RELAXED[name], np.random.default_rng(seed)
    mixture = nt.Mixture({own: rng.dirichlet(np.ones(len(options))) for own, options in space.mixture_sites().items()})
    space.validate(space.discretize(mixture))


def test_darts_keeps_the_two_strongest_edges_and_never_none():
    space = nt.spaces.DARTSSpace(nodes=2, ops=("max3", "sep3"))
    weights = {name: [0.9, 0.06, 0.04] for name in space.mixture_sites()}
    weights |= {"normal 1->3": [0.1, 0.2, 0.7], "normal 2->3": [0.1, 0.8, 0.1]}
    arch = space.discretize(nt.Mixture(weights))
    assert (arch["normal3_inputs"], arch["normal3_op1"], arch["normal3_op2"]) == ((1, 2), "sep3", "max3")
    assert (arch["normal2_inputs"], arch["normal2_op1"]) == ((0, 1), "max3"), "of equal ones the first, although none has most of the weight"


def test_a_cell_takes_none_where_it_has_most_of_the_weight():
    space = nt.spaces.CellSpace(nodes=2)
    assert space.discretize(nt.Mixture({"0->1": [0.4, 0.3, 0.1, 0.1, 0.1]}))["0->1"] == "none"


@pytest.mark.parametrize(
    "mixture, words",
    [
        (nt.Mixture({"0->1": [1.0]}), "allowed are 5: none, skip"),
        (nt.Mixture({"0->2": [1.0]}), "other decisions, for instance '0->1'"),
        (nt.Arch((("0->1", "skip"),)), "allowed is an nt.Mixture"),
    ],
)
def test_a_space_refuses_a_mixture_of_something_else(mixture, words):
    with pytest.raises((TypeError, ValueError), match=words):
        nt.spaces.CellSpace(nodes=2).discretize(mixture)


def test_affine_is_the_scale_and_shift_of_batch_norm():
    space = RELAXED["cells of 3"]
    with_them, without = (space.supernet(TASK, affine=affine).graph.counts().params for affine in (True, False))
    assert with_them > without
