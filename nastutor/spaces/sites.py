"""Which decisions a space may ask for, found by trying them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from nastutor.spaces.base import ChoiceSpace
from nastutor.values import Arch

ENUMERABLE = 4_096  # every architecture is looked at of a space that is not larger


def find_sites(space: ChoiceSpace) -> dict[str, tuple[Any, ...]]:
    """Every decision of `space`, in order, with the union of its options; `ChoiceSpace.sites` says what may be missed."""
    found: dict[str, list[Any]] = {}
    names: list[str] = []
    fresh: list[list[int]] = [[]]
    while fresh:
        sites = space._at(fresh.pop(0))[1]
        _merge(names, [name for name, _, _ in sites])
        for depth, (name, options, _) in enumerate(sites):
            for number, option in enumerate(options):
                if option not in found.setdefault(name, []):
                    found[name].append(option)
                    fresh.append([*(taken for _, _, taken in sites[:depth]), number])
    for arch in _all_if_few(space):
        _merge(names, [name for name, _ in arch.choices])
        for name, value in arch.choices:
            if value not in found.setdefault(name, []):
                found[name].append(value)
    return {name: tuple(found[name]) for name in names}


def _all_if_few(space: ChoiceSpace) -> list[Arch]:
    if _knows_its_size(type(space)) and space.size > ENUMERABLE:
        return []
    few = list(islice(iter(space), ENUMERABLE + 1))
    return few if len(few) <= ENUMERABLE else []


def _knows_its_size(kind: type) -> bool:
    """Whether the class has a size of its own, not counted one by one, that is meant for its own decisions: a subclass may decide otherwise."""
    sized, decides = (next(base for base in kind.__mro__ if name in vars(base)) for name in ("size", "decide"))
    return sized is not ChoiceSpace and issubclass(sized, decides)


def _merge(names: list[str], run: Sequence[str]) -> None:
    """Puts the names of a run that are new in front of the next known one, so that the order of the run is kept."""
    for number, name in enumerate(run):
        if name not in names:
            behind = next((names.index(later) for later in run[number + 1 :] if later in names), len(names))
            names.insert(behind, name)
