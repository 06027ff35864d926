"""Whether a table's file holds what a table must: settings of the right kinds, every array, its shape, its type, its range."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.estimators.table_file import damaged
from nastutor.inputs import is_whole
from nastutor.spaces.coding import Coding

OWN = ("params", "mult_adds", "activation_mb")  # of the architecture that is asked for
Shape = tuple[tuple[int, ...], ...]  # those that are allowed


def check_settings(path: Path, settings: Any) -> None:
    """Refuses settings from which no table can be read."""
    parts: dict[str, Callable[[Any], bool]] = {
        "name": lambda value: isinstance(value, str),
        "space_fingerprint": lambda value: isinstance(value, str),
        "runs": lambda value: is_whole(value, 1),
        "budgets": lambda value: isinstance(value, list) and len(value) == len(set(map(repr, value))) > 0 and all(is_whole(budget, 1) for budget in value),
        "images": lambda value: isinstance(value, Mapping) and all(is_whole(value.get(part), 1) for part in ("valid", "test")),
        "space": _is_form,
        "task": _is_form,
    }
    for name, good in parts.items():
        if name not in settings:
            raise damaged(path, f"its settings lack {name!r}")
        if not good(settings[name]):
            raise damaged(path, f"its settings say that {name!r} is {settings[name]!r}")


def _is_form(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("name"), str) and isinstance(value.get("settings"), Mapping)


def check_arrays(path: Path, arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any], coding: Coding) -> None:
    """Refuses arrays that are not those of table_file.py for these settings, in a space of these decisions."""
    held = _Held(path, arrays)
    architectures, networks, runs, images = held.length("network"), held.length("latency_ms"), settings["runs"], settings["images"]
    held.array("choices", "u", ((architectures, len(coding.sites)),))
    try:
        coding.checked(arrays["choices"])
    except ValueError as error:
        raise damaged(path, f"`choices` are none of its space ({error})") from error
    held.array("network", "iu", ((architectures,),), 0, networks - 1)
    for name in OWN:
        held.array(name, "iuf", ((architectures,),), 0)
    held.array("latency_ms", "f", ((networks,),))
    for budget in settings["budgets"]:
        each = (networks, runs)
        held.array(f"seconds/{budget}", "f", (each, (networks, 1)), 0)
        held.array(f"failed/{budget}", "b", (each,))
        for name in ("loss", "train_loss"):
            held.array(f"{name}/{budget}", "f", (each,))
        held.array(f"valid/{budget}", "u", ((*each, budget),), 0, images["valid"])
        held.array(f"test/{budget}", "u", ((*each, budget), (*each, 1)), 0, images["test"])


class _Held:
    """The arrays of a file, looked at one by one."""

    def __init__(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        self.path, self.arrays = path, arrays

    def length(self, name: str) -> int:
        """Of an array that has one dimension and is not empty."""
        array = self._there(name)
        if array.ndim != 1 or not len(array):
            raise damaged(self.path, f"`{name}` is of shape {array.shape}")
        return len(array)

    def array(self, name: str, kinds: str, shapes: Shape, least: float | None = None, most: float | None = None) -> None:
        """Refuses an array that is missing, of another kind of numbers or shape, or with numbers out of range."""
        array = self._there(name)
        if array.dtype.kind not in kinds or array.shape not in shapes:
            allowed = " or ".join(map(str, shapes))
            raise damaged(self.path, f"`{name}` is {array.dtype} of shape {array.shape} where {allowed} is needed")
        low, high = array.min(), array.max()
        if (least is not None and not low >= least) or (most is not None and not high <= most):
            raise damaged(self.path, f"`{name}` has numbers from {low} to {high}, and {least} to {'any' if most is None else most} are possible")

    def _there(self, name: str) -> np.ndarray:
        if name not in self.arrays:
            raise damaged(self.path, f"it lacks the array `{name}`")
        return self.arrays[name]
