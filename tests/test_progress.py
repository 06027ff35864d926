"""The bar: what it counts up to, what it says, and that nobody sees it who did not ask."""

from types import SimpleNamespace

import pytest

from nastutor.history import History
from nastutor.progress import Progress
from nastutor.values import Arch, Record, Result, Trial


def limits(**given):
    return SimpleNamespace(**{"trials": None, "cost": None, "seconds": None, **given})


def history(*errors, cost=1.5, each=2.0):
    """Trials that cost 1.5 epochs and come in every two seconds; None is a failed one."""
    results = [Result.failed("planted") if error is None else Result({"error": error}, cost=cost) for error in errors]
    return History(Record(Trial(Arch((("n", n),))), result, finished=each * (n + 1)) for n, result in enumerate(results))


@pytest.mark.parametrize(
    "given, total, done, unit",
    [
        ({"trials": 9, "cost": 100.0, "seconds": 60.0}, 9, 4, " trials"),
        ({"cost": 100.0, "seconds": 60.0}, 100.0, 6, " epochs"),
        ({"seconds": 60.0}, 60.0, 8, " s"),
    ],
)
def test_counts_trials_or_else_cost_or_else_seconds(given, total, done, unit):
    with Progress(limits(**given), show=True) as progress:
        for length in (1, 3, 4):  # as the history grows
            progress.update(history(0.5, 0.25, 0.75, 0.5)[:length])
        assert (progress.bar.total, progress.bar.n, progress.bar.unit) == (total, done, unit)


def test_never_runs_beyond_its_end():
    with Progress(limits(cost=4.0), show=True) as progress:
        progress.update(history(0.5, 0.5, 0.5, 0.5))
        assert progress.bar.n == 4.0


def test_says_the_best_error_and_how_many_failed(capsys):
    with Progress(limits(trials=3), show=True) as progress:
        progress.update(history(0.5))
        assert progress.bar.postfix == "best error 0.5000"
        progress.update(history(0.5, None, 0.25))
        assert progress.bar.postfix == "best error 0.2500, 1 failed"
    out, err = capsys.readouterr()
    assert out == "" and "search" in err


def test_shows_nothing_where_nobody_looks(capsys):
    for show in (False, None):  # None: neither a terminal nor a notebook here
        with Progress(limits(trials=3), show=show) as progress:
            progress.update(history(0.5))
            assert progress.bar is None
    assert capsys.readouterr().err == ""


def test_a_quick_search_shows_no_bar_of_itself(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with Progress(limits(trials=3)) as progress:
        progress.update(history(0.5, 0.5, 0.5))
        assert progress.bar.n == 3
    assert "search" not in capsys.readouterr().err


def test_in_a_notebook_the_bar_is_a_widget(monkeypatch):
    import tqdm.notebook

    from nastutor import progress

    assert progress._bar() is tqdm.tqdm
    monkeypatch.setattr(progress, "running_kernel", lambda: "kernel")
    assert progress._bar() is tqdm.notebook.tqdm
