"""The fabric view in JupyterLab: a place is clicked, the path moves through it, and the numbers follow."""

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
fabric = nt.widgets.FabricView(nt.spaces.FabricSpace(layers=6, scales=4), nt.tasks.digits())"""
TOLD = "print(fabric.space.plan(fabric.arch), 'of' + ' paths:', fabric.space.size)"


def test_a_path_is_sent_through_a_place(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    space, task = nt.spaces.FabricSpace(layers=6, scales=4), nt.tasks.digits()
    notebook(lab.folder / "fabric.ipynb", SET_UP, "fabric", TOLD)
    page = lab.page(chromium, "fabric.ipynb")
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    view = output(page, 1)
    view.get_by_text("of 466 paths").wait_for(timeout=60_000)
    until(lambda: "[1, 1, 1, 1, 1, 1] of paths: 466" in output(page, 2).inner_text() and kernel_state(page) == "idle")

    view.get_by_title("Go through scale 3 in layer 4").click()
    drawn = view.locator("img[alt*='through the scales 1, 1, 2, 3, 2, 1 is highlighted']")
    drawn.wait_for(timeout=20_000)
    on_its_place(view, drawn)
    own = space.graph(nt.Arch(tuple((f"scale{n}", s) for n, s in enumerate((1, 1, 2, 3, 2, 1), start=1))), task).counts()
    assert f"{own.params:,}" in view.inner_text()
    page.screenshot(path=shots / "fabric.png")

    number = int(view.locator(".widget-readout").inner_text().replace(",", ""))
    view.get_by_role("button", name="Next", exact=True).click()
    until(lambda: view.locator(".widget-readout").inner_text() == str(number + 1))
    assert f"{space.fabric(task).counts().params:,}" in view.inner_text()
    view.get_by_role("button", name="Make it sparse").click()
    sparse = nt.spaces.FabricSpace(layers=6, scales=4, sparse=True).fabric(task).counts().params
    until(lambda: f"{sparse:,}" in view.inner_text() and view.get_by_role("button", name="Make it dense").count())
    page.screenshot(path=shots / "fabric_sparse.png")
    page.close()


def on_its_place(view, drawn):
    """A button covers its place in the drawing."""
    from nastutor.widgets.fabric_picture import Grid

    left, top = Grid(6, 4).corner((3, 4))
    picture, button = drawn.bounding_box(), view.get_by_title("Go through scale 3 in layer 4").bounding_box()
    assert abs(button["x"] - picture["x"] - left) < 3 and abs(button["y"] - picture["y"] - top) < 3
