"""Closed forms against Monte Carlo (to three digits)."""

import numpy as np
import pytest

from nastutor.rng import numpy_rng
from nastutor.strategies.acquisition import expected_improvement, log_expected_improvement

CASES = [(0.3, 0.1, 0.25), (0.1, 0.2, 0.25), (-1.0, 0.5, -1.2), (0.9, 0.3, 0.25)]


@pytest.mark.parametrize("mean, std, best", CASES)
def test_expected_improvement_is_what_its_name_says(mean, std, best):
    drawn = numpy_rng(0, "improvement").normal(mean, std, 2_000_000)
    for function, gain in ((expected_improvement, best - drawn), (log_expected_improvement, np.exp(best) - np.exp(drawn))):
        value = function(np.array([mean]), np.array([std]), best)[0]
        assert value == pytest.approx(np.maximum(0, gain).mean(), rel=0.02, abs=2e-4) and value > 0


def test_the_two_differ():
    mean, std = np.array([-1.0, -3.0]), np.array([0.5, 0.5])
    assert not np.allclose(expected_improvement(mean, std, -1.5), log_expected_improvement(mean, std, -1.5))


def test_without_doubt_it_is_certain():
    mean, std = np.array([0.1, 0.4]), np.zeros(2)
    assert expected_improvement(mean, std, 0.3).tolist() == pytest.approx([0.2, 0])
    assert log_expected_improvement(np.log(mean), std, np.log(0.3)).tolist() == pytest.approx([0.2, 0])
