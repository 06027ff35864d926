"""Alpha as a moving picture in JupyterLab: the slider is moved by keys, and the button plays."""

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
import numpy as np
space = nt.spaces.CellSpace(nodes=3)
seen = [{name: np.exp(k * np.arange(5) / 4 * (-1) ** n) / np.exp(k * np.arange(5) / 4 * (-1) ** n).sum()
         for n, name in enumerate(space.mixture_sites())} for k in range(6)]
alphas = nt.widgets.Alphas.of(space, seen, [0, 10, 20, 30, 40, 50], "DARTS", truth=nt.estimators.Table("digits-tiny"))
alphas.go(20)"""


def test_alpha_moves_by_keys_and_by_itself(lab, chromium, shots):  # noqa: F811
    own = {}
    exec(SET_UP, own)
    alphas = own["alphas"]
    notebook(lab.folder / "alphas.ipynb", SET_UP, "alphas", "print('shown' + ' after:', alphas.answers[alphas.at])")
    page = lab.page(chromium, "alphas.ipynb")
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    view = output(page, 1)
    view.get_by_text("after 20 of 50 answers").wait_for(timeout=60_000)
    until(lambda: "shown after: 20" in output(page, 2).inner_text() and kernel_state(page) == "idle")
    picture = view.locator("img").first
    assert picture.get_attribute("alt") == alphas.alt
    page.screenshot(path=shots / "alphas.png")

    handle = view.locator(".widget-slider", has_text="answers").locator(".noUi-handle")
    handle.focus()
    handle.press("ArrowRight")
    alphas.go(30)
    until(lambda: picture.get_attribute("alt") == alphas.alt)
    view.get_by_text("trained alone").wait_for(timeout=20_000)
    handle.press("Home")
    view.get_by_text("after 0 of 50 answers").wait_for(timeout=20_000)

    view.locator(".widget-play button").first.click()
    view.get_by_text("after 50 of 50 answers").wait_for(timeout=20_000)
    page.set_viewport_size({"width": 520, "height": 1000})
    assert view.get_by_text("would be derived now").bounding_box()["width"] < 420
    page.screenshot(path=shots / "alphas_narrow.png")
    page.close()
