"""`Space`: what spaces of decisions and open-ended ones have in common."""

from __future__ import annotations

from typing import Any

from nastutor.describe import Described
from nastutor.values import Arch


class Space(Described):
    """What all spaces have in common, given `plan(arch)`, which refuses what is not an architecture of theirs: membership, and who they are."""

    def plan(self, arch: Arch) -> Any:
        """What `arch` spells out."""
        raise TypeError(f"{type(self).__name__} does not say what an architecture spells out: define plan(self, arch)")

    def validate(self, arch: Arch) -> None:
        """Raises where `arch` is not one of this space."""
        self.plan(arch)

    def __contains__(self, arch: object) -> bool:
        try:
            self.validate(arch)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.settings.items())})"
