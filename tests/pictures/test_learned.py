"""Heat maps of what was learned: the numbers are the strategy's own, the best way is the greedy one, and looking changes nothing."""

import math

import numpy as np
import pytest

import nastutor as nt
from nastutor import plot
from nastutor.pictures.learned import Row

TABLE = nt.estimators.Table("digits-tiny")
SPACE = nt.spaces.ChoiceSpace.of({"x": ("a", "b"), "y": ("a", "b")})


def answer(trial):
    return nt.Result({"error": 0.2 * (trial.arch["x"] == "a") + 0.5 * (trial.arch["y"] == "b")})


def searched(strategy, estimator=answer, trials=30, callbacks=()):
    nt.search(strategy, estimator, trials=trials, progress=False, callbacks=callbacks)
    return strategy


def test_the_rows_of_a_q_table_are_its_states():
    strategy = searched(nt.QLearning(SPACE, models=30, seed=0))
    rows = plot.learned(strategy)
    assert [row.place for row in rows] == ["x", "y after a", "y after b"]
    states = [("x",), ("y", "a"), ("y", "b")]
    for row, state in zip(rows, states, strict=True):
        assert row.options == ("a", "b") and row.values == tuple(strategy.table[state][option] for option in row.options)
    assert [row.taken for row in rows] == [1, None, 0], "x = b, y = a is best, and y after a is not on that way"


def test_the_best_way_is_what_epsilon_0_asks_for():
    for seed in range(3):
        strategy = searched(nt.QLearning(TABLE.space, schedule=((1.0, 40), (0.0, 1)), models=None, unique=False, seed=seed), TABLE, 40)
        way = {row.decision: row.options[row.taken] for row in plot.learned(strategy) if row.taken is not None}
        assert strategy.epsilon == 0 and dict(strategy.ask().arch.choices) == way


def test_options_that_nobody_learned_have_the_first_q_and_illegal_ones_none():
    space = nt.spaces.MetaQNNSpace(layers=2)
    strategy = searched(nt.QLearning(space, models=None, schedule=((1.0, 9),), initial=0.25), lambda trial: nt.Result({"error": 0.5}), 9)
    axes = plot.heat_map(strategy)
    grid = axes.images[0].get_array()
    assert 0.25 in grid.compressed() and grid.mask.any() and len(grid) == len(strategy.table)
    first = plot.learned(strategy)[0]
    assert first.decision == "layer1" and len(first.options) > len(strategy.table[strategy.state("layer1", [])])


@pytest.mark.parametrize("kind", [nt.REINFORCE, nt.PPO])
def test_the_rows_of_a_policy_are_its_likeliest_way(kind):
    strategy = searched(kind(SPACE, hidden=4, seed=1), trials=10)
    rows = plot.learned(strategy)
    assert [row.place for row in rows] == ["x", "y"] and all(sum(row.values) == pytest.approx(1) for row in rows)
    assert [row.taken for row in rows] == [int(np.argmax(row.values)) for row in rows]
    way = [row.options[row.taken] for row in rows]
    _, log_p, _ = strategy.policy.walk(SPACE, lambda name, options, log_probs: way["xy".index(name)])
    assert math.exp(log_p.item()) == pytest.approx(math.prod(row.values[row.taken] for row in rows))


def test_a_depth_that_grows_and_anchor_points_are_seen():
    space = nt.spaces.NASRLSpace(depths=(2, 3))
    strategy = nt.REINFORCE(space, grow=(2, 1, 4), anchors=True, hidden=4)
    before = len(plot.learned(strategy))
    searched(strategy, lambda trial: nt.Result({"error": 0.5}), 5)
    names = [row.decision for row in plot.learned(strategy)]
    assert "depth" not in names and len(names) > before and "1->3" in names


