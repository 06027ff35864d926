"""How a child comes of one parent or of two, in any space that has what it takes (chapter 8)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from nastutor.values import Arch

WAYS = ("uniform", "one-point")


def mutated(space: Any, arch: Arch, rng: Random) -> Arch:
    """A mutant; an open-ended space says the edit too, which is left out here."""
    made = space.mutate(arch, rng)
    return made[0] if isinstance(made, tuple) else made  # type: ignore[no-any-return]


def refuse_the_unchangeable(space: Any) -> None:
    """Refuses a space with nothing to change; one draw tells, since every architecture of such a space is the same."""
    try:
        space.mutate(space.sample(Random(0)), Random(0))
    except ValueError as error:
        raise ValueError(f"`space` is {space!r}; allowed are spaces of two architectures or more (chapter 8): {error}") from error


def check_crossing(space: Any, rate: float, way: str) -> None:
    """Refuses a rate or a way that is none, and a space that cannot cross so."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise ValueError(f"`crossover` is {rate!r}; allowed are probabilities from 0 to 1 (chapter 8)")
    if way not in WAYS:
        raise ValueError(f"`way` is {way!r}; allowed are {', '.join(WAYS)} (chapter 8)")
    need = "crossover" if way == "uniform" else "walk"
    if rate and not hasattr(space, need):
        raise TypeError(f"`crossover` is {rate!r}, which needs a space with {need}(), which {type(space).__name__} does not have (chapter 8)")


def crossed(space: Any, one: Arch, other: Arch, way: str, rng: Random) -> Arch:
    """A child of two: each decision by a coin, or all up to a random place from one parent and those behind it from the other."""
    return space.crossover(one, other, rng) if way == "uniform" else one_point(space, one, other, rng)  # type: ignore[no-any-return]


def one_point(space: Any, one: Arch, other: Arch, rng: Random) -> Arch:
    """The decisions of `one` up to a cut, drawn uniformly between two of them, and those of `other` behind it.

    Where the parent whose turn it is lacks a decision, or its option is not legal there, it is the other's; where neither has one it is drawn.
    """
    first, second = dict(one.choices), dict(other.choices)
    names = list(dict.fromkeys([*first, *second]))
    head = set(names[: rng.randint(1, max(1, len(names) - 1))])

    def choose(name: str, options: Sequence[Any]) -> Any:
        for parent in (first, second) if name in head else (second, first):
            if name in parent and parent[name] in options:
                return options[options.index(parent[name])]
        return options[int(rng.random() * len(options))]

    return space.walk(choose)  # type: ignore[no-any-return]
