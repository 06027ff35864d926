"""The Pareto front without a browser: it grows as the strategy's own, follows the slider, and stays in a saved notebook as a picture."""

import random
import re
import sys

import pytest

import nastutor as nt
from nastutor.widgets import ParetoFront
from nastutor.widgets.pareto_front import FrontPanel

SPACE = nt.spaces.ChoiceSpace.of({f"w{i}": tuple(range(6)) for i in range(4)})


def size(arch):
    return sum(4**value for _, value in arch.choices)


def answer(trial):
    return nt.Result({"error": 1 / (1 + size(trial.arch)) ** 0.3 + random.Random(str(trial.arch)).random() / 10})


@pytest.mark.parametrize("density", ["population", "children", None])
def test_the_archive_shown_is_the_one_of_the_search(density):
    strategy = nt.LEMONADE(SPACE, size, density=density, seed=2)
    view = ParetoFront(SPACE, answer, 33, size, density=density, seed=2)
    for trial in range(1, 34):
        asked = strategy.ask()
        strategy.tell(asked, answer(asked))
        view.go(trial)
        assert view.history[trial - 1].trial == asked and len(view.seen) == trial
        points = [one.point for one in view.strategy.archive]
        assert points == [view.seen[number].point for number in nt_front([one.point for one in view.seen])], "all that was told counts"


def nt_front(points):
    from nastutor.pareto import front

    return front(points)


def test_the_newest_are_those_of_the_generation():
    view = ParetoFront(SPACE, answer, 33, size)
    view.go(5)
    assert len(view.newest) == 5 and "The first ones are random" in view.page()
    view.go(7)
    assert [one.arch for one in view.newest] == [record.trial.arch for record in view.history[5:7]]
    view.go(9)
    assert "Of 20 children made so far 4 were accepted" in view.page()


def test_chances_are_those_of_the_strategy():
    view = ParetoFront(SPACE, answer, 33, size)
    kept = view.strategy.archive
    weights = view.strategy.weights([one.cheap for one in kept], [one.cheap for one in kept])
    first = max(zip(weights, kept), key=lambda found: found[0])
    row = re.search(r"<tr><td[^>]*>([\d,]+)</td><td[^>]*>([\d.]+)</td><td[^>]*>(\d+%)</td>", view.page())
    assert row.groups() == (f"{first[1].cheap[0]:,.0f}", f"{first[1].measured[0]:.4f}", f"{first[0] / sum(weights):.0%}")
    view.set(None)
    page = view.page()
    assert len({*re.findall(r"(\d+%)</td>", page)}) == 1 and "<td" in page and 'font-weight:650">' not in page.split("<tbody>")[1], (
        "uniformly all have the same"
    )


def test_axes_stay_where_they_are():
    view, seen = ParetoFront(SPACE, answer, 33, size), set()
    for density in ("population", None, "children"):
        view.set(density)
        for trial in (1, 12, 33):
            view.go(trial)
            axes = view.picture()
            seen.add((axes.get_xlim(), axes.get_ylim()))
            assert all(
                axes.get_xlim()[0] <= one.cheap[0] <= axes.get_xlim()[1] and axes.get_ylim()[0] <= one.measured[0] <= axes.get_ylim()[1] for one in view.seen
            )
    assert len(seen) == 1


def test_what_is_said_of_one_and_of_several():
    view = ParetoFront(SPACE, answer, 33, size, density="children", at=1)
    assert "1 network is in the archive" in view.page() and "; 1 point, 1 of them" in view.alt
    assert "drawn by the archive's density, children by their own" in view.page().replace("&#x27;", "'") and ">size</th>" in view.page()
    view.go(33)
    assert " networks are in the archive" in view.page()


def test_failed_trials_are_left_out():
    view = ParetoFront(SPACE, lambda trial: nt.Result.failed("planted"), 6, size)
    assert view.seen == [] and "nothing was answered yet" in view.page()
    half = ParetoFront(SPACE, lambda trial: answer(trial) if trial.arch["w0"] < 3 else nt.Result.failed("planted"), 20, size)
    assert 0 < len(half.seen) < 20 and f"{len(half.seen)} points" in half.alt


def test_slider_and_density():
    view = ParetoFront(SPACE, answer, 33, size)
    panel = FrontPanel(view)
    before = panel.page.value
    panel.at.value = 11
    assert view.at == 11 and "after 11 of 33 trials; drawn by the archive" in panel.page.value != before
    panel.density.label = "uniformly"
    assert view.density is None and "after 11 of 33 trials; drawn uniformly" in panel.page.value and view.widget() is view.widget()


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    view = ParetoFront(SPACE, answer, 33, size, at=20)
    view._ipython_display_()
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    ParetoFront(SPACE, answer, 33, size, at=20)._ipython_display_()
    assert sorted(shown[1]) == ["text/html", "text/plain"]
    from html import unescape

    alt = unescape(re.search(r'alt="([^"]+)"', shown[1]["text/html"])[1])
    assert alt == view.alt and alt.startswith("Pareto front after 20 of 33 trials; drawn by the archive's density; 20 points, 3 of them of this generation.")
    assert "Pareto archive of" in alt and len(shown[1]["text/html"]) < 60_000
    assert ParetoFront(SPACE, answer, 33, size, at=20).static() == view.static()


def test_sizes_are_counted_where_nobody_gives_them():
    table = nt.estimators.Table("digits-tiny")
    view = ParetoFront(table.space, table, 12)
    params = dict(zip(table.archs, table.column("params")))
    assert [one.cheap for one in view.seen] == [(params[record.trial.arch],) for record in view.history]


def test_bad_input():
    for make, text in [
        (lambda: ParetoFront(SPACE, answer, 0, size), "`trials` is 0"),
        (lambda: ParetoFront(SPACE, answer, 9, size, at=10), "`at` is 10; allowed are whole numbers from 1 to 9"),
        (lambda: ParetoFront(SPACE, answer, 9, size, density="all"), "`density` is 'all'"),
        (lambda: ParetoFront(SPACE, answer, 9, size).go(0), "`at` is 0"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()