@pytest.mark.parametrize("make", [nt.QLearning, lambda space, seed: nt.REINFORCE(space, hidden=4, seed=seed)])
def test_looking_changes_nothing(make):
    looked, alone = (make(SPACE, seed=3) for _ in range(2))
    searched(looked, callbacks=[lambda history: plot.learned(looked)])
    searched(alone)
    assert plot.learned(looked) == plot.learned(alone) and looked.ask() == alone.ask()


def test_colours_of_a_policy_are_from_0_to_1_and_else_as_one_says():
    policy, table = searched(nt.REINFORCE(SPACE, hidden=4), trials=3), searched(nt.QLearning(SPACE, models=30))
    values = [value for row in plot.learned(table) for value in row.values]
    for what, span, limits in [(policy, None, (0, 1)), (table, None, (min(values), max(values))), (table, (-1, 2), (-1, 2)), (policy, (0.2, 0.8), (0.2, 0.8))]:
        assert plot.heat_map(what, span=span).images[0].get_clim() == limits


def test_numbers_and_frames_of_the_heat_map():
    rows = (Row("x", "x", ("a", "b"), (0.5, 1.0), 1), Row("y", "y after b", ("b", "c"), (0.25, 0.75), 1), Row("y", "y after a", ("c",), (0.1,), None))
    axes = plot.heat_map(rows)
    assert [text.get_text() for text in axes.texts] == ["0.50", "1.00", "0.25", "0.75", "0.10"]
    assert [tuple(np.round(patch.get_xy(), 2)) for patch in axes.patches[::2]] == [(0.53, -0.45), (1.53, 0.55)]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "y after b", "y after a"]
    assert "The best way: x = b (1), y = c (0.75)" in plot.alt(axes) and "y after a: c 0.1" in plot.alt(axes)
    fewer = plot.heat_map(rows, most=2)
    assert len(fewer.images[0].get_array()) == 2 and "3 rows, of which 2 are shown" in plot.alt(fewer)
    assert plot.to_png(plot.heat_map(rows)) == plot.to_png(plot.heat_map(rows))


def test_true_and_1_are_two_options():
    axes = plot.heat_map((Row("kernel", "kernel", (1, 3), (0.3, 0.7), 1), Row("skip", "skip", (False, True), (0.4, 0.6), 1)))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "3", "False", "True"]
    assert axes.images[0].get_array().count() == 4 and axes.patches[2].get_x() == pytest.approx(2.53)


def test_over_trials_by_hand():
    one = (Row("x", "x", ("a", "b"), (0.5, 1.0), 1), Row("y", "y after b", ("c", "d"), (0.2, 0.1), 0))
    two = (Row("x", "x", ("a", "b"), (0.7, 0.6), 0), Row("y", "y after a", ("d",), (0.3,), 0), Row("y", "y after b", ("c",), (0.9,), None))
    axes = plot.heat_over_trials([one, two], first=5)
    np.testing.assert_array_equal(axes.images[0].get_array().filled(np.nan), [[0.5, 0.7], [1.0, 0.6], [0.2, np.nan], [0.1, 0.3]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x = a", "x = b", "y = c", "y = d"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["5", "6"]
    assert plot.alt(axes).endswith("The best way at first: x = b (1), y = c (0.2); at the end: x = a (0.7), y = d (0.3).")


def test_refusals():
    with pytest.raises(TypeError, match="`strategy` is RandomSearch; allowed are QLearning, REINFORCE and PPO"):
        plot.learned(nt.RandomSearch(SPACE))
    with pytest.raises(ValueError, match=r"`what` is \(\); allowed is a strategy that was told an answer"):
        plot.heat_map(())
    with pytest.raises(ValueError, match="`what` is"):
        plot.heat_map(nt.QLearning(SPACE))
    with pytest.raises(ValueError, match=r"`moments` are \[\]"):
        plot.heat_over_trials([])
    with pytest.raises(ValueError, match="`most` is 0"):
        plot.heat_map((Row("x", "x", ("a",), (0.5,), 0),), most=0)
