"""The space explorer in JupyterLab: a chain is changed, crossed and stepped through by clicking, and what is shown follows."""

import re

import pytest

from tests.browser.test_board import kernel_state, notebook, output, run_all, shots, until  # noqa: F401  (shots is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SET_UP = """import nastutor as nt
explorer = nt.widgets.Explorer(nt.spaces.ChainSpace(), seed=3)"""
TOLD = "print(explorer.step.kind, 'after' + ' steps:', len(explorer.path))"


def flags(explorer):
    """What the network's picture says that is marked."""
    found = re.search(r"Marked: (.*)\.$", explorer.locator("img[alt^='Network of']").get_attribute("alt"))
    return found[1] if found else ""


def number(explorer, name):
    return int(re.search(rf"{name}\s+([\d,]+)", explorer.inner_text())[1].replace(",", ""))


def test_a_space_is_explored_by_clicking(lab, chromium, shots):  # noqa: F811
    import nastutor as nt

    twin = nt.widgets.Explorer(nt.spaces.ChainSpace(), seed=3)  # the same seed: it takes the same steps
    notebook(lab.folder / "explorer.ipynb", SET_UP, "explorer", "import time", TOLD)
    page = lab.page(chromium, "explorer.ipynb", height=1050)
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    explorer = output(page, 1)
    explorer.get_by_text("30,890 architectures").wait_for(timeout=60_000)
    until(lambda: "start after steps: 1" in output(page, 3).inner_text() and kernel_state(page) == "idle")  # exploring keeps no cell busy
    assert number(explorer, "parameters") == twin.graph().counts().params and explorer.get_by_role("button", name="Undo").is_disabled()

    explorer.get_by_role("button", name="Mutate").click()
    twin.mutate()
    explorer.get_by_text("A mutation:").wait_for(timeout=20_000)
    until(lambda: number(explorer, "parameters") == twin.graph().counts().params)
    (change,) = [change for change in twin.changes if change.mark == "changed"]
    assert f"{change.name} {change.old[0]} → {change.value}" in explorer.inner_text() and "changed" in flags(explorer)
    page.screenshot(path=shots / "explorer_mutation.png")

    explorer.get_by_role("button", name="Cross over").click()
    twin.cross()
    explorer.get_by_text("A child of A and B").wait_for(timeout=20_000)
    until(lambda: number(explorer, "mult-adds") == twin.graph().counts().mult_adds)
    assert explorer.get_by_text("(from A)").count() + explorer.get_by_text("(from B)").count() == sum(change.mark in ("A", "B") for change in twin.changes)
    page.screenshot(path=shots / "explorer_child.png")
    explorer.get_by_role("button", name="Another child").click()
    twin.sibling()
    until(lambda: number(explorer, "parameters") == twin.graph().counts().params)

    explorer.get_by_title("The next architecture that differs in one decision").click()
    explorer.get_by_text(re.compile("^Neighbour 1 of")).wait_for(timeout=20_000)
    explorer.get_by_title("The neighbour before").click()
    last = len(twin.space.neighbours(twin.arch))
    explorer.get_by_text(re.compile(f"^Neighbour {last} of {last} ")).wait_for(timeout=20_000)
    twin.neighbour(-1)
    assert number(explorer, "parameters") == twin.graph().counts().params
    page.screenshot(path=shots / "explorer_neighbour.png")
    explorer.get_by_role("button", name="Undo").click()
    explorer.get_by_text("A child of A and B").wait_for(timeout=20_000)
    page.close()
