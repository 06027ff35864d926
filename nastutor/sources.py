"""The code of a class or function, to be read in a notebook: `nt.source(nt.RandomSearch)`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass
from typing import Any

# Twice, because JupyterLab keeps only the plain one; pages of nbconvert take the second, that of their code cells.
CODE_FONT = "font-family: monospace; font-family: var(--jp-code-font-family, monospace)"


@dataclass(frozen=True, repr=False)
class Source:
    """Python text; a notebook colours it (as Markdown, so that it follows light and dark themes), a terminal prints it."""

    name: str
    text: str

    @classmethod
    def of(cls, thing: Any, docstring: bool = True) -> Source:
        try:
            text = textwrap.dedent(inspect.getsource(thing))
        except (TypeError, OSError) as error:
            raise TypeError(f"`thing` is {thing!r}; allowed are classes, functions and modules written in Python, or the id of a check") from error
        name = getattr(thing, "__qualname__", getattr(thing, "__name__", type(thing).__name__))
        return cls(name, text if docstring else without_docstrings(text))

    @property
    def lines(self) -> int:
        """How many lines of code there are, blank ones and comments apart."""
        return sum(1 for line in self.text.splitlines() if line.strip() and not line.strip().startswith("#"))

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        """A fenced block; the frame says its font, because pages of nbconvert let code in outputs inherit that of their text."""
        return f'<div style="{CODE_FONT}">\n\n```python\n{self.text.rstrip()}\n```\n\n</div>'


def without_docstrings(text: str) -> str:
    """The same code with every docstring's lines left out."""
    drop: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        owns = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        if owns and ast.get_docstring(node) is not None and len(node.body) > 1:  # type: ignore[arg-type,attr-defined]
            first = node.body[0]  # type: ignore[attr-defined]
            drop |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return "\n".join(line for number, line in enumerate(text.splitlines(), 1) if number not in drop) + "\n"
