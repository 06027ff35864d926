"""The heat map in JupyterLab: the slider over trials is moved by keys, another strategy is chosen, and the picture follows."""

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
table = nt.estimators.Table("digits-tiny")
falls, stays = nt.QLearning(table.space, models=60), nt.QLearning(table.space, models=None, schedule=((1.0, 60),))
view = nt.widgets.Learning({"falls": falls, "stays": stays}, table, 60, at=12)"""


def test_the_heat_map_follows_slider_and_choice(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    table = nt.estimators.Table("digits-tiny")
    falls, stays = nt.QLearning(table.space, models=60), nt.QLearning(table.space, models=None, schedule=((1.0, 60),))
    own = nt.widgets.Learning({"falls": falls, "stays": stays}, table, 60, at=12)
    notebook(lab.folder / "learning.ipynb", SET_UP, "view", "print('shown' + ' after:', view.at)")
    page = lab.page(chromium, "learning.ipynb")
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    shown = output(page, 1)
    shown.get_by_text("after 12 of 60 trials").wait_for(timeout=60_000)
    until(lambda: "shown after: 12" in output(page, 2).inner_text() and kernel_state(page) == "idle")
    assert own.alt.endswith(shown.locator("img").get_attribute("alt"))
    page.screenshot(path=shots / "learning.png")

    trial = shown.locator(".widget-slider", has_text="trial").locator(".noUi-handle")
    trial.focus()
    trial.press("ArrowRight")
    own.go(13)
    until(lambda: own.alt.endswith(shown.locator("img").get_attribute("alt")))
    trial.press("End")
    shown.get_by_text("after 60 of 60 trials").wait_for(timeout=20_000)
    shown.locator("select").select_option("stays")
    own.choose("stays")
    own.go(60)
    until(lambda: own.alt.endswith(shown.locator("img").get_attribute("alt")))
    page.screenshot(path=shots / "learning_stays.png")
    page.close()
