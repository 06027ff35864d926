"""Local searches over a space, all a step at a time, so that a model is asked about many architectures at once (chapter 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nastutor.strategies.acquisition import Floats
from nastutor.values import Arch


def climb(space: Any, starts: Mapping[Arch, float], score: Callable[[Sequence[Arch]], Floats], scores: dict[Arch, float]) -> None:
    """From each of `starts` (with its score) to the best neighbour, until none is better; `scores` gains every neighbour that was looked at."""
    front, visited = list(starts.items()), set[Arch]()
    while front:
        around = [space.neighbours(arch) for arch, _ in front]
        fresh = list(dict.fromkeys(arch for archs in around for arch in archs if arch not in scores))
        scores |= dict(zip(fresh, score(fresh).tolist(), strict=True)) if fresh else {}
        visited |= {arch for arch, _ in front}
        front = [_step(here, value, archs, scores) for (here, value), archs in zip(front, around, strict=True)]
        front = [(arch, value) for arch, value in dict.fromkeys(front) if arch not in visited]


def _step(here: Arch, value: float, around: Sequence[Arch], scores: Mapping[Arch, float]) -> tuple[Arch, float]:
    """The best neighbour and its score; where none is better, as before."""
    best = max(around, key=scores.__getitem__, default=here)
    return (best, scores[best]) if best is not here and scores[best] > value else (here, value)
