"""`ProductSpace`: decisions that do not depend on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any

from nastutor.spaces.base import ChoiceSpace, Choose, check_options
from nastutor.values import Arch


class ProductSpace(ChoiceSpace):
    """Independent decisions: every combination is an architecture; `ChoiceSpace.of` makes one. The plan is a dictionary.

    options  name -> its options
    """

    def __init__(self, options: Mapping[str, Sequence[Any]]) -> None:
        if not isinstance(options, Mapping) or not options:
            raise ValueError(f"`options` is {options!r}; allowed is a mapping from at least one name to its options")
        for name, values in options.items():
            if not isinstance(name, str):
                raise TypeError(f"`options` has the name {name!r}; names are strings")
            check_options(name, values)
            for value in values:
                Arch(((name, value),))  # refuses what an Arch cannot hold
        self.options = {name: tuple(values) for name, values in options.items()}

    def decide(self, choose: Choose) -> dict[str, Any]:
        return {name: choose(name, values) for name, values in self.options.items()}

    @property
    def size(self) -> int:
        return prod(map(len, self.options.values()))

    @cached_property
    def _sites(self) -> dict[str, tuple[Any, ...]]:
        return self.options
