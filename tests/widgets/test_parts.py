import re
from html.parser import HTMLParser

import pytest

import nastutor as nt
from nastutor.published import Images
from nastutor.widgets.parts import BADGES, architectures, figures, head, picture, remaining, summary, table
from nastutor.widgets.snapshot import STATES, Snapshot
from tests.widgets.searches import CELL, SPACE, told


class Balanced(HTMLParser):
    """Fails if a tag is not closed where it must be."""

    def __init__(self, html):
        super().__init__()
        self.open = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def text(html):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html)).strip()


def test_figures():
    snapshot = Snapshot("Random", told(12), limits={"trials": 24}, elapsed=60.0, gpu="63 % busy, 2.1 of 80.0 GB")
    said = text(figures(snapshot))
    assert "trials 12 of 24" in said and "time 1:00 about 1:00 left" in said and "GPU 63 % busy 2.1 of 80.0 GB" in said
    assert f"best error {snapshot.best.error:.4f}" in said and "width:50.0%" in figures(snapshot)
    still = text(figures(snapshot, live=False))
    assert "time" not in still and "GPU" not in still, "what differs from run to run is not kept in a notebook"


def test_remaining_is_not_guessed_from_nothing():
    assert remaining(Snapshot("Random", limits={"trials": 4}, elapsed=3.0)) == ""


def test_pauses_are_in_neither_time_nor_estimate():
    said = text(figures(Snapshot("Random", told(12), limits={"trials": 24}, elapsed=60.0, paused=600.0)))
    assert "time 1:00 about 1:00 left" in said


def test_the_table_shows_the_last_ones_the_best_and_reasons():
    history = told(30)
    failed = next(n for n, record in enumerate(history, 1) if record.result.status == "failed")
    short = Snapshot("Random", nt.History(history[:failed]))
    assert "loss is &lt;not&gt; finite" in table(short) and "<not>" not in table(short)
    rows = re.findall(r"<tr title", table(Snapshot("Random", history), rows=5))
    assert len(rows) == 5 and text(table(Snapshot("Random", history), rows=5)).count("★") == 1


def cells(*results, nodes=4):
    space = nt.spaces.CellSpace(nodes=nodes)
    return Snapshot("Random", nt.History(nt.Record(nt.Trial(space.sample(n)), result) for n, result in enumerate(results)))


def test_each_edge_of_a_cell_has_a_column():
    snapshot = cells(nt.Result({"error": 0.5}), nt.Result.failed("loss is <not> finite"), nt.Result({"error": 0.25}))
    html = table(snapshot)
    heads = re.findall("<th [^>]*>([^<]*)", html)
    assert heads == ["trial", "error", "params", "0-&gt;1", "0-&gt;2", "1-&gt;2", "0-&gt;3", "1-&gt;3", "2-&gt;3"]
    rows = [re.findall("<td [^>]*>([^<]*)", row) for row in html.split("<tr title")[1:]]
    assert rows[0] == ["★ 3", "0.2500", "–", *(str(value) for _, value in snapshot.best.trial.arch.choices)]
    assert rows[1][:4] == ["2", "✖ failed", "–", "loss is &lt;not&gt; finite"] and 'colspan="6"' in html
    assert "0-&gt;1=" in html.split('<tr title="')[1].split('"')[0], "the tooltip names the edges"


def test_edges_that_find_no_room_are_named_in_the_heading():
    html = table(cells(nt.Result({"error": 0.5}), nodes=5))
    assert ">architecture: 0-&gt;1 0-&gt;2 1-&gt;2 0-&gt;3" in html and html.count("<th ") == 4
    mixed = nt.History([*cells(nt.Result({"error": 0.5})).history, *told(2)])
    assert ">architecture<" in table(Snapshot("Random", mixed)) and ">architecture<" in table(Snapshot("Random"))


def test_one_stopped_early_shows_its_error():
    stopped = nt.Result({"error": 0.5}, status="stopped", info={"reason": "its curve"})
    html = table(cells(stopped, nt.Result(status="stopped")))
    assert ">○ 0.5000<" in html and ">○ stopped<" in html and 'title="stopped early: 0-&gt;1=' in html and "its curve" not in html
    assert "stopped early 1 of these trials" in text(figures(cells(stopped))) and "stopped early" not in text(figures(Snapshot("Random", told())))


def test_architectures_best_and_current():
    history = nt.search(nt.RandomSearch(CELL), lambda trial: nt.Result({"error": 0.1}), trials=3, progress=False)
    running = architectures(Snapshot("Random", history, current=nt.Trial(CELL.sample(9))), CELL)
    assert text(running) == "Best: error 0.1000 Being tried now" and running.count("<img alt=") == 2
    assert text(architectures(Snapshot("Random", history, state="finished"), CELL)) == "Best: error 0.1000 Last: trial 3"
    assert "on its way" in architectures(Snapshot("Random"), CELL)


def test_a_space_that_cannot_be_drawn_is_told_in_words():
    class Odd:
        def graph(self, arch, task):
            raise ValueError("no graph of this")

    arch = SPACE.sample(0)
    assert picture(arch, Odd(), task="a task") == str(arch)
    assert "<img alt=" in picture(arch, SPACE)


def test_a_path_of_a_fabric_is_shown_in_its_grid():
    space = nt.spaces.FabricSpace(layers=4, scales=4)
    shown = picture(space.sample(0), space, Images("digits", (1, 8, 8), 10))
    assert 'alt="Dense fabric of 4 layers and 4 scales' in shown and "data:image/svg+xml" in shown
    assert picture(space.sample(0), space, Images("small", (1, 2, 2), 10)) == str(space.sample(0)), "what does not fit the images is told in words"


@pytest.mark.parametrize("state", STATES)
def test_the_summary_is_html_that_holds_together(state):
    assert state in BADGES and state in text(head(Snapshot("Random", state=state)))
    html = summary(Snapshot("A <b> search", told(5), state=state), SPACE)
    Balanced(html)
    assert "<b>" not in html and html.count("<figure") == 1 and 'alt="A &lt;b&gt; search: 5 trials' in html
    assert len(html) < 60_000


def test_real_and_simulated_time_are_told_apart():
    hours = nt.search(nt.RandomSearch(SPACE), lambda trial: nt.Result({"error": 0.5}, seconds=3600.0), trials=6, executor=nt.simulate(2), progress=False)
    snapshot = Snapshot("Random", hours, limits={"trials": 12}, elapsed=60.0, own_clock=True)
    assert "real time 1:00 about 1:00 left simulated time 3:00:00 in the cluster" in text(figures(snapshot))
    until = Snapshot("Random", hours, limits={"seconds": 6 * 3600.0}, elapsed=60.0, own_clock=True)
    assert "real time 1:00 about 1:00 left simulated time 3:00:00 of 6:00:00" in text(figures(until))
    assert "simulated" not in text(figures(snapshot, live=False)) and "simulated" not in text(figures(Snapshot("Random", hours, elapsed=60.0)))
