"""The OTMANN distance: golden numbers of the authors' release, and what the paper says of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.kernels.layers import Layer
from nastutor.kernels.otmann import OTMANN, Described, described, label_cost, lengths_apart

SPACES = {"cells": nt.spaces.CellSpace(nodes=3), "edits": nt.spaces.EditSpace(), "chains": nt.spaces.ChainSpace((1, 3))}


def network(*rows):
    """From (kind, detail, units, reads): what a layer takes follows, as in the release, where several inputs are joined."""
    layers = []
    for kind, detail, units, reads in rows:
        taken = sum(layers[read].units for read in reads)
        layers.append(Layer(kind, detail, taken if units is None else units, taken, tuple(reads)))
    return described(layers)


IN, MAX, AVG = ("in", None, 1, ()), ("max", None), ("avg", None)


def ends(behind):
    return ("decision", None, 10, [behind]), ("out", None, 10, [behind + 1])


# The first six networks of `generate_cnn_architectures` of the release.
NETWORKS = [
    network(IN, ("conv", 3, 16, [0]), ("conv", 3, 8, [1]), ("conv", 3, 8, [1]), ("conv", 3, 32, [2, 3]), (*MAX, None, [4]), ("fc", "relu", 16, [5]), *ends(6)),
    network(IN, ("conv", 3, 16, [0]), ("conv", 3, 16, [1]), ("conv", 3, 32, [2]), (*MAX, None, [3]), ("fc", "relu", 16, [4]), *ends(5)),
    network(
        *(IN, ("conv", 3, 16, [0]), ("conv", 3, 16, [1]), ("conv", 5, 16, [1]), ("conv", 3, 32, [1]), (*MAX, None, [2, 3])),
        *(("fc", "relu", 32, [4, 5]), *ends(6)),
    ),
    network(
        *(IN, ("conv", 3, 16, [0]), ("conv", 3, 16, [1]), ("conv", 5, 16, [1]), ("conv", 3, 32, [1]), (*AVG, None, [2, 3])),
        *(("conv", 5, 32, [4]), ("fc", "relu", 32, [5, 6]), *ends(7)),
    ),
    network(
        *(IN, ("conv", 3, 16, [0]), ("conv", 3, 16, [0]), ("conv", 3, 16, [1]), ("conv", 5, 16, [1]), ("conv", 5, 32, [2])),
        *((*AVG, None, [3, 4]), ("fc", "relu", 32, [5, 6]), *ends(7)),
    ),
    network(
        *(IN, ("conv", 3, 16, [0]), ("conv", 3, 16, [1]), ("conv", 3, 32, [2]), (*MAX, None, [3])),
        *(("fc", "relu", 32, [4]), ("fc", "relu", 32, [5]), ("fc", "relu", 32, [5]), ("decision", None, 10, [6, 7]), ("out", None, 10, [8])),
    ),
]
# Run with the release (POT, penalties 1): d and d / (both masses) at a weight of structure of 0.1, then at 0.61.
GOLDEN = {
    (0, 1): (0, 0, 0, 0),
    (0, 2): (539.048889, 0.190676, 775.734222, 0.274398),
    (0, 3): (1875.42, 0.451013, 2056.878, 0.494651),
    (0, 4): (668.61, 0.234778, 872.457, 0.306357),
    (0, 5): (322.14, 0.12261, 470.958, 0.179251),
    (2, 3): (1367.348444, 0.293998, 1470.105511, 0.316092),
    (2, 4): (137.155111, 0.041059, 141.366178, 0.042319),
    (2, 5): (491.961778, 0.15768, 938.118844, 0.300679),
    (3, 4): (1331.185778, 0.284948, 1437.193244, 0.307639),
    (3, 5): (1825.968, 0.410219, 2204.8368, 0.495335),
    (4, 5): (621.54, 0.197892, 1034.946, 0.329517),
}


@pytest.mark.parametrize("solver", ["scipy", "pot"])
def test_distances_are_those_of_the_release(solver):
    if solver == "pot":
        pytest.importorskip("ot")
    found = OTMANN((0.1, 0.61), solver=solver).compare(NETWORKS, NETWORKS)
    for (i, j), (first, first_twin, second, second_twin) in GOLDEN.items():
        for one, other in ((i, j), (j, i)):
            expected = [first, second, first_twin**2, second_twin**2]
            np.testing.assert_allclose(found[:, one, other], expected, rtol=2e-5, atol=1e-6)
    assert not found[:, range(6), range(6)].any()


def test_masses_and_lengths_are_those_of_the_release():
    np.testing.assert_allclose(NETWORKS[0].masses, [100, 16, 128, 128, 512, 32, 51.2, 100, 100])
    np.testing.assert_allclose(NETWORKS[3].masses, [230.08, 16, 256, 256, 512, 32, 1024, 204.8, 230.08, 230.08])
    two = network(IN, ("conv", 3, 16, [0]), ("decision", None, 10, [1]), ("decision", None, 10, [1]), ("out", None, 10, [2, 3]))
    np.testing.assert_allclose(two.masses, [100, 16, 50, 50, 100])
    lengths = NETWORKS[0].lengths.reshape(9, 2, 3, 4)  # layer, end, shortest | longest | walk, all | conv | pool | fc
    assert lengths[5, 0].tolist() == [[4, 3, 1, 0]] * 3 and lengths[5, 1].tolist() == [[3, 0, 1, 1]] * 3
    assert lengths[0, 1].tolist() == [[7, 3, 1, 1]] * 3
    walk = described([Layer(*row) for row in (("in", None, 1, 0, ()), ("conv", 3, 4, 1, (0,)), ("conv", 3, 4, 5, (0, 1)), ("out", None, 4, 4, (2,)))])
    assert walk.lengths.reshape(4, 2, 3, 4)[2, 0, :, 0].tolist() == [1, 2, 1.5] and walk.lengths.reshape(4, 2, 3, 4)[0, 1, :, 1].tolist() == [1, 2, 1.5]


@pytest.mark.parametrize(
    "a, b, cost",
    [
        (("conv", 3), ("conv", 5), 0.2),
        (("conv", 3), ("conv", 7), 0.2 * 2**0.5),
        (("conv", 3), ("sep", 5), 0.28),
        (("max", None), ("avg", None), 0.5),
        (("fc", "relu"), ("fc", "relu6"), 0.1),
        (("fc", "tanh"), ("fc", "sigmoid"), 0.1),
        (("fc", "relu"), ("fc", "tanh"), 0.25),
        (("fc", "relu"), ("conv", 1), np.inf),
        (("in", None), ("out", None), np.inf),
    ],
)
def test_labels_cost_what_the_release_says(a, b, cost):
    assert label_cost(a, b) == label_cost(b, a) == pytest.approx(cost) and label_cost(a, a) == 0


def test_networks_of_vectors_count_rectifiers_and_sigmoids():
    layers = [
        Layer("in", None, 4, 0, ()),
        Layer("fc", "relu", 8, 4, (0,)),
        Layer("fc", "tanh", 8, 8, (1,)),
        Layer("decision", None, 2, 8, (2,)),
        Layer("out", None, 2, 2, (3,)),
    ]
    lengths = described(layers, vectors=True).lengths.reshape(5, 2, 3, 3)
    assert lengths[4, 0, 0].tolist() == [4, 1, 1] and lengths[1, 1, 0].tolist() == [3, 1, 1]


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_it_is_a_pseudo_metric_on_spaces(space):
    archs = [space.sample(seed) for seed in range(7)]
    found = OTMANN((0.25,)).matrix(space, archs)[0]
    assert (found >= 0).all() and not np.diag(found).any()
    np.testing.assert_allclose(found, found.T)
    assert (found[:, :, None] <= found[:, None, :] + found.T[None, :, :] + 1e-6).all(), "the triangle inequality"
    np.testing.assert_allclose(OTMANN((0.25,)).matrix(space, archs[:2], archs[2:])[0], found[:2, 2:], atol=1e-9)


@settings(deadline=None, max_examples=10)
@given(st.randoms(use_true_random=False))
def test_how_layers_are_numbered_means_nothing(random):
    space = SPACES["edits"]
    kernel = OTMANN((0.61,))
    one, other = kernel.describe(space, space.sample(random)), kernel.describe(space, space.sample(random))
    order = random.sample(range(len(one.labels)), len(one.labels))
    turned = Described(tuple(one.labels[number] for number in order), one.masses[order], one.lengths[order])
    np.testing.assert_allclose(kernel.compare([one], [other]), kernel.compare([turned], [other]), rtol=1e-7, atol=1e-9)
    assert lengths_apart(one, one).diagonal().max() == 0


def test_the_matrix_is_repaired_and_its_gradient_is_right_there():
    from nastutor.strategies.gp import Process

    rng = np.random.default_rng(0)
    kernel = OTMANN((0.1, 0.61))
    model = Process(kernel, kernel.compare(NETWORKS, NETWORKS), rng.random(6))
    assert len(kernel.bounds) == 6 and kernel.groups[1].power == 2
    logs = 0.3 * rng.normal(size=7)
    made = lambda logs: model.settings._replace(logs=tuple(logs[:-1]), noise=np.exp(logs[-1]))
    steps = [(model.evidence(made(logs + h))[0] - model.evidence(made(logs - h))[0]) / 2e-5 for h in 1e-5 * np.eye(7)]
    np.testing.assert_allclose(model.evidence(made(logs))[1], steps, rtol=1e-3, atol=1e-5)


def test_distances_by_name_and_refusals():
    space = SPACES["chains"]
    one, other = space.sample(0), space.sample(3)
    plain, twin = OTMANN().distance(space, one, other), OTMANN().distance(space, one, other, normalised=True)
    assert len(plain) == len(twin) == 4 and all(0 < b < 1 < a for a, b in zip(plain, twin, strict=True)) and sorted(plain) == list(plain)
    for option, value in (("structure", ()), ("structure", (-1.0,)), ("solver", "simplex"), ("repair", "flip"), ("task", "digits")):
        with pytest.raises(ValueError, match=f"`{option}` is "):
            OTMANN(**{option: value})


def test_a_plan_pays_the_distance():
    space, kernel = SPACES["edits"], OTMANN((0.1, 0.61))
    for seed in range(4):
        one, other = space.sample(seed), space.sample(seed + 10)
        plan = kernel.plan(space, one, other)
        assert plan.distance == pytest.approx(kernel.distance(space, one, other)[0], abs=1e-6), "that of the first weight of structure"
        assert plan.flow.shape == plan.cost.shape == (len(plan.layers), len(plan.others)) == (len(plan.masses), len(plan.wanted))
    same = kernel.plan(space, one, one)
    assert same.distance == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(same.flow.sum(1), same.masses)
