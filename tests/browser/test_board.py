"""The live board in JupyterLab: it changes while its cell waits, and its buttons work; judged by outputs, never by sources."""

import json
import os
import re
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
CHAPTERS = Path(__file__).resolve().parents[2] / "notebooks"
SET_UP = """import nastutor as nt
task, space = nt.tasks.digits(), nt.spaces.CellSpace(nodes=4)
train = nt.estimators.Train(space, task, epochs=4)
strategy = nt.RegularizedEvolution(space, population=8, sample=3, seed=0)"""
BOARD = "history = nt.widgets.Board(strategy, train, trials=500).run()"
NEXT = "print('trials' + ' told:', len(history), '| best', round(history.best().error, 4))"


@pytest.fixture
def shots(tmp_path):
    """Where screenshots go: the folder in NASTUTOR_SHOTS, or a temporary one."""
    return Path(os.environ.get("NASTUTOR_SHOTS", tmp_path))


def notebook(path, *cells):
    import nbformat

    form = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    form.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(form, path)


def run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
    chosen = page.get_by_role("button", name="Select", exact=True)  # "Select Kernel": JupyterLab asks if its session is not quite there
    until(lambda: chosen.count() or page.locator(".jp-Notebook .jp-InputPrompt").filter(has_text=re.compile(r"\[(\*|\d+)\]")).count())
    if chosen.count():
        chosen.click()


def output(page, index):
    return page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")


def kernel_state(page):
    return page.locator(".jp-NotebookPanel-toolbar .jp-Notebook-ExecutionIndicator").get_attribute("data-status")


def until(said, seconds=30):
    """What `said` returns, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := said():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def told(board):
    """How many trials the board's figures count."""
    found = re.search(r"trials\s*(\d+) of", board.inner_text())
    return int(found[1]) if found else 0


def test_the_board_lives_pauses_and_stops_while_its_cell_waits(lab, chromium, shots):
    notebook(lab.folder / "board.ipynb", SET_UP, BOARD, NEXT, "nt.widgets.Browser(history, space, task)")
    page = lab.page(chromium, "board.ipynb")
    run_all(page)
    board = output(page, 1)
    picture = board.locator("img.widget-image")
    picture.wait_for(timeout=60_000)
    first = until(lambda: told(board)), picture.get_attribute("src")
    until(lambda: told(board) >= first[0] + 2 and picture.get_attribute("src") != first[1])
    assert kernel_state(page) == "busy"
    assert board.get_by_text("Being tried now").count() == 1
    assert board.locator("img[alt^='Cell of 4 nodes']").count() == 2, "the best cell and the current one are drawn"

    board.get_by_role("button", name="Pause").click()
    go_on = board.get_by_role("button", name="Go on")
    go_on.wait_for(timeout=5_000)
    time.sleep(2.5)  # the trial under way is told
    paused = told(board)
    time.sleep(2.5)
    assert told(board) == paused and kernel_state(page) == "busy"
    page.screenshot(path=shots / "paused.png")
    go_on.click()
    until(lambda: told(board) >= max(paused + 1, 8))
    page.screenshot(path=shots / "running.png")

    assert output(page, 2).inner_text().strip() == "", "the next cell has not run yet"
    board.get_by_role("button", name="Stop").click()
    said = until(lambda: output(page, 2).inner_text().strip(), seconds=10)
    count = int(re.match(r"trials told: (\d+) \| best 0\.\d+", said)[1])
    assert paused < count < 500
    until(lambda: kernel_state(page) == "idle")
    kept = board.locator("figure img")
    until(lambda: kept.count() == 1 and board.get_by_role("button").count() == 0)
    assert f"{count} trials" in kept.get_attribute("alt") and "best validation error" in kept.get_attribute("alt")
    page.screenshot(path=shots / "stopped.png")

    browser = output(page, 3)
    browser.get_by_text(re.compile(f"^Trial \\d+ of {count}")).wait_for(timeout=10_000)
    browser.locator(".noUi-handle").focus()
    page.keyboard.press("Home")
    browser.get_by_text(re.compile(f"^Trial 1 of {count}")).wait_for(timeout=10_000)
    page.keyboard.press("ArrowRight")
    browser.get_by_text(re.compile(f"^Trial 2 of {count}")).wait_for(timeout=10_000)
    browser.scroll_into_view_if_needed()
    page.screenshot(path=shots / "browser.png")
    page.close()


def test_chapter_0_runs_and_is_stopped_by_a_click(lab, chromium, shots):
    """Run All, stop at the board: the next cell prints the history so far."""
    chapter = json.loads((CHAPTERS / "ch00_welcome.ipynb").read_text(encoding="utf-8"))
    for cell in chapter["cells"]:
        cell.update({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})  # what is seen below has just been made
    (lab.folder / "ch00_welcome.ipynb").write_text(json.dumps(chapter), encoding="utf-8")
    place = {tag: n for n, cell in enumerate(chapter["cells"]) for tag in cell["metadata"].get("tags", ())}
    page = lab.page(chromium, "ch00_welcome.ipynb", width=1300)
    page.keyboard.press("Control+b")  # the file browser away
    run_all(page)
    board = output(page, place["board"])
    picture = board.locator("img.widget-image")
    picture.wait_for(timeout=60_000)
    first = until(lambda: told(board)), picture.get_attribute("src")
    until(lambda: told(board) >= first[0] + 4 and picture.get_attribute("src") != first[1])
    board.scroll_into_view_if_needed()
    page.screenshot(path=shots / "chapter0.png")
    page.locator(".jp-Notebook .jp-Cell").nth(place["board"]).screenshot(path=shots / "board.png")
    after = output(page, place["after-board"])
    assert after.inner_text().strip() == "" and kernel_state(page) == "busy"
    board.get_by_role("button", name="Stop").click()
    said = until(lambda: after.inner_text().strip(), seconds=15)
    count = int(re.match(r"history so far: (\d+) trials", said)[1])
    assert first[0] + 4 <= count < told_limit(board)
    page.close()


def told_limit(board):
    """The limit of trials that the board names."""
    return int(re.search(r"trials\s*\d+ of (\d+)", board.inner_text())[1])
