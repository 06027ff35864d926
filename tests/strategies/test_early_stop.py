"""The corrected reward by hand, and its weights found again."""

import math

import numpy as np
import pytest

from nastutor.rng import numpy_rng
from nastutor.strategies.early_stop import EarlyStop


def test_the_reward_by_hand():
    """60 % - 1 ln(2) - 8 ln(1.5) = 56.06 %."""
    assert EarlyStop(1, 8, 1000)(0.6, 2000, 1.5) == pytest.approx((60 - math.log(2) - 8 * math.log(1.5)) / 100)
    assert EarlyStop()(0.6, 2000, 1.5) == 0.6, "without weights it is the accuracy"


@pytest.mark.parametrize("name, change", [("mu", {"mu": 2}), ("rho", {"rho": 3}), ("reference", {"reference": 10.0})])
def test_each_setting_counts(name, change):
    assert EarlyStop(**{"mu": 1, "rho": 8, "reference": 1000, **change})(0.6, 2000, 1.5) != EarlyStop(1, 8, 1000)(0.6, 2000, 1.5)


def test_more_flops_and_a_denser_graph_earn_less_and_no_flops_are_no_gift():
    reward = EarlyStop(1, 8, 100)
    assert reward(0.6, 400, 1.0) < reward(0.6, 200, 1.0) and reward(0.6, 200, 1.2) < reward(0.6, 200, 1.0)
    assert reward(0.6, 0, 1.0) == reward(0.6, 1, 1.0) < 1


def test_weights_are_found_again():
    rng = numpy_rng(0, "early stop")
    flops, density, final = np.exp(rng.normal(8, 1, 40)), rng.uniform(0.7, 1.5, 40), rng.uniform(0.6, 0.9, 40)
    early = final - 0.2 + (1.5 * np.log(flops / 1000) + 6 * np.log(density)) / 100
    found = EarlyStop.fitted(early, final, flops, density, 1000)
    assert found == pytest.approx((1.5, 6, 1000))
    rewards = [found(*row) for row in zip(early, flops, density, strict=True)]
    assert np.ptp(rewards - final) == pytest.approx(0, abs=1e-9), "what is left is a constant: the ranks are those of the final accuracy"


def test_too_few_or_unequal_numbers_are_refused():
    with pytest.raises(ValueError, match=r"`early`.* are of 2, 2, 2, 2 networks; allowed are as many each, 3 or more"):
        EarlyStop.fitted([0, 1], [0, 1], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="of 3, 3, 2, 3 networks"):
        EarlyStop.fitted([0, 1, 2], [0, 1, 2], [1, 2], [1, 2, 3])
