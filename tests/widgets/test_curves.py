import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

import nastutor as nt
from nastutor.pictures.style import RULE
from nastutor.widgets.curves import HEIGHT, WIDTH, axes_end, curves_png
from nastutor.widgets.snapshot import Snapshot
from tests.widgets.searches import told


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_size_and_eight_bits():
    snapshot = Snapshot("Random", told())
    assert pixels(curves_png(snapshot, scale=1.0)).shape == (HEIGHT, WIDTH, 3)
    small = curves_png(snapshot, scale=1.5, colours=32)
    assert Image.open(io.BytesIO(small)).mode == "P" and len(small) < 30_000


def test_the_picture_says_what_the_history_says():
    history = told(12)
    whole = curves_png(Snapshot("Random", history), scale=1.0)
    assert whole == curves_png(Snapshot("Random", history), scale=1.0), "the same picture each time"
    assert whole != curves_png(Snapshot("Random", nt.History(history[:11])), scale=1.0)
    chosen = curves_png(Snapshot("Random", history), chosen=history[2], scale=1.0)
    assert chosen != whole and chosen != curves_png(Snapshot("Random", history), chosen=history[3], scale=1.0)


@pytest.mark.parametrize(
    "results", [[], [nt.Result.failed("no")], [nt.Result({"error": 0.5})], [nt.Result({"error": 0.5, "params": 10.0})], [nt.Result({"error": 0.5}, (0.5,))]]
)
def test_little_is_drawn_too(results):
    history = nt.History(nt.Record(nt.Trial(nt.Arch((("a", 1),))), result) for result in results)
    assert (pixels(curves_png(Snapshot("Random", history), scale=1.0)) < 250).any()


def ink(png, colour, part=slice(0, WIDTH)):
    """Rows from the top of the pixels of one colour, as a share of the height."""
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return np.nonzero((pixels(png)[:, part] == wanted).all(-1).any(1))[0] / HEIGHT


def history_of(*errors, status="ok"):
    results = [nt.Result({"error": error}, (min(1.0, 2 * error), error), status=status) for error in errors]
    return nt.History(nt.Record(nt.Trial(nt.Arch((("a", n),))), result) for n, result in enumerate(results))


ALIVE = (0.03, 0.05, 0.015, 0.027, 0.048, 0.033, 0.025, 0.035)
LEFT, LEGEND, BLUE = slice(70, WIDTH // 2), 0.125, "#0072b2"  # pixels of the first picture; where its legend ends


def test_a_dead_network_does_not_press_the_others_onto_the_floor():
    """The step from 0.03 to 0.015 stays as high as it was: dots and line are drawn at the same places with and without the dead one."""
    alone, dead = (curves_png(Snapshot("Random", history_of(*errors), limits={"trials": 20}), scale=1.0) for errors in (ALIVE, (*ALIVE, 0.9)))
    lines = [rows[rows > LEGEND] for rows in (ink(png, BLUE, LEFT) for png in (alone, dead))]
    assert lines[0].max() - lines[0].min() > 0.15 and np.array_equal(*lines)
    marks = [rows[(rows > LEGEND) & (rows < 0.2)] for rows in (ink(png, RULE, slice(220, 260)) for png in (alone, dead))]
    assert not len(marks[0]) and len(marks[1]), "a triangle at the upper edge"


@pytest.mark.parametrize("chosen", [0, 3])
def test_what_lies_above_can_be_chosen(chosen):
    history = history_of(*ALIVE, 0.9)
    picture = curves_png(Snapshot("History", history), chosen=history[-1], scale=1.0)
    assert picture != curves_png(Snapshot("History", history), chosen=history[chosen], scale=1.0)
    rows = ink(picture, "#d55e00", LEFT)
    assert len(rows) and rows.max() < 0.25, "the square stands at the upper edge"


def test_one_stopped_early_is_hollow():
    snapshots = (Snapshot("Random", history_of(*ALIVE, status=status)) for status in ("ok", "stopped"))
    grey = [(pixels(curves_png(snapshot, scale=4.0))[HEIGHT // 2 : 2 * HEIGHT, 280 : 2 * WIDTH] == int(RULE[1:3], 16)).all(-1) for snapshot in snapshots]
    full, hollow = ({int(gap) for row in rows for gap in np.diff(np.nonzero(row)[0]) if gap < 25} for rows in grey)  # pixels between two of a dot
    assert max(full) <= 2 < 8 <= max(hollow)


def test_nothing_global_is_touched():
    import matplotlib.pyplot as plt

    before, settings = plt.get_fignums(), dict(matplotlib.rcParams)
    curves_png(Snapshot("Random", told()))
    assert plt.get_fignums() == before and dict(matplotlib.rcParams) == settings


def test_the_axis_grows_in_steps_up_to_the_limit():
    def end(done, limits):
        return axes_end(Snapshot("Random", nt.History(range(done)), limits=limits))

    assert [end(3, {"trials": 12}), end(3, {"trials": 500}), end(39, {"trials": 500}), end(29, {}), end(2000, {"cost": 9})] == [12, 40, 40, 40, 2600]
