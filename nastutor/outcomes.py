"""What a check has to say: its verdict as text and as HTML, and a student's exception shortened to the line that raised it."""

from __future__ import annotations

import inspect
import linecache
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from nastutor.frontend import running_kernel

EMPHASIS = re.compile(r"(?<![\w*])\*(\w(?:[^*]*\w)?)\*(?![\w*])")  # *some words*; a * b and a*b are none


@dataclass(frozen=True)
class Outcome:
    """The verdict on an exercise; true where it passed.

    lines    (label, text): label "" for a plain sentence
    picture  SVG beside the message, or ""
    """

    id: str
    passed: bool
    lines: tuple[tuple[str, str], ...]
    picture: str = ""

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        width = max(len(label) for label, _ in self.lines)
        rows = [f"  {label:<{width}}  {text}" if label else f"  {text}" for label, text in self.lines[1:]]
        return "\n".join([f"{self.id}: {self.lines[0][1]}", *rows])

    def __repr__(self) -> str:
        return f"<{self.id}: {'passed' if self.passed else 'not yet'}>"

    def _ipython_display_(self) -> None:
        """Nothing: `check` has shown it already, also where it does not stand in the cell's last line."""

    def to_html(self) -> str:
        mark, colour = ("\N{CHECK MARK}", "#2a9d5c") if self.passed else ("\N{BALLOT X}", "#c9621b")
        head = f"<b>{mark} {escape(self.id)}</b>: {_code(self.lines[0][1])}"
        rows = "".join(_row(label, text) for label, text in self.lines[1:])
        table = f'<table style="margin:0.3em 0;border:none">{rows}</table>' if rows else ""
        return f'<div style="border-left:4px solid {colour};padding:0.3em 0.8em">{head}{table}{self.picture}</div>'


@dataclass(frozen=True)
class Crash:
    """A student's exception: what it says, and the line of the student's function that it came from."""

    text: str
    line: str

    def __repr__(self) -> str:
        return f"raises {self.text}"

    @property
    def why(self) -> str:
        if self.line:
            return f"the exception comes from your line: {self.line}"
        return "the exception comes from the call itself: look at the arguments that your function takes, and at what it gives back"


def show(outcome: Outcome) -> Outcome:
    """Displays in a notebook, prints elsewhere."""
    if running_kernel() is not None:
        from IPython.display import display

        display({"text/plain": str(outcome), "text/html": outcome.to_html()}, raw=True)
    else:
        print(outcome)
    return outcome


def crash_of(call: Callable[..., Any], function: Callable[..., Any], values: tuple[Any, ...]) -> Any:
    """The answer, or the `Crash` it came to."""
    try:
        return call(function, values)
    except Exception as error:
        return Crash(f"{type(error).__name__}: {error}", own_line(error, function))


def own_line(error: BaseException, function: Callable[..., Any]) -> str:
    """The deepest line of the traceback that stands in the file (or cell) of `function`."""
    code = getattr(function, "__code__", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if code and frame.filename == code.co_filename]
    if code is None or not frames or (frames[-1].lineno or 0) < code.co_firstlineno:
        return ""
    return (linecache.getline(frames[-1].filename, frames[-1].lineno or 0) or frames[-1].line or "").strip()


def still_a_stub(function: Callable[..., Any], got: Any) -> str:
    """A sentence where `...` still stands in the function, or it gives nothing back; "" else."""
    name = getattr(function, "__name__", "your function")
    if got is Ellipsis or _holds_dots(function):
        return f"`{name}` still holds `...`: put your own lines in its place, then run the cell and this check again."
    return "" if got is not None else f"`{name}` gives None back: its last line is probably missing a `return`."


def short(value: Any, limit: int = 300) -> str:
    """One readable line for a value: floats rounded, architectures as their decisions, long things cut."""
    text = _plain(value)
    return text if len(text) <= limit else text[: limit - 4] + " ..."


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_plain, value)) + ("," if len(value) == 1 else "") + ")"
    return str(value) if hasattr(value, "choices") or hasattr(value, "tolist") else repr(value)


def _holds_dots(function: Callable[..., Any]) -> bool:
    """Whether `...` stands in it; of a class: in one of its methods (the source of a class in a notebook cannot be had before Python 3.13)."""
    if isinstance(function, type):
        return any(_holds_dots(method) for method in vars(function).values() if inspect.isfunction(method))
    try:
        lines = [line.split("#")[0].strip() for line in inspect.getsource(function).splitlines()]
    except (OSError, TypeError):
        return False
    return any(line in ("...", "return ...") or (line.startswith("def ") and line.endswith(": ...")) for line in lines)


def _row(label: str, text: str) -> str:
    cell = 'style="text-align:left;vertical-align:top;border:none;padding:0.1em 0.6em 0.1em 0;white-space:pre-wrap"'
    return f"<tr><td {cell}><i>{escape(label)}</i></td><td {cell}>{_code(text)}</td></tr>"


def _code(text: str) -> str:
    """HTML of a sentence with `code` and *emphasis* in it; asterisks that multiply stay."""
    parts = re.split(r"`([^`]+)`", escape(text))
    return "".join(f"<code>{part}</code>" if i % 2 else EMPHASIS.sub(r"<em>\1</em>", part) for i, part in enumerate(parts))
