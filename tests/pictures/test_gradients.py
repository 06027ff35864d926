"""Pictures of chapter 9: what is drawn is what the methods compute."""

import numpy as np
import pytest

import nastutor as nt
from nastutor import plot
from nastutor.exercises.ch09 import almost_one_hot, gate_slope, softmax
from nastutor.pictures.gradients import moved
from nastutor.rng import numpy_rng

ALPHA = {"none": 0.0, "skip": 0.5, "conv3": 1.0}


def heights(axes):
    return np.array([patch.get_height() for patch in axes.patches])


def test_draws_are_those_of_the_formula_with_the_same_noise_at_each_temperature():
    axes = plot.concrete(ALPHA, (2.0, 0.5), 6, seed=3)
    drawn = heights(axes)
    assert drawn[:3] == pytest.approx(softmax(list(ALPHA.values())))
    noise = numpy_rng(3, "concrete").gumbel(size=(6, 3))
    uniform = np.exp(-np.exp(-noise))
    for block, temperature in enumerate((2.0, 0.5)):
        bars = drawn[3 + 18 * block : 21 + 18 * block].reshape(3, 6).T
        assert bars == pytest.approx(np.array([almost_one_hot(list(ALPHA.values()), list(own), temperature) for own in uniform]))
    warm, cold = (drawn[3 + 18 * block : 21 + 18 * block].reshape(3, 6) for block in (0, 1))
    assert (warm.argmax(0) == cold.argmax(0)).all() and cold.max(0).mean() > warm.max(0).mean()
    said = plot.alt(axes)
    assert "at temperature 2 the largest share is" in said and said.endswith("of 6.")
    counts = np.bincount(cold.argmax(0), minlength=3)
    assert f"none {counts[0]}, skip {counts[1]}, conv3 {counts[2]} of 6" in said


def test_other_seeds_draw_otherwise():
    assert heights(plot.concrete(ALPHA, seed=0)) == pytest.approx(heights(plot.concrete(ALPHA, seed=0)))
    assert heights(plot.concrete(ALPHA, seed=0)) != pytest.approx(heights(plot.concrete(ALPHA, seed=1)))


def test_two_gates_move_by_their_slope_and_all_others_stay():
    shares, grad = {"none": 0.1, "skip": 0.3, "conv1": 0.2, "conv3": 0.4}, (0.5, -1.0)
    axes = plot.gates(shares, ("conv3", "skip"), grad, lr=0.7)
    bars = sorted(axes.patches, key=lambda bar: bar.get_x())  # of each option the one before, and the one after
    before, after = np.array([bar.get_height() for bar in bars]).reshape(-1, 2).T
    said = {text.get_text(): handle[0].get_facecolor() for text, handle in zip(axes.get_legend().get_texts(), axes.get_legend_handles_labels()[0])}
    assert list(said) == ["before", "after, of the two", "after, of the others"] and set(said.values()) == {bar.get_facecolor() for bar in bars}
    assert before == pytest.approx(list(shares.values())) and after[[0, 2]] == pytest.approx([0.1, 0.2]) and after.sum() == pytest.approx(1)
    alpha = np.log(list(shares.values()))
    stepped = alpha - 0.7 * np.array(gate_slope(list(alpha), (3, 1), [0, grad[1], 0, grad[0]]))
    two = np.array(softmax(list(stepped[[3, 1]])))
    assert after[[3, 1]] == pytest.approx(0.7 * two)
    assert "moves conv3 from 0.400 to" in plot.alt(axes) and "their sum 0.700" in plot.alt(axes)


def test_the_gate_with_the_larger_slope_loses_as_in_the_strategy():
    two = np.array([0.25, 0.25])
    assert moved(two, np.array([1.0, 0.0]), 1.0)[0] < 0.25 < moved(two, np.array([-1.0, 0.0]), 1.0)[0]
    assert moved(two, np.array([1.0, 1.0]), 1.0) == pytest.approx(two) and moved(two, np.array([3.0, 1.0]), 0.0) == pytest.approx(two)
    strategy = nt.ProxylessNAS(nt.spaces.CellSpace(nodes=2, ops=("skip", "conv3")), lr=0.1, scale=0.0)  # the library's own step goes the same way
    strategy.tell(strategy.ask(), nt.Result({"error": 0.5}, grad=nt.Mixture({"0->1": [1.0, 0.0]})))
    assert strategy.probabilities["0->1"][0] < 0.5


def test_settings_have_their_points_and_a_line_through_the_means():
    groups = {"eta 0": ([3.0, 5.0], [0.1, 0.2]), "eta 1": ([1.0, 2.0], [0.3, 0.3])}
    axes = plot.tradeoff(groups, ([1, 2, 3], [0.9, 0.5, 0.1]), cost="multiply-adds", highlight="eta 1")
    assert list(axes.lines[-1].get_xdata()) == [4.0, 1.5] and list(axes.lines[-1].get_ydata()) == pytest.approx([0.15, 0.3])
    assert [line.get_alpha() for line in axes.lines[1:3]] == [0.15, 0.8] and axes.get_ylim()[1] < 0.4
    assert plot.alt(axes) == "Scatter chart: error against multiply-adds, means of each setting: eta 0: 4 with error 0.15; eta 1: 1.5 with error 0.3."
    marks = [(line.get_marker(), line.get_markersize(), line.get_markerfacecolor()) for line in axes.lines[1:3]]
    assert len({shape for shape, _, _ in marks}) == 2 and marks[0][1] < marks[1][1] and {face for _, _, face in marks} == {"none"}, "told without colours"
    assert len(plot.tradeoff(groups).lines) == 3 and plot.to_png(plot.tradeoff(groups)) == plot.to_png(plot.tradeoff(groups))


def test_a_few_that_learned_nothing_lie_above_the_picture():
    groups = {"a": ([1.0] * 9, [0.1 + k / 100 for k in range(9)]), "b": ([2.0] * 9, [0.2] * 8 + [0.9])}
    axes = plot.tradeoff(groups)
    assert 0.2 < axes.get_ylim()[1] < 0.6 and plot.alt(axes).endswith("is above the picture.") and "1 with larger errors" in plot.alt(axes)
    assert plot.tradeoff({"a": ([1.0, 2.0], [0.1, 0.9])}).get_ylim()[1] > 0.9


def test_bad_input_is_answered_with_the_chapter():
    for make, text in [
        (lambda: plot.concrete(ALPHA, (1.0, 0.0)), "`temperatures` is 0.0; allowed are numbers above 0.*chapter 9"),
        (lambda: plot.concrete({"a": 1.0}), "`alpha` is .*chapter 9"),
        (lambda: plot.concrete(ALPHA, draws=0), "`draws` is 0"),
        (lambda: plot.gates(ALPHA, ("skip", "skip"), (0, 0)), "`pair` is .*two of none, skip, conv3"),
        (lambda: plot.gates(ALPHA, ("skip", "conv5"), (0, 0)), "`pair` is"),
        (lambda: plot.tradeoff({}), "`groups` is {}; allowed"),
        (lambda: plot.tradeoff({"a": ([1], [1])}, highlight="b"), "`highlight` is 'b'; allowed are None and a"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
