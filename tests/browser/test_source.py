"""Code that `nt.source` shows in JupyterLab stands in the font of code."""

import pytest

from tests.browser.test_board import notebook, output, run_all, shots  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
FONT = "code => [getComputedStyle(code).fontFamily, getComputedStyle(document.querySelector('.jp-Notebook .jp-Cell')).fontFamily]"


def test_code_is_in_the_font_of_code(lab, chromium, shots):  # noqa: F811
    notebook(lab.folder / "source.ipynb", "import nastutor as nt\nnt.source(nt.RandomSearch, docstring=False)")
    page = lab.page(chromium, "source.ipynb")
    run_all(page)
    code = output(page, 0).locator("pre", has_text="class RandomSearch")
    code.wait_for(timeout=60_000)
    font, text = code.evaluate(FONT)
    page.screenshot(path=shots / "source.png")
    assert "mono" in font.lower() and "mono" not in text.lower(), f"code in {font}, text in {text}"
