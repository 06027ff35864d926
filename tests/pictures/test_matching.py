"""The matching of two networks: its text tells the plan, layers lie beside each other, and what has no plan is refused."""

from itertools import pairwise

import numpy as np
import pytest

import nastutor as nt
from nastutor.kernels.layers import Layer
from nastutor.pictures.matching import GAP, LEAST, _columns, layer_name

SPACE, KERNEL = nt.spaces.EditSpace(), nt.kernels.OTMANN((0.25,))
ONE, OTHER = SPACE.sample(3), SPACE.sample(12)


def test_the_text_tells_the_distance_and_what_goes_where():
    said = nt.plot.alt(nt.plot.matching(KERNEL, SPACE, ONE, OTHER))
    plan = KERNEL.plan(SPACE, ONE, OTHER)
    assert said.startswith(f"Matching of {len(plan.layers)} layers with {len(plan.others)}: distance {plan.distance:.4g}, normalised ")
    i, j = np.unravel_index(plan.flow.argmax(), plan.flow.shape)
    assert f"{layer_name(plan.layers[i])} to {layer_name(plan.others[j])}: {plan.flow[i, j]:.4g} at {plan.cost[i, j]:.2f}" in said
    assert f"0 and {plan.wanted.sum() - plan.flow.sum():.4g} stay behind." in said


def test_there_is_a_band_for_each_flow_and_one_network_goes_to_itself():
    plan, axes = KERNEL.plan(SPACE, ONE, OTHER), nt.plot.matching(KERNEL, SPACE, ONE, OTHER)
    assert len(axes.collections) == (plan.flow > 1e-9).sum()
    same = nt.plot.matching(KERNEL, SPACE, ONE, ONE)
    assert "distance 0, normalised 0." in nt.plot.alt(same) and "0 and 0 stay behind" in nt.plot.alt(same)
    assert len([patch for patch in axes.patches if patch.get_hatch()]) and not [patch for patch in same.patches if patch.get_hatch()]


@pytest.mark.parametrize("masses", [[100.0], [100.0, 1.0, 0.5, 9_000.0, 100.0], [1.0] * 40])
def test_every_layer_is_seen_and_none_lies_on_another(masses):
    (places,) = _columns(np.array(masses))
    gap = min(GAP, 0.4 / len(masses))
    assert places[0][0] == 0 and places[-1][0] + places[-1][1] == pytest.approx(1)
    for (top, height), (below, _) in pairwise(places):
        assert height > 0 and below == pytest.approx(top + height + gap)
    if len(masses) == 5:
        assert places[2][1] == pytest.approx(LEAST) and places[3][1] == max(height for _, height in places)


def test_work_is_as_high_on_both_sides():
    small, large = _columns(np.array([300.0, 500.0]), np.array([900.0, 1.0, 3000.0]))
    assert small[0][1] / 300 == pytest.approx(small[1][1] / 500) == pytest.approx(large[0][1] / 900) == pytest.approx(large[2][1] / 3000)
    assert large[1][1] == LEAST and large[2][0] + large[2][1] == pytest.approx(1) and small[1][0] + small[1][1] < 0.5


def test_names_and_refusals():
    assert layer_name(Layer("decision", None, 10, 8, (0,))) == "classifier, 10" and layer_name(Layer("dw", 5.0, 8, 8, (0,))) == "depthwise 5x5, 8"
    with pytest.raises(TypeError, match="`kernel` is .*allowed are kernels with a plan"):
        nt.plot.matching(nt.kernels.OneHot(), SPACE, ONE, OTHER)


def test_it_draws_into_axes_of_ones_own():
    axes = nt.plot.new_axes()
    assert nt.plot.matching(KERNEL, SPACE, ONE, OTHER, ax=axes) is axes
