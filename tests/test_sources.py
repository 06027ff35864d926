"""`nt.source`: the library's code as a student reads it."""

from html.parser import HTMLParser

import pytest

import nastutor as nt
from nastutor.sources import without_docstrings


def test_source_of_a_class_with_and_without_its_docstring():
    whole, bare = nt.source(nt.RandomSearch), nt.source(nt.RandomSearch, docstring=False)
    assert str(whole).startswith("class RandomSearch") and '"""' in str(whole) and '"""' not in str(bare)
    assert "def ask" in str(bare) and "\n\n```python\nclass RandomSearch" in bare._repr_markdown_()
    assert 0 < bare.lines < len(str(whole).splitlines())


class Blocks(HTMLParser):
    """Of each <pre> of a page: its text, and the styles of what it stands in."""

    def __init__(self, html):
        super().__init__()
        self.styles, self.found = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "pre":
            self.found.append(["", list(self.styles)])
        if tag == "div":
            self.styles.append(dict(attrs).get("style", ""))

    def handle_endtag(self, tag):
        if tag == "div":
            self.styles.pop()

    def handle_data(self, text):
        if self.found:
            self.found[-1][0] += text


def test_a_page_of_nbconvert_shows_it_in_the_font_of_code():
    """There `.jp-OutputArea-output pre` inherits its font: what it stands in must name one. And it stays coloured."""
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    code = nt.source(nt.RandomSearch)
    output = nbformat.v4.new_output("execute_result", {"text/markdown": code._repr_markdown_(), "text/plain": repr(code)}, execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output], execution_count=1)])
    page = nbconvert.HTMLExporter().from_notebook_node(notebook)[0]
    styles = next(styles for text, styles in Blocks(page).found if text.lstrip().startswith("class RandomSearch"))
    assert any("font-family" in style and "monospace" in style for style in styles)
    assert '<span class="nc">RandomSearch</span>' in page and "</div>" not in Blocks(page).found[-1][0]


def test_source_of_a_check_is_its_reference_solution():
    assert str(nt.source("ch04.surpass")).startswith("def surpass(")


def test_bare_code_does_the_same():
    text = 'class A:\n    """Says."""\n\n    def f(self):\n        """Twice."""\n        return 1\n\n    def g(self):\n        """Only this."""\n'
    bare = without_docstrings(text)
    assert "Says" not in bare and "Twice" not in bare and "Only this" in bare
    space = {}
    exec(bare, space)
    assert space["A"]().f() == 1


def test_what_has_no_python_source_is_refused():
    with pytest.raises(TypeError, match=r"`thing` is 3"):
        nt.source(3)
    with pytest.raises(KeyError, match="ch00.best_so_far"):
        nt.source("ch00.nothing")
