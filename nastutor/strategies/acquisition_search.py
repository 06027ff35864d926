"""Searches for the architecture that a model promises most of, by edits or mutations: NASBOT's evolution, Auto-Keras' tree (chapter 5)."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np

from nastutor.strategies.acquisition import Floats
from nastutor.values import Arch, Edit

# NASBOT's modifiers by the names of an EditSpace's operators, with how often each is drawn (release; Kandasamy et al. 2018, Table 3)
MODIFIERS = {"widen": 0.1, "narrow": 0.1, "widen many": 0.1, "narrow many": 0.1, "deepen": 0.1, "remove": 0.1, "swap": 0.2, "branch": 0.2, "skip": 0.2}
STEPS = (0.5, 0.25, 0.125, 0.075, 0.05)  # chances of 1 to 5 modifications in a row (release)
FAVOUR = 2.0  # parents are drawn by exp(FAVOUR * standardised promise) (release)
GENERATION = 10  # children that are looked at together
Score = Callable[[Sequence[Arch]], Floats]


def with_modifiers(space: Any) -> Any:
    """The same open-ended space with NASBOT's modifiers, as far as it has them, by the release's weights; other spaces as they are."""
    offered = getattr(space, "operators", None)
    if not isinstance(offered, Mapping) or not (shared := {name: weight for name, weight in MODIFIERS.items() if name in offered}):
        return space
    return type(space)(**{**space.settings, "operators": shared})


def changed(space: Any, arch: Arch, rng: Random) -> tuple[Arch, Edit | None]:
    """(child, the edit that leads to it, where the space tells one); ValueError where nothing can be changed."""
    made = space.mutate(arch, rng)
    return made if isinstance(made, tuple) else (made, None)


def evolve(space: Any, starts: Mapping[Arch, float], score: Score, scores: dict[Arch, float], rng: Random, looks: int) -> None:
    """Looks at `looks` children, by generations; `scores` gains them.

    Parents are drawn among `starts` and all children, by the exponential of their standardised scores; each child is 1 to 5 changes away.
    """
    pool = dict(starts)
    while looks > 0 and pool:
        archs, values = list(pool), np.array(list(pool.values()))
        spread = float(values.std()) or 1.0
        chances = np.exp(FAVOUR * (values - values.max()) / spread)
        parents = rng.choices(archs, chances.tolist(), k=min(GENERATION, looks))
        children = dict.fromkeys(child for parent in parents if (child := _child(space, parent, rng)) is not None)
        looks -= len(parents)
        fresh = [child for child in children if child not in pool and child not in scores]
        found = dict(zip(fresh, score(fresh).tolist(), strict=True)) if fresh else {}
        scores |= found
        pool |= found


def _child(space: Any, arch: Arch, rng: Random) -> Arch | None:
    """After some changes, or as many as can be made; None where not even one can."""
    (steps,) = rng.choices(range(1, len(STEPS) + 1), STEPS)
    child = None
    for _ in range(steps):
        try:
            child, _ = changed(space, child or arch, rng)
        except ValueError:
            break
    return child


def anneal(
    space: Any,
    starts: Mapping[Arch, float],
    score: Score,
    scores: dict[Arch, float],
    rng: Random,
    *,
    cooling: float = 0.9,
    coldest: float = 1e-4,
    width: int = 8,
) -> dict[Arch, tuple[Arch, Edit | None]]:
    """A* with simulated annealing over a tree of morphs (Jin et al. 2019, Algorithm 1); which child came of which parent, by which edit.

    starts    roots, with their scores: all that has been trained
    cooling   of the temperature, from 1 down to `coldest`, once for each node that is taken from the queue: 87 of them
    width     children of a node that are looked at

    The node of the best score is taken first. Its children wait in the queue if they are better than all before, and if they are worse by x
    standard deviations of the roots with a chance of exp(-x / temperature); the paper compares what a model promises with what was measured,
    on no scale of its own. `scores` gains every child.
    """
    best = max(starts.values(), default=-math.inf)
    spread = float(np.std(list(starts.values()))) or 1.0 if starts else 1.0
    queue = [(-value, number, arch) for number, (arch, value) in enumerate(starts.items())]
    heapq.heapify(queue)
    parents: dict[Arch, tuple[Arch, Edit | None]] = {}
    temperature, count = 1.0, len(queue)
    while queue and (temperature := cooling * temperature) > coldest:
        _, _, here = heapq.heappop(queue)
        children = {child: edit for child, edit in _children(space, here, rng, width).items() if child not in scores and child not in starts}
        scores |= (found := dict(zip(children, score(list(children)).tolist(), strict=True)) if children else {})
        for child, value in found.items():
            parents[child] = here, children[child]
            if value > best or rng.random() < math.exp((value - best) / (spread * temperature)):
                heapq.heappush(queue, (-value, count := count + 1, child))
            best = max(best, value)
    return parents


def _children(space: Any, arch: Arch, rng: Random, width: int) -> dict[Arch, Edit | None]:
    """So many different ones at most, each one change away, in twice as many tries."""
    found: dict[Arch, Edit | None] = {}
    for _ in range(2 * width):
        if len(found) < width:
            try:
                child, edit = changed(space, arch, rng)
            except ValueError:
                break
            found.setdefault(child, edit)
    return found


def lineage(arch: Arch, parents: Mapping[Arch, tuple[Arch, Edit | None]]) -> tuple[Arch, list[Edit | None]]:
    """The root that an architecture came of, and the edits from there."""
    edits: list[Edit | None] = []
    while arch in parents:
        arch, edit = parents[arch]
        edits.insert(0, edit)
    return arch, edits
