"""The search tree in JupyterLab: the slider of trials and that of exploration are moved by keys, and counts and bounds follow."""

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
table = nt.estimators.Table("digits-tiny")
tree = nt.widgets.SearchTree(table.space, table, 40, at=12)"""


def test_the_tree_grows_and_explores_by_keys(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    table = nt.estimators.Table("digits-tiny")
    own = nt.widgets.SearchTree(table.space, table, 40, at=12)
    notebook(lab.folder / "tree.ipynb", SET_UP, "tree", "print('shown' + ' after:', tree.at)")
    page = lab.page(chromium, "tree.ipynb")
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    view = output(page, 1)
    view.get_by_text("after 12 of 40 trials").wait_for(timeout=60_000)
    until(lambda: "shown after: 12" in output(page, 2).inner_text() and kernel_state(page) == "idle")
    assert view.locator("img").get_attribute("alt") == own.alt
    page.screenshot(path=shots / "tree.png")

    trial = view.locator(".widget-slider", has_text="trial").locator(".noUi-handle")
    trial.focus()
    trial.press("ArrowRight")
    own.go(13)
    until(lambda: view.locator("img").get_attribute("alt") == own.alt)
    trial.press("End")
    view.get_by_text("after 40 of 40 trials").wait_for(timeout=20_000)

    exploration = view.locator(".widget-slider", has_text="exploration").locator(".noUi-handle")
    exploration.focus()
    exploration.press("Home")
    greedy = nt.widgets.SearchTree(table.space, table, 40, exploration=0.0)
    until(lambda: view.locator("img").get_attribute("alt") == greedy.alt)
    page.screenshot(path=shots / "tree_greedy.png")
    page.set_viewport_size({"width": 520, "height": 1000})
    view.get_by_text("bisection", exact=True).click()
    view.get_by_text("exploration 0, bisected").wait_for(timeout=20_000)
    assert view.get_by_text("Orange: trial 40").bounding_box()["width"] < 420, "the tree is scrolled, and the words around it keep to the card"
    page.screenshot(path=shots / "tree_narrow.png")
    page.close()
