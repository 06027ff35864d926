"""The cell designer in JupyterLab: an edge is clicked, an operation picked, and the error changes; what a file keeps."""

import json
import re

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
table = nt.estimators.Table("digits-tiny")
designer = nt.widgets.Designer(table)"""
TOLD = "print(designer.arch, round(designer.error, 4), 'after' + ' trials:', len(designer.history))"


def error(designer):
    """The validation error that it shows."""
    return float(re.search(r"validation error\s+(0\.\d{4})", designer.inner_text())[1])


def test_a_cell_is_designed_by_clicking(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    table = nt.estimators.Table("digits-tiny")
    notebook(lab.folder / "designer.ipynb", SET_UP, "designer", "import time", TOLD)
    page = lab.page(chromium, "designer.ipynb", height=1150)
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    designer = output(page, 1)
    designer.get_by_text("Edge 0 → 1 carries").wait_for(timeout=60_000)
    until(lambda: "after trials: 1" in output(page, 3).inner_text() and kernel_state(page) == "idle")  # designing keeps no cell busy
    skips = nt.Arch((("0->1", "skip"), ("0->2", "skip"), ("1->2", "skip")))
    assert error(designer) == round(table(nt.Trial(skips)).error, 4)

    designer.get_by_title("Choose the edge 1 → 2").click()
    designer.get_by_text("Edge 1 → 2 carries").wait_for(timeout=20_000)
    designer.get_by_role("button", name="conv3", exact=True).click()
    built = nt.Arch((("0->1", "skip"), ("0->2", "skip"), ("1->2", "conv3")))
    until(lambda: error(designer) == round(table(nt.Trial(built)).error, 4))
    assert designer.get_by_title("Choose the edge 1 → 2").inner_text() == "conv3"
    assert designer.locator("img[alt^='Cell: 0 to 1 skip, 0 to 2 skip, 1 to 2 conv3']").count() == 1
    on_its_edge(designer)
    page.screenshot(path=shots / "designer.png")

    designer.get_by_role("button", name="Show the neighbours (11 trials)").click()
    goal = min(table.space.neighbours(built), key=lambda arch: table(nt.Trial(arch)).error)
    (decision,) = [name for name, _ in goal.choices if goal[name] != built[name]]
    designer.get_by_title(f"Go to the neighbour with {goal[decision]} at {decision.replace('->', ' → ')}").click()
    until(lambda: error(designer) == round(table(nt.Trial(goal)).error, 4))
    assert "optimum" not in designer.inner_text().replace("Show the optimum", "") and "test error" not in designer.inner_text()
    page.screenshot(path=shots / "designer_neighbours.png")

    designer.get_by_role("button", name="Finish").click()
    until(lambda: re.search(r"test error of 0\.\d{4}", designer.inner_text()))
    until(lambda: designer.get_by_role("button", name="Random").is_disabled())  # it follows the text a moment later
    page.screenshot(path=shots / "designer_finished.png")
    page.keyboard.press("Control+s")
    saved = until(lambda: kept(lab.folder / "designer.ipynb"))
    assert "test error of" in saved and f"{table(nt.Trial(goal)).error:.4f}" in saved, "the file keeps the end as a picture"
    page.close()


def on_its_edge(designer):
    """The button of an edge lies where the drawing has its label: the middle between the nodes, above them."""
    drawing = designer.locator("img[alt^='Cell: 0 to 1']").bounding_box()
    button = designer.get_by_title("Choose the edge 0 → 2").bounding_box()
    assert abs(button["x"] + button["width"] / 2 - drawing["x"] - drawing["width"] / 2) < 3
    assert drawing["y"] <= button["y"] < drawing["y"] + 40


def kept(path):
    """The picture in the saved notebook, once there is one that is finished."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = ["".join(out["data"]["text/html"]) for cell in cells for out in cell.get("outputs", []) if "text/html" in out.get("data", {})]
    return next((html for html in found if "test error of" in html), "")
