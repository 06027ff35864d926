"""Axes that show themselves: a figure with alt text, small, the same bytes, outside pyplot."""

import subprocess
import sys

import pytest

from nastutor import plot
from nastutor.pictures.figures import COLOURS, new_axes, say

CODE = """
import sys
from nastutor.pictures.figures import new_axes, to_png
axes = new_axes()
axes.plot([1, 2], [3, 5])
sys.stdout.buffer.write(to_png(axes))
assert "matplotlib.pyplot" not in sys.modules
"""


def drawn(text="A line from 3 to 5."):
    axes = new_axes()
    axes.plot([1, 2], [3, 5])
    return say(axes, text)


def test_a_notebook_shows_a_figure_with_its_text():
    html = drawn('5 < 6 & "so"')._repr_html_()
    assert html.startswith("<figure") and 'alt="5 &lt; 6 &amp; &quot;so&quot;"' in html and "data:image/png;base64," in html


def test_pictures_are_small_eight_bit_and_the_same_each_time():
    from io import BytesIO

    from PIL import Image

    png = plot.to_png(drawn())
    assert png == plot.to_png(drawn()) and len(png) < 15_000
    picture = Image.open(BytesIO(png))
    assert picture.mode == "P" and len(picture.getcolors()) <= COLOURS and not picture.info.get("Software")


def test_another_process_makes_the_same_picture_without_pyplot():
    assert subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True).stdout == plot.to_png(drawn())


def test_the_settings_of_matplotlib_stay_untouched():
    import matplotlib

    before = dict(matplotlib.rcParams)
    plot.figure_html(drawn())
    assert dict(matplotlib.rcParams) == before


def test_own_axes_without_text_are_refused():
    with pytest.raises(ValueError, match="`axes` have no text"):
        plot.alt(new_axes())


def test_show_takes_a_figure_of_pyplot_with_all_its_texts(monkeypatch):
    import IPython.display
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    figure, (left, right) = plt.subplots(1, 2)
    say(left, "Left."), say(right, "Right.")
    plot.show(right)
    assert [data["text/plain"] for data in shown] == ["Left. Right."] and 'alt="Left. Right."' in shown[0]["text/html"]
    assert not plt.fignum_exists(figure.number), "it is shown once, not again at the end of the cell"
