"""The macro-stacking view and the genotype viewer in JupyterLab: a slider is moved, a cell is chosen, and the counts are those of the zoo."""

import re

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def params(stack):
    """What the view says under "here"."""
    found = re.search(r"parameters\s+([\d,]+)", stack.inner_text())
    return int(found[1].replace(",", "")) if found else 0


def test_cells_are_stacked_by_sliders(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    notebook(lab.folder / "stacking.ipynb", "import nastutor as nt", "nt.widgets.Stacking('DARTS_V2')", "nt.widgets.Genotypes()")
    page = lab.page(chromium, "stacking.ipynb", height=1300)
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    stack, cells = output(page, 1), output(page, 2)
    stack.get_by_text("as published").wait_for(timeout=60_000)
    until(lambda: kernel_state(page) == "idle")
    assert params(stack) == nt.zoo["DARTS_V2"].counts().params

    handle = stack.locator(".widget-slider", has_text="cells N").locator(".noUi-handle")
    handle.focus()
    handle.press("ArrowRight")
    net = nt.zoo["DARTS_V2"]
    larger = type(net.space)(**{**net.space.settings, "cells": 7}).graph(net.arch, net.task).counts()
    until(lambda: params(stack) == larger.params)
    assert stack.locator("img[alt^='Stack of 21 normal and 2 reduction cells']").count() == 1
    page.screenshot(path=shots / "stacking.png")

    stack.locator("select").select_option("NASNet-A mobile")
    until(lambda: params(stack) == nt.zoo["NASNet-A mobile"].counts().params)

    cells.locator("select").select_option("DARTS_V2")
    until(lambda: "dilsep3" in cells.inner_text() and "3,349,342" in cells.inner_text())
    assert cells.locator("img[alt^='Cell of 7 nodes and 12 edges']").count() == 2
    page.screenshot(path=shots / "genotypes.png")
    page.close()
