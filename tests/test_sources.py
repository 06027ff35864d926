"""`nt.source`: the library's code as a student reads it."""

import pytest

import nastutor as nt
from nastutor.sources import without_docstrings


def test_source_of_a_class_with_and_without_its_docstring():
    whole, bare = nt.source(nt.RandomSearch), nt.source(nt.RandomSearch, docstring=False)
    assert str(whole).startswith("class RandomSearch") and '"""' in str(whole) and '"""' not in str(bare)
    assert "def ask" in str(bare) and bare._repr_markdown_().startswith("```python\nclass RandomSearch")
    assert 0 < bare.lines < len(str(whole).splitlines())


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
