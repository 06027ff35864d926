import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

import nastutor as nt
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


def test_nothing_global_is_touched():
    import matplotlib.pyplot as plt

    before, settings = plt.get_fignums(), dict(matplotlib.rcParams)
    curves_png(Snapshot("Random", told()))
    assert plt.get_fignums() == before and dict(matplotlib.rcParams) == settings


def test_the_axis_grows_in_steps_up_to_the_limit():
    def end(done, limits):
        return axes_end(Snapshot("Random", nt.History(range(done)), limits=limits))

    assert [end(3, {"trials": 12}), end(3, {"trials": 500}), end(39, {"trials": 500}), end(29, {}), end(2000, {"cost": 9})] == [12, 40, 40, 40, 2600]
