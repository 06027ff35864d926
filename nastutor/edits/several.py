"""Edits one after the other, as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nastutor.values import Arch, Edit


@dataclass(frozen=True)
class Several(Edit):
    """`edits`, each made to what the one before it has left; a trial carries one edit, and this is how it carries more.

    >>> from nastutor.edits import Deepen, Network, Widen
    >>> both = Several((Widen(1, extra=4), Deepen(1)))
    >>> both(Network.chain([("conv", 4, 3)]).arch())["layer 2"], Edit.from_json(both.to_json()) == both
    (('conv', 8, 3, (1,)), True)
    """

    edits: tuple[Edit, ...]

    def __post_init__(self) -> None:
        edits = tuple(Edit.from_json(edit) if isinstance(edit, Mapping) else edit for edit in self.edits)  # as they come from JSON
        if not edits or not all(isinstance(edit, Edit) for edit in edits):
            raise ValueError(f"`edits` are {self.edits!r}; allowed is a tuple of at least one Edit")
        object.__setattr__(self, "edits", edits)

    def __call__(self, arch: Arch) -> Arch:
        for edit in self.edits:
            arch = edit(arch)
        return arch

    def to_json(self) -> dict[str, Any]:
        return {"edit": type(self).__name__, "edits": [edit.to_json() for edit in self.edits]}
