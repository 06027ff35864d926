"""Posterior, repair, arc and transport against the library's, and by hand."""

import math

import numpy as np
import pytest

import nastutor as nt
from nastutor.checks import find_check, judge
from nastutor.exercises.small_bayes import arc, clip, posterior, transport
from nastutor.kernels.base import matern
from nastutor.kernels.psd import repaired
from nastutor.kernels.transport import Problem, transported
from nastutor.strategies.gp import Process, Settings


def test_a_posterior_of_one_observation_by_hand():
    assert posterior([[1.0]], [0.5], [2.0], 0.25) == (pytest.approx(0.8), pytest.approx(math.sqrt(0.8)))
    assert posterior([[1.0]], [0.0], [2.0], 0.25) == (0.0, 1.0), "far away nothing is known"


def test_a_posterior_is_the_librarys():
    space = nt.spaces.ChoiceSpace.of({"x": ("a", "b", "c"), "y": ("a", "b")})
    archs, kernel = list(space), nt.kernels.OneHot()
    compared = kernel.matrix(space, archs)
    targets = np.array([1.0, -1.0, 1.0, -1.0])  # of mean 0 and variance 1, which the library would else make them
    model = Process(kernel, compared[:, :4, :4], targets, Settings((0.0, 0.0), (1.0,), 0.1))
    means, stds = model.predict(compared[:, 4:, :4])
    likeness = matern(compared[0])
    for new in (4, 5):
        mean, std = posterior(likeness[:4, :4].tolist(), likeness[new, :4].tolist(), targets.tolist(), 0.1)
        assert mean == pytest.approx(means[new - 4]) and std == pytest.approx(stds[new - 4])


def test_a_repaired_matrix_is_the_librarys():
    np.testing.assert_allclose(clip([[1.0, 2.0], [2.0, 1.0]]), [[1.5, 1.5], [1.5, 1.5]])
    made = np.random.default_rng(0).normal(size=(5, 5))
    np.testing.assert_allclose(clip((made + made.T).tolist()), repaired(made + made.T, "clip")[0], atol=1e-12)


def test_arcs_are_the_librarys():
    assert arc(0.0, 1.0, 2.0, 1.0) == pytest.approx(4.0) and arc(None, 0.5, 2.0, 1.0) == 2 and arc(None, None, 2.0, 1.0) == 0

    class Deep(nt.spaces.ChoiceSpace):
        def decide(self, choose):
            return choose("depth", (1, 2)) == 2 and choose("width", (0, 1, 2, 3, 4))

    space, kernel = Deep(), nt.kernels.Arc({"depth": "linear", "width": "linear"})
    archs = list(space)
    compared = kernel.matrix(space, archs)
    logs = [0.0, math.log(0.5), math.log(2.0), 0.0, math.log(3.0)]  # signal; omegas; rhos 0.5 and 0.75, as logits
    width = lambda arch: dict(arch.choices).get("width", -4) / 4 if "width" in dict(arch.choices) else None
    for i, one in enumerate(archs):
        for j, other in enumerate(archs):
            depth = arc(float(one["depth"] - 1), float(other["depth"] - 1), 0.5, 0.5)
            squared = (depth**2 + arc(width(one), width(other), 2.0, 0.75) ** 2) / 2
            assert kernel.squared(logs, compared)[i, j] == pytest.approx(squared)


@pytest.mark.parametrize("seed", range(10))
def test_the_greedy_way_is_the_cheapest_for_one_layer(seed):
    rng = np.random.default_rng(seed)
    mass, places, costs = float(rng.integers(1, 9)), rng.integers(1, 5, 3).astype(float), rng.random(3) * 3
    cheapest = transported([Problem(np.array([mass]), places, costs[None])])[0]
    assert transport(mass, places.tolist(), costs.tolist()) == pytest.approx(cheapest)
    assert transport(3.0, [5.0], [0.5]) == 3.5


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("posterior", lambda kernel, cross, targets, noise: posterior(kernel, cross, targets, 0.0), "noise is missing"),
        ("clip", lambda matrix: [[max(0.0, entry) for entry in row] for row in matrix], "*entries*"),
        ("arc", lambda x, y, omega, rho: arc(0.0 if x is None else x, 0.0 if y is None else y, omega, rho), "None is not 0"),
        ("transport", lambda mass, places, costs: min(mass, sum(places)) * min(costs), ""),
    ],
)
def test_usual_slips_written_by_somebody_else_are_named(name, wrong, words):
    outcome = judge(find_check(f"ch05.{name}"), wrong)
    assert not outcome.passed and words in dict(outcome.lines).get("likely", ""), str(outcome)
