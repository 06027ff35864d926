"""Scores against truth in JupyterLab: the slider is moved by keys, another way is chosen, and picture and words follow."""

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import numpy as np
import nastutor as nt
rng = np.random.default_rng(0)
truth = np.exp(rng.normal(-2, 0.5, 30))
scores = {"one path": {0: rng.random(30), 50: truth * rng.random(30), 100: truth}, "all paths": {0: rng.random(30), 100: 1 - truth}}
ranks = nt.widgets.RankView(scores, truth, at=0, note="MADE UP")"""


def test_the_scatter_follows_the_slider_and_the_menu(lab, chromium, shots):  # noqa: F811
    space = {}
    exec(SET_UP, space)
    own = space["ranks"]
    notebook(lab.folder / "ranks.ipynb", SET_UP, "ranks", "print('shown' + ' at:', ranks.at)")
    page = lab.page(chromium, "ranks.ipynb")
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    view = output(page, 1)
    view.get_by_text("after 0 steps").wait_for(timeout=60_000)
    until(lambda: "shown at: 0" in output(page, 2).inner_text() and kernel_state(page) == "idle")
    assert view.locator("img").get_attribute("alt") == own.alt
    page.screenshot(path=shots / "ranks.png")

    moment = view.locator(".widget-slider, .widget-hslider", has_text="steps").locator(".noUi-handle").first
    moment.focus()
    moment.press("ArrowRight")
    own.set(at=50)
    until(lambda: view.locator("img").get_attribute("alt") == own.alt)
    view.locator("select").first.select_option(label="all paths")
    own.set(way="all paths")
    until(lambda: view.locator("img").get_attribute("alt") == own.alt)
    view.get_by_text("ranks", exact=True).click()
    own.set(ranks=True)
    until(lambda: view.locator("img").get_attribute("src") != "" and view.locator("img").get_attribute("alt") == own.alt)
    page.screenshot(path=shots / "ranks_all_paths.png")
    page.close()
