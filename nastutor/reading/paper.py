"""`Paper`: one entry of the reading list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Paper:
    """A promise: the paper implemented, shown in its chapters, its claim tested again at small scale.

    source      "arxiv:<id>", "doi:<id>", an address, or "" where none is known for sure
    built       "yes" only where everything in `must_exist` is there; "partly: what"; "" for not yet
    function    dotted name of the paper's function in nastutor.methods, where built
    small       its settings at cpu scale, paper: those of the paper (where built)
    """

    key: str
    authors: str
    year: int
    venue: str
    source: str
    chapters: tuple[int, ...]
    title: str
    must_exist: str
    claim: str
    built: str = ""
    function: str | None = None
    small: Mapping[str, Any] = field(default_factory=dict)
    paper: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str | None:
        """Where to read it."""
        kind, _, name = self.source.partition(":")
        return {"arxiv": f"https://arxiv.org/abs/{name}", "doi": f"https://doi.org/{name}", "https": self.source}.get(kind)

    @property
    def status(self) -> str:
        return self.built or "not yet"

    def resolve(self) -> Any:
        """The function that runs the paper; ImportError or AttributeError where `function` names nothing, ValueError where there is none."""
        if self.function is None:
            raise ValueError(f"{self.key!r} has no function; built so far: {self.status}")
        module, _, name = self.function.rpartition(".")
        return getattr(import_module(module), name)
