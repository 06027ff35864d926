"""Fingerprints: which part with which settings this is, as a line of text that is the same in every process."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any


class Described:
    """Remembers the arguments it was made with; `fingerprint` names the class and every setting."""

    _arguments: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        self._arguments = (args, kwargs)
        return self

    @property
    def settings(self) -> dict[str, Any]:
        """Every argument of the constructor by name, defaults included."""
        args, kwargs = self._arguments
        bound = inspect.signature(type(self).__init__).bind(self, *args, **kwargs)
        bound.apply_defaults()
        return dict(list(bound.arguments.items())[1:])

    @property
    def fingerprint(self) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={describe(value)}' for name, value in self.settings.items())})"


def describe(value: Any) -> str:
    """A line of text for a setting: equal settings, equal lines, whatever the process."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{describe(k)}: {describe(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(describe, value)) + ")"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(describe, value))) + "}"
    if isinstance(getattr(value, "fingerprint", None), str):
        return str(value.fingerprint)
    if hasattr(value, "tobytes"):  # an array: its bytes
        return f"{type(value).__name__}({value.shape}, {blake2b(value.tobytes(), digest_size=8).hexdigest()})"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__qualname__}({', '.join(f'{f.name}={describe(getattr(value, f.name))}' for f in fields(value))})"
    if callable(value) or isinstance(value, type):
        return getattr(value, "__qualname__", type(value).__qualname__)
    text = repr(value)
    return type(value).__qualname__ if " at 0x" in text else text


def to_plain(value: Any, name: str) -> Any:
    """The JSON form of plain data (tuples become lists, numpy scalars Python's); anything else is refused by name."""
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float):
        return float(value) if value == value else math.nan
    if isinstance(value, Mapping):
        return {str(key): to_plain(part, f"{name}.{key}") for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(part, name) for part in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return to_plain(value.item(), name)
    if hasattr(value, "tolist"):
        return to_plain(value.tolist(), name)
    raise TypeError(f"`{name}` holds a {type(value).__name__}; allowed is what JSON can say")
