"""The population and the Pareto front in JupyterLab: sliders are moved by keys, rules are chosen, and pictures follow."""

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
table = nt.estimators.Table("digits-tiny")
lives = nt.widgets.Lives(table.space, table, 40, at=20)
front = nt.widgets.ParetoFront(table.space, table, 33, at=13)"""


def test_population_and_front_follow_keys_and_choices(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    table = nt.estimators.Table("digits-tiny")
    lives, front = nt.widgets.Lives(table.space, table, 40, at=20), nt.widgets.ParetoFront(table.space, table, 33, at=13)
    notebook(lab.folder / "evolution.ipynb", SET_UP, "lives", "front", "print('shown' + ' after:', lives.at, front.at)")
    page = lab.page(chromium, "evolution.ipynb")
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    until(lambda: "shown after: 20 13" in output(page, 3).inner_text() and kernel_state(page) == "idle", seconds=90)
    view = output(page, 1)
    assert view.locator("img").get_attribute("alt") == lives.alt
    page.screenshot(path=shots / "lives.png")
    birth = view.locator(".widget-slider", has_text="birth").locator(".noUi-handle")
    birth.focus()
    birth.press("ArrowRight")
    lives.go(21)
    until(lambda: view.locator("img").get_attribute("alt") == lives.alt)
    view.locator("select").select_option(label="the worst of all leaves")
    lives.set(remove="worst")
    until(lambda: view.locator("img").get_attribute("alt") == lives.alt)
    page.screenshot(path=shots / "lives_worst.png")

    view = output(page, 2)
    view.scroll_into_view_if_needed()
    assert view.locator("img").get_attribute("alt") == front.alt
    trial = view.locator(".widget-slider", has_text="trial").locator(".noUi-handle")
    trial.focus()
    trial.press("End")
    front.go(33)
    until(lambda: view.locator("img").get_attribute("alt") == front.alt)
    view.locator("select").select_option(label="uniformly")
    front.set(None)
    assert view.locator("select").evaluate("menu => menu.selectedOptions[0].text") == "uniformly"
    until(lambda: view.locator("img").get_attribute("alt") == front.alt)
    page.screenshot(path=shots / "front.png")
    page.set_viewport_size({"width": 520, "height": 1000})
    until(lambda: view.locator("img").bounding_box()["width"] < 460, seconds=20)
    page.screenshot(path=shots / "front_narrow.png")
    page.close()
