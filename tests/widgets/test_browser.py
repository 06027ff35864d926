import re

import pytest

import nastutor as nt
from nastutor.widgets import Browser
from tests.widgets.searches import CELL, SPACE, told


def test_the_slider_moves_the_page():
    history = told(12)
    browser = Browser(history, SPACE)
    box = browser.widget(history[4])
    _, top, page, curves = box.children
    slider, order = top.children
    assert slider.value == 5 and "Trial 5 of 12" in page.value
    before = bytes(curves.value)
    slider.value = 7
    assert "Trial 7 of 12" in page.value and bytes(curves.value) != before
    order.value, slider.value = "best", 1
    assert "★ the best" in page.value
    slider.value = 12
    assert "failed: RuntimeError: loss is &lt;not&gt; finite" in page.value, "failed ones come last"


def test_the_page_has_decisions_metrics_and_drawing():
    history = nt.search(nt.RandomSearch(CELL), lambda trial: nt.Result({"error": 0.25, "params": 13_450.0}, cost=3.0), trials=2, progress=False)
    page = Browser(history).page(history[1])
    said = re.sub("<[^>]+>", " ", page)
    assert "0.2500" in said and "13.4 k" in said and "0-&gt;1" in said and 'alt="Cell of 3 nodes' in page


def test_what_stays_in_a_saved_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    Browser(told(12))._ipython_display_()
    (bundle,) = shown
    assert bundle["text/plain"] == "<Browser of 12 trials>" and "<figure" in bundle["text/html"] and len(bundle["text/html"]) < 60_000
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_bad_input():
    with pytest.raises(ValueError, match="`history` must hold a trial at least, got an empty one"):
        Browser(nt.History())
    with pytest.raises(ValueError, match="`order` is 'worst'; allowed are told, best"):
        Browser(told(2)).ordered("worst")
