"""The curves are the numbers computed by hand; lines differ without colour; each figure says what it shows; bad input is refused."""

import numpy as np
import pytest

import nastutor as nt
from nastutor import plot
from nastutor.pictures.style import line_style


def history(errors, costs=None, statuses=None, params=None, curves=None, times=None):
    records = nt.History()
    for i, error in enumerate(errors):
        status = statuses[i] if statuses else "ok"
        metrics = {"error": error} | ({"params": params[i]} if params else {})
        result = nt.Result(metrics, curve=curves[i] if curves else (), cost=costs[i] if costs else 1.0, status=status)
        arch = nt.Arch((("depth", i % 3), ("kind", "ab"[i % 2])) + ((("extra", 1.5),) if i % 3 == 2 else ()))
        records.append(nt.Record(nt.Trial(arch), result, 0.0, times[i] if times else i + 1.0))
    return records


ONE, TWO = history([0.8, 0.9, 0.4, 0.5]), history([0.6, 0.2, 0.3])


def line(axes, name):
    (found,) = [own for own in axes.lines if own.get_label() == name]
    return found


def test_the_mean_of_the_best_so_far_is_the_one_by_hand():
    axes = plot.anytime({"R": [ONE, TWO]})
    drawn = line(axes, "R")
    assert drawn.get_xdata().tolist() == [1, 2, 3], "it ends with the shortest search"
    assert drawn.get_ydata() == pytest.approx([0.7, 0.5, 0.3])
    assert axes.get_xlabel() == "trials" and axes.get_ylabel() == "best error so far"


def test_the_band_is_the_t_interval_of_the_mean():
    mean, half = plot.mean_and_band(np.array([[0.8, 0.4], [0.6, 0.2]]), 0.95)
    assert mean == pytest.approx([0.7, 0.3]) and half == pytest.approx([12.7062 * 0.1] * 2, rel=1e-4)  # t(0.975, 1) = 12.7062, s / sqrt 2 = 0.1
    narrow = plot.mean_and_band(np.array([[0.8, 0.4], [0.6, 0.2]]), 0.5)[1]
    assert narrow == pytest.approx([0.1, 0.1]), "t(0.75, 1) = 1"
    assert plot.mean_and_band(np.array([[0.8, 0.4]]), 0.95)[1] is None
    with_band, without = plot.anytime({"R": [ONE, TWO]}), plot.anytime({"R": [ONE, TWO]}, band=None)
    assert len(with_band.collections) == 1 and not without.collections and not plot.anytime({"R": ONE}).collections


def test_a_wide_band_does_not_squeeze_the_curves():
    low, high = plot.anytime({"R": [ONE, TWO]}, optimum=0.1).get_ylim()
    assert low == pytest.approx(0.1 - 0.05 * 0.7) and high == pytest.approx(0.8 + 0.05 * 0.7), "from the optimum to the worst that was seen"


def test_over_cost_the_searches_meet_on_a_common_grid():
    fast, slow = history([0.8, 0.4], costs=[1.0, 1.0]), history([0.6, 0.2], costs=[1.5, 1.5])
    drawn = line(plot.anytime({"R": [fast, slow]}, x="cost"), "R")
    assert drawn.get_xdata().tolist() == [1.5, 2.0]
    assert drawn.get_ydata() == pytest.approx([(0.8 + 0.6) / 2, (0.4 + 0.6) / 2])


def test_over_seconds_a_late_telling_never_goes_back_in_time():
    drawn = line(plot.anytime({"R": history([0.8, 0.4, 0.3], times=[5.0, 2.0, 7.0])}, x="seconds"), "R")
    assert drawn.get_xdata().tolist() == [5.0, 7.0] and drawn.get_ydata() == pytest.approx([0.4, 0.3])


def test_failures_before_the_first_success_are_not_drawn():
    late = history([0.9, 0.5], statuses=["failed", "ok"])
    assert line(plot.anytime({"R": late}), "R").get_xdata().tolist() == [2]


def test_the_optimum_is_a_line_and_regret_is_the_distance_to_it():
    axes = plot.anytime({"R": ONE}, optimum=0.1)
    assert line(axes, "optimum").get_ydata() == pytest.approx([0.1, 0.1]) and "The optimum is 0.1" in plot.alt(axes)
    axes = plot.anytime({"R": ONE}, optimum=0.4, regret=True)
    assert line(axes, "R").get_ydata() == pytest.approx([0.4, 0.4, 0.0, 0.0]) and axes.get_yscale() == "symlog" and axes.get_ylim()[0] == 0


def test_other_metrics_are_drawn_when_asked():
    axes = plot.anytime({"R": history([0.5, 0.4], params=[70.0, 90.0])}, metric="params")
    assert line(axes, "R").get_ydata() == pytest.approx([70, 70]) and axes.get_ylabel() == "best params so far"


def test_lines_differ_without_colour():
    axes = plot.anytime({f"strategy {i}": ONE for i in range(12)})
    assert len({(own.get_linestyle(), own.get_marker()) for own in axes.lines}) == 12
    assert len({line_style(i)[1:] for i in range(36)}) == 36


