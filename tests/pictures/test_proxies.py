"""What the pictures of rankings show and say."""

import numpy as np
import pytest

from nastutor import comparing, plot

RNG = np.random.default_rng(0)
TRUTH = RNG.random((2, 20))
TRUTH[1] = TRUTH[0] + 0.05 * RNG.random(20)
PROXIES = {"epochs": TRUTH[0] + 0.1 * RNG.random((3, 20)), "chance": RNG.random(20)}


def test_a_bar_for_each_score_and_a_line_for_the_ceiling():
    found = comparing.ranking(PROXIES, TRUTH, top=3, resamples=50)
    axes = plot.rankings(found)
    bars = [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 2]
    assert bars == [(row.low, row.high) for row in found] and [text.get_text() for text in axes.get_yticklabels()] == list(PROXIES)
    dashed = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--" and len(set(line.get_xdata())) == 1]
    assert found.ceiling in dashed
    assert f"epochs {found[0].kendall:.2f}" in plot.alt(axes) and f"agree with {found.ceiling:.2f}" in plot.alt(axes)
    single = comparing.ranking(PROXIES, TRUTH[0], top=3, resamples=50)
    assert "agree with" not in plot.alt(plot.rankings(single)), "one run of the truth has no ceiling"


def test_a_point_for_each_architecture_with_what_it_costs_to_trust_the_score():
    axes = plot.score_and_truth(PROXIES["epochs"], TRUTH, name="error after one epoch")
    (points,) = axes.lines
    np.testing.assert_allclose(points.get_xdata(), PROXIES["epochs"].mean(0))
    first, best = TRUTH.mean(0)[PROXIES["epochs"].mean(0).argmin()], TRUTH.mean(0).min()
    assert f"a true error of {first:.3f}; the best has {best:.3f}" in plot.alt(axes)
    assert len(axes.collections) == 2, "lines over the runs of both"


def test_ranks_go_from_way_to_way_and_the_best_stand_out():
    axes = plot.rank_changes({**PROXIES, "truth": TRUTH}, top=4)
    assert len(axes.lines) == 20 and sum(line.get_linewidth() > 1 for line in axes.lines) == 4
    assert sorted(line.get_ydata()[-1] for line in axes.lines) == list(range(1, 21))
    best = set(np.argsort(TRUTH.mean(0))[:4])
    kept = len(best & set(np.argsort(PROXIES["epochs"].mean(0))[:4]))
    assert f"of the best 4 by truth, {kept} are among the best 4 by epochs" in plot.alt(axes)


@pytest.mark.parametrize(
    "draw, words",
    [
        (lambda: plot.rankings([]), "`found` is"),
        (lambda: plot.score_and_truth([1.0, 2.0], [1.0, 2.0, 3.0]), "of 2 architectures, `truth` of 3"),
        (lambda: plot.score_and_truth([1.0, np.nan], [1.0, 2.0]), "`scores` has shape"),
        (lambda: plot.rank_changes({"one": [1.0, 2.0]}), "two ways or more"),
        (lambda: plot.rank_changes({"one": [1.0, 2.0], "two": [1.0, 2.0, 3.0]}), "two ways or more"),
    ],
)
def test_refusals(draw, words):
    with pytest.raises((TypeError, ValueError), match=words):
        draw()
