"""Fingerprints: which part with which settings this is, as a line of text that is the same in every process and in later versions.

Tables, shards, journals and stored weights are known by fingerprints. An argument that is added later must not make strangers of those
that are there: it is listed in `later`, and not named while it has the value at which all is as it was before.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from hashlib import blake2b
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any, ClassVar


class Described:
    """Remembers the arguments it was made with; `fingerprint` names the class and every setting.

    later  arguments that came after the first files were written: name -> the value at which results are what they were without it, to
           the last bit. It is that for good, whatever the default becomes
    """

    later: ClassVar[Mapping[str, Any]] = {}
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
        return self._line(self.settings)

    def _line(self, settings: Mapping[str, Any], without: Iterable[str] = ()) -> str:
        """The class and its settings, but for those that change no result and those that are off."""
        return f"{type(self).__qualname__}({_named({name: value for name, value in settings.items() if name not in without}, self.later)})"


def describe(value: Any) -> str:
    """A line of text for a setting: equal settings, equal lines, whatever the process.

    A function is described by its name, its code, and what it closes over or is bound to; an array by its bytes.
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{describe(k)}: {describe(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(describe, value)) + ")"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(describe, value))) + "}"
    if isinstance(getattr(value, "fingerprint", None), str):
        return str(value.fingerprint)
    if hasattr(value, "detach"):  # a tensor
        value = value.detach().cpu().numpy()
    if hasattr(value, "tobytes"):
        return f"{type(value).__name__}({value.shape}, {value.dtype}, {_digest(value.tobytes())})"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__qualname__}({_named({f.name: getattr(value, f.name) for f in fields(value)}, getattr(value, 'later', {}))})"
    if isinstance(value, partial):
        return f"partial({describe(value.func)}, {describe(value.args)}, {describe(value.keywords)})"
    if callable(value):
        return _describe_callable(value)
    text = repr(value)
    return f"{type(value).__qualname__}({describe(vars(value))})" if " at 0x" in text and hasattr(value, "__dict__") else text


def _named(settings: Mapping[str, Any], later: Mapping[str, Any]) -> str:
    """Settings with their values, without those that came later and are off."""
    shown = {name: describe(value) for name, value in settings.items()}
    return ", ".join(f"{name}={value}" for name, value in shown.items() if name not in later or describe(later[name]) != value)


def _describe_callable(value: Any) -> str:
    if isinstance(value, (type, BuiltinFunctionType)):
        return str(value.__qualname__)
    if isinstance(value, MethodType):
        return f"{describe(value.__self__)}.{value.__name__}"
    if not isinstance(value, FunctionType):
        return f"{type(value).__qualname__}({describe(vars(value))})" if hasattr(value, "__dict__") else type(value).__qualname__
    held = [cell.cell_contents for cell in value.__closure__ or () if cell.cell_contents is not value]
    bound = describe((value.__defaults__ or (), value.__kwdefaults__ or {}, held))
    return f"{value.__qualname__}({_digest(_code(value.__code__).encode())}, {bound})"


def _code(code: CodeType) -> str:
    """What a function computes, without file names and line numbers."""
    constants = [_code(part) if isinstance(part, CodeType) else repr(part) for part in code.co_consts]
    return f"{code.co_code.hex()} {constants} {code.co_names}"


def _digest(blob: bytes) -> str:
    return blake2b(blob, digest_size=8).hexdigest()


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
