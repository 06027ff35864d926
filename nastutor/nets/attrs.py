"""The settings of nodes: what each may be, and its one canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nastutor.inputs import is_number, is_whole
from nastutor.values import Value

REQUIRED = object()  # the mark of a setting without a default


def pair(value: Any) -> tuple[int, int]:
    """(for the height, for the width): one number stands for both."""
    return value if isinstance(value, tuple) else (value, value)


def check_attrs(what: str, given: Mapping[str, Any], allowed: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
    """All settings, defaults filled in, in the order of the op; raises ValueError naming `what` and the setting."""
    if unknown := [name for name in given if name not in allowed]:
        raise ValueError(f"{what} got `{unknown[0]}`={given[unknown[0]]!r}; allowed are {', '.join(allowed) or 'no settings'}")
    values = {**allowed, **given}
    if missing := [name for name, value in values.items() if value is REQUIRED]:
        raise ValueError(f"{what} needs `{missing[0]}`")
    return tuple((name, _canonical(what, name, values[name])) for name in allowed)


def _canonical(what: str, name: str, value: Any) -> Value:
    value = _plain(value)
    fits, form = _RULES[name]
    if not fits(value):
        raise ValueError(f"{what}: `{name}` is {value!r}; allowed is {form}")
    if isinstance(value, tuple) and len(value) == 2 and value[0] == value[1] and name != "shape":
        return value[0]
    return value


def _plain(value: Any) -> Any:
    """Lists (from JSON) as tuples, numpy's numbers as Python's."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    return value.item() if hasattr(value, "item") else value


def _one(value: Any) -> bool:
    return is_whole(value, 1)


def _one_or_two(value: Any, least: int = 1) -> bool:
    return is_whole(value, least) or (isinstance(value, tuple) and len(value) == 2 and all(is_whole(v, least) for v in value))


_COUNT = (_one, "a whole number from 1")
_SIDES = (_one_or_two, "a whole number from 1 or a pair (height, width) of them")
_BOOL = (lambda v: type(v) is bool, "True or False")
_OFFSET = (is_whole, "a whole number")
_RULES: dict[str, tuple[Any, str]] = {
    **dict.fromkeys(("channels", "groups", "units"), _COUNT),
    **dict.fromkeys(("kernel", "stride", "dilation", "size"), _SIDES),
    **dict.fromkeys(("bias", "affine"), _BOOL),
    **dict.fromkeys(("top", "bottom", "left", "right"), _OFFSET),
    "start": (lambda v: is_whole(v, 0), "a whole number from 0"),
    "by": (is_number, "a finite number"),
    "step": (lambda v: isinstance(v, str), "the JSON of a graph"),
    "padding": (lambda v: v == "same" or _one_or_two(v, 0), '"same", a whole number from 0 or a pair (height, width) of them'),
    "draw": (lambda v: v in ("simplex", "softmax"), '"simplex" or "softmax"'),
    "p": (lambda v: type(v) in (int, float) and 0 <= v < 1, "a number from 0 to below 1"),
    "shape": (lambda v: v is None or (isinstance(v, tuple) and len(v) in (1, 3) and all(map(_one, v))), "None, (C,) or (C, H, W)"),
}
