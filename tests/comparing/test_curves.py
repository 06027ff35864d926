"""Curves agree with the history; regret is never below 0, and judged by the table it is given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor import comparing
from nastutor.comparing.curves import incumbents


def record(error, budget=None, status="ok", depth=0, cost=1.0, finished=1.0):
    metrics = {} if error is None else {"error": error}
    return nt.Record(nt.Trial(nt.Arch((("depth", depth),)), budget), nt.Result(metrics, cost=cost, status=status), 0.0, finished)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([None, 1, 3]), st.sampled_from(["ok", "stopped", "failed"])), min_size=1, max_size=12))
def test_incumbents_are_what_best_would_have_named(told):
    history = nt.History(record(error / 10, budget, status, depth) for depth, (error, budget, status) in enumerate(told))
    line = incumbents(history)
    assert np.array_equal([np.nan if one is None else one.error for one in line], history.incumbent(), equal_nan=True)
    for place, one in enumerate(line, 1):
        if one is not None:
            assert one is nt.History(history[:place]).best()


def test_regret_is_the_distance_to_the_optimum_after_each_trial(tiny, searches):
    regret = comparing.regret(searches, tiny)
    assert regret.shape == (12, 30) and (regret >= 0).all() and (np.diff(regret, axis=1) <= 0).all()
    assert regret[3].tolist() == [value - tiny.best().error for value in searches[3].incumbent()]
    assert comparing.regret(searches[0], tiny).shape == (1, 30), "one search is a list of one"


def test_a_search_of_the_whole_table_has_no_regret(tiny):
    history = nt.search(nt.RandomSearch(tiny.space), tiny, trials=125, first=tiny.archs)
    assert comparing.regret(history, tiny)[0, -1] == 0
    assert comparing.test_regret(history, tiny)[0] == tiny.final(tiny.best().trial.arch) - min(map(tiny.final, tiny.archs)) > 0


def test_noisy_searches_are_judged_by_the_mean(tiny):
    noisy = nt.estimators.Table("digits-tiny", seed=0)
    histories = [nt.search(nt.RandomSearch(noisy.space, seed=seed), noisy, trials=60) for seed in range(5)]
    judged = comparing.regret(histories, tiny)
    for history, line in zip(histories, judged):
        assert line[-1] == tiny(nt.Trial(history.best().trial.arch)).error - tiny.best().error >= 0
    assert (np.diff(judged, axis=1) > 0).any(), "what looks better by one run may be worse: regret can rise"
    assert not np.array_equal(judged, comparing.regret(histories, noisy))


def test_other_metrics_have_their_own_optimum(tiny, searches):
    assert (comparing.regret(searches, tiny, "params")[:, -1] >= 0).all()
    assert (
        comparing.regret(searches, tiny, "params").min()
        == min(h.best("params").result.metrics["params"] for h in searches) - tiny.best("params").result.metrics["params"]
    )


def test_before_the_first_finished_trial_stands_nan(tiny):
    history = nt.History([record(None, status="failed"), nt.Record(nt.Trial(tiny.archs[3]), tiny(nt.Trial(tiny.archs[3])), 0.0, 1.0)])
    regret = comparing.regret(history, tiny)
    assert np.isnan(regret[0, 0]) and regret[0, 1] >= 0


def test_curves_meet_on_a_common_grid():
    fast = nt.History([record(0.8, cost=1.0), record(0.4, cost=1.0)])
    slow = nt.History([record(0.6, cost=1.5), record(0.2, cost=1.5)])
    x, values = comparing.anytime([fast, slow], x="cost")
    assert x.tolist() == [1.5, 2.0] and values.tolist() == [[0.8, 0.4], [0.6, 0.6]]


def test_late_tellings_never_go_back_in_time_and_points_can_be_fewer(searches):
    history = nt.History([record(0.8, finished=5.0), record(0.4, finished=2.0), record(0.3, finished=7.0)])
    x, values = comparing.anytime(history, x="seconds")
    assert x.tolist() == [5.0, 7.0] and values.tolist() == [[0.4, 0.3]]
    x, values = comparing.anytime(searches, points=5)
    assert len(x) == 5 and x[0] == 1 and x[-1] == 30 and values.shape == (12, 5)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda t, s: comparing.regret([s[0], nt.History(s[1][:20])], t), ValueError, "`histories` have 20, 30 trials; .*equal budgets"),
        (lambda t, s: comparing.regret([], t), ValueError, "`histories` is a list of nothing"),
        (lambda t, s: comparing.regret([s[0], 3], t), ValueError, "`histories` is a list of History, int"),
        (lambda t, s: comparing.regret({"R": s}, t), ValueError, "`histories` is a list of dict"),
        (lambda t, s: comparing.regret([nt.History()], t), ValueError, "no trial has finished"),
        (lambda t, s: comparing.regret(s, lambda trial: None), ValueError, "`table` is function; allowed is a Table"),
        (lambda t, s: comparing.regret(s, t, "test_error"), KeyError, "`metric` is 'test_error'"),
        (lambda t, s: comparing.anytime(s, x="hours"), ValueError, "`x` is 'hours'; allowed are trials, cost, seconds"),
        (lambda t, s: comparing.anytime([nt.History([record(0.5)]), nt.History([record(0.5, status="failed"), record(0.5)])]), ValueError, "do not overlap"),
    ],
)
def test_what_cannot_be_compared_is_refused(tiny, searches, call, error, words):
    with pytest.raises(error, match=words):
        call(tiny, searches)
