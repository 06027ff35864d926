"""Two exact solvers that see the problem differently give the same cost."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nastutor.kernels import transport
from nastutor.kernels.transport import Problem, flow, transported


def random_problem(seed, m=4, n=3):
    rng = np.random.default_rng(seed)
    cost = rng.random((m, n)) * 3
    cost[rng.random((m, n)) < 0.3] = np.inf
    return Problem(rng.random(m) * 100, rng.random(n) * 100, cost)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_both_agree(seed):
    pytest.importorskip("ot")
    problems = [random_problem(seed + number, 2 + number, 5 - number) for number in range(4)]
    np.testing.assert_allclose(transported(problems), transported(problems, "pot"), rtol=1e-7)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_what_flows_costs_what_is_said_and_fits(seed):
    problem = random_problem(seed)
    found = flow(problem)
    assert (found >= -1e-9).all() and (found.sum(1) <= problem.a + 1e-7).all() and (found.sum(0) <= problem.b + 1e-7).all()
    assert not found[problem.cost >= 2].any(), "to leave it behind is cheaper"
    moved = (found * np.where(found > 0, problem.cost, 0)).sum()
    assert moved + problem.a.sum() + problem.b.sum() - 2 * found.sum() == pytest.approx(transported([problem])[0])


def test_nothing_flows_where_nothing_is_alike():
    assert flow(Problem(np.array([3.0]), np.array([5.0]), np.array([[np.inf]]))).tolist() == [[0.0]]


def test_by_hand():
    alone = Problem(np.array([3.0]), np.array([5.0]), np.array([[np.inf]]))
    whole = Problem(np.array([3.0]), np.array([3.0]), np.array([[0.0]]))
    dear = Problem(np.array([3.0]), np.array([3.0]), np.array([[2.5]]))
    part = Problem(np.array([3.0]), np.array([5.0]), np.array([[0.5]]))
    np.testing.assert_allclose(transported([alone, whole, dear, part]), [8, 0, 6, 3.5], atol=1e-9)
    assert transported([]).shape == (0,)


def test_many_at_once_are_as_each_alone(monkeypatch):
    problems = [random_problem(seed) for seed in range(9)]
    alone = [transported([problem])[0] for problem in problems]
    for together in (1, 30, 10_000):
        monkeypatch.setattr(transport, "TOGETHER", together)
        np.testing.assert_allclose(transported(problems), alone, rtol=1e-9)


def test_without_pot_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(ModuleNotFoundError, match=r"nastutor\[transport\]"):
        transported([random_problem(0)], "pot")
    with pytest.raises(ValueError, match="`solver` is 'x'"):
        transported([], "x")
