"""Edits one after the other, as one; and the edit that changes nothing."""

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

    def transfer(self, parent: Any, batch: Any = None) -> Any:
        """The module of the last child, each taking over from the one before it, where every edit carries weights."""
        for edit in self.edits:
            parent = edit.transfer(parent, batch)  # type: ignore[attr-defined]
        return parent

    def to_json(self) -> dict[str, Any]:
        return {"edit": type(self).__name__, "edits": [edit.to_json() for edit in self.edits]}


def carries_weights(edit: Edit | None) -> bool:
    """Whether an edit says what becomes of its parent's weights: by `transfer`, and of several edits all of them."""
    return all(map(carries_weights, edit.edits)) if isinstance(edit, Several) else hasattr(edit, "transfer")


@dataclass(frozen=True)
class Unchanged(Edit):
    """The same architecture with the same weights. Its training begins anew: as of any edit, with the first learning rate and without momentum.

    So a parent competes with its children after the same further training (Elsken et al. 2017, Algorithm 1). Without an edit it would go on
    under the learning rate at which it had come to an end.
    """

    seed: int = 0

    def __call__(self, arch: Arch) -> Arch:
        return arch

    def transfer(self, parent: Any, batch: Any = None) -> Any:
        """The module of the parent."""
        return parent
