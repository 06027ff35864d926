"""The map of beliefs and TPE's densities in JupyterLab: sliders are moved by keys, the acquisition is picked from a list, and the pictures follow."""

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
table = nt.estimators.Table("digits-tiny")
view = nt.widgets.AcquisitionMap(table.space, table, 20, at=12)
bars = nt.widgets.Densities(table.space, table, 30, at=20)"""


def slider(view, name):
    return view.locator(".widget-slider", has_text=name).locator(".noUi-handle")


def test_beliefs_and_densities_follow_the_sliders(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    table = nt.estimators.Table("digits-tiny")
    own = nt.widgets.AcquisitionMap(table.space, table, 20, at=12)
    notebook(lab.folder / "beliefs.ipynb", SET_UP, "view", "bars", "print('shown' + ' after:', view.at)")
    page = lab.page(chromium, "beliefs.ipynb", height=1100)
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    view = output(page, 1)
    view.get_by_text("after 12 of 20 trials").wait_for(timeout=60_000)
    until(lambda: "shown after: 12" in output(page, 3).inner_text() and kernel_state(page) == "idle")
    assert view.locator("img").get_attribute("alt") == own.alt
    page.screenshot(path=shots / "beliefs.png")

    slider(view, "trial").focus()
    slider(view, "trial").press("ArrowRight")
    own.go(13)
    until(lambda: view.locator("img").get_attribute("alt") == own.alt)
    view.locator("select").select_option(label="lower bound")
    own.set(acquisition="ucb")
    until(lambda: view.locator("img").get_attribute("alt") == own.alt)
    slider(view, "beta").focus()
    slider(view, "beta").press("End")
    own.set(beta=8.0)
    until(lambda: view.locator("img").get_attribute("alt") == own.alt)
    page.screenshot(path=shots / "beliefs_bound.png")

    bars, twin = output(page, 2), nt.widgets.Densities(table.space, table, 30, at=20)
    assert bars.locator("img").get_attribute("alt") == twin.alt
    slider(bars, "trial").focus()
    slider(bars, "trial").press("End")
    twin.go(30)
    until(lambda: bars.locator("img").get_attribute("alt") == twin.alt)
    bars.get_by_text("no repeats", exact=True).click()
    twin.set(distinct=False)
    until(lambda: bars.locator("img").get_attribute("alt") == twin.alt)
    bars.scroll_into_view_if_needed()
    page.screenshot(path=shots / "densities.png")
    page.close()