def test_the_text_of_a_chart_is_made_from_its_data():
    text = plot.alt(plot.anytime({"R": [ONE, TWO], "S": [TWO, TWO]}))
    assert "R: 0.7 at 1, 0.3 at 3; S: 0.6 at 1, 0.2 at 3" in text and "mean over 2 searches with a 95% t-interval" in text
    assert "one search each" in plot.alt(plot.anytime({"R": ONE}))


def test_own_axes_are_used():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert plot.anytime({"R": ONE}, ax=axes) is axes and len(axes.lines) == 1 and "R" in plot.alt(axes)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"histories": {}}, ValueError, "`histories` is dict"),
        ({"histories": [ONE]}, ValueError, "a mapping from names"),
        ({"histories": {"R": []}}, ValueError, "'R' a list of nothing"),
        ({"histories": {"R": [ONE, 3]}}, ValueError, "History, int"),
        ({"histories": {"R": nt.History()}}, ValueError, "no trial has finished"),
        ({"histories": {"R": ONE}, "metric": "latency"}, KeyError, "`metric` is 'latency'; known are error"),
        ({"histories": {"R": ONE}, "x": "hours"}, ValueError, "`x` is 'hours'; allowed are trials, cost, seconds"),
        ({"histories": {"R": ONE}, "band": 95}, ValueError, "`band` is 95"),
        ({"histories": {"R": ONE}, "regret": True}, ValueError, "`regret` needs `optimum`"),
        ({"histories": {"R": [history([0.5, 0.4]), history([0.5] * 4, statuses=["failed"] * 3 + ["ok"])]}}, ValueError, "do not overlap: one ends at 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        plot.anytime(**arguments)


CURVED = history([0.5, 0.3, 0.8], curves=[(0.9, 0.5), (0.8, 0.3), (0.8,)], statuses=["ok", "ok", "stopped"])


def test_learning_curves_are_the_curves_and_the_best_stands_out():
    axes = plot.learning_curves(CURVED)
    assert sorted(tuple(own.get_ydata()) for own in axes.lines) == [(0.8,), (0.8, 0.3), (0.9, 0.5)]
    assert tuple(line(axes, "best").get_ydata()) == (0.8, 0.3)
    assert [own.get_linestyle() for own in axes.lines if len(own.get_ydata()) == 1] == [":"], "stopped early: dotted"
    assert "3 trials" in plot.alt(axes) and "best one goes from 0.8 to 0.3" in plot.alt(axes)


def test_another_curve_or_none_can_stand_out():
    assert tuple(line(plot.learning_curves(CURVED, highlight=0), "highlighted").get_ydata()) == (0.9, 0.5)
    assert tuple(line(plot.learning_curves(CURVED, highlight=CURVED[0]), "highlighted").get_ydata()) == (0.9, 0.5)
    assert plot.learning_curves(CURVED, highlight=None).get_legend() is None
    with pytest.raises(ValueError, match="`highlight` is 'last'"):
        plot.learning_curves(CURVED, highlight="last")
    with pytest.raises(ValueError, match="no learning curves"):
        plot.learning_curves(ONE)


def test_the_front_is_the_front():
    points = history([0.5, 0.3, 0.4, 0.2], params=[10.0, 30.0, 40.0, 50.0])
    axes = plot.pareto(points)
    front = line(axes, "Pareto front")
    assert front.get_xdata().tolist() == [10, 30, 50] and front.get_ydata() == pytest.approx([0.5, 0.3, 0.2]) and front.get_drawstyle() == "steps-post"
    assert len(line(axes, "finished trials").get_xdata()) == 4 and "3 are on the Pareto front: 10 params with error 0.5" in plot.alt(axes)
    with pytest.raises(KeyError, match="latency"):
        plot.pareto(points, "error", "latency")


def test_choices_draw_a_line_a_trial_the_best_on_top():
    records = history([0.5, 0.3, 0.4, 0.2, 0.9, 0.8, 0.7, 0.6])
    axes = plot.choices(records)
    lines = [own for own in axes.lines if len(own.get_xdata()) == 3]
    assert len(lines) == 8 and len({own.get_linestyle() for own in lines}) == 4
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["depth", "kind", "extra"]
    best = lines[-1].get_ydata()  # 0.2: depth 0 of (0, 1, 2), kind b of (a, b), no extra
    assert 0 < best[0] < 1 / 3 and 0.5 < best[1] < 1 and 0.5 < best[2] < 1
    assert "-" in [text.get_text() for text in axes.texts] and "The best, 0.2: depth=0 kind=b" in plot.alt(axes)
    with pytest.raises(KeyError, match="latency"):
        plot.choices(records, metric="latency")


def test_samples_show_the_first_of_each_class():
    task = nt.tasks.digits()
    axes = plot.samples(task, columns=3)
    sheet = axes.images[0].get_array()
    assert sheet.shape == (10 * 9 - 1, 3 * 9 - 1)
    first = task.train.x[task.train.y == 4][1, 0]  # (8, 8)
    tile = sheet[4 * 9 : 4 * 9 + 8, 9:17]
    assert np.allclose(tile, (first - first.min()) / (first.max() - first.min())) and "digits" in plot.alt(axes)
    with pytest.raises(ValueError, match="`columns` is 0"):
        plot.samples(task, columns=0)
