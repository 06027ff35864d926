"""The joint density: by hand, summing to 1 over conditional spaces, drawn from as it says."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

import nastutor as nt
from nastutor.rng import python_rng
from nastutor.spaces.coding import Coding
from nastutor.strategies.kde import KernelDensity
from nastutor.testing.strategy import Pyramid

PAIRS = nt.spaces.ChoiceSpace.of({"a": ("x", "y", "z"), "b": (1, 2, 4, 8)})
LOG = {"b": [0.0, 1.0, 2.0, 3.0]}


def density(space, archs, prior=1.0, weights=None, places=None):
    return KernelDensity(Coding(space.sites()), archs, weights or [1.0] * len(archs), prior, places or {})


@pytest.mark.parametrize("space, places", [(PAIRS, {}), (PAIRS, LOG), (Pyramid(), {}), (nt.spaces.ChainSpace((1, 2), widths=(4, 8)), {})])
@pytest.mark.parametrize("count", [0, 1, 7])
def test_it_sums_to_one(space, places, count):
    kde = density(space, [space.sample(seed) for seed in range(count)], places=places)
    assert np.exp(kde.log(list(space))).sum() == pytest.approx(1)


def test_two_decisions_by_hand():
    """Two seen: x 1 and y 1. a: b = 1.06 * 2^(-1/6) * sqrt((1 - 1/2) / 2); b: always 1, so the narrowest."""
    kde = density(PAIRS, [nt.Arch((("a", option), ("b", 1))) for option in "xy"])
    b = 1.06 * 2 ** (-1 / 6) * 0.5
    arch = nt.Arch((("a", "x"), ("b", 1)))
    assert np.exp(kde.log([arch]))[0] == pytest.approx((1 / 12 + (1 - b) * 0.999 + b / 2 * 0.999) / 3)


def test_prior_and_weights_count():
    archs = [nt.Arch((("a", option), ("b", 1))) for option in "xy"]
    heavy, light = (density(PAIRS, archs, prior).log(archs[:1])[0] for prior in (50.0, 0.01))
    assert heavy < light
    assert density(PAIRS, archs, weights=[1.0, 0.1]).log(archs[:1])[0] > density(PAIRS, archs, weights=[0.1, 1.0]).log(archs[:1])[0]


def test_numbers_that_are_near_gain():
    seen = [nt.Arch((("a", "x"), ("b", value))) for value in (1, 1, 2)]
    archs = [nt.Arch((("a", "x"), ("b", value))) for value in (4, 8)]
    apart, alike = density(PAIRS, seen, places=LOG).log(archs), density(PAIRS, seen).log(archs)
    assert apart[0] > apart[1] + 0.5 and alike[0] == pytest.approx(alike[1])


@pytest.mark.parametrize("space, places", [(PAIRS, LOG), (Pyramid(), {})])
def test_it_draws_from_itself(space, places):
    kde, rng = density(space, [space.sample(seed) for seed in (1, 2, 3, 3)], places=places), python_rng(0)
    archs = list(space)
    drawn = Counter(kde.draw(space, rng) for _ in range(4000))
    assert chisquare([drawn[arch] for arch in archs], 4000 * np.exp(kde.log(archs))).pvalue > 0.001
